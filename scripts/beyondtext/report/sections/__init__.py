"""The sections of the report, one module each, in the order of the page.

A section's module has the functions that make its tables, draw its figures and word its sentences; what the page shows
of them is filled into the template with the same name. To add a section, write the module and the template, and add the
module to `SECTIONS`: the workflow, the programs and the page take it from there.
"""

from pathlib import Path

from beyondtext.core import paths
from beyondtext.report.sections import (
    answer,
    convergence,
    curves,
    data,
    effects,
    experiments,
    frozen,
    learning_rates,
    provenance,
    published,
    scores,
    similarity,
    similarity_layers,
    trainability,
)

SECTIONS = [
    module.SECTION
    for module in (
        answer,
        effects,
        scores,
        curves,
        convergence,
        frozen,
        experiments,
        published,
        learning_rates,
        similarity,
        similarity_layers,
        trainability,
        data,
        provenance,
    )
]
ANSWER = answer.SECTION  # which the page shows first, without folding it


def tables():
    """Every `beyondtext.report.section.Table` of the report by name."""
    return {table.name: table for section in SECTIONS for table in section.tables}


def templates():
    """The templates and style sheet of the page, as paths relative to the project's root."""
    report = Path(__file__).parents[1]
    found = [*report.glob("*/*.html.j2"), *report.glob("*/*.css")]
    return sorted(path.relative_to(paths.ROOT).as_posix() for path in found)


def figures(config):
    """Every `beyondtext.report.section.Figure` that a study has, by name."""
    return {figure.name: figure for section in SECTIONS for figure in section.figures(config)}

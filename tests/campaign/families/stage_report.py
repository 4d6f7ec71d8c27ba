"""The report's tables and figures, which the figures, the page and a study's record are made of."""

import json
import os
import shutil
from pathlib import Path

import damage
import make_tables  # noqa: F401  (imported before the children are forked)
import small_study
from beyondtext.core.errors import command_line
from beyondtext.report import plots, sections
from beyondtext.report.load import Tables
from beyondtext.report.record import write_record
from beyondtext.study.selection import selected
from damage import Damage
from stage_study import (
    Target,
    damaged_inputs,
    inputs_of,
    made,
    program,
    quietly,
    tables,
    write_expected,
    write_reported,
)

KIND = "tables and figures"
CONFIG = small_study.config(experiments=["main"])
OTHER = small_study.config(experiments=["main"], seeds=[100, 101], name="other")


def page(work):
    arguments = ("--tables", "tables", "--figures", "figures", "--output", "report.html")
    quietly(program("make_report"), "--config", json.dumps(CONFIG), *arguments)
    return made("report.html")


def figure(work):
    """One figure, drawn as make_figures.py does."""
    draw = command_line(
        lambda given: plots.save(sections.figures(CONFIG)["curves"], Tables("tables", "small"), CONFIG, "drawn")
    )
    draw([])
    return made("drawn")


def record(work):
    command_line(lambda given: write_record(CONFIG, "", "tables", "figures", "record"))([])
    return made("record")


def share(folder):
    study = folder / "study"
    write_reported(study)
    os.chdir(study)
    tables(config=OTHER)
    Path("tables").rename("other")
    tables(config=CONFIG)
    small_study.write_figures(selected(CONFIG), Tables("tables"), "figures")
    small_study.write_figures(selected(OTHER), Tables("other"), "other-figures")
    write_expected(folder, (page, figure, record))


def inputs(shared, random):
    plots.pyplot()  # before the children are forked: Matplotlib keeps a cache in the home folder

    def target(name, path, reader, kind=damage.TEXT, sealed=True, heals=False):
        other = "other-figures/" if path.endswith("svg") else "other/"
        others = {"that of another study": other + Path(path).name}
        if path.endswith("svg"):
            others["another one of the study"] = "figures/effects.svg"
        return Target(name, path, reader, kind, others, sealed=sealed, heals=heals)

    targets = [
        target("the effects for the page", "tables/effects.csv", page),
        target("the twin of the effects", "tables/effects.tex", page, heals=True),
        target("a figure for the page", "figures/curves.svg", page),
        target("the curves for a figure", "tables/curves.csv", figure),
        target("the summary for the record", "tables/summary.csv", record),
    ]
    return damaged_inputs(KIND, targets, shared, random, most=7) + inputs_of(
        KIND, Target("a table and its twin", "tables/effects.csv", page), pairs(), shared
    )


def pairs():
    """Tables and figures that belong together, but not to the others."""

    def copied(*names):
        def copy(path):
            for name in names:
                Path(name).unlink()
                folder, _, file = name.partition("/")
                shutil.copyfile(f"other/{file}" if folder == "tables" else f"other-figures/{file}", name)

        return copy

    return [
        Damage("both of another study", copied("tables/effects.csv", "tables/effects.tex")),
        Damage("both missing", lambda path: (path.unlink(), path.with_suffix(".tex").unlink())),
        Damage("in a folder that is missing", lambda path: shutil.rmtree(path.parent)),
    ]

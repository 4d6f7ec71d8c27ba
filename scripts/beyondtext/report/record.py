"""The record of a study: the part of its results that is kept with the project."""

import shutil
from pathlib import Path

from beyondtext.core.files import write_json
from beyondtext.report import sections
from beyondtext.report.figure_files import read_figure
from beyondtext.report.load import content_of_table


def write_record(config, tables, figures, output):
    """Copy a study's tables and figures, and write its configuration, into a new folder in place of an older one.

    Parameters
    ----------
    config : dict
        The whole configuration of the study.
    tables, figures : path
        The study's folders.
    output : path
        ``config.json``, ``tables/*.csv`` and ``figures/*.svg`` are written there. ``tables/runs.csv`` names the device
        of every run, and ``tables/versions.csv`` the versions of the packages.

    Raises
    ------
    InputError
        If a table or a figure is missing or was changed, or a table is that of another study.
    """
    tables, figures, output = Path(tables), Path(figures), Path(output)
    kept = {name: content_of_table(tables, name, config["name"]) for name in sorted(sections.tables())}
    drawn = {path.name: read_figure(path, config["name"]) for path in sorted(figures.glob("*.svg"))}
    for folder in (output / "tables", output / "figures"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name, content in kept.items():
        (output / "tables" / f"{name}.csv").write_bytes(content)
    for name, content in drawn.items():
        (output / "figures" / name).write_bytes(content)
    write_json(output / "config.json", config)

"""The record of a study: the part of its results that is kept with the project."""

import shutil
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.files import write_json
from beyondtext.report import sections


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
        If a table is missing.
    """
    tables, figures, output = Path(tables), Path(figures), Path(output)
    kept = sorted(sections.tables())
    for name in kept:
        if not (tables / f"{name}.csv").is_file():
            raise InputError(f"{tables / f'{name}.csv'} is missing; make the study's report first")
    for folder in (output / "tables", output / "figures"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name in kept:
        shutil.copyfile(tables / f"{name}.csv", output / "tables" / f"{name}.csv")
    for path in sorted(figures.glob("*.svg")):
        shutil.copyfile(path, output / "figures" / path.name)
    write_json(output / "config.json", config)

"""The record of a study: the part of its results that is kept with the project."""

import tarfile
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import write_json
from beyondtext.report import sections
from beyondtext.report.figure_files import WIDE, read_figure
from beyondtext.report.load import content_of_table
from beyondtext.study import grid
from beyondtext.study.measured_models import initial_models
from beyondtext.study.selection import selected
from beyondtext.training.run_files import READ_WITH_RECORD, RECORD, read_run

ARCHIVE = "measurements.tar.xz"
CONFIG, TABLES, FIGURES = "config.json", "tables", "figures"
PATHS = "paths"  # the key of a configuration with the local copies of downloads


def write_record(config, root, tables, figures, output):
    """Copy a study's tables, figures and measurements, and write its configuration, in place of an older record.

    Parameters
    ----------
    config : dict
        The whole configuration of the study. Its ``paths``, which are those of one machine, are not recorded.
    root : path
        The folder that ``data`` and ``results`` are in.
    tables, figures : path
        The study's folders.
    output : path
        ``config.json``, ``tables/*.csv``, ``figures/*.svg`` (for wide screens) and ``measurements.tar.xz``
        (`measured_files`) are written there. ``tables/runs.csv`` names the device of every run, and
        ``tables/versions.csv`` the versions of the packages.

    Raises
    ------
    InputError
        If a table, a figure or a run is missing or was changed, a table is that of another study, or the output has
        files that are not those of a record.
    """
    _check_own_folder(Path(output))
    root, name = Path(root), config["name"]
    kept = {table: content_of_table(Path(tables), table, name) for table in sorted(sections.tables())}
    files = [WIDE.format(figure) for figure in sections.figures(selected(config))]
    drawn = {file: read_figure(Path(figures) / file, name) for file in files}
    measured = measured_files(config, root)
    with replacing(output) as folder:
        for part in (TABLES, FIGURES):
            (folder / part).mkdir(parents=True)
        for table, content in kept.items():
            (folder / TABLES / f"{table}.csv").write_bytes(content)
        for file, content in drawn.items():
            (folder / FIGURES / file).write_bytes(content)
        write_archive(root, measured, folder / ARCHIVE)
        write_json(folder / CONFIG, {**config, PATHS: {}})


def _check_own_folder(folder):
    """Raise `InputError` for a folder with files that are not those of a record, since it will be replaced."""
    found = {path.name for path in folder.iterdir()} - {".DS_Store"} if folder.is_dir() else set()
    others, missing = found - {CONFIG, TABLES, FIGURES, ARCHIVE}, {CONFIG, TABLES} - found
    if others or (found and missing):
        reason = f"contains {min(others)}" if others else f"has no {min(missing)}"
        raise InputError(
            f"{folder} {reason}, so it is not an earlier record, and its files would be deleted; give --output a new "
            "or empty folder"
        )


def measured_files(config, root):
    """The files that a study's tables are computed from: all that was counted, trained, chosen and measured.

    Those are its runs without their weights, its choices of a learning rate, the counts of its examples, its
    similarities and its measurements of trainability.

    Parameters
    ----------
    config : dict
        The whole configuration of the study.
    root : path
        The folder that ``data`` and ``results`` are in.

    Returns
    -------
    list of str
        Relative to the root, in alphabetical order.

    Raises
    ------
    InputError
        If a run is missing or was changed.
    """
    config, runs = selected(config), []
    for run in grid.all_runs(config):
        read_run(root / run.directory)  # which checks its files
        names = (RECORD, *READ_WITH_RECORD)
        runs += [f"{run.directory}/{name}" for name in names if (root / run.directory / name).is_file()]
    counts = map(paths.example_counts, config["tasks"])
    similarities = map(paths.similarity, config["similarity"]["tasks"])
    trainability = [model.path for model in initial_models(config)]
    return sorted({*runs, *grid.choices(config), *counts, *similarities, *trainability})


def write_archive(root, files, output):
    """Write files to an archive that depends on their names and contents alone, not on when and by whom it is made."""
    with tarfile.open(output, "w:xz", preset=9) as archive:
        for name in files:
            entry = tarfile.TarInfo(name)
            entry.size = (root / name).stat().st_size
            with open(root / name, "rb") as file:
                archive.addfile(entry, file)

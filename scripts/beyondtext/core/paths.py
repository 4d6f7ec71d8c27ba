"""Where files are: the project's root, what users write below it, and what the workflow makes.

The paths that the workflow makes are templates relative to the root, such as ``data/examples/{task}.parquet``. The
rules take them unchanged, with the names in braces as wildcards. A template with a single name is filled in by the
function below that is called like it; one with several names, by the run or the model that it is about, such as
`beyondtext.study.grid.Run`.
"""

import os
from pathlib import Path

from beyondtext.core.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "scripts"
CONFIG = ROOT / "config"

RAW = "data/raw/{source}"
SOURCE_RECORD = f"{RAW}/source.json"
CACHE = "data/cache"
EXAMPLES = "data/examples/{task}.parquet"
EXAMPLE_COUNTS = "data/examples/{task}.json"
RUN = "results/runs/{task}/{model}/{init}/{mapping}/fraction{fraction}/rate-{rate}/seed{seed}"
CHOICE = "results/selection/{task}/{model}/{init}/{mapping}/fraction{fraction}.json"
ACTIVATIONS = "results/activations/{task}/{model}/{init}/{stage}/seed{seed}.safetensors"
SIMILARITY_CHECK = "data/examples/similarity/{task}.json"
SIMILARITY = "results/similarity/{task}.parquet"
TRAINABILITY = "results/trainability/{task}/{model}/{init}/{mapping}/seed{seed}.json"
TABLES = "results/{study}/tables"
FIGURES = "results/{study}/figures"
REPORT = "results/{study}/report.html"
STATE = "results/.state"
PENDING = f"{STATE}/pending.json"
LOGS = "results/logs"


def in_project(path):
    """Where a path relative to the root is: unchanged if the root is the current folder, as in the workflow.

    It is for what a program reads and writes by default. What users name is relative to their current folder.
    """
    try:
        is_here = Path.cwd() == ROOT
    except FileNotFoundError:  # the current folder was deleted
        is_here = False
    return Path(path) if is_here else ROOT / path


def place(path, template):
    """The end of a path that follows a template, relative to the root; None if the path does not.

    A program checks with it that a file of the workflow is the one that belongs at its place. What users name may be
    anywhere.
    """
    parts = template.split("/")
    fixed = [part for part in parts if "{" not in part]
    end = Path(path).absolute().parts[-len(parts) :]
    return "/".join(end) if list(end[: len(fixed)]) == fixed else None


def written(text, folder=None):
    """Where a path that a user wrote is: in ``folder`` if it is relative (default: the root), or in a home folder (~).

    Raises
    ------
    InputError
        If ``~name`` is the home folder of nobody.
    """
    try:
        return Path(ROOT if folder is None else folder) / Path(text).expanduser()
    except RuntimeError:
        raise InputError(f"{text}: there is no such home folder; write the path without ~") from None


def default_config():
    """The default configuration, as text for a program's option."""
    return str(in_project("config/config.yaml"))


def raw(source):
    """The folder of a downloaded source, relative to the root."""
    return RAW.format(source=source)


def source_record(source):
    """The record of a downloaded source, relative to the root."""
    return SOURCE_RECORD.format(source=source)


def examples(task):
    """The file with a task's examples, relative to the root."""
    return EXAMPLES.format(task=task)


def example_counts(task):
    """The file with the counts of a task's examples, relative to the root."""
    return EXAMPLE_COUNTS.format(task=task)


def similarity(task):
    """The file with a task's similarities, relative to the root."""
    return SIMILARITY.format(task=task)


def similarity_check(task):
    """The file that says whether a task can be compared, relative to the root."""
    return SIMILARITY_CHECK.format(task=task)


def tables(study):
    """The folder of a study's tables, relative to the root."""
    return TABLES.format(study=study)


def figures(study):
    """The folder of a study's figures, relative to the root."""
    return FIGURES.format(study=study)


def report(study):
    """A study's page, relative to the root."""
    return REPORT.format(study=study)


def shared_folders():
    """The names of the folders in results/ that all studies share."""
    templates = (value for name, value in globals().items() if name.isupper() and isinstance(value, str))
    parts = (template.split("/") for template in templates if template.startswith("results/"))
    return sorted({folder for _, folder, *_ in parts if not folder.startswith(("{", "."))})


def check_writable(root):
    """Raise `InputError` if every call of the workflow would fail, since it cannot write to a project's folder."""
    for folder in (root, root / "results"):
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(
                f"{folder.absolute()}: permission denied; the workflow writes files there. Change its permissions, or "
                "use a copy of the project of your own"
            )

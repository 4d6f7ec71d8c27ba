"""The files of the similarity phase that others read: a task's check before training, and its table of similarities.

The check is a record (`beyondtext.core.records`) with the ``task`` and the ``problem``: a sentence, or null. With a
problem, the table has one row with these two columns, and the study goes on without the task's similarities; else it is
that of `beyondtext.similarity.compare`. The table is a parquet file that has in its metadata the settings that it was
made with, and a checksum of these and of its rows.
"""

import hashlib
import json

import pandas as pd

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record, write_record
from beyondtext.core.tables import read_parquet

PROBLEM = "problem"
CHECKSUM, SETTINGS = "sha256", "settings"  # attributes of the table, which pandas keeps in parquet files
REMEDY = "delete it and run `snakemake --cores 2 {}` again"


def write_check(path, task, problem):
    """Write what the check of a task found: a sentence, or None."""
    write_record(path, {"task": task, PROBLEM: problem})


def problem_in(path, task):
    """The problem that a check found, or None.

    Raises
    ------
    InputError
        If the file is missing or was changed, or is that of another task.
    """
    remedy = REMEDY.format("tokenize")
    check = read_record(path, {"task", PROBLEM}, remedy)
    if check["task"] != task:
        raise InputError(f"{path} is the check of the task {check['task']}, not of {task}; {remedy}")
    return check[PROBLEM]


def write_similarities(path, table, settings=None):
    """Write the table of a task.

    Parameters
    ----------
    path : path
    table : pandas.DataFrame
        With the column ``task``.
    settings : dict, optional
        From `beyondtext.study.job_settings.similarity_settings`; None for a task that cannot be compared.
    """
    sealed = table.copy(deep=False)
    sealed.attrs = {SETTINGS: settings, CHECKSUM: _checksum(table, settings)}
    with replacing(path) as part:
        sealed.to_parquet(part, index=False)


def write_problem(path, task, problem):
    """Write the table of a task that cannot be compared."""
    write_similarities(path, pd.DataFrame({"task": [task], PROBLEM: [problem]}))


def read_similarities(path, task):
    """The table of a task, and the settings that it was made with.

    Returns
    -------
    table : pandas.DataFrame
    settings : dict or None

    Raises
    ------
    InputError
        If the file is missing, was changed, or is that of another task.
    """
    remedy = REMEDY.format("similarity")
    table = read_parquet(path, remedy)
    found, settings = table.attrs.pop(CHECKSUM, None), table.attrs.pop(SETTINGS, None)
    if found != _checksum(table, settings):
        raise InputError(
            f"{path} was changed after it was written: its rows and settings do not have its checksum; {remedy}"
        )
    if set(table["task"]) != {task}:
        raise InputError(f"{path} has the similarities of {', '.join(set(table['task']))}, not of {task}; {remedy}")
    return table, settings


def _checksum(table, settings):
    # As text, in which a number is the shortest one that is read as the same.
    content = json.dumps(settings, sort_keys=True) + "\n" + table.to_csv(index=False)
    return hashlib.sha256(content.encode()).hexdigest()

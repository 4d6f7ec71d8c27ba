"""A task's examples as files: ``data/examples/<task>.parquet`` and the ``.json`` next to it.

The parquet file has one row per example: ``id``, ``split`` (train, validation or test), ``group`` (the id if the task
has no groups), ``target`` (str or float64) and ``symbols`` (list of str; for a pair of sequences the symbols of both,
with `SEPARATOR` between them). The JSON, a record (`beyondtext.core.records`), describes the task (``task domain target
metric symbols source``) and has its ``alphabet``, its ``counts``, the ``sha256`` of the parquet file, and
``definition``, a digest of the task's definition.
The counts are the records ``read``, the ``changes`` on the way (from `beyondtext.data.tally.Tally.as_list`), the sizes
of the splits before capping (``available``), and the examples' ``splits``, ``groups`` and ``length``.
"""

from pathlib import Path

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file, sha256
from beyondtext.core.records import read_record, write_record
from beyondtext.core.tables import read_parquet

COLUMNS = ["id", "split", "group", "target", "symbols"]
SPLITS = ("train", "validation", "test")
UNKNOWN = "[UNK]"  # replaces a symbol outside the alphabet; no alphabet contains it
SEPARATOR = "[SEP]"  # between the two sequences of a pair; no alphabet contains it either
TASK_KEYS = ("domain", "target", "metric", "symbols", "source")  # of the task's definition
DESCRIPTION_KEYS = {"task", *TASK_KEYS, "alphabet", "counts", "sha256"}
REMEDY = "`snakemake --cores 2 tokenize` or scripts/make_examples.py makes both"


def write_examples(path, name, task, table, alphabet, counts, definition=None):
    """Write a task's examples and their description; neither file appears unless both are complete.

    Parameters
    ----------
    path : path
        The parquet file.
    name : str
        The task's name.
    task : dict
        The task's definition.
    table : pandas.DataFrame
        The examples, with the columns of `COLUMNS`.
    alphabet : list of str
        All symbols that the task can have, without `UNKNOWN` and `SEPARATOR`.
    counts : dict
        See the top of this module.
    definition : str, optional
        From `beyondtext.study.definitions.digest`.
    """
    check_disjoint(table)
    path = Path(path)
    for file in (path, path.with_suffix(".json")):
        check_is_file(file)
    info = {"task": name, **{key: task[key] for key in TASK_KEYS}}
    with replacing(path) as part:
        table.to_parquet(part, index=False)
        info |= {"alphabet": alphabet, "counts": counts, "sha256": sha256(part)}
        info |= {"definition": definition} if definition else {}
        write_record(path.with_suffix(".json"), info)


def read_examples(path, task):
    """Read a task's examples and their description.

    Parameters
    ----------
    path : path
        The parquet file.
    task : str
        The task whose examples are expected.

    Returns
    -------
    examples : pandas.DataFrame
        With the columns of `COLUMNS`.
    info : dict
        The contents of the JSON file.

    Raises
    ------
    InputError
        If either file is missing or was changed, if they do not belong together, or if they are those of another task.
    """
    info = describe_examples(path, task)
    if sha256(path) != info["sha256"]:
        description = Path(path).with_suffix(".json").name
        raise InputError(f"{path} is not the file that {description} describes; delete both, and {REMEDY} again")
    return read_parquet(path, f"delete both, and {REMEDY} again"), info


def describe_examples(path, task):
    """The description of a task's examples, without reading these; parameters and errors as for `read_examples`."""
    check_is_file(path)
    path = Path(path)
    description = path.with_suffix(".json")
    for file in (path, description):
        if not file.is_file():
            raise InputError(f"{file} is missing; examples are two files, {path.name} and {description.name}: {REMEDY}")
    return read_description(description, task)


def read_description(path, task):
    """The content of the JSON file with a task's description, which alone is what the report reads.

    Parameters and errors are those of `read_examples`.
    """
    examples = Path(path).with_suffix(".parquet")
    info = read_record(path, DESCRIPTION_KEYS, f"delete it and {examples}; {REMEDY} again")
    if info["task"] != task:
        raise InputError(
            f"{path} describes examples of the task {info['task']}, but {task} was expected; give its examples"
        )
    return info


def check_disjoint(table):
    """Assert that ids are unique and that no sequence or group is in two splits: the last check before writing."""
    assert table["id"].is_unique, "two examples have the same id"
    for name, key in (("sequence", table["symbols"].map("\x1f".join)), ("group", table["group"])):
        splits_per_key = table["split"].groupby(key.to_numpy()).nunique()
        assert (splits_per_key <= 1).all(), f"{name} {splits_per_key.index[splits_per_key > 1][0]!r} is in two splits"

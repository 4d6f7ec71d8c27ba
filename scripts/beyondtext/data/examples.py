"""A task's examples as files: ``data/examples/<task>.parquet`` and the ``.json`` beside it.

The parquet file has one row a sequence: ``id``, ``split`` (train, validation, test), ``group`` (the id where the
task has no groups), ``target`` (str or float64) and ``symbols`` (list of str; of a pair of sequences both, with
`SEPARATOR` between). The JSON says what the task is
(``task domain target metric symbols source``), its ``alphabet``, the ``counts`` of what was read, left out
and kept, and the ``sha256`` of the parquet file.
"""

from pathlib import Path

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, replacing, sha256, write_json

COLUMNS = ["id", "split", "group", "target", "symbols"]
SPLITS = ("train", "validation", "test")
UNKNOWN = "[UNK]"  # stands for a symbol outside the alphabet; no alphabet holds it
SEPARATOR = "[SEP]"  # between the two sequences of a pair; no alphabet holds it either


def write_examples(path, name, task, table, alphabet, counts):
    """Write the examples file and the ``.json`` beside it; nothing appears unless both are whole."""
    check_disjoint(table)
    path = Path(path)
    info = {"task": name, **{key: task[key] for key in ("domain", "target", "metric", "symbols", "source")}}
    with replacing(path) as part:
        table.to_parquet(part, index=False)
        info |= {"alphabet": alphabet, "counts": counts, "sha256": sha256(part)}
        write_json(path.with_suffix(".json"), info)


def read_examples(path, task=None):
    """Read an examples file and the ``.json`` beside it.

    Parameters
    ----------
    path : path
    task : str, optional
        The task that they have to be of.

    Returns
    -------
    examples : pandas.DataFrame
    info : dict

    Raises
    ------
    InputError
        If either is missing, they do not belong together, or they are of another task.
    """
    path = Path(path)
    makes = "`snakemake --cores 2 tokenize` or scripts/make_examples.py makes both"
    beside = path.with_suffix(".json")
    for needed in (path, beside):
        if not needed.is_file():
            raise InputError(f"{needed} is missing; examples are two files, {path.name} and {beside.name}, and {makes}")
    info = read_json(beside)
    if sha256(path) != info.get("sha256"):
        raise InputError(f"{path} is not the file that {beside.name} describes; delete both, and {makes} again")
    if task is not None and info["task"] != task:
        raise InputError(f"{path} has the examples of the task {info['task']}, but {task} was asked for; give those")
    return pd.read_parquet(path), info


def check_disjoint(table):
    """Assert that no id, sequence or group is in two splits; the writer's last check."""
    assert table["id"].is_unique, "an id occurs twice"
    for name, key in (("sequence", table["symbols"].map("\x1f".join)), ("group", table["group"])):
        per_key = table["split"].groupby(key.to_numpy()).nunique()
        assert (per_key <= 1).all(), f"{name} {per_key.index[per_key > 1][0]!r} is in two splits"

"""JSON files with a list of records, one file for each split."""

import json

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file


def read(files, options, cache, tally):
    """Read one file for each split.

    Options: ``files``, the file of each split; ``columns``, the records' keys for ``sequence`` and ``target`` and
    optionally ``id``, ``second`` and ``group``. A value may be in a list of its own.

    Ids are made unique by the split and the record's number. See `beyondtext.data.readers` for the parameters and what
    is returned.
    """
    records = []
    for split, path in options["files"].items():
        records += _read_split(require_file(files, path), split, options["columns"])
    return pd.DataFrame(records)


def _read_split(path, split, columns):
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # not JSON, or not UTF-8
        raise InputError(f"{path} is not valid JSON ({error}); replace it") from None
    if not isinstance(records, list) or not records:
        content = "an empty list" if records == [] else f"a JSON value of type {type(records).__name__}"
        raise InputError(f"{path} contains {content}, but a list of records was expected; replace it")
    return [_record(path, number, record, split, columns) for number, record in enumerate(records, start=1)]


def _record(path, number, record, split, columns):
    """One row of the table."""
    row = {"split": split, "id": f"{split}-{number}"}
    for name, key in columns.items():
        value = record.get(key) if isinstance(record, dict) else None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None or isinstance(value, dict | list) or str(value).strip() == "":
            raise InputError(
                f"{path}: record {number} does not have a single value at {key!r}, the key for the {name}; correct the "
                "record, or give another key in options.columns"
            )
        row[name] = f"{split}-{number}-{value}" if name == "id" else str(value).strip()
    return row

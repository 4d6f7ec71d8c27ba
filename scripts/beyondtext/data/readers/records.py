"""JSON files that hold a list of records, one file for each split."""

import json

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file


def read(files, options, cache):
    """Read one file for each split; see `beyondtext.data.readers` for what is returned.

    Options: ``files``, which gives each split's file; ``columns``, which names the record's key for ``sequence``
    and ``target`` and, where there are such, ``id``, ``second`` and ``group``. A target may stand in a list of
    its own. Ids are made to differ by the split and the record's number.
    """
    parts = [_records(only_file(files, path), split, options["columns"]) for split, path in options["files"].items()]
    return pd.DataFrame([record for part in parts for record in part]), {}


def _records(path, split, columns):
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # no JSON, or no UTF-8
        raise InputError(f"{path} is not valid JSON ({error}); replace it") from None
    if not isinstance(held, list) or not held:
        raise InputError(f"{path} holds {type(held).__name__} of {len(held)}, not a list of records; replace it")
    records = []
    for number, record in enumerate(held, start=1):
        found = {"split": split, "id": f"{split}-{number}"}
        for name, key in columns.items():
            value = record.get(key) if isinstance(record, dict) else None
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is None or isinstance(value, dict | list) or str(value).strip() == "":
                raise InputError(
                    f"{path}: record {number} has no single value at {key!r}, the key for the {name}; mend the record, "
                    "or name another key in options.columns"
                )
            found[name] = f"{split}-{number}-{value}" if name == "id" else str(value).strip()
        records.append(found)
    return records

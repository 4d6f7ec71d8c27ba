"""JSON files with a list of records, or JSON Lines with a record in each line; one file for each split."""

import json
import re

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.parsing import repeated_keys
from beyondtext.core.printing import kind_of, quoted
from beyondtext.data.blanks import count_blank_ends
from beyondtext.data.missing import count_likely_missing, without_missing_words
from beyondtext.data.raw import require_file
from beyondtext.data.text import read_text

SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can escape one alone
LABELS = ("target", "group")
TEXTS = ("sequence", "second")  # the others may be numbers, or true and false


class JsonObject(dict):
    """An object that knows which of its keys are repeated; `dict` alone would keep the last value."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.repeated = repeated_keys(pairs) if len(self) < len(pairs) else ()


def read(files, options, cache, tally):
    """Read one file for each split.

    Options: ``files``, the file of each split; ``columns``, the records' keys for ``sequence`` and ``target`` and
    optionally ``id``, ``second`` and ``group``. A value may be in a list of its own.

    Ids are made unique by the split and the record's number. See `beyondtext.data.readers` for the parameters and what
    is returned.
    """
    rows, places, labels = [], [], {name: [] for name in LABELS if name in options["columns"]}
    for split, path in options["files"].items():
        file = require_file(files, path)
        entries = _entries(file, read_text(file, tally))
        rows += [_row(file, number, entry, split, options["columns"]) for number, entry in enumerate(entries, start=1)]
        places += [(file, number) for number in range(1, len(entries) + 1)]
        for name, written in labels.items():
            written += [_written(entry[options["columns"][name]]) for entry in entries]
    table = pd.DataFrame(rows)
    for name, written in labels.items():
        written = pd.Series(written).where([isinstance(text, str) for text in written], table[name])
        count_blank_ends(written, table[name], tally, lambda row: f"{places[row][0].name}: record {places[row][1]}")
    for name, key in options["columns"].items():
        missing = table.index[without_missing_words(table[name], name) == ""]
        if len(missing):
            file, number = places[missing[0]]
            raise InputError(
                f"{file}: record {number} has {quoted(table[name][missing[0]])} at {quoted(key)}, the key for the "
                f"{name}, which stands for a missing value; correct or delete the record ({len(missing)} such records)"
            )
        if name in TEXTS:
            count_likely_missing(table[name], tally)
    return table


def _entries(path, text):
    """The records of one file."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and _is_object(lines[0][1]):
        return [_parse(line, f"{path}, line {number}") for number, line in lines]
    entries = _parse(text, path)
    if not isinstance(entries, list) or not entries:
        content = "an empty list" if entries == [] else kind_of(entries)
        raise InputError(
            f"{path} contains {content}, but a list of records was expected, or a record in each line; replace it"
        )
    return entries


def _is_object(line):
    """Whether a line is a JSON object by itself."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _parse(text, where):
    try:
        return json.loads(text, object_pairs_hook=JsonObject)
    except ValueError as error:
        raise InputError(f"{where} is not valid JSON ({error}); correct or replace it") from None
    except RecursionError:
        raise InputError(f"{where} has lists or objects nested too deep; correct or replace it") from None


def _row(path, number, entry, split, columns):
    """One row of the table."""
    row = {"split": split, "id": f"{split}-{number}"}
    for name, key in columns.items():
        if isinstance(entry, JsonObject) and key in entry.repeated:
            raise InputError(f"{path}: record {number} has the key {quoted(key)} more than once; delete all but one")
        text = _text(entry.get(key) if isinstance(entry, dict) else None, name)
        if text is None:
            raise InputError(
                f"{path}: record {number} does not have a single value at {quoted(key)}, the key for the {name}, but "
                f"{_found(entry, key)}; correct the record, or give another key in options.columns"
            )
        if SURROGATE.search(text):
            raise InputError(
                f"{path}: record {number} has half of a character, {quoted(SURROGATE.search(text)[0])}, at "
                f"{quoted(key)}, which no text can have; correct the record"
            )
        row[name] = f"{split}-{number}-{text}" if name == "id" else text
    return row


def _written(value):
    """A value without the list of its own that it may be in."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _text(value, name):
    """A value as text; None if there is none, or if it does not suit the column ``name``."""
    value = _written(value)
    if isinstance(value, str):
        return value.strip() or None
    if name in TEXTS or not isinstance(value, int | float):
        return None
    text = json.dumps(value)  # as in the file: true, not True
    return None if text in ("NaN", "Infinity", "-Infinity") else text


def _found(entry, key):
    """What a record has instead of a value, in words."""
    if not isinstance(entry, dict):
        return f"is {kind_of(entry)}"
    return json.dumps(entry[key])[:40] if key in entry else "no such key"

"""KEEL ``.dat``: comma-separated attributes with the class last, after header lines that start with @."""

import re

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.raw import require_file
from beyondtext.data.text import read_text

DATA = "@data"  # the last line of the header
COMMENT = "%"
NAME = re.compile(r"""'[^']*'|"[^"]*"|[^\s,{\[]+""")  # of an attribute; its values may follow without a blank


def read(files, options, cache, tally):
    """Read one file of sequences, in which each attribute is one symbol.

    Options: ``path``.

    The attributes are joined into one string. Files without a header are read, too. A line that starts with % is a
    comment. The id is the number of the record's line. See `beyondtext.data.readers` for the parameters and what is
    returned.
    """
    path = require_file(files, options["path"])
    header, lines = _split_header(path, read_text(path, tally), tally)
    _check_outputs(path, header)
    records, width = [], None
    for number, line in lines:
        *symbols, target = (cell.strip() for cell in line.split(","))
        width = width or len(symbols)
        if not symbols or len(symbols) != width or not all(symbols) or not target:
            raise InputError(
                f"{path}, line {number}: {len(symbols)} attributes and the class {quoted(target)}, but the first "
                f"record has {width} attributes; every record needs that many, none of them empty, and its class last"
            )
        long = next((symbol for symbol in symbols if len(symbol) > 1), None)
        if long is not None:
            raise InputError(
                f"{path}, line {number}: attribute {symbols.index(long) + 1} is {long[:40]!r}, but each one has to be "
                "a single character, since together they are the sequence; write the sequences as a table, and read "
                "that"
            )
        records.append({"id": str(number), "sequence": "".join(symbols), "target": target})
    if not records:
        raise InputError(
            f"{path} has no records, but comma-separated attributes with the class last were expected; replace it"
        )
    return pd.DataFrame(records)


def _split_header(path, text, tally):
    """The lines of the header, and those of the records with their numbers; comments are counted."""
    header, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if line.startswith(COMMENT):
            tally.add("comments", 1, f"{path.name}, line {number}")
        elif line.startswith("@") and not lines and (not header or header[-1].lower() != DATA):
            header.append(line)
        elif line:
            lines.append((number, line))
    return header, lines


def _check_outputs(path, header):
    """Raise `InputError` if the header says that the class is not the last attribute."""
    words = [NAME.findall(line) for line in header]
    attributes = [line[1] for line in words if line[0].lower() == "@attribute" and len(line) > 1]
    outputs = [name for line in words if line[0].lower() in ("@output", "@outputs") for name in line[1:]]
    if attributes and outputs and outputs != attributes[-1:]:
        raise InputError(
            f"{path} has the @outputs {', '.join(outputs)}, but its last attribute is {attributes[-1]}, and the class "
            "has to be the last and the only output; write the sequences as a table, and read that"
        )

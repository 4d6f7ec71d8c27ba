"""KEEL ``.dat``: comma-separated attributes with the class last, after header lines that start with @."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import read_text, require_file


def read(files, options, cache, tally):
    """Read one file of sequences, in which each attribute is one symbol.

    Options: ``path``.

    The attributes are joined into one string. The id is the number of the record's line. See
    `beyondtext.data.readers` for the parameters and what is returned.
    """
    path = require_file(files, options["path"])
    records, width = [], None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip() or line.startswith("@"):
            continue
        *symbols, target = (cell.strip() for cell in line.split(","))
        width = width or len(symbols)
        if not symbols or len(symbols) != width or not all(symbols) or not target:
            raise InputError(
                f"{path}, line {number}: {len(symbols)} attributes and the class {target!r}, but the first record has "
                f"{width} attributes; every record needs that many, none of them empty, and its class last"
            )
        records.append({"id": str(number), "sequence": "".join(symbols), "target": target})
    if not records:
        raise InputError(
            f"{path} has no records, but comma-separated attributes with the class last were expected; replace it"
        )
    return pd.DataFrame(records)

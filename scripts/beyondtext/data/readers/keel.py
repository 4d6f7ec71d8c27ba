"""KEEL ``.dat``: comma-separated attributes, the class last, header lines that start with @."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file


def read(files, options, cache):
    """Read one file of sequences, one symbol an attribute; see `beyondtext.data.readers` for what is returned.

    Options: ``path``. An id is the number of the record's line. The attributes are joined into one string.
    """
    path = only_file(files, options["path"])
    records, width = [], None
    with open(path, encoding="utf-8-sig") as stream:
        for number, line in enumerate(_lines(stream, path), start=1):
            if not line.strip() or line.startswith("@"):
                continue
            *symbols, target = (cell.strip() for cell in line.split(","))
            width = width or len(symbols)
            if not symbols or len(symbols) != width or not all(symbols) or not target:
                raise InputError(
                    f"{path}, line {number}: {len(symbols)} attributes and the class {target!r}, where the first "
                    f"record has {width} attributes; every record needs as many, none empty, and its class last"
                )
            records.append((str(number), "".join(symbols), target))
    if not records:
        raise InputError(f"{path} has no records; comma-separated attributes with the class last were expected")
    return pd.DataFrame(records, columns=["id", "sequence", "target"]), {}


def _lines(stream, path):
    try:
        yield from stream
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error}; convert it") from None

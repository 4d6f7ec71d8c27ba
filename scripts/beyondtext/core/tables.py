"""CSV files with known columns, and parquet files."""

import hashlib
import io
import json
from pathlib import Path

import pandas as pd

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file
from beyondtext.core.printing import printable

SEAL, SETTINGS = b"# SHA-256 of the lines below: ", b"# settings: "


def read_table(path, columns, remedy, **options):
    """Read a CSV file that must have exactly these columns.

    Parameters
    ----------
    path : path
    columns : list of str
    remedy : str
        What to do if the file is unusable; the end of the error message.
    **options
        As of `pandas.read_csv`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the file is missing or empty, is not a CSV file, or has other columns.
    """
    check_is_file(path)
    return _parse(path, path, columns, remedy, options)


def _parse(path, source, columns, remedy, options):
    """What `read_table` returns, from a path or from a stream with the file's content."""
    try:
        table = pd.read_csv(source, **options)
    except (FileNotFoundError, pd.errors.EmptyDataError):
        raise InputError(f"{path} is missing or empty; {remedy}") from None
    except ValueError as error:  # bytes that are not UTF-8, lines of different lengths, text in a column of numbers
        raise InputError(f"{path} is not a table ({printable(' '.join(str(error).split()))}); {remedy}") from None
    if list(table.columns) != columns:
        found = printable(", ".join(map(str, table.columns)))
        raise InputError(f"{path} has the columns {found}, not {', '.join(columns)}; {remedy}")
    return table


def write_sealed_table(path, table, settings, **options):
    """Write a CSV file that begins with two comments: the checksum of all that follows, and the settings as JSON.

    ``options`` are those of `DataFrame.to_csv`.
    """
    content = SETTINGS + json.dumps(settings).encode() + b"\n" + table.to_csv(index=False, **options).encode()
    with replacing(path) as part:
        part.write_bytes(SEAL + hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def read_sealed_table(path, columns, remedy, **options):
    """Read a file of `write_sealed_table`; for parameters and errors see `read_table`.

    Returns
    -------
    table : pandas.DataFrame
    settings : dict

    Raises
    ------
    InputError
        Also if the file has no checksum, or its content has another one, or there are no settings.
    """
    check_is_file(path)
    try:
        first, _, content = Path(path).read_bytes().partition(b"\n")
    except FileNotFoundError:
        first = content = b""
    if not first.startswith(SEAL):
        if not first.startswith(SETTINGS):
            read_table(path, columns, remedy, **options)  # which says what is wrong with a file of another kind
        raise InputError(f"{path} has no checksum on its first line; {remedy}")
    if first != SEAL + hashlib.sha256(content).hexdigest().encode():
        raise InputError(
            f"{path} was changed after it was written: its lines do not have the checksum on the first one; {remedy}"
        )
    second, _, rows = content.partition(b"\n")
    if not second.startswith(SETTINGS):
        raise InputError(f"{path} has no settings on its second line; {remedy}")
    return _parse(path, io.BytesIO(rows), columns, remedy, options), json.loads(second.removeprefix(SETTINGS))


def read_parquet(path, remedy):
    """Read a parquet file; an `InputError` with what to do if it is missing or is not a parquet file."""
    check_is_file(path)
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except Exception as error:  # pyarrow raises many kinds of exceptions for corrupt files
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError(f"{path} is not a parquet file that can be read ({reason}); {remedy}") from None

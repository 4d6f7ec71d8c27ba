"""CSV files with known columns, and parquet files."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file
from beyondtext.core.printing import printable


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
    try:
        table = pd.read_csv(path, **options)
    except (FileNotFoundError, pd.errors.EmptyDataError):
        raise InputError(f"{path} is missing or empty; {remedy}") from None
    except ValueError as error:  # bytes that are not UTF-8, lines of different lengths, text in a column of numbers
        raise InputError(f"{path} is not a table ({printable(' '.join(str(error).split()))}); {remedy}") from None
    if list(table.columns) != columns:
        found = printable(", ".join(map(str, table.columns)))
        raise InputError(f"{path} has the columns {found}, not {', '.join(columns)}; {remedy}")
    return table


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

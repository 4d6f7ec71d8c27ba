"""CSV files with known columns."""

import pandas as pd

from beyondtext.core.errors import InputError


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
        If the file is missing or empty, or has other columns.
    """
    try:
        table = pd.read_csv(path, **options)
    except (FileNotFoundError, pd.errors.EmptyDataError):
        raise InputError(f"{path} is missing or empty; {remedy}") from None
    if list(table.columns) != columns:
        raise InputError(f"{path} has the columns {', '.join(table.columns)}, not {', '.join(columns)}; {remedy}")
    return table

"""Delimited text (CSV, TSV and the like), by pandas."""

import csv
import gzip
import warnings
import zlib

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file

COLUMNS = ("id", "sequence", "second", "target", "group", "split")


def read(files, options, cache, tally):
    """Read one file, or one for each split.

    Options: ``path``, or ``files`` with the file of each split; ``columns``, the file's names for the columns
    ``sequence`` and ``target`` and optionally ``id``, ``second``, ``group`` and ``split``; ``delimiter`` (by default a
    comma); ``header``, the column names of a file without a header; ``skip``, the number of lines to skip at the top;
    ``quotes``, whether double quotes enclose fields (by default true); ``empty``, what to do with a record in which one
    of the columns is empty: ``refuse`` (the default), or ``drop``, which is counted.

    Without an ``id`` column, the id is the number of the record. See `beyondtext.data.readers` for the parameters and
    what is returned.
    """
    if "path" in options:
        return read_file(require_file(files, options["path"]), options, tally)
    parts = []
    for split, path in options["files"].items():
        part = read_file(require_file(files, path), options, tally)
        parts.append(part.assign(split=split, id=f"{split}-" + part["id"]))
    return pd.concat(parts, ignore_index=True)


def read_file(path, options, tally):
    """Read one file."""
    table = _parse(path, options)
    columns = options["columns"]
    for column in columns.values():
        if column not in table.columns:
            names = ", ".join(map(str, table.columns))
            raise InputError(f"{path} has no column {column!r}; its columns are {names}: correct options.columns")
    if table.empty:
        raise InputError(f"{path} has a header but no records; add some")
    table = pd.DataFrame({name: table[columns[name]] for name in COLUMNS if name in columns})
    if "id" not in table:
        table.insert(0, "id", [str(number) for number in range(1, len(table) + 1)])
    for name in table.columns:
        table[name] = table[name].str.strip()
    is_empty = table.isna() | (table == "")  # cells are missing where a record ends early
    if is_empty.to_numpy().any() and options.get("empty") != "drop":
        name = is_empty.columns[is_empty.any()][0]
        rows = table.index[is_empty[name]]
        raise InputError(
            f"{path}: record {rows[0] + 1} has no {columns[name]!r}, the column for the {name}; "
            f"fill it in or delete the record ({len(rows)} such records), or set options.empty to drop"
        )
    repeated = table.index[table["id"].duplicated()]
    if len(repeated):
        raise InputError(
            f"{path}: record {repeated[0] + 1} has the id {table['id'][repeated[0]]!r} of an earlier record; "
            "make the ids unique"
        )
    dropped = is_empty.any(axis=1)
    if dropped.any():
        tally.add("empty", dropped.sum(), f"{path.name}: record {dropped.idxmax() + 1}")
    return table[~dropped].reset_index(drop=True)


def _parse(path, options):
    """The file's columns as text."""
    delimiter = options.get("delimiter", ",")
    try:
        with warnings.catch_warnings():
            # pandas only warns if the first record has too many cells, and then cuts every record.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path,
                sep=delimiter,
                names=options.get("header"),
                header=None if "header" in options else 0,
                skiprows=options.get("skip", 0),
                quoting=csv.QUOTE_MINIMAL if options.get("quotes", True) else csv.QUOTE_NONE,
                dtype=str,
                keep_default_na=False,
                index_col=False,
                encoding="utf-8",
            )
    except pd.errors.ParserWarning:
        raise InputError(
            f"{path}: the first record has more cells than the header has columns (delimiter {delimiter!r}); "
            "every record needs one cell for each column"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is not a complete gzip file: {error}; replace it") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty, but a table with a header was expected; replace it") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise InputError(
            f"{path} is not a table of UTF-8 text with the delimiter {delimiter!r}: {problem}; correct the file, or "
            "options.delimiter and options.quotes"
        ) from None

"""Delimited text: CSV, TSV and the like."""

import csv
import gzip
import warnings
import zlib

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file

COLUMNS = ("id", "sequence", "second", "target", "group", "split")


def read(files, options, cache):
    """Read one file, or one for each split; see `beyondtext.data.readers` for what is returned.

    Options: ``path``, or ``files`` with a file for each split; ``columns``, which names the file's column for
    ``sequence`` and ``target`` and, where there are such, ``id``, ``second``, ``group`` and ``split``;
    ``delimiter`` (a comma); ``header``, the names of the columns where the file has none; ``skip``, lines to
    leave out at the top; ``quotes``, whether double quotes enclose fields (true); ``empty``, what becomes of a
    record without one of the columns: ``refuse``, or ``drop``, which is counted.
    """
    if "path" in options:
        table, dropped = read_file(only_file(files, options["path"]), options)
    else:
        parts = [read_file(only_file(files, path), options) for path in options["files"].values()]
        table = pd.concat(
            [
                part.assign(split=split, id=f"{split}-" + part["id"])
                for split, (part, _) in zip(options["files"], parts, strict=True)
            ],
            ignore_index=True,
        )
        dropped = sum(count for _, count in parts)
    return table, {"dropped_empty": dropped} if dropped else {}


def read_file(path, options):
    """One file's table, with an id for each record, and how many records were dropped for empty cells."""
    table = _parse(path, options)
    columns = options["columns"]
    for column in columns.values():
        if column not in table.columns:
            raise InputError(f"{path} has no column {column!r}; its columns are {', '.join(map(str, table.columns))}")
    if table.empty:
        raise InputError(f"{path} has a header but no records; add some")
    table = pd.DataFrame({name: table[columns[name]] for name in COLUMNS if name in columns})
    if "id" not in table:
        table.insert(0, "id", [str(number) for number in range(1, len(table) + 1)])
    for name in table.columns:
        table[name] = table[name].str.strip()
    empty = table.isna() | (table == "")  # a record that ends early has cells that are missing
    if empty.to_numpy().any() and options.get("empty") != "drop":
        name = empty.columns[empty.any()][0]
        at = table.index[empty[name]]
        raise InputError(
            f"{path}: record {at[0] + 1} has no {columns[name]!r}, the column for the {name}; "
            f"fill it in or delete the record ({len(at)} in all), or have them left out with options.empty: drop"
        )
    twice = table.index[table["id"].duplicated()]
    if len(twice):
        raise InputError(
            f"{path}: record {twice[0] + 1} has the id {table['id'][twice[0]]!r} of an earlier record; ids must differ"
        )
    return table[~empty.any(axis=1)].reset_index(drop=True), int(empty.any(axis=1).sum())


def _parse(path, options):
    try:
        with warnings.catch_warnings():
            # Without this, a first record with too many cells makes pandas cut every record.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path,
                sep=options.get("delimiter", ","),
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
            f"{path}: the first record has more cells than the header names columns (delimiter "
            f"{options.get('delimiter', ',')!r}); every record needs as many as there are columns"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is not a whole gzip file: {error}; replace it") from None
    except pd.errors.EmptyDataError:
        raise InputError(f"{path} is empty; a table with a header was expected") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise InputError(
            f"{path} is not a table of UTF-8 text with the delimiter {options.get('delimiter', ',')!r}: {problem}"
        ) from None

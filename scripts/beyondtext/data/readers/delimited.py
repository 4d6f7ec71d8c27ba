"""Delimited text (CSV, TSV and the like)."""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import listed, quoted
from beyondtext.data.blanks import count_blank_ends
from beyondtext.data.columns import check_even, check_names, open_sheet, take_columns
from beyondtext.data.marks import with_validation
from beyondtext.data.missing import count_likely_missing, without_missing_words
from beyondtext.data.raw import require_file
from beyondtext.data.text import on_one_line

LABELS = ("target", "split")  # whose values the task names
COLUMNS = ("id", "sequence", "second", "target", "group", "split", "validation")
MARK = "\ufeff"  # the byte order mark of a file that was put behind another one
SEQUENCES = ("sequence", "second")


def read(files, options, cache, tally):
    """Read one file, or one for each split.

    Options: ``path``, or ``files`` with the file of each split; ``columns``, the file's names for the columns
    ``sequence`` and ``target`` and optionally ``id``, ``second``, ``group``, ``split`` and ``validation``, which says
    of training records whether they are for validation (true) or not (false, or empty): the split of those becomes
    ``validation``; ``delimiter`` (by default the one of comma, semicolon, tab and vertical bar with which the header
    has these columns); ``header``, the column names of a file without a header; ``skip``, the number of lines to skip
    at the top; ``quotes``, whether double quotes enclose cells (by default unless the delimiter is a tab); ``absent``,
    the split of records whose ``split`` is empty, such as ``{split: train}`` if only test records are marked;
    ``empty``, what to do with a record in which one of the columns is empty: ``refuse`` (the default), or ``drop``,
    which is counted.

    In the columns ``sequence``, ``second``, ``group`` and ``split``, a word for a missing value, such as NA, is an
    empty cell. Among short sequences or texts, it may be one of them; then it stays and is counted.

    Blanks at both ends of names and cells are removed, which is counted for targets, splits and groups that become
    equal to others by it. A line break within the name of a column, a target or a split is read as one blank. Without
    an ``id`` column, the id is the number of the record.
    ``attrs["delimiter"]`` of the table is the delimiter, a comma if one of several files has it. See
    `beyondtext.data.readers` for the other parameters and what is returned.
    """
    if "path" in options:
        return read_file(require_file(files, options["path"]), options, tally)
    parts = {split: read_file(require_file(files, path), options, tally) for split, path in options["files"].items()}
    if "id" in options["columns"]:
        ids = pd.concat([part["id"] for part in parts.values()], ignore_index=True)
        repeated = ids[ids.duplicated()]
        if len(repeated):
            tally.add("shared_ids", len(repeated), repeated.iloc[0])
    delimiters = {part.attrs["delimiter"] for part in parts.values()}
    parts = [part.assign(split=split, id=f"{split}-" + part["id"]) for split, part in parts.items()]
    table = pd.concat(parts, ignore_index=True)
    table.attrs = {"delimiter": "," if "," in delimiters else min(delimiters)}
    return table


def read_file(path, options, tally):
    """Read one file."""
    columns = {name: on_one_line(options["columns"][name]) for name in COLUMNS if name in options["columns"]}
    used = list(columns.values())
    sheet = open_sheet(path, options, used, tally)
    records = sheet.records()
    names = options.get("header") or _header(records, path, tally)
    if names is None:
        raise InputError(f"{path} is empty, but a table with a header was expected; replace it")
    names = [on_one_line(name) for name in names]
    check_names(sheet, names, options, used)
    records = take_columns(sheet, records, names, used, tally)
    if not records.rows:
        raise InputError(f"{path} has a header but no records; add some")
    table = pd.DataFrame(records.rows, columns=list(columns))
    for name in columns:
        written = table[name]
        table[name] = written.map(on_one_line) if name in LABELS else written.str.strip()
        if name in (*LABELS, "group"):
            written = written.str.strip("\n")  # line breaks are counted by themselves
            count_blank_ends(written, table[name], tally, lambda index: f"{path.name}, line {records.lines[index]}")
    if sheet.delimiter == "\t" and sheet.quotes is None:
        _count_quotation_marks(path, table, records.lines, tally)
    _check_header_is_not_repeated(path, table, records.lines, options, columns, names)
    marks = table.pop("validation") if "validation" in table else None
    written = table
    table = table.apply(lambda column: without_missing_words(column, column.name))
    if "absent" in options:
        table = _with_absent(table, options["absent"])
    if marks is not None:
        table["split"] = with_validation(
            table["split"], marks, lambda index: f"{path}, line {records.lines[index]}: record {index + 1}"
        )
    may_be_empty = options.get("empty") == "drop"
    if not may_be_empty:
        _check_not_empty(path, table.drop(index=list(records.uneven)), written, records.lines, columns)
    check_even(sheet, records, len(names), may_be_short=may_be_empty)
    if "id" in table:
        _check_ids(path, table["id"], records.lines)
    else:
        table.insert(0, "id", [str(number) for number in range(1, len(table) + 1)])
    dropped = (table == "").any(axis=1)
    dropped[list(records.uneven)] = True
    if dropped.any():
        tally.add("empty", dropped.sum(), f"{path.name}: record {dropped.idxmax() + 1}")
    table = table[~dropped].reset_index(drop=True)
    for name in table.columns.intersection(SEQUENCES):
        count_likely_missing(table[name], tally)
    table.attrs = {"delimiter": sheet.delimiter}
    return table


def _with_absent(table, absent):
    """The table with values in the empty cells of columns."""
    for name, value in absent.items():
        if name not in table:
            raise InputError(
                f"options.absent has a value for {quoted(name)}, but options.columns names no column for it; add it "
                "there, or delete it here"
            )
        table[name] = table[name].replace("", value)
    return table


def _header(records, path, tally):
    """The cells of the first record that is not empty, or None."""
    start, end, cells = next((record for record in records if any(record[2])), (0, 0, None))
    if end > start:
        tally.add("line_breaks", 1, f"{path.name}, line {start}")
    return cells


def _count_quotation_marks(path, table, lines, tally):
    """Count the records of a TSV with a cell in quotation marks, which are part of the cell."""
    in_quotes = table.apply(lambda column: column.str.fullmatch('".+"')).any(axis=1)
    if in_quotes.any():
        tally.add("quotation_marks", in_quotes.sum(), f"{path.name}, line {lines[in_quotes.idxmax()]}")


def _check_header_is_not_repeated(path, table, lines, options, columns, names):
    """Refuse a record that is the header again, as joined files have it, perhaps in another order or in other case."""
    known = {name.casefold() for name in names if name}
    are_names = table
    for name in table.columns:
        are_names = are_names[are_names[name].str.lstrip(MARK).str.casefold().isin(known)]
    if are_names.empty:
        return
    are_names = are_names.apply(lambda column: column.str.lstrip(MARK))
    is_header = (are_names == pd.Series(columns)).all(axis=1)
    if is_header.any():
        more = ", or set options.skip if options.header is given although the file has a header"
        raise InputError(
            f"{path}, line {lines[is_header.idxmax()]} repeats the header; delete it{more * ('header' in options)}"
        )
    if len(set(columns.values())) > 1:
        raise InputError(
            f"{path}, line {lines[are_names.index[0]]} has names of columns in place of values "
            f"({listed(are_names.iloc[0])}), as the header of another file has them; delete it, and give the records "
            "below it the columns of those above"
        )


def _check_not_empty(path, table, written, lines, columns):
    is_empty = table == ""
    if is_empty.to_numpy().any():
        name = is_empty.columns[is_empty.any()][0]
        rows = table.index[is_empty[name]]
        word = written[name][rows[0]]
        found = f", but {quoted(word)}" if word else ""
        raise InputError(
            f"{path}: record {rows[0] + 1} has no {quoted(columns[name])}, the column for the {name}{found}, on line "
            f"{lines[rows[0]]}; fill it in or delete the record ({len(rows)} such records), or set options.empty to "
            "drop"
        )


def _check_ids(path, ids, lines):
    repeated = ids.index[ids.duplicated() & (ids != "")]
    if len(repeated):
        first = ids.index[ids == ids[repeated[0]]][0]
        raise InputError(
            f"{path}, line {lines[repeated[0]]}: record {repeated[0] + 1} has the id {quoted(ids[repeated[0]])} of an "
            f"earlier record, on line {lines[first]}; make the ids unique"
        )

"""The columns of a delimited file that a task uses: found by their names, and taken from every record."""

from collections import Counter
from dataclasses import dataclass, field, replace

from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.printing import listed, quoted
from beyondtext.data.cells import DELIMITERS, Sheet, recognize_delimiter
from beyondtext.data.text import read_text

SEARCHED = 20  # lines in which a header is looked for
COMPARED = 1000  # names of columns from which one that is similar is suggested


@dataclass
class Records:
    """The cells of the columns that are used.

    Attributes
    ----------
    rows : list of list of str
        One list for each record; empty cells where a record ends early.
    lines : list of int
        The line that each record begins on.
    uneven : dict of int to int
        How many cells each record has that has more or fewer than there are columns, by its index.
    """

    rows: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    uneven: dict = field(default_factory=dict)


def open_sheet(path, options, columns, tally):
    """Read a file and recognize its delimiter, unless the options name one.

    Parameters
    ----------
    path : pathlib.Path
    options : dict
        Those of `beyondtext.data.readers.delimited`.
    columns : list of str
        The names of the columns that are used.
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    beyondtext.data.cells.Sheet
    """
    skipped = options.get("skip", 0)
    lines = read_text(path, tally).split("\n")
    tally.add("skipped_lines", sum(1 for line in lines[:skipped] if line.strip()), path.name)
    lines = lines[skipped:]
    sheet = Sheet(path, lines, skipped + 1, options.get("delimiter", ","), options.get("quotes"))
    if "delimiter" in options:
        return sheet
    found = recognize_delimiter(sheet, _is_header(options, columns)) or recognize_delimiter(sheet, _has_several) or ","
    if found != ",":
        tally.add("delimiter", 1, f"{path.name}: {DELIMITERS[found]}")
    return replace(sheet, delimiter=found)


def check_names(sheet, names, options, columns):
    """Refuse a header with a name twice, or without one of the columns that are used; ``names`` are stripped."""
    repeated = next((name for name, number in Counter(names).items() if name and number > 1), None)
    if repeated is not None:
        raise InputError(f"{sheet.path} has two columns with the name {quoted(repeated)}; rename one of them")
    known = set(names)
    missing = next((column for column in columns if column not in known), None)
    if missing is not None:
        written = listed([name or "(no name)" for name in names], SEARCHED)
        raise InputError(
            f"{sheet.path} has no column {quoted(missing)}{suggestion(missing, names[:COMPARED])}; its columns are "
            f"{written}: {_remedy(sheet, names, options, columns)}"
        )


def take_columns(sheet, records, names, columns, tally):
    """Take the columns that are used from every record.

    Empty lines, and lines of delimiters only (which are counted), are no records. A record may have more cells than
    there are columns if these are empty.

    Parameters
    ----------
    sheet : beyondtext.data.cells.Sheet
    records : iterable
        From the sheet, without its header.
    names : list of str
        All columns.
    columns : list of str
        Those to take.
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    Records
    """
    found, width, name = Records(), len(names), sheet.path.name
    indices = [names.index(column) for column in columns]
    for start, end, cells in records:
        if not any(cells):
            if len(cells) > 1:
                tally.add("blank_lines", 1, f"{name}, line {start}")
            continue
        if end > start:
            _check_line_breaks(sheet, start, end, width)
            tally.add("line_breaks", 1, f"{name}, line {start}")
        if len(cells) > width and not any(cells[width:]):
            tally.add("extra_cells", 1, f"{name}, line {start}")
        elif len(cells) != width:
            found.uneven[len(found.rows)] = len(cells)
            cells = cells + [""] * (width - len(cells))
        found.rows.append([cells[index] for index in indices])
        found.lines.append(start)
    return found


def check_even(sheet, records, width, may_be_short):
    """Refuse records with more than ``width`` cells, and, unless they may be short, with fewer."""
    uneven = {index: cells for index, cells in records.uneven.items() if cells > width or not may_be_short}
    if not uneven:
        return
    index, cells = next(iter(uneven.items()))
    other = _other_delimiter(sheet, lambda first: len(first) == width) if index == 0 else None
    if other:
        remedy = f"correct options.delimiter: it seems to be {other!r}"
    elif len(uneven) == len(records.rows) and set(uneven.values()) == {width + 1}:
        remedy = (
            "name the column that has no name (the first, if its lines begin with the names of the rows), or put "
            "numbers with decimal commas in quotation marks"
        )
    elif cells < width:
        remedy = "correct the record, or set options.empty to drop"
    else:
        remedy = "correct the record, or put the cell with the delimiter in it in quotation marks"
    found = "1 cell" if cells == 1 else f"{cells} cells"
    raise InputError(
        f"{sheet.path}, line {records.lines[index]}: record {index + 1} has {found}, but there are {width} columns "
        f"(delimiter {sheet.delimiter!r}; {len(uneven)} such records); {remedy}"
    )


def _check_line_breaks(sheet, start, end, width):
    """Refuse a record of several lines in a TSV, and one whose lines all look like records of their own."""
    where = f"{sheet.path}: lines {start} to {end} are one record, since a quotation mark on line {start} opens a cell"
    if sheet.delimiter == "\t":
        raise InputError(
            f"{where}, but a cell of a TSV cannot have line breaks; delete the quotation mark or the line breaks, or "
            "set options.quotes to false"
        )
    widths = {line.count(sheet.delimiter) + 1 for line in sheet.lines_between(start, end)}
    if sheet.quotes is None and widths == {width}:
        raise InputError(
            f"{where}, but each of these lines looks like a record; delete the quotation marks, or set options.quotes "
            "to true if the line breaks belong to the cell"
        )


def _is_header(options, columns):
    """A function that says whether a list of stripped cells can be the first record of a file."""
    if "header" in options:
        return lambda cells: len(cells) == len(options["header"])
    return set(columns).issubset


def _has_several(cells):
    return len(cells) > 1


def _other_delimiter(sheet, is_header):
    found = recognize_delimiter(sheet, is_header)
    return found if found != sheet.delimiter else None


def _remedy(sheet, names, options, columns):
    """What to do about a header that lacks a column."""
    other = _other_delimiter(sheet, set(columns).issubset)
    if other is None and len(names) == 1:
        other = _other_delimiter(sheet, _has_several)
    if other:
        return f"correct options.delimiter from {sheet.delimiter!r} to {other!r}"
    if set(columns) <= {name.strip('"') for name in names}:
        return "set options.quotes to true"
    for number, line in enumerate(sheet.lines[:SEARCHED], start=sheet.first):
        first = replace(sheet, lines=[line]).sample()
        if first and set(columns) <= {cell.strip() for cell in first[0]}:
            return f"set options.skip to {number - 1}, since the header is on line {number}"
    return "correct options.columns, or set options.header if the file has no header"

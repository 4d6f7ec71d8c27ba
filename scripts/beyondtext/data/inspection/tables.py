"""Delimited tables: the delimiter, the header and the decimal sign; `quotation` has the quotation marks."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import listed, quoted
from beyondtext.data import cells
from beyondtext.data.blanks import merged_by_blanks
from beyondtext.data.inspection.column_names import (
    check_row_names,
    has_names,
    is_named,
    lacks_name,
    record_test,
)
from beyondtext.data.inspection.fields import Field
from beyondtext.data.inspection.quotation import choose_quotes, sample_rows, share_of_usual, split_rows
from beyondtext.data.missing import MISSING
from beyondtext.data.targets import DECIMAL_COMMA, unclear_points, with_plain_minus
from beyondtext.data.text import on_one_line

DELIMITERS = "\t;,|"  # of equally good ones, the first
NAMES = {**cells.DELIMITERS, " ": "space"}
SAMPLE = 300  # records from which the delimiter is judged
MOST_SKIPPED = 10  # lines at the top
MOST_COLUMNS = 1000  # in which the roles are looked for; more would take minutes
ROLES = ("target", "sequence", "second", "split", "group", "id")
DECLARED = re.compile(r'"?sep=([^\w"])"?\1*', re.IGNORECASE)  # the first line, with which Excel is told the delimiter
ONLY_DECIMAL = r"^[+-]?,|,0\d|[eE]"  # in a number with a decimal comma, and not in two labels with a comma between
UNNAMED = "row"  # R does not name the column of row names


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes
    ----------
    delimiter : str
    quotes : bool or None
        Whether double quotes enclose cells; None for the reader's default.
    skip : int
        Lines at the top that are not part of the table.
    header : list of str or None
        The names of the columns, if the file does not have them.
    """

    delimiter: str
    quotes: bool | None = None
    skip: int = 0
    header: list | None = None

    @property
    def options(self):
        """The reader's options."""
        options = {"delimiter": self.delimiter}
        if self.skip:
            options["skip"] = self.skip
        if self.header:
            options["header"] = self.header
        return options if self.quotes is None else {**options, "quotes": self.quotes}


def read_table(path, text, wishes, notes):
    """Find out how a table is written, and read it.

    Parameters
    ----------
    path : pathlib.Path
        For messages.
    text : str
    wishes : Wishes
    notes : Notes

    Returns
    -------
    dialect : Dialect
    fields : dict of str to Field
        The columns.

    Raises
    ------
    InputError
        If the text is no table.
    """
    dialect = find_dialect(path, text, wishes, notes)
    lines = text.split("\n")[dialect.skip :]
    written = [row for _, row in split_rows(lines, dialect.delimiter, dialect.quotes)]
    names = dialect.header or list(map(on_one_line, written.pop(0)))
    rows = [list(map(on_one_line, row)) for row in written]
    written = [cells for cells, row in zip(written, rows, strict=True) if row != names]
    rows = [row for row in rows if row != names]  # the reader names the line that repeats the header
    _note_uneven(rows, len(names), notes)
    padding = [""] * len(names)
    if not rows:
        raise InputError(f"{path} has names of columns but no records; add some, or give --header no")
    repeated = next((name for name, number in Counter(names).items() if name and number > 1), None)
    if repeated is not None:
        raise InputError(f"{path} has two columns named {quoted(repeated)}; rename one of them")
    _note_unnamed(
        [[row[place] for row in rows if len(row) > place] for place, name in enumerate(names) if not name], notes
    )
    wished = {getattr(wishes, role) for role in ROLES} if len(names) > MOST_COLUMNS else set(names)
    kept = [place for place, name in enumerate(names) if name and name in wished]
    rows, written = ([row + padding if len(row) < len(names) else row for row in cells] for cells in (rows, written))
    return dialect, {
        names[place]: _field(
            names[place], [row[place] for row in rows], [row[place] for row in written], dialect.delimiter
        )
        for place in kept
    }


def _note_unnamed(columns, notes):
    """Say that columns without a name are not used, unless they are empty."""
    values = [list(filter(None, column)) for column in columns]
    values = [column for column in values if column]
    if values:
        what = "1 column without a name is" if len(values) == 1 else f"{len(values):,} columns without names are"
        shown = ", ".join(quoted(value, 24) for value in values[0][:3])
        notes.add(f"{what} not used", f"the values are {shown}, …; give it a name in the file if it is needed")


def _note_uneven(rows, width, notes):
    uneven = [row for row in rows if len(row) < width or any(row[width:])]
    if uneven:
        why = f"{len(uneven):,} of {len(rows):,} records have more or fewer than {width}, such as {uneven[0][0][:40]!r}"
        notes.add("uneven numbers of cells", why)


def find_dialect(path, text, wishes, notes):
    """The `Dialect` of a table."""
    lines = text.split("\n")
    declared = DECLARED.fullmatch(lines[0]) if any(map(str.strip, lines[1:])) else None
    if declared:
        lines[0] = ""
    signs = ' \t"' + "".join(DELIMITERS) + (wishes.delimiter or "") + (declared[1] if declared else "")
    if not any(line.strip(signs) for line in lines):
        raise InputError(f"{path} has delimiters only, but no records; replace it")
    comments = _comments(lines)
    below = [*[""] * comments, *lines[comments:]]
    delimiter = _delimiter(path, below, wishes, notes, declared)
    if comments and _is_header(lines[comments - 1], below, delimiter):
        comments -= 1
        below[comments] = lines[comments]
    lines = below
    quotes = choose_quotes(path, lines, delimiter, wishes, notes)
    starts, rows = zip(*split_rows(lines, delimiter, quotes, SAMPLE), strict=True)
    width = Counter(map(len, rows)).most_common(1)[0][0]
    rows = _without_empty_columns(rows)
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    place = next(number for number, row in enumerate(rows) if len(row) == usual)
    titles = _titles(rows[place : MOST_SKIPPED + 1])
    if titles and has_names([row[:MOST_COLUMNS] for row in rows[place + titles :]]):
        place += titles
    else:
        titles = 0
    above = _above(rows[:place], rows[place:], usual, wishes.header)
    if above is not None and above.lacks_name:
        check_row_names(path, rows[0], [row for row in rows[1:] if len(row) == usual], delimiter)
        notes.add(f"the first column is called `{UNNAMED}`", "the header has one name too few, as R writes tables")
        return Dialect(delimiter, quotes, starts[1], [UNNAMED, *map(on_one_line, rows[0])])
    if above is not None and not above.is_record:
        _refuse_uneven_top(path, starts[above.place] + 1, rows[above.place], usual)
    place = place if above is None else above.place
    if place > MOST_SKIPPED:
        raise InputError(
            f"{path}: the first {place} lines, such as {quoted(delimiter.join(rows[0]), 60)}, are not divided into "
            f"{usual} cells like those below; delete the lines above the header"
        )
    skip = starts[place] if place or declared or comments else 0
    if usual > MOST_COLUMNS and not (wishes.sequence and wishes.target):
        raise InputError(
            f"{path} has {usual:,} columns, more than the {MOST_COLUMNS:,} in which a sequence and a target are looked "
            "for; name these with --sequence and --target, or delete the columns that are not needed"
        )
    if skip:
        why = "only the first of their cells is filled" if titles else f"the lines below have {usual} cells"
        why = "they begin with #, as comments do" if comments else why
        why = f"the first, {declared[0]!r}, is for Excel" if declared else why
        notes.add(f"{skip} line{'' if skip == 1 else 's'} at the top skipped", why, key="options.skip")
    rows = rows[place:]
    has_header = above is None and has_names([row[:MOST_COLUMNS] for row in rows])
    if has_header if wishes.header is None else wishes.header == "yes":
        return Dialect(delimiter, quotes, skip)
    names = [f"column{number}" for number in range(1, max(usual, width) + 1)]
    why = f"the first line, {', '.join(repr(cell[:20]) for cell in rows[0][:4])}, looks like the others"
    notes.add(f"no header, so the columns are called {names[0]} to {names[-1]}", why, "--header yes", "options.header")
    return Dialect(delimiter, quotes, skip, names)


@dataclass(frozen=True)
class Above:
    """A row above the first one with the usual number of cells that is a record, or may be one or the header."""

    place: int
    is_record: bool = False
    lacks_name: bool = False  # a header without the name of the first column


def _above(rows, below, usual, header):
    """The first of the ``rows`` that may be a part of the table, as `Above`; None if all are titles or the like."""
    if not rows:
        return None
    below = [row[:MOST_COLUMNS] for row in below if len(row) == usual]
    has_header = header != "no" and has_names(below)
    if has_header and is_named(below[0]) and not is_named(rows[-1]):
        return None
    is_record_of = record_test(below[has_header:])
    for place, row in enumerate(rows):
        is_divided = sum(1 for cell in row if cell.strip()) > 1
        is_record = is_record_of(row, is_divided and not has_header)
        if header != "yes" and (is_record or (header == "no" and is_divided)):
            return Above(place, is_record=True)
        may_be_record = is_record or (usual == 2 and not has_header and is_record_of(row, True))
        if len(rows) == 1 and not has_header and not may_be_record and lacks_name(row, usual):
            return Above(place, lacks_name=True)
        if may_be_record or (is_divided and not has_header):
            return Above(place)
    return None


def _refuse_uneven_top(path, line, row, usual):
    found = "1 cell" if len(row) == 1 else f"{len(row)} cells"
    raise InputError(
        f"{path}, line {line} has {found} ({listed([quoted(cell, 24) for cell in row])}), but most lines below have "
        f"{usual}; if it names the columns, give it one name for each of their cells; if it is a record, correct it; "
        "otherwise, delete it"
    )


def _comments(lines):
    """How many lines at the top end with the last one that begins with #, before any other line that is not empty."""
    top = list(takewhile(lambda line: not line.strip() or line.startswith("#"), lines))
    return max((number for number, line in enumerate(top, start=1) if line), default=0)


def _is_header(comment, below, delimiter):
    """Whether a line that begins with # is the header of the lines below: these have no other, but as many cells."""
    rows = sample_rows([comment, *below], delimiter, SAMPLE)
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    return len(rows[0]) == usual and (is_named(rows[0]) or not has_names(rows[1:]))


def _titles(rows):
    """How many of the first rows have text in their first cell only, or nothing, as a title in Excel's CSV files."""
    return sum(1 for _ in takewhile(lambda row: len(row) > 1 and not any(map(str.strip, row[1:])), rows[:-1]))


def _without_empty_columns(rows):
    """Rows without the columns at their end that are empty in all of them, as Excel writes them."""
    width = max(place for row in rows for place, cell in enumerate(row, start=1) if cell.strip() or place == 1)
    return [row[:width] for row in rows]


def _delimiter(path, lines, wishes, notes, declared):
    """The delimiter; ``declared`` is the match of `DECLARED` in the first line, or None."""
    if wishes.delimiter:
        return wishes.delimiter
    if declared:
        sign, why = declared[1], f"the first line, {declared[0]!r}, says so"
        notes.add(f"a table, delimiter {NAMES.get(sign, sign)}", why, "--delimiter CHARACTER", "options.delimiter")
        return sign
    scores = {sign: _regularity(lines, sign) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: scores[sign])
    if scores[best] < 0.5 and _regularity(lines, " ") == 1:  # sentences have blanks, too, but not so many each
        best, scores[" "] = " ", 1.0
    if scores[best] < 0.5:
        first = next(line for line in lines if line.strip())
        raise InputError(
            f"{path} is neither FASTA nor a table: its first line is {first[:60]!r}, and none of tab, comma, "
            "semicolon and | divides its lines into the same number of cells; give --delimiter, or save it as CSV"
        )
    why = f"it divides {scores[best]:.0%} of the lines into the same number of cells"
    notes.add(f"a table, delimiter {NAMES[best]}", why, "--delimiter CHARACTER", "options.delimiter")
    return best


def _regularity(lines, delimiter):
    """The share of records that have the commonest number of cells, if this is at least two."""
    rows = sample_rows(lines, delimiter, SAMPLE)
    return share_of_usual(rows) if Counter(map(len, rows)).most_common(1)[0][0] > 1 else 0.0


def _field(name, values, written, delimiter):
    values, written = pd.Series(values, dtype=str), pd.Series(written, dtype=str)
    blank_ends = tuple(written[merged_by_blanks(written.str.strip("\n"), values)])
    present = values[(values != "") & ~values.str.lower().isin(MISSING)]
    plain = with_plain_minus(present)
    with_comma = plain.str.fullmatch(DECIMAL_COMMA)
    is_decimal = with_comma.any() and plain[~with_comma].str.fullmatch(r"[+-]?\d+").all()
    is_unclear = len(unclear_points(plain, delimiter)) > 0
    may_be_lists = bool(
        delimiter == "," and is_decimal and not with_comma.all() and not plain.str.contains(ONLY_DECIMAL).any()
    )
    decimal = "," if is_decimal else "" if is_unclear else "."
    return Field(name, values, decimal=decimal, may_be_lists=may_be_lists, blank_ends=blank_ends)

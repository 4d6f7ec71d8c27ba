"""Delimited tables: the delimiter, the header, quotation marks and the decimal sign."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.fields import Field
from beyondtext.data.targets import MISSING

DELIMITERS = "\t;,|"  # of equally good ones, the first
NAMES = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar", " ": "blank"}
SAMPLE = 300  # lines from which the delimiter is judged
MOST_SKIPPED = 10  # lines at the top
MOST_COLUMNS = 1000  # in which the roles are looked for; more would take minutes
FEW = 0.2  # of the records: a column with fewer different values repeats them
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WITH_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
ROLES = ("target", "sequence", "second", "split", "group", "id")
UNNAMED = "row"  # R does not name the column of row names


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes
    ----------
    delimiter : str
    quotes : bool or None
        Whether double quotes enclose cells; None if there are no double quotes.
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
    rows = [[cell.strip() for cell in row] for row in _cells(lines, dialect.delimiter, dialect.quotes) if any(row)]
    names = dialect.header or rows.pop(0)
    _note_uneven(rows, len(names), notes)
    padding = [""] * len(names)
    if not rows:
        raise InputError(f"{path} has names of columns but no records; add some, or give --header no")
    repeated = next((name for name, number in Counter(names).items() if name and number > 1), None)
    if repeated is not None:
        raise InputError(f"{path} has two columns named {quoted(repeated)}; rename one of them")
    wished = {getattr(wishes, role) for role in ROLES} if len(names) > MOST_COLUMNS else set(names)
    kept = [place for place, name in enumerate(names) if name and name in wished]
    rows = [row + padding if len(row) < len(names) else row for row in rows]
    return dialect, {names[place]: _field(names[place], [row[place] for row in rows]) for place in kept}


def _note_uneven(rows, width, notes):
    uneven = [row for row in rows if len(row) != width]
    if uneven:
        why = f"{len(uneven):,} of {len(rows):,} records have more or fewer than {width}, such as {uneven[0][0][:40]!r}"
        notes.add("uneven numbers of cells", why)


def find_dialect(path, text, wishes, notes):
    """The `Dialect` of a table."""
    lines = [line for line in text.split("\n", SAMPLE + MOST_SKIPPED) if line.strip()][:SAMPLE]
    delimiter = _delimiter(path, lines, wishes, notes)
    quotes = _has_quotes(text.split("\n"), delimiter)
    rows = _cells(lines, delimiter, quotes)
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    skip = next((number for number, row in enumerate(rows[: MOST_SKIPPED + 1]) if len(row) == usual), 0)
    if skip == 1 and len(rows[0]) == usual - 1 and not any(map(_is_number, rows[0])):
        notes.add(f"the first column is called `{UNNAMED}`", "the header has one name too few, as R writes tables")
        return Dialect(delimiter, quotes, 1, [UNNAMED, *map(str.strip, rows[0])])
    if usual > MOST_COLUMNS and not (wishes.sequence and wishes.target):
        raise InputError(
            f"{path} has {usual:,} columns, more than the {MOST_COLUMNS:,} in which a sequence and a target are looked "
            "for; name these with --sequence and --target, or delete the columns that are not needed"
        )
    if skip:
        why = f"the lines below have {usual} cells"
        notes.add(f"{skip} line{'' if skip == 1 else 's'} at the top skipped", why, key="options.skip")
    rows = rows[skip:]
    has_header = _has_header(rows) if wishes.header is None else wishes.header == "yes"
    if has_header:
        return Dialect(delimiter, quotes, skip)
    names = [f"column{number}" for number in range(1, usual + 1)]
    why = f"the first line, {', '.join(repr(cell[:20]) for cell in rows[0][:4])}, looks like the others"
    notes.add(f"no header, so the columns are called {names[0]} to {names[-1]}", why, "--header yes", "options.header")
    return Dialect(delimiter, quotes, skip, names)


def _delimiter(path, lines, wishes, notes):
    if wishes.delimiter:
        return wishes.delimiter
    scores = {sign: _regularity(lines, sign) for sign in DELIMITERS}
    best = max(DELIMITERS, key=lambda sign: scores[sign])
    if scores[best] < 0.5 and _regularity(lines, " ") == 1:  # sentences have blanks, too, but not so many each
        best, scores[" "] = " ", 1.0
    if scores[best] < 0.5:
        raise InputError(
            f"{path} is neither FASTA nor a table: its first line is {lines[0][:60]!r}, and none of tab, comma, "
            "semicolon and | divides its lines into the same number of cells; give --delimiter, or save it as CSV"
        )
    why = f"it divides {scores[best]:.0%} of the lines into the same number of cells"
    notes.add(f"a table, delimiter {NAMES[best]}", why, "--delimiter CHARACTER", "options.delimiter")
    return best


def _regularity(lines, delimiter):
    """The share of lines that have the commonest number of cells, if this is at least two."""
    rows = _cells(lines, delimiter, _has_quotes(lines, delimiter))
    return _share_of_usual(rows) if Counter(map(len, rows)).most_common(1)[0][0] > 1 else 0.0


def _cells(lines, delimiter, quotes):
    quoting = csv.QUOTE_NONE if quotes is False else csv.QUOTE_MINIMAL
    try:
        return list(csv.reader(lines, delimiter=delimiter, quoting=quoting, skipinitialspace=delimiter != " "))
    except csv.Error:  # a cell that is too long, since its quotation mark is not closed
        return [[line] for line in lines]


def _has_quotes(lines, delimiter):
    """Whether double quotes enclose cells: no cell that begins with one lacks one at its end. None without any."""
    if not any('"' in line for line in lines):
        return None
    plain = _cells(lines, delimiter, quotes=False)
    opened = [cell.strip() for row in plain for cell in row if cell.startswith('"')]
    if not opened:
        return False
    if all(len(cell) > 1 and cell.endswith('"') for cell in opened):
        return True
    # There may be a delimiter or a line end between two quotation marks: then the rows are more regular with them.
    return _share_of_usual(_cells(lines, delimiter, quotes=True)) > _share_of_usual(plain)


def _share_of_usual(rows):
    numbers = Counter(len(row) for row in rows if row)
    return numbers.most_common(1)[0][1] / numbers.total()


def _has_header(rows):
    """Whether the first row has names: it differs in kind from the other rows."""
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    if not rest or any(not cell for cell in first[1:]):
        return not rest
    votes = [
        _vote(cell, [row[place].strip() for row in rest if len(row) > place])
        for place, cell in enumerate(first[:MOST_COLUMNS])
    ]
    return sum(votes) >= 0 if any(votes) else len(set(first)) == len(first) and not any(map(_is_number, first))


def _vote(cell, values):
    """Whether a cell of the first row is the name of a column with these values: 1 for yes, below 0 for no, or 0."""
    values = [value for value in values if value]
    numbers = sum(map(_is_number, values))
    if values and numbers >= 0.9 * len(values):
        return -1 if _is_number(cell) else 1
    if _is_number(cell):
        return -1
    if len(set(values)) <= FEW * len(values):
        return -2 if cell in values else 1
    lengths = sorted(map(len, values))
    if lengths and lengths[0] > 2 * len(cell):  # sequences or sentences
        return 1
    return -1 if lengths and lengths[0] > 7 and lengths[0] <= len(cell) <= lengths[-1] else 0


def _is_number(cell):
    cell = cell.strip()
    return NUMBER.fullmatch(cell) is not None or WITH_COMMA.fullmatch(cell) is not None


def _field(name, values):
    values = pd.Series(values, dtype=str)
    present = values[(values != "") & ~values.str.lower().isin(MISSING)]
    with_comma = present.str.fullmatch(WITH_COMMA.pattern)
    is_decimal = with_comma.any() and present[~with_comma].str.fullmatch(r"[+-]?\d+").all()
    return Field(name, values, decimal="," if is_decimal else ".")

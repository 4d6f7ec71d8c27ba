"""Whether a table's first row has the names of its columns, and whether that of the first column is missing."""

import re

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import listed, quoted
from beyondtext.data.inspection.fields import RESIDUES, RESIDUES_AT_LEAST, TEXT, Field, plain
from beyondtext.data.inspection.published import NAMES
from beyondtext.data.inspection.quotation import is_number
from beyondtext.data.inspection.roles import IDS, SEQUENCES
from beyondtext.data.inspection.target_field import TARGETS

FEW = 0.2  # of the records: a column with fewer different values repeats them
WORDS = SEQUENCES | TARGETS | NAMES | IDS


def has_names(rows):
    """Whether the first row has names: known ones, or cells that differ in kind from those of the other rows.

    Repetitions of the first row do not count: files that were merged have their header several times.

    Parameters
    ----------
    rows : list of list of str

    Returns
    -------
    bool
    """
    first = [cell.strip() for cell in rows[0]]
    rest = [row for row in rows[1:] if row != rows[0]]
    if not rest:
        return True
    columns = [_column(rest, place) for place in range(len(first))]
    pairs = list(zip(first, columns, strict=True))
    if any(plain(cell) in WORDS and cell not in values for cell, values in pairs) or _is_count(first):
        return True
    if any(_is_sequence_of(cell, values) for cell, values in pairs):
        return False
    votes = [_vote(cell, values) if cell else 0 for cell, values in pairs]
    if not all(first[1:]):  # names of columns are rarely empty, except for that of the row names
        return sum(votes) > 0
    return sum(votes) >= 0 if any(votes) else len(set(first)) == len(first) and not any(map(is_number, first))


def is_named(cells):
    """Whether one of a row's cells is a usual name of a column, with # in front or not."""
    return any(plain(cell) in WORDS for cell in cells)


def _column(rows, place):
    """The cells of a column that are not empty."""
    return [cell for row in rows if len(row) > place and (cell := row[place].strip())]


def _is_count(cells):
    """Whether names only number the columns, as pandas writes them, after an empty cell or not."""
    cells = cells[1:] if cells[0] == "" else cells
    return any(cells == [str(start + place) for place in range(len(cells))] for start in (0, 1))


def _is_sequence_of(cell, values):
    """Whether a cell is one more of the sequences of residues that a column has."""
    if len(cell) < RESIDUES_AT_LEAST or Field("", pd.Series(values, dtype=str)).looks != RESIDUES:
        return False
    return set(cell) <= set("".join(values)) and 2 * len(cell) >= min(map(len, values))


def record_test(rows):
    """A test whether a row with more or fewer cells than others is a record, not a title or the names of the columns.

    It is if one of its cells is one more of the sequences of residues that a column has or, if this may count, one of
    the sentences of the column in its place.

    Parameters
    ----------
    rows : list of list of str
        Of the same number of cells.

    Returns
    -------
    callable
        ``is_record(row, may_be_sentence)``.
    """
    columns = [_column(rows, place) for place in range(len(rows[0]) if rows else 0)]
    looks = [Field("", pd.Series(values, dtype=str)).looks for values in columns]
    residues = [values for values, look in zip(columns, looks, strict=True) if look == RESIDUES]

    def is_record(row, may_be_sentence):
        cells = [cell.strip() for cell in row]
        if any(_is_sequence_of(cell, values) for cell in cells for values in residues):
            return True
        pairs = zip(cells, looks, strict=False)
        return may_be_sentence and any(look == TEXT and cell.count(" ") >= 2 for cell, look in pairs)

    return is_record


def _vote(cell, values):
    """Whether a cell of the first row is the name of a column with these values: 1 for yes, below 0 for no, or 0."""
    numbers = sum(map(is_number, values))
    if values and numbers >= 0.9 * len(values):
        return -1 if is_number(cell) else 1
    if is_number(cell):
        return -1
    if len(set(values)) <= FEW * len(values):
        return -2 if cell in values else 1
    lengths = sorted(map(len, values))
    if lengths and lengths[0] > 2 * len(cell):  # sequences or sentences
        return 1
    return -1 if lengths and lengths[0] > 7 and lengths[0] <= len(cell) <= lengths[-1] else 0


def lacks_name(names, width):
    """Whether a row may have the names of all columns but one, as R writes tables with the names of their rows.

    Parameters
    ----------
    names : list of str
    width : int
        The number of cells of the rows below.

    Returns
    -------
    bool
    """
    return len(names) == width - 1 and not any(map(is_number, names))


def check_row_names(path, names, rows, delimiter):
    """Refuse a header with a name too few, unless it can only be the name of the first column that is missing.

    Otherwise the last column may have none, or a decimal comma divides numbers into two cells.

    Parameters
    ----------
    path : pathlib.Path
        For the message.
    names : list of str
    rows : list of list of str
        All with one cell more than there are names.
    delimiter : str
    """
    names = [name.strip() for name in names]
    columns = [_column(rows, place) for place in range(len(names) + 1)]
    has_empty_end = len(columns[-1]) < len(rows)
    are_halves = delimiter == "," and all(re.fullmatch(r"[+-]?\d+,\d+", ",".join(row[-2:])) for row in rows)
    suits = [_suits(name, columns[place]) and not _suits(name, columns[place + 1]) for place, name in enumerate(names)]
    if has_empty_end or are_halves or any(suits):
        raise InputError(
            f"{path}: the header has {len(names)} names ({listed(names)}), but the records have {len(names) + 1} "
            f"cells, such as {quoted(delimiter.join(rows[0]), 80)}: the first or the last column has no name, or "
            "numbers with decimal commas are not in quotation marks; complete the header, or correct the numbers"
        )


def _suits(name, values):
    """Whether values can be what the name of their column says."""
    looks = Field(name, pd.Series(values, dtype=str))
    if plain(name) in SEQUENCES:
        return looks.looks == TEXT or (len(values) > 0 and looks.is_residues)
    return plain(name) not in WORDS or looks.looks not in (RESIDUES, TEXT)

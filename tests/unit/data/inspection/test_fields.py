"""What the values of a field look like."""

import pandas as pd
import pytest

from beyondtext.data.inspection.fields import Field
from own_data import letters, sentences


def field(values, **options):
    return Field("name", pd.Series(values, dtype=str), **options)


@pytest.mark.parametrize(
    ("values", "looks"),
    [
        ([""] * 9, "empty"),
        (["x"] * 9, "constant"),
        (["1", "2.5", "-3e2", "NA"] * 5, "number"),
        (["a", "b", "b"] * 5, "category"),
        (letters(30), "residues"),
        (letters(30, alphabet="ACGTN"), "residues"),
        (sentences(30), "text"),
        ([f"P{number}" for number in range(30)], "identifier"),
        ([f"P{number % 20}" for number in range(30)], "various"),
    ],
)
def test_looks(values, looks):
    assert field(values).looks == looks


def test_a_column_of_one_sequence_each_is_not_a_category():
    assert field(["MKVLLA", "AKKDEF"] * 20).looks == "category"


def test_numbers_of_records():
    assert field(["3", "1", "2"]).is_count
    assert not field(["3", "1", "5"]).is_count
    assert not field(["1", "1", "2"]).is_count


def test_decimal_commas_and_words_for_missing_values():
    found = field(["1,5", "", "n/a", "2"], decimal=",")
    assert list(found.numbers) == [1.5, 2] and found.missing_words == {"n/a": 1} and found.empty_share == 0.25


def test_examples_are_short_and_different():
    assert field(["a", "a", "b" * 30, "c", "d"]).examples() == ["a", "b" * 23 + "…", "c"]

"""Which rows of a table belong to an arm."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.report.arms import MATCHED, matching

ROW = {"task": "splice", "model": "minilm-l6", "mapping": "permutation", "fraction": 0.1, "rate": "fixed"}
OTHERS = {"task": "gb1", "model": "esm2-8m", "mapping": "identity", "fraction": 1, "rate": "chosen"}


@pytest.fixture
def table():
    """A row that agrees with `ROW` in all columns, one for each column that does not, and the first again."""
    rows = [ROW, *({**ROW, key: value} for key, value in OTHERS.items()), ROW]
    return pd.DataFrame(rows).assign(number=range(len(rows)))


def test_rows_agree_in_every_column_that_is_named(table):
    assert matching(table, ROW, MATCHED)["number"].tolist() == [0, 6]
    assert matching(table, {**ROW, "number": 3}, [*MATCHED, "number"]).empty


@pytest.mark.parametrize("key", MATCHED)
def test_columns_that_are_not_named_do_not_matter(table, key):
    others = [name for name in MATCHED if name != key]
    assert matching(table, ROW, others)["number"].tolist() == [0, 1 + MATCHED.index(key), 6]
    assert matching(table, {**ROW, "unknown": 1}, []).equals(table)


def test_the_index_of_the_table_does_not_matter(table):
    again = table.set_index(np.zeros(len(table), dtype=int))
    assert matching(again, ROW, MATCHED)["number"].tolist() == [0, 6]


def test_a_missing_value_agrees_with_nothing(table):
    missing = table.assign(rate=np.nan)
    assert matching(missing, {**ROW, "rate": np.nan}, MATCHED).empty


def test_a_table_without_rows_has_none_that_agree(table):
    nothing = matching(table.iloc[:0], ROW, MATCHED)
    assert nothing.empty and list(nothing) == list(table)
    assert matching(pd.DataFrame(columns=MATCHED), ROW, MATCHED).empty

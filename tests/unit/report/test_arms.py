"""Which rows of a table belong to an arm."""

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.report.arms import MATCHED, matching, on_all_data, primary
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import cautions, curves, scores, verdict_table

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


def test_all_data_are_the_largest_fraction_of_each_task():
    table = pd.DataFrame({"task": ["a", "a", "b", "b"], "fraction": [0.1, 1, 0.3, 0.1], "number": range(4)})
    assert on_all_data(table)["number"].tolist() == [1, 2]
    assert on_all_data(table.iloc[:0]).empty


@pytest.mark.parametrize(
    ("rates", "kept"),
    [
        (["fixed", "chosen", "frozen"], ["fixed", "frozen"]),
        (["chosen", "fixed"], ["fixed"]),
        (["chosen", "frozen"], ["chosen", "frozen"]),  # a chosen learning rate counts if there is no fixed one
        (["frozen"], ["frozen"]),
        ([], []),
    ],
)
def test_the_primary_rows_have_the_common_learning_rate(rates, kept):
    table = pd.DataFrame({"task": "splice", "rate": rates})
    assert primary(table)["rate"].tolist() == kept
    other = table.assign(task="gb1", rate="chosen")  # each task by itself
    assert primary(pd.concat([other, table]))["rate"].tolist() == ["chosen"] * len(rates) + kept


def test_a_task_that_is_trained_on_a_fraction_alone_has_its_verdict_its_panels_and_its_cautions(three):
    arm = {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
    config = study.config(arms=[{**arm, "tasks": ["splice"]}, {**arm, "tasks": ["gb1"], "fractions": [0.5]}])
    names = ["effects", "effects_groups", "convergence", "curves", "summary", "candidates", "runs"]
    tables = {name: three.tables[name].copy() for name in names}
    tables["learning"] = tables.pop("candidates").rename(columns={"untrained": "scratch"})
    for table in tables.values():
        table["fraction"] = table["fraction"].mask(table["task"] == "gb1", 0.5)
    assert verdict_table.decide(tables, config)["task"].tolist() == ["splice", "gb1"]
    for figure in (scores.draw_scores, curves.draw_scores, curves.draw_losses):
        titles = [axis.get_title(loc="left") for axis in figure(tables, config, WIDTH).axes]
        assert titles == ["Splice junctions", "GB1 binding"]
    tables["summary"].loc[tables["summary"]["model"] == "kmer", "mean"] = 1.0
    assert "on Splice junctions and GB1 binding" in cautions.sentences(tables, config)[0]

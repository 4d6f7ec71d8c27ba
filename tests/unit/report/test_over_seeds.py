"""Similarities over seeds, on tables with known values."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import nulls, over_seeds
from beyondtext.report.encoders import one_direction
from beyondtext.similarity.columns import swap_sides


def test_one_seed_is_its_own_row():
    by_seed = nulls.with_nulls(study.similarity())
    table = over_seeds.over_seeds(by_seed)
    assert len(table) == len(by_seed) and set(table["n_pairs"]) == {1}
    for column in ("value", "ci_low", "ci_high", "random_low", "random_high", "n_random", "permuted_q95", "gaussian"):
        pd.testing.assert_series_equal(table[column], by_seed[column], check_dtype=False)
    assert table["lowest"].equals(table["value"]) and table["highest"].equals(table["value"])
    for column in nulls.OUTCOMES:
        assert table[column].tolist() == by_seed[column].tolist()


def test_seeds_are_one_row_for_each_measure_direction_and_variant():
    one = over_seeds.over_seeds(nulls.with_nulls(study.similarity()))
    table = over_seeds.over_seeds(nulls.with_nulls(study.with_second_seed(study.similarity(), 0.1)))
    keys = [*("model_a", "model_b", "stage_a", "stage_b"), *("variant", "measure", "answer")]
    assert table[keys].equals(one[keys]) and set(table["n_pairs"]) == {2}
    assert table["value"].tolist() == pytest.approx((one["value"] - 0.05).tolist())
    assert table["lowest"].tolist() == pytest.approx((one["value"] - 0.1).tolist())
    assert table["highest"].tolist() == pytest.approx(one["value"].tolist())
    assert set(table["n_random"][:6]) == {2}  # the same random initializations for either seed, not four


@pytest.mark.parametrize("turned", [False, True])
def test_two_arms_are_one_row_whatever_comes_first_in_the_file(turned):
    table = study.similarity()
    table = table[(table["init_a"] != "scratch") & (table["init_b"] != "scratch")].copy()
    for side in "ab":  # two text models, neither of which is a model of the domain
        table[f"model_{side}"] = table[f"model_{side}"].replace({"esm2-8m": "roberta-base"})
    both = study.with_second_seed(table, 0.1)
    if turned:
        second = both[["seed_a", "seed_b"]].eq(101).any(axis=1)
        both = pd.DataFrame([*both[~second].to_dict("records"), *map(swap_sides, both[second].to_dict("records"))])
    rows = over_seeds.over_seeds(nulls.with_nulls(both))
    symmetric = rows[rows["measure"].isin(["cka", "attention"])]
    assert set(symmetric["n_pairs"]) == {2} and set(symmetric["model_a"]) == {"minilm-l6"}
    assert len(one_direction(rows)) == len(rows) - len(rows[rows["model_a"] == "roberta-base"])


def test_one_seed_that_is_not_above_a_null_makes_the_row_not_above_it():
    real = (0.95, 0.9, 0.98)  # the random initializations have 0.7 and 0.8
    for lower, above in ((0.05, True), (0.11, False)):
        table = over_seeds.over_seeds(nulls.with_nulls(study.with_second_seed(study.similarity(real=real), lower)))
        row = table[(table["measure"] == "cka") & (table["variant"] == "raw")].iloc[0]
        assert (row["above_random"], row["above_permuted"], row["above_both"]) == (above, True, above)


def test_each_seed_is_compared_with_its_own_null():
    by_seed = nulls.with_nulls(study.with_second_seed(study.similarity(real=(0.95, 0.9, 0.98)), 0.3))
    second = by_seed[["seed_a", "seed_b"]].eq(101).any(axis=1)  # with an interval from 0.6
    for highest, above in ((0.5, True), (0.61, False)):
        own = by_seed.assign(random_high=by_seed["random_high"].mask(second, highest))
        table = over_seeds.over_seeds(own.assign(permuted_q95=0.1))
        row = table[(table["measure"] == "cka") & (table["variant"] == "raw")].iloc[0]
        assert row["ci_low"] < row["random_high"]
        assert (row["above_random"], row["above_permuted"], row["above_both"]) == (above, True, above)


def test_no_pairs_have_a_table_with_the_same_columns():
    whole = over_seeds.over_seeds(nulls.with_nulls(study.similarity()))
    empty = over_seeds.over_seeds(pd.DataFrame(columns=nulls.COLUMNS))
    assert empty.empty and list(empty) == list(whole)


def test_what_is_missing_for_one_seed_leaves_the_row_open():
    by_seed = nulls.with_nulls(study.with_second_seed(study.similarity(real=(0.95, 0.9, 0.98)), 0.0))
    second = by_seed[["seed_a", "seed_b"]].eq(101).any(axis=1)
    for column, outcome in (("random_high", "above_random"), ("permuted_q95", "above_permuted")):
        table = over_seeds.over_seeds(by_seed.assign(**{column: by_seed[column].mask(second)}))
        row = table[(table["measure"] == "cka") & (table["variant"] == "raw")].iloc[0]
        assert row[outcome] is None and row["above_both"] is None

"""The nulls of last layers, on tables with known outcomes."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import nulls

MISSING = float("nan")


def renamed(table, **changes):
    """The trained text model of the small study's table with other properties."""
    table = table.copy()
    for side in "ab":
        chosen = (table[f"model_{side}"] == "minilm-l6") & (table[f"init_{side}"] != "scratch")
        for key, value in changes.items():
            table.loc[chosen, f"{key}_{side}"] = value
    return table


def fine_tuned_random(table, random):
    """The rows of random initializations again, as if they were fine-tuned and had the values ``random`` by seed."""
    rows = table[(table["init_a"] == "scratch") | (table["init_b"] == "scratch")].copy()
    for side in "ab":
        chosen = rows[f"init_{side}"] == "scratch"
        rows.loc[chosen, f"stage_{side}"] = "finetuned"
        rows.loc[chosen, "value"] = rows.loc[chosen, f"seed_{side}"].map(random)
    return rows


def ranges(table):
    """The random initializations of the rows that answer the question, each once."""
    rows = table[table["answer"] & (table["variant"] == "raw")]
    return {tuple(row) for row in rows[["random_low", "random_high", "n_random"]].itertuples(index=False)}


def test_encoders_come_with_random_initializations_in_their_place():
    table = nulls.with_nulls(study.similarity())
    assert not (table["init_a"] == "scratch").any()
    # CKA and both directions of PWCCA, twice; CKA three times more; attention; the released code's both directions.
    assert len(table) == 2 * 3 + 3 + 1 + 2
    moments = table[table["measure"].isin(["cka", "pwcca"])]
    raw, deconfounded = (moments[moments["variant"] == name] for name in ("raw", "deconfounded"))
    assert raw[["random_low", "random_high", "n_random"]].to_numpy().tolist() == [[0.7, 0.8, 2]] * 3
    assert deconfounded["random_low"].tolist() == pytest.approx([0.14] * 3)
    assert deconfounded["random_high"].tolist() == pytest.approx([0.16] * 3)
    smaller = table[table["variant"].isin(["half", "quarter", "truncated"])]
    assert smaller["n_random"].tolist() == [0, 0, 0]


def test_each_stage_has_random_initializations_of_its_own():
    before = study.similarity()
    after = renamed(before[(before["init_a"] != "scratch") & (before["init_b"] != "scratch")], stage="finetuned")
    trained = fine_tuned_random(before, {100: 0.3, 101: 0.35})
    table = nulls.with_nulls(pd.concat([before, after, trained], ignore_index=True))
    assert not table[["init_a", "init_b"]].eq("scratch").any(axis=None)
    fine_tuned = table[["stage_a", "stage_b"]].eq("finetuned").any(axis=1)
    assert ranges(table[~fine_tuned]) == {(0.7, 0.8, 2)}
    assert ranges(table[fine_tuned]) == {(0.3, 0.35, 2)}


def test_a_fine_tuned_encoder_is_not_compared_with_untrained_ones():
    table = nulls.with_nulls(renamed(study.similarity(), stage="finetuned"))
    answer = table[table["answer"]]
    assert len(answer) and (answer["n_random"] == 0).all() and answer["random_high"].isna().all()
    assert [nulls.above_both(row) for row in answer.to_dict("records")] == [None] * len(answer)
    table = nulls.with_nulls(renamed(study.similarity(null=0.9), stage="finetuned"))
    assert table.loc[table["answer"], "above_both"].tolist() == [False] * 6  # permuted sequences are enough for a no


def test_two_encoders_of_one_architecture_come_with_pairs_of_random_initializations():
    table = study.similarity()
    # The protein model becomes another training of the text model, and the pairs with it become random pairs.
    other = {"init": "rand_embed", "model": "minilm-l6"}
    for side in "ab":
        protein = table[f"model_{side}"] == "esm2-8m"
        for key, value in other.items():
            table.loc[protein, f"{key}_{side}"] = value
    between = (
        table[(table["measure"] == "cka") & table["last"]]
        .iloc[[1]]
        .assign(init_b="scratch", seed_a=100, seed_b=101, value=0.9)
    )
    row = nulls.with_nulls(pd.concat([table, between], ignore_index=True)).iloc[0]
    assert (row["random_low"], row["random_high"], row["n_random"]) == (0.9, 0.9, 1)


def test_the_answer_is_the_text_model_with_the_domains_model():
    table = nulls.with_nulls(study.similarity())
    answer = table[table["answer"]]
    cka = answer[answer["measure"] == "cka"]
    assert set(zip(cka["model_a"], cka["model_b"], strict=True)) == {("minilm-l6", "esm2-8m")}
    assert set(answer["measure"]) == {"cka", "pwcca"} and set(answer["variant"]) == {"raw", "deconfounded"}
    assert len(answer) == 6  # of PWCCA, both directions
    # A configuration that names the protein model first.
    swapped = study.similarity()
    sides = [name.removesuffix("_a") for name in swapped if name.endswith("_a")]
    exchange = {f"{key}_{a}": f"{key}_{b}" for key in sides for a, b in ("ab", "ba")}
    again = nulls.with_nulls(swapped.rename(columns=exchange)).query("answer")
    cka = again[again["measure"] == "cka"]
    assert set(zip(cka["model_a"], cka["model_b"], strict=True)) == {("minilm-l6", "esm2-8m")}
    assert sorted(again["measure"]) == sorted(answer["measure"])
    assert again["random_low"].tolist() == answer["random_low"].tolist()


def test_the_released_codes_number_keeps_its_direction():
    table = study.similarity()
    pair = (table["measure"] == "paper_pwcca") & (table["model_a"] == "esm2-8m") & (table["init_b"] == "pretrained")
    table.loc[pair, "value"] = 0.123
    both = nulls.with_nulls(table).query("measure == 'paper_pwcca'").set_index("model_a")["value"]
    assert both.to_dict() == {"minilm-l6": 0.85, "esm2-8m": 0.123}


@pytest.mark.parametrize(
    ("low", "random", "permuted", "expected"),
    [
        (0.5, 0.4, 0.3, True),
        (0.5, 0.4, 0.6, False),
        (0.5, 0.6, 0.3, False),
        (0.5, 0.5, 0.3, False),  # touches the highest
        (0.5, MISSING, 0.3, None),
        (0.5, 0.4, MISSING, None),
        (0.5, 0.6, MISSING, False),
        (MISSING, 0.4, 0.3, None),
    ],
)
def test_above_both(low, random, permuted, expected):
    assert nulls.above_both({"ci_low": low, "random_high": random, "permuted_q95": permuted}) is expected


@pytest.mark.parametrize(
    ("low", "bound", "expected"),
    [(0.5, 0.4, True), (0.5, 0.6, False), (0.5, 0.5, False), (0.5, MISSING, None), (MISSING, 0.4, None)],
)
@pytest.mark.parametrize(("null", "column"), [("random", "random_high"), ("permuted", "permuted_q95")])
def test_above_one_null(null, column, low, bound, expected):
    other = {"random_high": 0.45, "permuted_q95": 0.45}
    assert nulls.above({**other, "ci_low": low, column: bound}, null) is expected


def test_a_row_says_of_each_null_whether_it_is_above():
    table = nulls.with_nulls(study.similarity()).query("answer")
    above = table.groupby("variant")[["above_random", "above_permuted", "above_both"]].agg(lambda one: set(one))
    assert above.loc["raw"].tolist() == [{False}, {True}, {False}]
    assert above.loc["deconfounded"].tolist() == [{True}, {True}, {True}]

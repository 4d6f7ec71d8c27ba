"""What the report says of similarity, on tables with known outcomes."""

import pandas as pd
import pytest

import study
from beyondtext import likeness


@pytest.fixture
def summary():
    return likeness.summary(study.similarity())


def test_trained_encoders_stand_beside_the_random_starts_in_their_place(summary):
    assert len(summary) == 2 * 3  # two variants; CKA, and both directions of PWCCA
    assert summary["last"].all() and not (summary["init_a"] == "scratch").any()
    raw, taken_out = (summary[summary["variant"] == name] for name in ("raw", "deconfounded"))
    assert raw[["random_low", "random_high", "randoms"]].to_numpy().tolist() == [[0.7, 0.8, 2]] * 3
    assert taken_out["random_low"].tolist() == pytest.approx([0.14] * 3)
    assert taken_out["random_high"].tolist() == pytest.approx([0.16] * 3)


def test_two_encoders_of_one_architecture_stand_beside_pairs_of_random_starts():
    table = study.similarity()
    # The protein model becomes another training of the text model, and the pairs with it become pairs of starts.
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
    row = likeness.summary(pd.concat([table, between], ignore_index=True)).iloc[0]
    assert (row["random_low"], row["random_high"]) == (0.9, 0.9)


@pytest.mark.parametrize(
    ("real", "relation"),
    [
        ((0.5, 0.4, 0.6), "below"),
        ((0.95, 0.92, 0.98), "above"),
        ((0.75, 0.65, 0.85), "level with"),
        ((0.69, 0.6, 0.7), "level with"),  # the interval touches the lowest
        ((0.81, 0.8, 0.85), "level with"),  # and the highest
    ],
)
def test_similarity_is_held_against_the_random_starts(real, relation):
    value = real[0]
    said = likeness.sentences(likeness.summary(study.similarity(real=real)))
    assert said[0] == (
        "On GB1 binding, MiniLM-L6 with ESM-2 8M, as they are, beside 2 random starts: "
        f"CKA {value:.3f} is {relation} theirs (0.700 to 0.800) and PWCCA {value:.3f} is {relation} theirs "
        "(0.700 to 0.800)."
    )
    assert "symbol and position taken out" in said[1]
    assert len(said) == 3


@pytest.mark.parametrize(
    ("changes", "survives"),
    [
        ({}, True),
        ({"null": 0.25}, False),  # exchanged sequences give as much
        ({"taken_out": (0.3, 0.16, 0.44)}, False),  # so do random starts
    ],
)
def test_what_survives(changes, survives):
    last = likeness.sentences(likeness.summary(study.similarity(**changes)))[-1]
    if survives:
        assert last.endswith("once symbol and position are taken out: MiniLM-L6 with ESM-2 8M on GB1 binding.")
    else:
        assert last.startswith("Once symbol and position are taken out, no pair is above random starts")


def test_without_random_starts_nothing_is_said():
    table = study.similarity()
    summary = likeness.summary(table[table["init_a"].ne("scratch") & table["init_b"].ne("scratch")])
    assert summary["random_low"].isna().all() and likeness.sentences(summary) == []
    assert {row["random"] for row in likeness.rows(summary)} == {""}


def test_the_rows_of_the_table(summary):
    rows = likeness.rows(summary)
    assert rows[0] == {
        "task": "GB1 binding",
        "first": "MiniLM-L6",
        "second": "ESM-2 8M",
        "variant": "as they are",
        "measure": "CKA",
        "value": "0.500",
        "interval": "0.400 to 0.600",
        "random": "0.700 to 0.800",
        "exchanged": "0.050",
        "tokens": "20,000",
    }
    assert (rows[2]["first"], rows[2]["second"], rows[2]["measure"]) == ("ESM-2 8M", "MiniLM-L6", "PWCCA")


def test_a_map_for_each_pair_whose_layers_are_all_compared():
    pairs = [(task, a, b, len(part)) for task, a, b, part in likeness.layer_pairs(study.similarity())]
    assert pairs == [("gb1", "MiniLM-L6", "ESM-2 8M", 18), ("gb1", "MiniLM-L6, random start", "ESM-2 8M", 18)]

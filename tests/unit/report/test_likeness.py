"""What the report says of similarity, on tables with known outcomes."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import likeness


@pytest.fixture
def summary():
    return likeness.summary(study.similarity())


def test_trained_encoders_stand_beside_the_random_starts_in_their_place(summary):
    assert summary["last"].all() and not (summary["init_a"] == "scratch").any()
    # CKA and both directions of PWCCA, twice; CKA three times more; attention; the released code's both directions.
    assert len(summary) == 2 * 3 + 3 + 1 + 2
    moments = summary[summary["measure"].isin(["cka", "pwcca"])]
    raw, taken_out = (moments[moments["variant"] == name] for name in ("raw", "deconfounded"))
    assert raw[["random_low", "random_high", "randoms"]].to_numpy().tolist() == [[0.7, 0.8, 2]] * 3
    assert taken_out["random_low"].tolist() == pytest.approx([0.14] * 3)
    assert taken_out["random_high"].tolist() == pytest.approx([0.16] * 3)
    smaller = summary[summary["variant"].isin(list(likeness.SMALLER))]
    assert smaller["randoms"].tolist() == [0, 0, 0]


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
    ("real", "above"),
    [
        ((0.5, 0.4, 0.6), 0),
        ((0.95, 0.92, 0.98), 1),
        ((0.75, 0.65, 0.85), 0),
        ((0.81, 0.8, 0.85), 0),  # the interval touches the highest
    ],
)
def test_similarity_is_held_against_the_random_starts(real, above):
    said = likeness.sentences(likeness.summary(study.similarity(real=real)))
    assert said[0] == (
        "By the method of the paper's code the pairs of different models score 0.850, and random "
        "initializations in their "
        "place 0.800 to 0.900; 0 of 2 (each pair both ways) are above theirs."
    )
    assert said[1] == (
        f"As they are, these are above random initializations and exchanged sequences: {above} of 1 in CKA, "
        f"{2 * above} of 2 (each pair both ways) in PWCCA and 0 of 1 in attention overlap (random "
        "initializations alone)."
    )
    assert "symbol and position taken out" in said[2]
    assert len(said) == 4


@pytest.mark.parametrize(
    ("changes", "survives"),
    [
        ({}, True),
        ({"null": 0.25}, False),  # exchanged sequences give as much
        ({"taken_out": (0.3, 0.16, 0.44)}, False),  # so do random initializations
    ],
)
def test_what_survives(changes, survives):
    last = likeness.sentences(likeness.summary(study.similarity(**changes)))[-1]
    if survives:
        assert last == "Above both in every measure then: MiniLM-L6 with ESM-2 8M on GB1 binding."
    else:
        assert last == "No pair is above both in every measure then."


def test_pairs_of_one_model_are_not_counted():
    table = study.similarity()
    for side in "ab":
        table[f"model_{side}"] = "minilm-l6"
    assert likeness.sentences(likeness.summary(table)) == []


def test_without_random_starts_nothing_is_said():
    table = study.similarity()
    summary = likeness.summary(table[table["init_a"].ne("scratch") & table["init_b"].ne("scratch")])
    assert summary["random_low"].isna().all() and likeness.sentences(summary) == []
    assert {row["random"] for row in likeness.rows(summary)} == {"–"}


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
        "gaussian": "0.110",
    }
    assert (rows[2]["first"], rows[2]["second"], rows[2]["measure"]) == ("ESM-2 8M", "MiniLM-L6", "PWCCA")


def test_the_rows_of_sensitivity(summary):
    first, second = likeness.sensitivity(summary)
    assert (first["pair"], first["measure"]) == ("MiniLM-L6 with ESM-2 8M", "CKA")
    assert [cell["value"] for cell in first["cells"]] == ["0.500", "0.520", "0.540", "0.600"]
    assert first["cells"][0]["gaussian"] == "0.110"
    assert second["measure"] == "PWCCA" and second["cells"][1:] == [None] * 3


def test_a_map_for_each_pair_whose_layers_are_all_compared():
    maps = list(likeness.layer_maps(study.similarity()))
    sizes = [(task, a, b, {title: len(rows) for title, rows in found.items()}) for task, a, b, found in maps]
    assert sizes == [
        ("gb1", "MiniLM-L6", "ESM-2 8M", {"CKA": 9, "attention overlap": 4}),
        ("gb1", "MiniLM-L6, random initialization", "ESM-2 8M", {"CKA": 9}),
    ]


def test_seeds_of_one_trained_encoder_are_told_apart():
    table = study.similarity()
    second = table[(table["init_a"] == "pretrained") & (table["init_b"] == "pretrained")].copy()
    for side in "ab":
        second.loc[second[f"model_{side}"] == "minilm-l6", f"seed_{side}"] = 101
    table = pd.concat([table, second], ignore_index=True)
    rows = likeness.rows(likeness.summary(table))
    assert {row["first"] for row in rows} == {"MiniLM-L6, seed 100", "MiniLM-L6, seed 101", "ESM-2 8M"}
    maps = [(a, b) for _, a, b, _ in likeness.layer_maps(table)]
    assert maps == [
        ("MiniLM-L6, seed 100", "ESM-2 8M"),
        ("MiniLM-L6, random initialization", "ESM-2 8M"),
        ("MiniLM-L6, seed 101", "ESM-2 8M"),
    ]


def test_a_pair_that_survives_one_way_only_does_not():
    table = study.similarity()
    turned = (table["measure"] == "pwcca") & (table["model_a"] == "esm2-8m") & (table["init_b"] == "pretrained")
    table.loc[turned & (table["variant"] == "deconfounded"), ["value", "ci_low", "ci_high"]] = 0.1
    said = likeness.sentences(likeness.summary(table))
    assert "1 of 2 (each pair both ways) in PWCCA" in said[2]
    assert said[-1] == "No pair is above both in every measure then."


def test_the_page_says_which_weights_a_fine_tuned_encoder_has():
    table = study.similarity()
    for side in "ab":
        table.loc[(table[f"model_{side}"] == "minilm-l6") & (table[f"init_{side}"] != "scratch"), f"stage_{side}"] = (
            "finetuned"
        )
    run = {"task": "gb1", "model": "minilm-l6", "init": "pretrained", "seed": 100, "fraction": 1, "steps": 40}
    said = [
        likeness.trained_sentences(
            likeness.summary(table),
            pd.DataFrame([{**run, "best_step": step, "scores": {"test": 0.4321}, "constant": False}]),
        )
        for step in (30, 0)
    ]
    title = "“MiniLM-L6, fine-tuned” on GB1 binding is the run with seed 100"
    assert said == [
        [f"{title}, with the weights of step 30 of 40 (test score 0.432)."],
        [
            f"{title}, which scored highest on the validation split before its first step: it is the encoder as it "
            "started."
        ],
    ]
    assert likeness.trained_sentences(likeness.summary(study.similarity()), pd.DataFrame([run])) == []


def test_random_starts_are_counted_by_model():
    assert likeness.random_starts(study.similarity()) == "2 of MiniLM-L6"


def test_how_much_is_compared_is_told():
    table = pd.concat([study.similarity("gb1"), study.similarity("splice").assign(n_tokens=950, n_sequences=48)])
    assert likeness.tokens_compared(table) == (
        "20,000 tokens of 400 test sequences on GB1 binding and 950 tokens of 48 test sequences on Splice junctions"
    )

"""What the report says about similarity, on tables with known outcomes."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report.sections import similarity


@pytest.fixture
def table():
    return similarity.with_nulls(study.similarity())


def count(table, variant, measure):
    row = study.row_of(similarity.count_above(table), variant=variant, measure=measure)
    return row["above_random"], row["above_both"], row["comparisons"], row["pairs"]


def test_trained_encoders_come_with_random_initializations_in_their_place(table):
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
    row = similarity.with_nulls(pd.concat([table, between], ignore_index=True)).iloc[0]
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
def test_values_are_compared_with_random_initializations(real, above):
    table = similarity.with_nulls(study.similarity(real=real))
    assert count(table, "raw", "cka") == (above, above, 1, 1)
    assert count(table, "raw", "pwcca") == (2 * above, 2 * above, 2, 1)  # the pair both ways
    attention = study.row_of(similarity.count_above(table), measure="attention")
    assert attention["above_random"] == 0 and pd.isna(attention["above_both"])  # there are no permuted sequences
    published = study.row_of(similarity.count_above(table), measure="paper_pwcca")
    assert published["above_random"] == 0


@pytest.mark.parametrize(
    ("changes", "exceeds"),
    [
        ({}, True),
        ({"null": 0.25}, False),  # permuted sequences score as high
        ({"taken_out": (0.3, 0.16, 0.44)}, False),  # random initializations score as high
    ],
)
def test_a_pair_exceeds_both_nulls_or_not(changes, exceeds):
    table = similarity.with_nulls(study.similarity(**changes))
    opening = "With symbol and position regressed out,"
    expected = (
        f"{opening} these pairs of different models exceed both nulls in every measure: MiniLM-L6 with ESM-2 8M on GB1 "
        "binding."
        if exceeds
        else f"{opening} no pair of different models exceeds both nulls in every measure."
    )
    assert similarity.sentences(table) == [expected]
    assert count(table, "deconfounded", "cka")[:2] == ((1, 1) if exceeds else (int("null" in changes), 0))


def test_a_pair_that_exceeds_the_nulls_in_one_direction_only_does_not_count():
    table = study.similarity()
    reverse = (table["measure"] == "pwcca") & (table["model_a"] == "esm2-8m") & (table["init_b"] == "pretrained")
    table.loc[reverse & (table["variant"] == "deconfounded"), ["value", "ci_low", "ci_high"]] = 0.1
    table = similarity.with_nulls(table)
    assert count(table, "deconfounded", "pwcca") == (1, 1, 2, 1)
    assert "no pair of different models" in similarity.sentences(table)[0]


def test_pairs_of_one_model_are_not_counted():
    table = study.similarity()
    for side in "ab":
        table[f"model_{side}"] = "minilm-l6"
    table = similarity.with_nulls(table)
    assert similarity.sentences(table) == [] and similarity.count_above(table).empty


def test_without_random_initializations_nothing_is_claimed():
    table = study.similarity()
    table = similarity.with_nulls(table[table["init_a"].ne("scratch") & table["init_b"].ne("scratch")])
    assert table["random_low"].isna().all()
    assert similarity.sentences(table) == [] and similarity.count_above(table).empty
    assert {row["random"] for row in similarity.rows(table)} == {"–"}


def test_the_rows_of_the_table(table):
    rows = similarity.rows(table)
    assert rows[0] == {
        "task": "GB1 binding",
        "first": "MiniLM-L6",
        "second": "ESM-2 8M",
        "variant": "unmodified",
        "measure": "CKA",
        "value": "0.500",
        "interval": "0.400 to 0.600",
        "random": "0.700 to 0.800",
        "permuted": "0.050",
        "gaussian": "0.110",
    }
    assert (rows[2]["first"], rows[2]["second"], rows[2]["measure"]) == ("ESM-2 8M", "MiniLM-L6", "PWCCA")


def test_seeds_of_one_trained_encoder_are_named():
    table = study.similarity()
    second = table[(table["init_a"] == "pretrained") & (table["init_b"] == "pretrained")].copy()
    for side in "ab":
        second.loc[second[f"model_{side}"] == "minilm-l6", f"seed_{side}"] = 101
    table = similarity.with_nulls(pd.concat([table, second], ignore_index=True))
    assert {row["first"] for row in similarity.rows(table)} == {
        *("MiniLM-L6, seed 100", "MiniLM-L6, seed 101"),
        "ESM-2 8M",
    }


def test_the_weights_of_a_fine_tuned_encoder_are_named():
    table = study.similarity()
    for side in "ab":
        trained = (table[f"model_{side}"] == "minilm-l6") & (table[f"init_{side}"] != "scratch")
        table.loc[trained, f"stage_{side}"] = "finetuned"
    table = similarity.with_nulls(table)
    run = {"task": "gb1", "model": "minilm-l6", "init": "pretrained", "seed": 100, "fraction": 1, "steps": 40}
    run |= {"test": 0.4321, "constant": False}
    title = "“MiniLM-L6, fine-tuned” on GB1 binding is the run with seed 100"
    assert similarity.finetuned_sentences(table, pd.DataFrame([{**run, "best_step": 30}])) == [
        f"{title}, with the weights of step 30 of 40 (test score 0.432)."
    ]
    assert similarity.finetuned_sentences(table, pd.DataFrame([{**run, "best_step": 0}])) == [
        f"{title}, which scored highest on the validation split before its first step: it is the encoder without "
        "fine-tuning."
    ]
    untrained = similarity.with_nulls(study.similarity())
    assert similarity.finetuned_sentences(untrained, pd.DataFrame([{**run, "best_step": 30}])) == []


def test_random_initializations_are_counted_by_model():
    assert similarity.random_initializations(study.similarity()) == "2 of MiniLM-L6"


def test_the_sample_size_of_each_task_is_given():
    table = pd.concat([study.similarity("gb1"), study.similarity("splice").assign(n_tokens=950, n_sequences=48)])
    assert similarity.sample_sizes(similarity.with_nulls(table)) == (
        "20,000 tokens of 400 test sequences on GB1 binding and 950 tokens of 48 test sequences on Splice junctions"
    )


def drawn_places(table):
    """The places of the values in the figure, panel by panel."""
    panels = [axis for axis in similarity.draw_similarity({"similarity": table}, {}).axes if axis.get_title()]
    places = [float(line.get_ydata()[0]) for axis in panels for line in axis.lines if line.get_marker() in ("o", "D")]
    return places, [[label.get_text() for label in axis.get_yticklabels()] for axis in panels]


def test_a_pair_has_a_row_in_the_figure_and_each_variant_its_place(table):
    places, labels = drawn_places(table)
    # Raw and deconfounded, in CKA and in PWCCA; attention, and the released code's number.
    assert places == pytest.approx([-0.2, 0.2] * 2 + [0, 0])
    label = ["GB1 binding\nMiniLM-L6 – ESM-2 8M"]
    assert labels == [label, [], [], label]  # on the left of each line of panels


def test_the_pairs_of_two_tasks_do_not_share_rows():
    table = pd.concat([study.similarity("gb1"), study.similarity("splice")], ignore_index=True)
    places, _ = drawn_places(similarity.with_nulls(table[table["measure"] == "cka"]))
    assert sorted(places) == pytest.approx([-0.2, 0.2, 0.8, 1.2])

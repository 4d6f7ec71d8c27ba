"""What the section on similarity says in words."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import nulls, similarity_words

LEFT = "with symbol and position regressed out"


def said(table):
    table = nulls.with_nulls(table)
    return similarity_words.sentences(table[table["answer"]])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"real": (0.95, 0.92, 0.98)},
            "MiniLM-L6 resembles ESM-2 8M more than random initializations and permuted sequences do, in every "
            f"measure; {LEFT}, the same holds.",
        ),
        (
            {"real": (0.95, 0.92, 0.98), "null": 0.25},
            "MiniLM-L6 resembles ESM-2 8M more than random initializations and permuted sequences do, in every "
            f"measure; {LEFT}, it does so in no measure.",
        ),
        (
            {},
            "MiniLM-L6 does not resemble ESM-2 8M more than random initializations and permuted sequences do, in any "
            f"measure; {LEFT}, it does so in every measure.",
        ),
    ],
)
def test_the_answer_is_a_sentence(changes, expected):
    assert said(study.similarity(**changes)) == [f"On GB1 binding, {expected}"]


def test_a_measure_that_differs_is_said():
    table = study.similarity(real=(0.95, 0.92, 0.98))
    table.loc[(table["measure"] == "cka") & (table["variant"] == "raw") & table["permuted_q95"].notna(), "ci_low"] = 0.1
    assert "permuted sequences do in some measures only; " in said(table)[0]


def test_each_stage_has_its_sentence_and_a_missing_null_leaves_it_open():
    before = study.similarity()
    after = before[(before["init_a"] != "scratch") & (before["init_b"] != "scratch")].copy()
    for side in "ab":
        after.loc[after[f"model_{side}"] == "minilm-l6", f"stage_{side}"] = "finetuned"
    table = pd.concat([before, after], ignore_index=True)
    first, second = said(table)
    assert first.startswith("On GB1 binding, MiniLM-L6 does not resemble")
    assert second == (
        "On GB1 binding, whether fine-tuned MiniLM-L6 resembles ESM-2 8M more than fine-tuned random initializations "
        f"and permuted sequences do is open, since a null is missing; {LEFT}, the same holds."
    )
    table = nulls.with_nulls(table)
    assert similarity_words.missing_nulls(table[table["answer"]]) == [
        "“MiniLM-L6, fine-tuned with ESM-2 8M” on GB1 binding has no null of random initializations: "
        "similarity.encoders has none of the same model at the same stage."
    ]


def test_a_null_that_is_there_is_not_missing():
    table = nulls.with_nulls(study.similarity())
    assert similarity_words.missing_nulls(table[table["answer"]]) == []


def without_the_domain(**changes):
    """A table of the text model with another text model in place of the protein model."""
    table = study.similarity(**changes)
    for side in "ab":
        table[f"model_{side}"] = table[f"model_{side}"].replace("esm2-8m", "bert-base-uncased")
    return table


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, "these pairs exceed both nulls in every measure: MiniLM-L6 with BERT base on GB1 binding."),
        ({"null": 0.25}, "no pair exceeds both nulls in every measure."),
        ({"taken_out": (0.3, 0.16, 0.44)}, "no pair exceeds both nulls in every measure."),
    ],
)
def test_without_a_model_of_the_domain_the_pairs_above_both_nulls_are_named(changes, named):
    assert said(without_the_domain(**changes)) == [f"With symbol and position regressed out, {named}"]


def test_without_any_null_of_random_initializations_nothing_is_claimed():
    table = without_the_domain()
    assert said(table[table["init_a"].ne("scratch") & table["init_b"].ne("scratch")]) == []


def test_the_weights_of_fine_tuned_encoders_are_named():
    table = study.similarity()
    for side in "ab":
        table.loc[table[f"model_{side}"] == "minilm-l6", f"stage_{side}"] = "finetuned"
    run = {"task": "gb1", "model": "minilm-l6", "init": "pretrained", "seed": 100, "fraction": 1, "steps": 40}
    run |= {"test": 0.4321, "constant": False}
    title = "“MiniLM-L6, fine-tuned” on GB1 binding is the run with seed 100"
    assert similarity_words.finetuned_notes(table, pd.DataFrame([{**run, "best_step": 30}])) == [
        f"{title}, with the weights of step 30 of 40 (test score 0.432)."
    ]
    assert similarity_words.finetuned_notes(table, pd.DataFrame([{**run, "best_step": 0}])) == [
        f"{title}, which scored highest on the validation split before its first step: it is the encoder without "
        "fine-tuning."
    ]
    untrained = study.similarity()
    assert similarity_words.finetuned_notes(untrained, pd.DataFrame([{**run, "best_step": 30}])) == []
    random = [{**run, "init": "scratch", "seed": seed, "best_step": step} for seed, step in ((100, 0), (101, 30))]
    assert similarity_words.finetuned_notes(table, pd.DataFrame(random)) == [
        "Of the 2 fine-tuned random initializations of MiniLM-L6 on GB1 binding, 1 scored highest on the validation "
        "split before the first step, so their weights are the initial ones."
    ]

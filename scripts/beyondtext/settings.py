"""Everything that decides a job's numbers, apart from its input files and its code.

Each function returns a dict that goes through JSON unchanged. The workflow passes it on the command
line and tracks it, so that a job is done again exactly when one of its own settings changes.
"""

import math

from beyondtext import config
from beyondtext.grid import BASELINE, learning_rate_of

# In definitions; they change no number.
FOR_PEOPLE = ("title", "description", "note", "licence", "homepage", "shape", "records")
NGRAMS = [1, 3]  # shortest and longest run of symbols that the k-mer baseline counts


def without_prose(definition):
    """A task's, model's or source's definition without what is only for people to read."""
    return {key: value for key, value in definition.items() if key not in FOR_PEOPLE}


def run_settings(configuration, run):
    """The settings of a fine-tuning run (`beyondtext.grid.Run`).

    The learning rate of a run whose arm chooses one is the list that it chooses from.
    """
    return {
        "task": run.task,
        "model": run.model,
        "init": run.init,
        "mapping": run.mapping,
        "fraction": run.fraction,
        "rate": run.rate,
        "seed": run.seed,
        "special_ids": config.task(run.task).get("special_ids", "keep"),
        "device": configuration["device"],
        "training": {
            **config.training_settings(configuration, run.task),
            "learning_rate": learning_rate_of(configuration, run),
        },
        "model_definition": without_prose(config.model(run.model)),
    }


def baseline_settings(run):
    """The settings of a baseline's run (`beyondtext.grid.Run`)."""
    settings = {
        "task": run.task,
        "model": run.model,
        "init": BASELINE,
        "mapping": run.mapping,
        "fraction": run.fraction,
        "rate": run.rate,
        "seed": run.seed,
    }
    return {**settings, "ngrams": NGRAMS} if run.model == "kmer" else settings


def representation_settings(configuration, encoder):
    """The settings of an encoder's representations (`beyondtext.grid.Encoder`)."""
    section = configuration["similarity"]
    return {
        "task": encoder.task,
        "model": encoder.model,
        "init": encoder.init,
        "stage": encoder.stage,
        "mapping": encoder.mapping,
        "seed": encoder.seed,
        "special_ids": config.task(encoder.task).get("special_ids", "keep"),
        "device": configuration["device"],
        **{key: section[key] for key in ("tokens", "sequences", "tokens_per_sequence", "attention_sequences")},
        "sample_seed": section["seed"],
        "model_definition": without_prose(config.model(encoder.model)),
    }


def probe_settings(configuration, probe):
    """The settings of the measurements of a model before its first step (`beyondtext.grid.Probe`)."""
    section = configuration["optimisation"]
    return {
        "task": probe.task,
        "model": probe.model,
        "init": probe.init,
        "mapping": probe.mapping,
        "fraction": 1,
        "seed": probe.seed,
        "special_ids": config.task(probe.task).get("special_ids", "keep"),
        "device": configuration["device"],
        **{key: section[key] for key in ("batches", "batch_size", "noise", "jacobians", "jacobian_tokens")},
        "sample_seed": section["seed"],
        "model_definition": without_prose(config.model(probe.model)),
    }


def comparison_settings(configuration, task):
    """The settings of a task's similarity table."""
    section = configuration["similarity"]
    return {
        "task": task,
        "confidence": configuration["report"]["confidence"],
        **{key: section[key] for key in ("measures", "permutations", "seed")},
    }


def in_steps(training, examples):
    """Training settings with ``steps`` in the place of ``epochs``, if they have those."""
    if "epochs" not in training:
        return training
    steps = math.ceil(training["epochs"] * math.ceil(examples / training["batch_size"]))
    return {**training, "steps": steps}

"""Everything that decides a job's numbers, apart from its input files and its code.

Each function returns a dict that goes through JSON unchanged. The workflow passes it on the command
line and tracks it, so that a job is done again exactly when one of its own settings changes.
"""

from beyondtext import config
from beyondtext.grid import BASELINE

FOR_PEOPLE = ("title", "note")  # what a model's definition holds that changes no number
NGRAMS = [1, 3]  # shortest and longest run of symbols that the k-mer baseline counts


def model_definition(name):
    """A model's definition without what is only for people to read."""
    return {key: value for key, value in config.model(name).items() if key not in FOR_PEOPLE}


def run_settings(configuration, run):
    """The settings of a fine-tuning run (`beyondtext.grid.Run`)."""
    return {
        "task": run.task,
        "model": run.model,
        "init": run.init,
        "mapping": run.mapping,
        "fraction": run.fraction,
        "seed": run.seed,
        "special_ids": config.task(run.task).get("special_ids", "keep"),
        "device": configuration["device"],
        "training": config.training_settings(configuration, run.task),
        "model_definition": model_definition(run.model),
    }


def baseline_settings(run):
    """The settings of a baseline's run (`beyondtext.grid.Run`)."""
    settings = {
        "task": run.task,
        "model": run.model,
        "init": BASELINE,
        "mapping": run.mapping,
        "fraction": run.fraction,
        "seed": run.seed,
    }
    return {**settings, "ngrams": NGRAMS} if run.model == "kmer" else settings


def comparison_settings(configuration, task):
    """The settings of a task's similarity table."""
    section = configuration["similarity"]
    names = {encoder["model"] for encoder in section["encoders"]}
    return {
        "task": task,
        "domain": config.task(task)["domain"],
        "device": configuration["device"],
        "confidence": configuration["report"]["confidence"],
        **{key: section[key] for key in ("sequences", "tokens_per_sequence", "seed", "encoders")},
        "models": {name: model_definition(name) for name in sorted(names)},
    }

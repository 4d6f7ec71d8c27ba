"""The command-line arguments of jobs: those that several programs share, and how they become the job's settings."""

import argparse
import re
from pathlib import Path

from beyondtext.core import cli, paths
from beyondtext.core.errors import InputError
from beyondtext.core.parsing import load_json
from beyondtext.core.registries import registry
from beyondtext.core.schema import check
from beyondtext.study.configuration import check_config, load_config
from beyondtext.study.grid import MAPPING
from beyondtext.study.selection import selected


def mapping(text):
    """An argparse type: the name of a mapping."""
    if not re.fullmatch(MAPPING, text):
        raise argparse.ArgumentTypeError(f"{text!r} is not permutation, identity or shift-<c>, such as shift-1000")
    return text


def configuration(text):
    """The checked configuration, reduced to its experiments, from a file's path or from JSON (as the workflow does)."""
    if not text.lstrip().startswith("{"):
        return selected(load_config(text))
    try:
        value = load_json(text)
    except ValueError as error:
        raise InputError(f"--config is not valid JSON ({error}); give a path, or one JSON object") from None
    return selected(check_config(value, "--config"))


JOB_ARGUMENTS = {
    "settings": {
        "type": cli.settings,
        "metavar": "JSON",
        "help": "all settings of the job as JSON, as the workflow passes them",
    },
    "task": {"help": "a file in config/tasks, without .yaml"},
    "model": {"help": "a file in config/models, without .yaml"},
    "init": {"choices": list(registry("init")), "default": "pretrained", "help": "default: pretrained"},
    "mapping": {"type": mapping, "default": "permutation", "help": "permutation (default), identity or shift-<c>"},
    "fraction": {"type": cli.fraction, "default": 1, "help": "fraction of the training split (default: 1)"},
    "seed": {"type": cli.seed, "default": 100, "help": "default: 100"},
    "config": {"default": paths.default_config(), "help": "the configuration (default: config/config.yaml)"},
    "examples": {"type": Path, "help": "default: data/examples/<task>.parquet"},
    "raw": {"type": Path, "help": "folder of the model's files (default: data/raw/<its source>)"},
    "gpu-jobs": {"type": cli.count, "default": 1, "help": "number of jobs that may share a GPU (default: 1)"},
    "output": {"type": Path, "help": "default: where the workflow writes it"},
}


def add_job_arguments(parser, *names):
    """Add some of the `JOB_ARGUMENTS` to a parser, and in any case ``--settings`` and ``--output``."""
    for name in ("settings", *names, "output"):
        parser.add_argument(f"--{name}", **JOB_ARGUMENTS[name])


def job_settings(parser, given, kind, needed, make):
    """The settings of a job: those given as JSON, or else what ``make()`` builds from the other arguments.

    An `InputError` if those given as JSON are not what the job needs.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    given : argparse.Namespace
        The parsed arguments.
    kind : str
        Of the job: a key below ``$defs`` in config/schemas/settings.schema.yaml.
    needed : list of str
        The arguments that ``make`` needs; the parser exits with a usage message if one is missing.
    make : callable
        Returns the settings as a dict.
    """
    if given.settings is not None:
        check(given.settings, "settings", "--settings", kind)
        return given.settings
    if any(getattr(given, name) is None for name in needed):
        parser.error(f"give {' and '.join(f'--{name}' for name in needed)} (or --settings)")
    return make()


def job_inputs(given, settings):
    """The paths that a job reads: its task's examples and the folder of its model's files."""
    examples = given.examples or paths.in_project(paths.examples(settings["task"]))
    raw = given.raw or paths.in_project(paths.raw(settings["model_definition"]["source"]))
    return examples, raw

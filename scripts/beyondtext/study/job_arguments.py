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


class Setting(argparse.Action):
    """An argument that becomes a setting of the job; `given_or_made_settings` refuses it next to ``--settings``."""

    def __call__(self, parser, given, value, option=None):
        setattr(given, self.dest, value)
        given.own_settings = [*getattr(given, "own_settings", []), self.option_strings[0]]


JOB_ARGUMENTS = {
    "settings": {
        "type": cli.settings,
        "metavar": "JSON",
        "help": "all settings of the job as JSON, as the workflow passes them",
    },
    "task": {"action": Setting, "help": "a file in config/tasks, without .yaml"},
    "model": {"action": Setting, "help": "a file in config/models, without .yaml"},
    "init": {
        "action": Setting,
        "choices": list(registry("init")),
        "default": "pretrained",
        "help": "default: pretrained",
    },
    "mapping": {
        "action": Setting,
        "type": mapping,
        "default": "permutation",
        "help": "permutation (default), identity or shift-<c>",
    },
    "fraction": {
        "action": Setting,
        "type": cli.fraction,
        "default": 1,
        "help": "fraction of the training split (default: 1)",
    },
    "seed": {"action": Setting, "type": cli.seed, "default": 100, "help": "default: 100"},
    "config": {
        "action": Setting,
        "default": paths.default_config(),
        "help": "the configuration (default: config/config.yaml)",
    },
    "examples": {"type": Path, "help": "default: data/examples/<task>.parquet"},
    "raw": {"type": Path, "help": "folder of the model's files (default: data/raw/<its source>)"},
    "gpu-jobs": {"type": cli.count, "default": 1, "help": "number of jobs that may share a GPU (default: 1)"},
    "output": {"type": Path, "help": "default: where the workflow writes it"},
}


def add_job_arguments(parser, *names):
    """Add some of the `JOB_ARGUMENTS` to a parser, and in any case ``--settings`` and ``--output``."""
    for name in ("settings", *names, "output"):
        parser.add_argument(f"--{name}", **JOB_ARGUMENTS[name])


def given_or_made_settings(parser, given, kind, needed, make):
    """The settings of a job: those given as JSON, or else what ``make()`` builds from the other arguments.

    The parser exits with a usage message if both are given. An `InputError` if those given as JSON are not what the job
    needs.

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
        others = list(dict.fromkeys(getattr(given, "own_settings", [])))
        if others:
            parser.error(
                f"--settings has all settings of the job; omit {' and '.join(others)}, or change the JSON instead"
            )
        check(given.settings, "settings", "--settings", kind)
        return given.settings
    if any(getattr(given, name) is None for name in needed):
        parser.error(f"give {' and '.join(f'--{name}' for name in needed)} (or --settings)")
    return make()


def job_examples(given, task):
    """The path of the examples that a job reads."""
    return given.examples or paths.in_project(paths.examples(task))


def job_inputs(given, settings):
    """The paths that a job reads: its task's examples and the folder of its model's files."""
    examples = job_examples(given, settings["task"])
    raw = given.raw or paths.in_project(paths.raw(settings["model_definition"]["source"]))
    return examples, raw

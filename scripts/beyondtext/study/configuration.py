"""Reading and checking the configuration of a study."""

import re
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_text, read_yaml
from beyondtext.core.merge import deep_merge
from beyondtext.core.parsing import DECIMAL, load_json, load_yaml
from beyondtext.core.printing import kind_of
from beyondtext.core.schema import check
from beyondtext.study.checks import CHECKS

LONGEST_NUMBER = 100  # characters; Python itself refuses to read numbers of several thousand digits


def load_config(path):
    """Read a configuration file, merge it into config/config.yaml as Snakemake does, and check the result."""
    own = read_study(path)
    check_has_name(own, path)
    check_steps_or_epochs(own, path)
    return check_config(deep_merge(read_yaml(paths.CONFIG / "config.yaml"), own), where=path)


def read_study(path):
    """The content of a study's file, which Snakemake reads as JSON if it can, and else as YAML.

    Raises
    ------
    InputError
        If the file cannot be read, gives a key twice, which Snakemake takes silently, or has Python code for it.
    """
    text = read_text(path)
    try:
        value = load_json(text)
    except ValueError:
        value = load_yaml(text, path)
    if not isinstance(value, dict):
        raise InputError(f"{path} contains {kind_of(value)}, not keys and values; see config/config.yaml")
    if "__use_yte__" in value:
        raise InputError(
            f"{path}: with the key __use_yte__, Snakemake runs the Python code in a file; remove it, and write values"
        )
    return value


def with_numbers(config, given):
    """A copy of a configuration in which the texts that are numbers, or null, are such, in what ``--config`` gives.

    In a list or mapping, such as ``--config 'seeds=[103, 104]'``, Snakemake reads numbers as text; and so it does null,
    as in ``--config 'training={epochs: null}'``.

    Parameters
    ----------
    config : dict
        The whole configuration.
    given : dict
        What ``--config`` gives, as Snakemake reads it.
    """
    merged = dict(config)
    for key, value in given.items():
        if isinstance(value, dict | list):
            merged[key] = deep_merge({key: config[key]}, {key: _with_numbers(value)})[key]
    return merged


def _with_numbers(value):
    if isinstance(value, dict):
        return {key: None if entry == "null" else _with_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_numbers(entry) for entry in value]
    if not isinstance(value, str) or len(value) > LONGEST_NUMBER or not DECIMAL.fullmatch(value):
        return value
    return int(value) if re.fullmatch("[+-]?[0-9]+", value) else float(value)


def check_has_name(own, path):
    """Check that a study file names its study: otherwise its tables would replace those of the default study."""
    if "name" not in own:
        example = re.sub("[^a-z0-9]+", "-", Path(path).stem.lower()).strip("-") or "mine"
        raise InputError(
            f"{path}: at name: the study has no name; add a line such as `name: {example}`, so that its tables, figures"
            f" and page go to results/{example}"
        )


def check_steps_or_epochs(own, where):
    """Check that a study does not give both the steps and the epochs of its training, one of which would be ignored.

    What it inherits from config/config.yaml does not count.
    """
    training = own.get("training")
    if not isinstance(training, dict):
        return
    steps, epochs = training.get("steps"), training.get("epochs")
    if None not in (steps, epochs):
        raise InputError(
            f"{where}: at training: gives both steps ({steps}) and epochs ({epochs}); leave one of them out, or set it "
            "to null"
        )


def check_config(config, where="config/config.yaml"):
    """Check a whole configuration and every definition that it names.

    Returns
    -------
    dict
        The configuration with each whole number as an integer: otherwise `1` and `1.0` would be different settings of
        the same run, which would be made again. If its training has ``epochs``, its ``steps`` are None.

    Raises
    ------
    InputError
        For the first mistake; ``where`` says where the configuration was read.
    """
    check(config, "config", where)
    for check_part in CHECKS:
        check_part(config, where)
    config = _with_integers(config)
    training = config["training"]
    return config if training.get("epochs") is None else {**config, "training": {**training, "steps": None}}


def _with_integers(value):
    if isinstance(value, dict):
        return {key: _with_integers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_integers(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value

"""Merging nested settings."""

import re

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"


def deep_merge(base, changes):
    """Return ``base`` with ``changes`` on top, as a new dict.

    Dicts are merged at every depth; every other value, lists included, is replaced. Snakemake merges a ``--configfile``
    into the default configuration by the same rule.
    """
    merged = {**base, **changes}
    for key in base.keys() & changes.keys():
        if isinstance(base[key], dict) and isinstance(changes[key], dict):
            merged[key] = deep_merge(base[key], changes[key])
    return merged


def with_numbers(config, given):
    """A copy of a configuration in which the texts that are numbers are numbers, in what ``--config`` gives.

    In a list or mapping, such as ``--config 'seeds=[103, 104]'``, Snakemake reads numbers as text.

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
        return {key: _with_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_numbers(entry) for entry in value]
    if not isinstance(value, str) or not re.fullmatch(NUMBER, value):
        return value
    return int(value) if re.fullmatch("[+-]?[0-9]+", value) else float(value)

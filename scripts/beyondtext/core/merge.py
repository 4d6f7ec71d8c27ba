"""Merging nested settings."""


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

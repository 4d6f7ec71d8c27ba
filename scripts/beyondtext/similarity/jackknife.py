"""Jackknife intervals over blocks of whole sequences."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.measures import MEASURES

FEWEST_GROUPS = 10  # for a jackknife interval


def deal_blocks(groups, count):
    """The block of each row, for blocks of whole groups.

    Parameters
    ----------
    groups : array_like of int, shape (n,)
        The group of each row, from 0 on (its sequence, or its piece of music).
    count : int
        At most so many blocks; one for each group where there are fewer.

    Returns
    -------
    numpy.ndarray of int, shape (n,)

    Raises
    ------
    InputError
        For fewer groups than an interval needs.
    """
    found = int(np.max(groups)) + 1
    if found < FEWEST_GROUPS:
        raise InputError(f"{found} groups of sequences are too few for an interval; give at least {FEWEST_GROUPS}")
    return np.asarray(groups) % min(count, found)


def with_interval(name, parts, confidence):
    """A measure and its delete-a-block jackknife interval.

    Parameters
    ----------
    name : str
        From `MEASURES`.
    parts : Parts of Pair
        Blocks of whole groups: tokens of one sequence are not independent.
    confidence : float

    Returns
    -------
    value, low, high : float
        The value on all tokens, and value ± t · standard error with one degree of freedom fewer than there
        are blocks (Efron & Stein 1981).
    """
    entry = MEASURES[name]
    if entry.on_folds:
        value = entry.on(parts.each)
        # Nothing in the place of a block that is left out, so that the others stay in their folds.
        left_out = [entry.on([*parts.each[:b], part - part, *parts.each[b + 1 :]]) for b, part in enumerate(parts.each)]
    else:
        value = entry.on(parts.whole)
        left_out = [entry.on(pair) for pair in parts.without]
    return jackknife(value, left_out, confidence)


def jackknife(value, left_out, confidence):
    """A value with its interval, from the values with one part left out at a time: see `with_interval`."""
    from scipy.stats import t

    count = len(left_out)
    half = float(t.ppf((1 + confidence) / 2, count - 1) * np.sqrt(count - 1) * np.std(left_out))
    return value, value - half, value + half

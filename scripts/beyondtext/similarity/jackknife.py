"""Delete-a-block jackknife intervals; a block consists of whole sequences."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.measures import MEASURES

FEWEST_GROUPS = 10  # for a jackknife interval


def assign_blocks(groups, blocks):
    """Assign whole groups of rows to blocks.

    Parameters
    ----------
    groups : array_like of int, shape (n,)
        The group of each row, counted from 0 (its sequence, or its piece of music).
    blocks : int
        The number of blocks; with fewer groups than that, each group is a block.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The block of each row.

    Raises
    ------
    InputError
        For fewer groups than an interval needs.
    """
    n_groups = int(np.max(groups)) + 1
    if n_groups < FEWEST_GROUPS:
        raise InputError(f"{n_groups} groups of sequences are too few for an interval; give at least {FEWEST_GROUPS}")
    return np.asarray(groups) % min(blocks, n_groups)


def measures_with_intervals(measures, moments, confidence):
    """Measures with their delete-a-block jackknife intervals.

    Parameters
    ----------
    measures : list of Measure
    moments : BlockPairMoments, or BlockMoments of PairMoments
        Blocks of whole groups, since tokens of one sequence are not independent.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    list of list of (float, float, float)
        For each measure and each of its directions (see `Measure.in_directions`), the value on all tokens and the ends
        of its interval (see `jackknife_interval`).
    """
    blocks = moments.blocks if any(measure.on_folds for measure in measures) else None
    values = [measure.in_directions(blocks if measure.on_folds else moments.total) for measure in measures]
    left_out = [[] for _ in measures]
    # All measures of one block at a time: they share decompositions, and memory holds those of one block only.
    for place, pair in enumerate(moments.left_out):
        # An empty block takes the place of the one left out, so that the others stay in their folds.
        folds = [*blocks[:place], blocks[place] - blocks[place], *blocks[place + 1 :]] if blocks else None
        for measure, collected in zip(measures, left_out, strict=True):
            collected.append(measure.in_directions(folds if measure.on_folds else pair))
    return [
        [
            jackknife_interval(value, others, confidence)
            for value, others in zip(directions, zip(*collected, strict=True), strict=True)
        ]
        for directions, collected in zip(values, left_out, strict=True)
    ]


def measure_with_interval(name, moments, confidence):
    """The value of a measure and the ends of its interval; for the parameters see `measures_with_intervals`."""
    return measures_with_intervals([MEASURES[name]], moments, confidence)[0][0]


def jackknife_interval(value, left_out, confidence):
    """A value with its jackknife interval (Efron & Stein 1981).

    Parameters
    ----------
    value : float
        The estimate from all blocks.
    left_out : sequence of float
        The estimate with each block left out.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    value, low, high : float
        The value and value ± t · standard error, where Student's t has one degree of freedom fewer than there are
        blocks.
    """
    from scipy.stats import t

    count = len(left_out)
    half_width = float(t.ppf((1 + confidence) / 2, count - 1) * np.sqrt(count - 1) * np.std(left_out))
    return value, value - half_width, value + half_width

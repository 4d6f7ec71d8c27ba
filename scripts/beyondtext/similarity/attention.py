"""Overlap of the attention heads of two encoders that read the same tokens.

The attention of one encoder is ``maps``, a float32 array of shape (heads, entries). Rows run over the layers, and
within a layer over its heads. Columns run over the sequences one after another; a sequence of L tokens (special tokens
included, padding excluded) has the L × L entries of its attention matrix, row by row. Each row of that matrix is the
distribution of one query over the keys. ``lengths`` gives the L of each sequence, so there are sum(L²) entries.
"""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.jackknife import FEWEST_GROUPS, jackknife_interval

BLOCK = 2**12  # entries of a map that are compared at a time: in float64, those of 200 heads take 6 MiB
TOLERANCE = 1e-3  # of the sum of a row, which should be 1; half precision stays below, dropout is far above


def head_distances(a, b, lengths):
    """The distance of every head of one encoder to every head of another, for each sequence.

    At one query, the distance of two heads is the total variation distance of their distributions over the keys: half
    the L1 distance, or the share of attention that would have to be moved to turn one into the other.

    Parameters
    ----------
    a, b : array_like of float, shapes (heads_a, entries) and (heads_b, entries)
        Maps of the same sequences, in the layout of this module.
    lengths : array_like of int, shape (sequences,)

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads_a, heads_b)
        Sums over the queries of a sequence: between 0, for equal maps, and the length of the sequence. If a and b are
        exchanged, each matrix is transposed.

    Raises
    ------
    InputError
        For maps whose shapes do not match ``lengths``, that are not finite, or whose rows are not distributions.
    """
    lengths = _check_lengths(lengths)
    return total_variation(sequence_distances(a, b, lengths), lengths)


def sequence_distances(a, b, lengths):
    """The L1 distances of all maps for each sequence; for the parameters and errors see `head_distances`.

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads_a, heads_b)
    """
    lengths = _check_lengths(lengths)
    a, b = _check_maps("a", a, lengths), _check_maps("b", b, lengths)
    return np.stack([l1_distances(a[:, entries], b[:, entries]) for entries in _entry_slices(lengths)])


def total_variation(distances, lengths):
    """The distances of `head_distances` from those of `sequence_distances`."""
    # Rows whose sum differs from 1 by rounding may be further apart than two distributions can be.
    return np.minimum(distances / 2, np.asarray(lengths)[:, None, None])


def attention_overlap(distances, lengths, confidence):
    """How much of its attention a head shares with its counterpart, and a jackknife interval.

    Heads have no order, so each is matched with at most one counterpart by the Hungarian method (Kuhn 1955), as in Kao
    & Lee (2021). A matching always finds pairs that are similar by chance. It is therefore fitted on one half of the
    groups and evaluated on the other, in both directions; the halves are the groups at even and at odd places. A group
    is a sequence, or several that are alike, such as the windows of a piece of music.

    Parameters
    ----------
    distances : numpy.ndarray of float, shape (groups, heads_a, heads_b)
        From `head_distances`, or the part of it that belongs to two layers: the sums over the sequences of each group.
    lengths : array_like of int, shape (groups,)
        The sums of the lengths of these sequences.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    value, low, high : float
        The value is 1 - the mean total variation distance of matched heads, over min(heads_a, heads_b) pairs and all
        queries: between 0 and 1, and 1 for equal maps in any order of heads. Symmetric unless several matchings of a
        half have the same cost. The interval is that of `jackknife_interval` with one group left out at a time; its
        ends may be below 0 or above 1. The matching is fitted again for each, and the other groups stay in their
        halves.

    Raises
    ------
    InputError
        For distances that do not match ``lengths`` or are not finite, and for fewer than ten groups.
    """
    lengths = _check_lengths(lengths)
    distances = _check_distances(distances, lengths)
    count, pairs, queries = len(distances), min(distances.shape[1:]), lengths.sum()
    half_of = np.arange(count) % 2
    halves = [distances[half_of == half].sum(0) for half in (0, 1)]
    matchings = [match_heads(half) for half in halves]
    total = _cross_evaluate(halves, matchings)
    left_out = np.empty(count)
    for place, half in enumerate(half_of):
        remaining, refitted = list(halves), list(matchings)
        remaining[half] = halves[half] - distances[place]
        refitted[half] = match_heads(remaining[half])  # the other half keeps all its groups, so also its matching
        left_out[place] = 1 - _cross_evaluate(remaining, refitted) / (pairs * (queries - lengths[place]))
    value = float(1 - total / (pairs * queries))
    return jackknife_interval(value, left_out, confidence)


def l1_distances(a, b):
    """The L1 distances of the rows of a and b, shape (rows of a, rows of b)."""
    from scipy.spatial.distance import cdist

    # Sums of the smaller of two weights would take two thirds of the time in float32, but give 0 for a map and itself
    # only if its rows sum to exactly 1. Blocks save memory, since cdist makes copies in float64.
    blocks = (slice(start, start + BLOCK) for start in range(0, a.shape[1], BLOCK))
    return sum(cdist(a[:, block], b[:, block], "cityblock") for block in blocks)


def match_heads(costs):
    """The one-to-one matching of rows and columns with the lowest total cost, as (rows, columns)."""
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(costs)


def _cross_evaluate(halves, matchings):
    """The total distance of matched heads, where each half is evaluated with the matching of the other."""
    return halves[1][matchings[0]].sum() + halves[0][matchings[1]].sum()


def _entry_slices(lengths):
    """The entries of each sequence."""
    ends = np.cumsum(lengths**2)
    return [slice(end - length**2, end) for end, length in zip(ends, lengths, strict=True)]


def _check_lengths(lengths):
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or not len(lengths) or not np.issubdtype(lengths.dtype, np.integer) or lengths.min() < 1:
        raise InputError("lengths must be whole numbers of at least 1, one for each sequence")
    return lengths.astype(np.int64)


def _check_maps(name, maps, lengths):
    """Maps as an array in which every row is a distribution; ``name`` is for error messages."""
    maps = np.asarray(maps)
    entries = int((lengths**2).sum())
    if maps.ndim != 2 or not len(maps) or maps.shape[1] != entries:
        raise InputError(
            f"{name} has shape {maps.shape}; rows are heads, and the {len(lengths)} lengths require {entries} columns"
        )
    for place, (part, length) in enumerate(zip(_entry_slices(lengths), lengths, strict=True)):
        block = maps[:, part]
        totals = block.reshape(len(maps), length, length).sum(-1)
        # Not `> TOLERANCE`, which is False for NaN.
        wrong = ~(np.abs(totals - 1) <= TOLERANCE).all(1) | (block.min(1) < 0)
        if wrong.any():
            head = int(np.flatnonzero(wrong)[0])
            raise InputError(f"{name}: head {head} in sequence {place}: {_describe_fault(block[head], totals[head])}")
    return maps


def _describe_fault(weights, totals):
    if not np.isfinite(weights).all():
        return "contains NaN or infinity; check the weights of the encoder"
    if weights.min() < 0:
        return "contains a negative weight; give attention after the softmax"
    worst = totals[np.argmax(np.abs(totals - 1))]
    return f"a row sums to {worst:.4g}, not 1; give attention after the softmax, without dropout or padding"


def _check_distances(distances, lengths):
    distances = np.asarray(distances, dtype=np.float64)
    if distances.ndim != 3 or len(distances) != len(lengths) or not distances.size:
        raise InputError(
            f"distances of shape {distances.shape} do not match {len(lengths)} lengths; give one matrix for each"
        )
    if len(distances) < FEWEST_GROUPS:
        raise InputError(f"{len(distances)} groups are too few for an interval; give at least {FEWEST_GROUPS}")
    if not np.isfinite(distances).all():
        place = int(np.argwhere(~np.isfinite(distances))[0][0])
        raise InputError(f"distances of group {place} contain NaN or infinity; compute them with head_distances")
    return distances

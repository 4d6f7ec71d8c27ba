"""Overlap of the attention heads of two encoders that read the same tokens.

The attention of one encoder is ``maps``, a float32 array of shape (heads, entries). Rows run over the layers, and
within a layer over its heads. Columns run over the sequences one after another; a sequence of L tokens (special tokens
included, padding excluded) has the L × L entries of its attention matrix, row by row. Each row of that matrix is the
distribution of one query over the keys. ``lengths`` gives the L of each sequence, so there are sum(L²) entries.
"""

import numpy as np

from beyondtext.similarity.jackknife import jackknife_interval

BLOCK = 2**12  # entries of a map that are compared at a time: in float64, those of 200 heads take 6 MiB


def sequence_distances(a, b, lengths):
    """The L1 distance of every head of one encoder to every head of another, for each sequence.

    Parameters
    ----------
    a, b : numpy.ndarray of float, shapes (heads_a, entries) and (heads_b, entries)
        Maps of the same sequences, in the layout of this module.
    lengths : numpy.ndarray of int, shape (sequences,)

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads_a, heads_b)
        Sums over the queries of a sequence. If a and b are exchanged, each matrix is transposed.
    """
    ends = np.cumsum(lengths**2)
    parts = (slice(end - length**2, end) for end, length in zip(ends, lengths, strict=True))
    return np.stack([l1_distances(a[:, entries], b[:, entries]) for entries in parts])


def total_variation(distances, lengths):
    """The total variation distances of heads, from those of `sequence_distances`; for the shapes see there.

    At one query, the distance of two heads is half the L1 distance of their distributions over the keys, or the share
    of attention that would have to be moved to turn one into the other. The sum over the queries of a sequence is
    between 0, for equal maps, and the length of the sequence.
    """
    # Rows whose sum differs from 1 by rounding may be further apart than two distributions can be.
    return np.minimum(distances / 2, lengths[:, None, None])


def attention_overlap(distances, lengths, confidence):
    """How much of its attention a head shares with its counterpart, and a jackknife interval.

    Heads have no order, so each is matched with at most one counterpart by the Hungarian method (Kuhn 1955), as in Kao
    & Lee (2021). A matching always finds pairs that are similar by chance. It is therefore fitted on one half of the
    groups and evaluated on the other, in both directions; the halves are the groups at even and at odd places. A group
    is a sequence, or several that are alike, such as the windows of a piece of music.

    Parameters
    ----------
    distances : numpy.ndarray of float64, shape (groups, heads_a, heads_b)
        From `total_variation`, or the part of it that belongs to two layers: the sums over the sequences of each group,
        of which there are `beyondtext.similarity.jackknife.FEWEST_GROUPS` at least.
    lengths : numpy.ndarray of int, shape (groups,)
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
    """
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

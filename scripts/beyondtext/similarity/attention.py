"""How alike the attention heads of two encoders are that read the same tokens.

The attention of one encoder is ``maps``, float32 of shape (heads, entries): heads run over the layers, and within a
layer over its heads; entries run over the sequences one after the other, and within a sequence of L real positions
(special tokens are, padding is not among them) over its L x L matrix row by row, each row being the distribution of
one query over the keys. ``lengths`` gives the L of each sequence, so there are sum(L²) entries.
"""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.jackknife import FEWEST_GROUPS, jackknife

BLOCK = 2**12  # entries of a map that are compared at a time: as float64, those of 200 heads take 6 MiB
TOLERANCE = 1e-3  # by which a row may miss a sum of 1; half precision misses it by less, dropout by far more


def distance_sums(a, b, lengths):
    """The distance of every head of one encoder to every head of another, for each sequence.

    Two heads are as far apart, at one query, as the total variation distance of their distributions over the keys:
    half the L1 distance, which is the share of attention that one would have to move to become the other.

    Parameters
    ----------
    a, b : array_like of float, shapes (heads_a, entries) and (heads_b, entries)
        Maps of the same sequences, as this module lays them out.
    lengths : array_like of int, shape (sequences,)

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads_a, heads_b)
        Sums over the queries of a sequence, so between 0 and its length; 0 for the same map. With a and b changing
        places, each matrix is transposed.

    Raises
    ------
    InputError
        For maps whose shapes do not fit ``lengths``, that are not finite, or whose rows are not distributions.
    """
    lengths = _checked_lengths(lengths)
    a, b = _checked_maps("a", a, lengths), _checked_maps("b", b, lengths)
    sums = np.empty((len(lengths), len(a), len(b)))
    for place, (entries, length) in enumerate(zip(_slices(lengths), lengths, strict=True)):
        distances = _city_block(a[:, entries], b[:, entries]) / 2
        sums[place] = np.minimum(distances, length)  # rows that miss a sum of 1 by rounding may lie further apart
    return sums


def matched_overlap(sums, lengths, confidence):
    """How much of its attention a head shares with its counterpart, and a jackknife interval.

    Heads have no order, so each is given one counterpart at most by the Hungarian method (Kuhn 1955), as Kao & Lee
    (2021) do. A matching always finds pairs that are alike by chance; so it is fitted on one half of the sequences and
    scored on the other, both ways round: those in even and in odd places.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (sequences, heads_a, heads_b)
        From `distance_sums`, or the part of it that belongs to two layers.
    lengths : array_like of int, shape (sequences,)
    confidence : float

    Returns
    -------
    value, low, high : float
        The value is 1 - the mean total variation distance of matched heads, over min(heads_a, heads_b) pairs and all
        queries: between 0 and 1, 1 for the same maps in any order of heads. Symmetric unless several matchings of a
        half cost the same. The interval is value ± t · standard error of the jackknife that leaves out one sequence
        at a time (Efron & Stein 1981), with one degree of freedom fewer than there are sequences; its ends may lie
        outside 0 and 1. The matching is fitted anew for each, while the other sequences stay in their halves.

    Raises
    ------
    InputError
        For sums that do not fit ``lengths`` or are not finite, and for fewer than ten sequences.
    """
    lengths = _checked_lengths(lengths)
    sums = _checked_sums(sums, lengths)
    count, pairs, queries = len(sums), min(sums.shape[1:]), lengths.sum()
    half_of = np.arange(count) % 2
    halves = [sums[half_of == half].sum(0) for half in (0, 1)]
    matchings = [_match(half) for half in halves]
    total = _crossed(halves, matchings)
    left_out = np.empty(count)
    for place, half in enumerate(half_of):
        remaining, refitted = list(halves), list(matchings)
        remaining[half] = halves[half] - sums[place]
        refitted[half] = _match(remaining[half])  # the other half has lost nothing, so its matching stands
        left_out[place] = 1 - _crossed(remaining, refitted) / (pairs * (queries - lengths[place]))
    value = float(1 - total / (pairs * queries))
    return jackknife(value, left_out, confidence)


def _city_block(a, b):
    """The L1 distances of the rows of a and b."""
    from scipy.spatial.distance import cdist

    # In float32, sums of the smaller of both weights take two thirds of the time, but give 0 for a map and itself
    # only if its rows sum to exactly 1. Blocks, since cdist makes copies in float64.
    parts = (slice(start, start + BLOCK) for start in range(0, a.shape[1], BLOCK))
    return sum(cdist(a[:, part], b[:, part], "cityblock") for part in parts)


def _match(distances):
    """The rows and columns of the cheapest matching."""
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(distances)


def _crossed(halves, matchings):
    """The total distance of matched heads, each half with the matching of the other."""
    return halves[1][matchings[0]].sum() + halves[0][matchings[1]].sum()


def _slices(lengths):
    """Where the entries of each sequence are."""
    ends = np.cumsum(lengths**2)
    return [slice(end - length**2, end) for end, length in zip(ends, lengths, strict=True)]


def _checked_lengths(lengths):
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or not len(lengths) or not np.issubdtype(lengths.dtype, np.integer) or lengths.min() < 1:
        raise InputError("lengths must be whole numbers from 1 on, one for each sequence")
    return lengths.astype(np.int64)


def _checked_maps(name, maps, lengths):
    """Maps as an array of which every row is a distribution; ``name`` is what an `InputError` calls them."""
    maps = np.asarray(maps)
    entries = int((lengths**2).sum())
    if maps.ndim != 2 or not len(maps) or maps.shape[1] != entries:
        raise InputError(
            f"{name} has shape {maps.shape}; rows are heads, and the {len(lengths)} lengths ask for {entries} columns"
        )
    for place, (part, length) in enumerate(zip(_slices(lengths), lengths, strict=True)):
        block = maps[:, part]
        totals = block.reshape(len(maps), length, length).sum(-1)
        # Not `off > TOLERANCE`, which is False for NaN.
        wrong = ~(np.abs(totals - 1) <= TOLERANCE).all(1) | (block.min(1) < 0)
        if wrong.any():
            head = int(np.flatnonzero(wrong)[0])
            raise InputError(f"{name}: head {head} in sequence {place}: {_fault(block[head], totals[head])}")
    return maps


def _fault(weights, totals):
    if not np.isfinite(weights).all():
        return "holds NaN or infinity; look at the weights that the encoder was made with"
    if weights.min() < 0:
        return "holds a negative weight; give attention after the softmax"
    worst = totals[np.argmax(np.abs(totals - 1))]
    return f"a row sums to {worst:.4g}, not 1; give attention after the softmax, without dropout or padding"


def _checked_sums(sums, lengths):
    sums = np.asarray(sums, dtype=np.float64)
    if sums.ndim != 3 or len(sums) != len(lengths) or not sums.size:
        raise InputError(f"sums of shape {sums.shape} do not fit {len(lengths)} lengths; give one matrix for each")
    if len(sums) < FEWEST_GROUPS:
        raise InputError(f"{len(sums)} sequences are too few for an interval; give at least {FEWEST_GROUPS}")
    if not np.isfinite(sums).all():
        place = int(np.argwhere(~np.isfinite(sums))[0][0])
        raise InputError(f"sums of sequence {place} hold NaN or infinity; make them with distance_sums")
    return sums

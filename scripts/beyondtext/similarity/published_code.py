"""The numbers that the code released with Kao & Lee (2021) computes, faults included."""

from itertools import zip_longest

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.arrays import checked
from beyondtext.similarity.attention import _city_block, _match
from beyondtext.similarity.measures.cca import _mean

PAPER_ROWS = 1000  # that the released code of Kao & Lee (2021) compares


def paper_pwcca(x, y, reg=1e-3, rows=PAPER_ROWS):
    """The number that the released code of Kao & Lee (2021) calls PWCCA, faults included.

    It takes the first thousand tokens, does not centre them before the directions are fitted, and adds a
    ridge to the sums of squares, which the paper chooses task by task (0.0001 to 0.0015). The canonical variates are
    then correlated with their means taken out, and weighted after a QR decomposition of x's.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
    reg : float
        The ridge; above 0.
    rows : int
        How many rows are used at most.

    Returns
    -------
    float
        Not symmetric, and saturated where the widths are near the number of rows: two encoders of width 768 that
        have nothing to do with each other get 0.8 and more. For comparison with the paper only.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    from scipy.linalg import cholesky, solve_triangular

    x, y = (side[:rows] for side in checked(x, y, 2))
    factors = [cholesky(side.T @ side + reg * np.eye(side.shape[1])) for side in (x, y)]
    half = solve_triangular(factors[0], x.T @ y, trans="T")
    left, _, right = np.linalg.svd(solve_triangular(factors[1], half.T, trans="T").T, full_matrices=False)
    variates = [
        side @ solve_triangular(factor, directions)
        for side, factor, directions in zip((x, y), factors, (left, right.T), strict=True)
    ]
    a, b = (v - v.mean(0) for v in variates)
    sizes = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    correlations = np.divide((a * b).sum(0), sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    orthonormal, _ = np.linalg.qr(variates[0])
    return _mean(correlations, np.abs(x.T @ orthonormal).sum(0))


def paper_attention(a, b):
    """The number that the code released with Kao & Lee (2021) reports for one layer of two encoders.

    Here to be set beside `matched_overlap`, not to be used: it does not measure what it is said to measure, the total
    L1 distance of matched heads (which is `matched_cost` of `paper_costs`). With N heads to a layer, N = 12 there:

    - The matching of each sequence is right, but is then looked up in the array of all sequences, where a head's
      place is taken for a sequence's: of the k-th sequence, k below N, it takes the head of b whose number is that
      of a's head matched with the k-th of b, and adds up its distances to all heads of a. So N² entries are added
      up instead of N, which makes N times the cost if all pairs of heads are equally far apart, and more where
      matched heads are nearer than others.
    - As a matching uses each head once, the sum is that of all pairs, matched or not, whatever the matching, if the
      sequences have the same distances; it is above 0 for an encoder compared with itself.
    - Only the first N sequences count; the other distances serve for matchings alone. The band drawn around the mean
      is the deviation of such sums, all of the same N sequences.
    - Maps are padded. Padded keys get no attention, but padded queries give it as others do, and their rows count:
      with sequences padded to 512, most of the cost is theirs.
    - It grows with the padded length (at most 2 N² times it), has no scale on which to read it and no baseline, and
      each matching is fitted and scored on the same sequence.

    Whoever wants the figure itself must know that an encoder built without pre-trained weights is left in training
    mode there, so that its maps have gone through dropout.

    Parameters
    ----------
    a, b : iterable of array_like, each of shape (heads, positions, positions)
        One padded map for each sequence, in the same order: of the first 100 of the test set in the paper. Either
        may be a generator.

    Returns
    -------
    float
        The mean over the sequences' matchings. At least 0, at most 2 · heads² · positions. Not symmetric.

    Raises
    ------
    InputError
        As `paper_costs`, and for fewer sequences than heads, where the released code fails too.
    """
    costs = paper_costs(a, b)
    count, heads = costs.shape[:2]
    if count < heads:
        raise InputError(f"{count} sequences are too few for {heads} heads, each of which is taken for a sequence")
    totals = []
    for cost in costs:
        rows, columns = _match(cost)
        totals.append(costs[rows, columns].sum())  # all heads of a, of sequences that the matching is not of
    return float(np.mean(totals))


def paper_costs(a, b):
    """The L1 distances of padded maps from which the code released with Kao & Lee (2021) matches heads.

    Parameters
    ----------
    a, b
        As `paper_attention`.

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads, heads)
        Of each sequence, at [j, i] the distance of b's head j and a's head i, summed over all queries and keys:
        between 0 and 2 · positions.

    Raises
    ------
    InputError
        For no sequence, different numbers of sequences, or maps that differ in shape.
    """
    costs = []
    for place, (x, y) in enumerate(zip_longest(a, b)):
        if x is None or y is None:
            raise InputError(f"{'a' if x is None else 'b'} ends after {place} sequences; give both the same sequences")
        x, y = np.asarray(x), np.asarray(y)
        if x.ndim != 3 or x.shape != y.shape or (costs and len(x) != len(costs[0])):
            raise InputError(
                f"sequence {place}: maps of shapes {x.shape} and {y.shape}; give both (heads, positions, positions), "
                "with as many heads in all sequences"
            )
        costs.append(_city_block(y.reshape(len(y), -1), x.reshape(len(x), -1)))
    if not costs:
        raise InputError("a and b hold no sequence; give at least as many as there are heads")
    return np.stack(costs)


def matched_cost(costs):
    """The total distance of matched heads, each sequence having a matching of its own.

    What Kao & Lee (2021) describe; their released code computes `paper_attention` instead.

    Parameters
    ----------
    costs : numpy.ndarray of float, shape (sequences, heads, heads)
        From `paper_costs`.

    Returns
    -------
    float
        The mean over the sequences; 0 for the same maps in any order of heads.
    """
    return float(np.mean([cost[_match(cost)].sum() for cost in costs]))

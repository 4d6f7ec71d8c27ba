"""The numbers that the code released with Kao & Lee (2021) computes, including its errors.

They are in the similarity table for comparison with the paper only. `pwcca` and `attention_overlap` are correct.
"""

import itertools
from itertools import zip_longest

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.arrays import check_pair
from beyondtext.similarity.attention import l1_distances, match_heads
from beyondtext.similarity.columns import pair_columns
from beyondtext.similarity.measures.cca import weighted_mean

PUBLISHED_TOKENS = 1000  # that the released code compares


def published_pwcca(x, y, ridge=1e-3, tokens=PUBLISHED_TOKENS):
    """The number that the released code calls PWCCA.

    It uses the first thousand tokens, fits directions without centring, and adds a ridge to the sums of squares, which
    the paper chooses task by task (0.0001 to 0.0015). The canonical variates are then centred and correlated, and
    weighted after a QR decomposition of those of x.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
    ridge : float
        Above 0.
    tokens : int
        The number of rows to use, from the first on.

    Returns
    -------
    float
        Not symmetric, and saturated where the widths are close to the number of rows: two unrelated encoders of width
        768 get 0.8 and more.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    from scipy.linalg import cholesky, solve_triangular

    x, y = (side[:tokens] for side in check_pair(x, y, 2))
    factors = [cholesky(side.T @ side + ridge * np.eye(side.shape[1])) for side in (x, y)]
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
    return weighted_mean(correlations, np.abs(x.T @ orthonormal).sum(0))


def published_pwcca_rows(encoders):
    """Rows of the similarity table for the last layers of every pair of encoders, in both directions.

    Parameters
    ----------
    encoders : list of Activations
        On the same tokens.
    """
    last = [encoder.layer(encoder.last_layer)[:PUBLISHED_TOKENS] for encoder in encoders]
    tokens = len(last[0])
    size = {"n_tokens": tokens, "n_sequences": len(np.unique(encoders[0].tokens["sequence"][:tokens]))}
    rows = []
    for a, b in itertools.permutations(range(len(encoders)), 2):
        numbers = {"variant": "paper", "measure": "paper_pwcca", "value": published_pwcca(last[a], last[b])}
        rows.append({**pair_columns(encoders[a], encoders[b]), **numbers, **size})
    return rows


def published_attention_cost(a, b):
    """The number that the released code reports for the attention heads of one layer of two encoders.

    It should be the total L1 distance of matched heads, each sequence with a matching of its own, but is something
    else. With N heads per layer (N = 12 in the paper):

    - The matching of each sequence is correct, but it then indexes the array of all sequences, so that heads are
      mistaken for sequences. From the k-th sequence, for k below N, the code takes the head of b whose number is that
      of the head of a matched with the k-th head of b, and adds up its distances to all heads of a. The sum has N²
      terms instead of N. It is N times too large if all pairs of heads are equally far apart, and more if matched
      heads are closer than others.
    - If the sequences have the same distances, it is the sum over all pairs of heads, since a matching uses each head
      once. The matching then has no effect, and an encoder compared with itself gets a value above 0.
    - Only the distances of the first N sequences count; all others are used for matchings alone. The band around the
      mean is the deviation of such sums, all over the same N sequences.
    - Maps are padded. Padded keys get no attention, but padded queries give it like others, and their rows count; with
      sequences padded to 512 tokens, most of the cost is theirs.
    - It grows with the padded length (to 2 N² times this length at most) and has no reference value, and each matching
      is evaluated on the sequence that it is fitted on.

    In addition, the released code leaves an encoder without pre-trained weights in training mode, so its maps have
    dropout.

    Parameters
    ----------
    a, b : iterable of array_like, each of shape (heads, positions, positions)
        One padded map for each sequence, in the same order; in the paper, of the first 100 test sequences. Either may
        be a generator.

    Returns
    -------
    float
        The mean over the matchings of all sequences: between 0 and 2 · heads² · positions. Not symmetric.

    Raises
    ------
    InputError
        As `attention_costs`, and for fewer sequences than heads, where the released code fails as well.
    """
    costs = attention_costs(a, b)
    count, heads = costs.shape[:2]
    if count < heads:
        raise InputError(
            f"{count} sequences are too few for {heads} heads; the released code needs at least one for each head"
        )
    totals = []
    for cost in costs:
        rows, columns = match_heads(cost)
        totals.append(costs[rows, columns].sum())  # sequences `rows`, heads `columns` of b, all heads of a
    return float(np.mean(totals))


def attention_costs(a, b):
    """The L1 distances of padded maps from which the released code matches heads.

    Parameters
    ----------
    a, b
        As in `published_attention_cost`.

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, heads, heads)
        At [s, j, i], the distance of b's head j and a's head i in sequence s, summed over all queries and keys: between
        0 and 2 · positions.

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
                "with the same number of heads in all sequences"
            )
        costs.append(l1_distances(y.reshape(len(y), -1), x.reshape(len(x), -1)))
    if not costs:
        raise InputError("a and b contain no sequence; give at least as many as there are heads")
    return np.stack(costs)


def published_attention_rows(a, b, maps_a, maps_b, lengths):
    """The row of the similarity table for the last layers of two encoders; none where the code is not defined.

    Parameters
    ----------
    a, b : Activations
    maps_a, maps_b : numpy.ndarray of float32, shape (heads, entries)
        Of their last layers.
    lengths : numpy.ndarray of int64, shape (sequences,)

    Returns
    -------
    list of dict
    """
    if not len(maps_a) == len(maps_b) <= len(lengths):
        return []
    cost = published_attention_cost(padded_maps(maps_a, lengths), padded_maps(maps_b, lengths))
    numbers = {"variant": "paper", "measure": "paper_attention", "value": cost}
    return [{**pair_columns(a, b), **numbers, "n_tokens": int(lengths.sum()), "n_sequences": len(lengths)}]


def padded_maps(maps, lengths):
    """Yield the maps of each sequence, shape (heads, L, L), padded with zeros to the longest L."""
    longest, ends = lengths.max(), np.cumsum(lengths**2)
    for end, length in zip(ends, lengths, strict=True):
        padding = (0, longest - length)
        yield np.pad(maps[:, end - length**2 : end].reshape(-1, length, length), ((0, 0), padding, padding))

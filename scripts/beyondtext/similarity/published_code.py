"""The numbers that the code released with Kao & Lee (2021) computes, including its errors.

They are in the similarity table for comparison with the paper only. `pwcca` and `attention_overlap` are correct.
"""

import itertools

import numpy as np

from beyondtext.similarity.attention import match_heads
from beyondtext.similarity.columns import pair_columns
from beyondtext.similarity.measures.cca import weighted_mean

PUBLISHED_TOKENS = 1000  # that the released code compares
RIDGE = 1e-3


def ridge_factor(side, ridge=RIDGE):
    """The Cholesky factor of the sums of squares of one side with a ridge."""
    from scipy.linalg import cholesky

    return cholesky(side.T @ side + ridge * np.eye(side.shape[1]))


def published_pwcca(sides, factors):
    """The number that the released code calls PWCCA.

    It uses the first thousand tokens, fits directions without centring, and adds a ridge to the sums of squares, which
    the paper chooses task by task (0.0001 to 0.0015). The canonical variates are then centred and correlated, and
    weighted after a QR decomposition of those of x.

    Parameters
    ----------
    sides : (numpy.ndarray, numpy.ndarray), shapes (n, p) and (n, q)
        The tokens of x and y.
    factors : (numpy.ndarray, numpy.ndarray)
        Those of both from `ridge_factor`.

    Returns
    -------
    float
        Not symmetric, and saturated where the widths are close to the number of rows: two unrelated encoders of width
        768 get 0.8 and more.
    """
    from scipy.linalg import solve_triangular

    x, y = sides
    half = solve_triangular(factors[0], x.T @ y, trans="T")
    left, _, right = np.linalg.svd(solve_triangular(factors[1], half.T, trans="T").T, full_matrices=False)
    variates = [
        side @ solve_triangular(factor, directions)
        for side, factor, directions in zip(sides, factors, (left, right.T), strict=True)
    ]
    a, b = (v - v.mean(0) for v in variates)
    sizes = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    correlations = np.divide((a * b).sum(0), sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    orthonormal, _ = np.linalg.qr(variates[0])
    return weighted_mean(correlations, np.abs(x.T @ orthonormal).sum(0))


def published_pwcca_rows(encoders, pairs):
    """Rows of the similarity table for the last layers of some pairs of encoders, in both directions.

    Parameters
    ----------
    encoders : list of Activations
        On the same tokens.
    pairs : list of (int, int)
        Their indices.
    """
    last = [encoder.layer(encoder.last_layer)[:PUBLISHED_TOKENS].astype(np.float64) for encoder in encoders]
    tokens = len(last[0])
    size = {"n_tokens": tokens, "n_sequences": len(np.unique(encoders[0].tokens["sequence"][:tokens]))}
    factors, rows = [ridge_factor(side) for side in last], []
    # Rounding errors in directions without variance change the number by 1e-4, so each direction is computed by itself,
    # although both have the same variates.
    for a, b in itertools.chain(*((pair, pair[::-1]) for pair in pairs)):
        value = published_pwcca([last[a], last[b]], [factors[a], factors[b]])
        numbers = {"variant": "paper", "measure": "paper_pwcca", "value": value}
        rows.append({**pair_columns(encoders[a], encoders[b]), **numbers, **size})
    return rows


def matched_costs(costs):
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
    costs : numpy.ndarray of float64, shape (sequences, heads, heads)
        At [s, j, i], the L1 distance of the padded maps of b's head j and a's head i in sequence s, summed over all
        queries and keys: between 0 and 2 · positions. In the paper, of the first 100 test sequences. With fewer
        sequences than heads, the released code fails.

    Returns
    -------
    float
        The mean over the matchings of all sequences: between 0 and 2 · heads² · positions. Not symmetric.
    """
    totals = []
    for cost in costs:
        rows, columns = match_heads(cost)
        totals.append(costs[rows, columns].sum())  # sequences `rows`, heads `columns` of b, all heads of a
    return float(np.mean(totals))


def published_attention_rows(a, b, distances, lengths):
    """The row of the similarity table for the last layers of two encoders; none where the code is not defined.

    Parameters
    ----------
    a, b : Activations
    distances : numpy.ndarray of float64, shape (sequences, heads_a, heads_b)
        Of their last layers, from `sequence_distances`. The maps of the released code are padded, but here the padding
        is zero on both sides and adds nothing.
    lengths : numpy.ndarray of int64, shape (sequences,)

    Returns
    -------
    list of dict
    """
    count, heads_a, heads_b = distances.shape
    if not heads_a == heads_b <= count:
        return []
    numbers = {"variant": "paper", "measure": "paper_attention", "value": matched_costs(distances.transpose(0, 2, 1))}
    return [{**pair_columns(a, b), **numbers, "n_tokens": int(lengths.sum()), "n_sequences": len(lengths)}]

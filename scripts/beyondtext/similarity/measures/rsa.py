"""Representational similarity analysis."""

import numpy as np

from beyondtext.similarity.arrays import pair_of
from beyondtext.similarity.measures.registry import measure


def rsa(x, y):
    """Representational similarity analysis: Pearson correlation of all pairwise squared Euclidean distances.

    Kriegeskorte, Mur & Bandettini (2008). No matrix of distances is made: all sums over pairs of tokens
    follow from sums over tokens.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least three rows.

    Returns
    -------
    float
        Between -1 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either side.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    return _rsa(pair_of(x, y, fewest=3))


@measure("rsa", "RSA", symmetric=True)
def _rsa(pair):
    own = _distance_covariance(pair.x.with_itself) * _distance_covariance(pair.y.with_itself)
    return float(_distance_covariance(pair) / np.sqrt(own))


def _distance_covariance(pair):
    """The covariance, over ordered pairs of different rows, of x's with y's squared distances."""
    n, a, b = pair.n, pair.x.spread, pair.y.spread
    pairs = n * (n - 1)
    products = 2 * n * pair.spreads_product + 2 * a * b + 4 * pair.squared_size
    return products / pairs - (2 * n * a / pairs) * (2 * n * b / pairs)

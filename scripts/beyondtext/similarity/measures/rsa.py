"""Representational similarity analysis (RSA)."""

import numpy as np

from beyondtext.similarity.arrays import pair_moments
from beyondtext.similarity.measures.registry import SIMILARITY_TRANSFORMATIONS, measure


def rsa(x, y):
    """Representational similarity analysis (Kriegeskorte, Mur & Bandettini 2008).

    The Pearson correlation, over all pairs of tokens, of their squared Euclidean distances in x and in y. No distance
    matrix is needed: all sums over pairs of tokens follow from sums over tokens.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least three rows.

    Returns
    -------
    float
        Between -1 and 1; 1 for y = x, and about 0 for independent x and y. A few tokens far from all others can
        dominate it. Symmetric. Invariant to translations, orthogonal maps and isotropic scaling of either side.

    Raises
    ------
    InputError
        As `linear_cka`, but with at least three rows.
    """
    return _rsa(pair_moments(x, y, min_rows=3))


@measure(
    "rsa",
    "RSA",
    "Representational similarity analysis: the correlation of the squared distances between tokens in the two "
    "representations.",
    bounds=(-1, 1),
    symmetric=True,
    invariances=SIMILARITY_TRANSFORMATIONS,
)
def _rsa(pair):
    variances = _distance_covariance(pair.x.self_pair) * _distance_covariance(pair.y.self_pair)
    return float(_distance_covariance(pair) / np.sqrt(variances))


def _distance_covariance(pair):
    """The covariance, over ordered pairs of different rows, of x's with y's squared distances."""
    n, a, b = pair.n, pair.x.sum_of_squares, pair.y.sum_of_squares
    pairs = n * (n - 1)
    products = 2 * n * pair.product_of_squares + 2 * a * b + 4 * pair.squared_cross_product
    return products / pairs - (2 * n * a / pairs) * (2 * n * b / pairs)

"""Centred kernel alignment (CKA)."""

import numpy as np

from beyondtext.similarity.arrays import pair_moments
from beyondtext.similarity.measures.registry import SIMILARITY_TRANSFORMATIONS, measure


def linear_cka(x, y, debiased=True):
    """Linear centred kernel alignment (Kornblith et al. 2019).

    The debiased form takes the unbiased estimator of HSIC of Song et al. (2012, eq. 5) in the ratio of Nguyen, Raghu &
    Kornblith (2021).

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least four rows.
    debiased : bool

    Returns
    -------
    float
        1 for y = x. Debiased: between -1 and 1, and about 0 for independent x and y at any n, so slightly negative
        values occur. Otherwise between 0 and 1, and biased upwards: well above 0 for independent x and y unless n is
        far above the widths. Symmetric. Invariant to translations, orthogonal maps and isotropic scaling of either
        side.

    Raises
    ------
    InputError
        For different numbers of rows, values that are not finite, fewer than four rows, or a side without variance.
    """
    pair = pair_moments(x, y, min_rows=4)
    return _debiased_cka(pair) if debiased else _biased_cka(pair)


@measure(
    "cka",
    "CKA",
    "Centred kernel alignment with a linear kernel, debiased: 0 for unrelated representations of independent tokens "
    "(tokens of one sequence are not, which permuted sequences show), 1 for representations that are equal up to "
    "rotation and scale.",
    bounds=(-1, 1),
    symmetric=True,
    invariances=SIMILARITY_TRANSFORMATIONS,
)
def _debiased_cka(pair):
    return _normalize(pair, _unbiased_hsic)


@measure(
    "cka_biased",
    "CKA, not debiased",
    "CKA without the correction for bias: above 0 even for unrelated representations, unless there are many more "
    "tokens than features.",
    bounds=(0, 1),
    symmetric=True,
    invariances=SIMILARITY_TRANSFORMATIONS,
)
def _biased_cka(pair):
    return _normalize(pair, _biased_hsic)


def _normalize(pair, hsic):
    """HSIC(x, y) / sqrt(HSIC(x, x) HSIC(y, y)), with an estimator of HSIC."""
    return float(hsic(pair) / np.sqrt(hsic(pair.x.self_pair) * hsic(pair.y.self_pair)))


def _biased_hsic(pair):
    """HSIC up to a factor that cancels in the ratio."""
    return pair.squared_cross_product


def _unbiased_hsic(pair):
    # With K and L the Gram matrices of the centred rows and their diagonals set to zero, each of the three terms of
    # the estimator is a sum over tokens, since the rows of K then add up to minus its former diagonal.
    n, product = pair.n, pair.product_of_squares
    trace = pair.squared_cross_product - product
    middle = pair.x.sum_of_squares * pair.y.sum_of_squares / ((n - 1) * (n - 2))
    return (trace + middle - 2 * product / (n - 2)) / (n * (n - 3))

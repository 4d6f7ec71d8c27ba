"""Centred kernel alignment."""

import numpy as np

from beyondtext.similarity.arrays import pair_of
from beyondtext.similarity.measures.registry import measure


def linear_cka(x, y, debiased=True):
    """Linear centred kernel alignment.

    Kornblith et al. (2019); debiased after Song et al. (2012, eq. 5) in the ratio of Nguyen, Raghu &
    Kornblith (2021).

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least four rows.
    debiased : bool

    Returns
    -------
    float
        Debiased: at most 1, about 0 for independent x and y at any n, slightly negative values occur. Else
        between 0 and 1, and well above 0 for independent x and y unless n is far above the widths. 1 for y = x.
        Symmetric. Invariant to shifts, orthogonal maps and scaling of either side.

    Raises
    ------
    InputError
        For different numbers of rows, values that are not finite, fewer than four rows, or a side that
        does not vary.
    """
    pair = pair_of(x, y, fewest=4)
    return _linear_cka(pair) if debiased else _alignment(pair, _biased)


@measure("cka", "CKA", symmetric=True)
def _linear_cka(pair):
    return _alignment(pair, _unbiased)


@measure("cka_biased", "CKA, not debiased", symmetric=True)
def _biased_cka(pair):
    return _alignment(pair, _biased)


def _alignment(pair, independence):
    own = independence(pair.x.with_itself) * independence(pair.y.with_itself)
    return float(independence(pair) / np.sqrt(own))


def _biased(pair):
    return pair.squared_size


def _unbiased(pair):
    # With K and L the Gram matrices of the centred rows, their diagonals set to zero, each of the three
    # terms of the estimator is a sum over tokens: K's rows then add up to minus its lost diagonal.
    n, product = pair.n, pair.spreads_product
    trace = pair.squared_size - product
    middle = pair.x.spread * pair.y.spread / ((n - 1) * (n - 2))
    return (trace + middle - 2 * product / (n - 2)) / (n * (n - 3))

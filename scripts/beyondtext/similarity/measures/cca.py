"""Measures from canonical correlations."""

import numpy as np

from beyondtext.similarity.arrays import checked, folds, pair_of
from beyondtext.similarity.measures.registry import measure


def pwcca(x, y):
    """Projection-weighted canonical correlation.

    Morcos, Raghu & Bengio (2018): the mean of the canonical correlations, weighted by how much of x each of
    x's canonical variates accounts for.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Not symmetric: the weights are x's. Invariant to shifts, to any invertible
        linear map of y, and to orthogonal maps and scaling of x. Biased upwards: about 0.85 sqrt(d / n) for
        independent Gaussians of width d.

    Raises
    ------
    InputError
        As `linear_cka`, and for no more rows than columns.
    """
    return _pwcca(pair_of(x, y, full_rank=True))


@measure("pwcca", "PWCCA", symmetric=False, full_rank=True)
def _pwcca(pair):
    left, correlations, _ = pair.canonical
    return _mean(correlations, _projection_weights(pair.x, left))


def _projection_weights(side, directions):
    """For each canonical variate, the sum of the sizes of its inner products with the columns of centred x."""
    deviations, axes = side.principal
    return np.abs(directions.T @ (axes * deviations).T).sum(1)


def _mean(values, weights):
    return float(weights @ values / weights.sum())


def mean_squared_cca(x, y, adjusted=True):
    """The mean squared canonical correlation, by default corrected for the number of columns.

    The R² of CCA of Kornblith et al. (2019); the correction is that of the coefficient of
    determination (Ezekiel 1930), with the wider side's rank as the number of predictors.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns.
    adjusted : bool

    Returns
    -------
    float
        At most 1, 1 for y = x; adjusted, 0 on average for independent x and y, so slightly negative values
        occur. Symmetric. Invariant to shifts and to any invertible linear map of either side.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    pair = pair_of(x, y, full_rank=True)
    return _mean_squared_cca(pair) if adjusted else _plain_mean_squared_cca(pair)


@measure("mean_squared_cca", "mean squared CCA", symmetric=True, full_rank=True)
def _mean_squared_cca(pair):
    widest = max(len(pair.x.principal[0]), len(pair.y.principal[0]))
    return 1 - (1 - _plain_mean_squared_cca(pair)) * (pair.n - 1) / (pair.n - widest - 1)


def _plain_mean_squared_cca(pair):
    squares = (pair.whitened**2).sum()  # of the singular values, which are not needed
    return min(float(squares / min(pair.whitened.shape)), 1.0)


def svcca(x, y, variance=0.99):
    """Mean canonical correlation of the leading principal components (Raghu et al. 2017).

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns.
    variance : float
        The share of its variance that the components kept of each side must have at least.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either
        side. Biased upwards, less than `pwcca` since fewer directions are left.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    return _svcca(pair_of(x, y, full_rank=True), variance)


@measure("svcca", "SVCCA", symmetric=True, full_rank=True)
def _svcca(pair, variance=0.99):
    leading = pair.whitened[: components(pair.x, variance), : components(pair.y, variance)]
    return float(np.clip(np.linalg.svd(leading, compute_uv=False), 0, 1).mean())


def components(side, variance):
    """How many leading principal components have this share of the variance."""
    variances = side.principal[0] ** 2
    return int(np.searchsorted(np.cumsum(variances) / variances.sum(), variance)) + 1


def pwcca_heldout(x, y, groups=None):
    """`pwcca` with directions fitted on one half and correlations and weights measured on the other.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns in either half.
    groups : array_like of int, shape (n,), optional
        Rows of one group (a sequence) stay in one half; by default every row is a group.

    Returns
    -------
    float
        The mean over both ways. At most 1, 1 for y = x, about 0 for independent x and y, lower than the truth
        where the directions are fitted on few rows: the truth lies between this number and `pwcca`.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than two groups.
    """
    return _pwcca_heldout(folds(*checked(x, y, 2), groups, 2))


@measure("pwcca_heldout", "held-out PWCCA", symmetric=False, full_rank=True, on_folds=True)
def _pwcca_heldout(pairs):
    first, second = (sum(pairs[start + 2 :: 2], pairs[start]) for start in (0, 1))
    return (_transferred(first, second) + _transferred(second, first)) / 2


def _transferred(fitted, other):
    left, _, right = fitted.canonical
    (deviations_x, axes_x), (deviations_y, axes_y) = fitted.x.principal, fitted.y.principal
    a, b = (axes_x / deviations_x) @ left, (axes_y / deviations_y) @ right
    variance_a, variance_b = ((m * (side.covariance @ m)).sum(0) for m, side in ((a, other.x), (b, other.y)))
    correlations = (a * (other.covariance @ b)).sum(0) / np.sqrt(variance_a * variance_b)
    weights = np.abs(other.x.covariance @ a).sum(0) / np.sqrt(variance_a)
    return _mean(correlations, weights)

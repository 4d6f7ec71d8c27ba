"""Measures from canonical correlation analysis (CCA): PWCCA, mean squared CCA, SVCCA and held-out PWCCA."""

import math

import numpy as np

from beyondtext.similarity.arrays import fold_moments, pair_moments
from beyondtext.similarity.measures.registry import (
    AFFINE_TRANSFORMATIONS,
    SIMILARITY_TRANSFORMATIONS,
    Transformation,
    measure,
)

WITHOUT_ROTATIONS = SIMILARITY_TRANSFORMATIONS - {Transformation.ORTHOGONAL}  # PWCCA's weights are sums over features


def pwcca(x, y):
    """Projection-weighted canonical correlation (Morcos, Raghu & Bengio 2018).

    The mean of the canonical correlations, each weighted by how much of x its canonical variate accounts for.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Biased upwards: about 0.85 sqrt(d / n) for independent Gaussians of width d. Not
        symmetric, since the weights are those of x. Invariant to translations of either side, to any invertible linear
        map of y, and to isotropic scaling of x and permutations of its features; rotations of x change the weights.

    Raises
    ------
    InputError
        As `linear_cka`, and for too few rows.
    """
    return _pwcca(pair_moments(x, y, full_rank=True))


@measure(
    "pwcca",
    "PWCCA",
    "Projection-weighted canonical correlation analysis: 1 if each representation is a linear map of the other. It "
    "does not go down to 0 for unrelated ones; compare it with its nulls.",
    bounds=(0, 1),
    symmetric=False,
    invariances=WITHOUT_ROTATIONS,
    invariances_y=AFFINE_TRANSFORMATIONS,
    needs_full_rank=True,
)
def _pwcca(pair):
    loadings, correlations, _ = pair.canonical_loadings
    # Inner products of the variates with the columns of x, up to a factor that cancels.
    return weighted_mean(correlations, np.abs(loadings).sum(1))


def weighted_mean(values, weights):
    """The mean of an array with weights, as a float."""
    return float(weights @ values / weights.sum())


def mean_squared_cca(x, y, adjusted=True):
    """The mean squared canonical correlation, by default adjusted for the number of columns.

    The R² of CCA of Kornblith et al. (2019). The adjustment is that of the coefficient of determination (Ezekiel
    1930), with the larger of the two ranks as the number of predictors.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns.
    adjusted : bool

    Returns
    -------
    float
        At most 1; 1 for y = x. Adjusted, 0 on average for independent x and y, so slightly negative values occur;
        otherwise not below 0, and biased upwards. Symmetric. Invariant to translations and to any invertible linear
        map of either side.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    pair = pair_moments(x, y, full_rank=True)
    return _adjusted_mean_squared_cca(pair) if adjusted else _mean_squared_cca(pair)


@measure(
    "mean_squared_cca",
    "mean squared CCA",
    "The mean squared canonical correlation, corrected for the number of features: 0 for unrelated representations of "
    "independent tokens, 1 if each is a linear map of the other. Directions with little variance count as much as the "
    "main ones.",
    bounds=(-math.inf, 1),
    symmetric=True,
    invariances=AFFINE_TRANSFORMATIONS,
    needs_full_rank=True,
)
def _adjusted_mean_squared_cca(pair):
    predictors = max(pair.x.rank, pair.y.rank)
    return 1 - (1 - _mean_squared_cca(pair)) * (pair.n - 1) / (pair.n - predictors - 1)


def _mean_squared_cca(pair):
    whitened = pair.whitened_covariance
    total = (whitened**2).sum()  # of the squared singular values, which need no decomposition
    return min(float(total / min(whitened.shape)), 1.0)


def svcca(x, y, variance=0.99):
    """Singular vector canonical correlation (Raghu et al. 2017).

    The mean canonical correlation of the leading principal components.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns.
    variance : float
        The least share of the variance of each side that its leading components have.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Biased upwards, but less than `pwcca`, since fewer directions are kept. Symmetric.
        Invariant to translations, orthogonal maps and isotropic scaling of either side.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    return _svcca(pair_moments(x, y, full_rank=True), variance)


@measure(
    "svcca",
    "SVCCA",
    "The mean canonical correlation of the leading principal components, as many on each side as have 99 % of its "
    "variance.",
    bounds=(0, 1),
    symmetric=True,
    invariances=SIMILARITY_TRANSFORMATIONS,
    needs_full_rank=True,
)
def _svcca(pair, variance=0.99):
    leading = pair.whitened_covariance[: count_components(pair.x, variance), : count_components(pair.y, variance)]
    return float(np.clip(np.linalg.svd(leading, compute_uv=False), 0, 1).mean())


def count_components(moments, variance):
    """How many leading principal components it takes for this share of the variance."""
    variances = moments.deviations**2
    return int(np.searchsorted(np.cumsum(variances) / variances.sum(), variance)) + 1


def pwcca_heldout(x, y, groups=None):
    """Held-out PWCCA: directions fitted on one half of the rows, correlations and weights measured on the other.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns in either half.
    groups : array_like of int, shape (n,), optional
        Rows of one group (such as a sequence) are in the same half; by default every row is a group.

    Returns
    -------
    float
        The mean over the two ways to choose the fitting half. Between -1 and 1; 1 for y = x, and about 0 for
        independent x and y. Biased downwards where the directions are fitted on few rows, so the true value lies
        between this number and `pwcca`. Symmetry and invariances are those of `pwcca`.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than two groups.
    """
    return _pwcca_heldout(fold_moments(x, y, groups, 2))


@measure(
    "pwcca_heldout",
    "held-out PWCCA",
    "PWCCA with its directions fitted on one half of the tokens and its correlations measured on the other: about 0 "
    "for unrelated representations.",
    bounds=(-1, 1),
    symmetric=False,
    invariances=WITHOUT_ROTATIONS,
    invariances_y=AFFINE_TRANSFORMATIONS,
    needs_full_rank=True,
    on_folds=True,
)
def _pwcca_heldout(folds):
    first, second = (sum(folds[start + 2 :: 2], folds[start]) for start in (0, 1))
    return (_transfer(first, second) + _transfer(second, first)) / 2


def _transfer(fitting, evaluation):
    """PWCCA on the evaluation rows, along the canonical directions of the fitting rows."""
    left, _, right = fitting.canonical_correlations
    a, b = fitting.x.whitening @ left, fitting.y.whitening @ right
    variance_a, variance_b = (
        (directions * (side.covariance @ directions)).sum(0)
        for directions, side in ((a, evaluation.x), (b, evaluation.y))
    )
    correlations = (a * (evaluation.covariance @ b)).sum(0) / np.sqrt(variance_a * variance_b)
    weights = np.abs(evaluation.x.covariance @ a).sum(0) / np.sqrt(variance_a)
    return weighted_mean(correlations, weights)

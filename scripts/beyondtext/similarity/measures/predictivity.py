"""Linear predictivity."""

import math

import numpy as np

from beyondtext.similarity.arrays import fold_moments
from beyondtext.similarity.measures.registry import AFFINE_TRANSFORMATIONS, SIMILARITY_TRANSFORMATIONS, measure

FOLDS = 5


def linear_predictivity(x, y, groups=None):
    """The share of y's variance that a linear regression on x predicts, in five-fold cross-validation.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns outside any fold.
    groups : array_like of int, shape (n,), optional
        Rows of one group (such as a sequence) are in the same fold; by default every row is a group.

    Returns
    -------
    float
        1 - squared error / squared deviation from the mean of the training rows, each summed over all columns of y. At
        most 1; 1 for y = x, and below 0 where x predicts worse than that mean, as it does on average for independent x
        and y. Not symmetric. Invariant to translations of either side, to any invertible linear map of x, and to
        orthogonal maps and isotropic scaling of y.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than five groups.
    """
    return _linear_predictivity(fold_moments(x, y, groups, FOLDS))


@measure(
    "linear_predictivity",
    "linear predictivity",
    "The share of one representation's variance that a linear regression on the other predicts, in cross-validation.",
    bounds=(-math.inf, 1),
    symmetric=False,
    invariances=AFFINE_TRANSFORMATIONS,
    invariances_y=SIMILARITY_TRANSFORMATIONS,
    needs_full_rank=True,
    on_folds=True,
)
def _linear_predictivity(blocks):
    folds = [sum(blocks[start + FOLDS :: FOLDS], blocks[start]) for start in range(FOLDS)]
    total, error, deviation = sum(folds[1:], folds[0]), 0.0, 0.0
    for fold in folds:
        fold_error, fold_deviation = _prediction_error(total - fold, fold)
        error += fold_error
        deviation += fold_deviation
    return float(1 - error / deviation)


def _prediction_error(training, test):
    """The squared error on the test rows, and their squared deviation from the training mean; both are sums."""
    whitening = training.x.whitening
    coefficients = whitening @ (whitening.T @ training.covariance)
    # Second moments of the test rows about the training means.
    shift_x, shift_y = test.x.mean - training.x.mean, test.y.mean - training.y.mean
    xx = test.x.covariance + np.outer(shift_x, shift_x)
    xy = test.covariance + np.outer(shift_x, shift_y)
    deviation = test.y.sum_of_squares + test.n * (shift_y @ shift_y)
    explained = 2 * (coefficients * xy).sum() - (coefficients * (xx @ coefficients)).sum()
    return deviation - test.n * explained, deviation

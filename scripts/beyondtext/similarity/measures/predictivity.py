"""Linear predictivity."""

import numpy as np

from beyondtext.similarity.arrays import checked, folds
from beyondtext.similarity.measures.registry import measure

FOLDS = 5  # of whole groups, for predictivity


def linear_predictivity(x, y, groups=None):
    """The share of y's variance that a linear map of x predicts, in five-fold cross-validation.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns outside any fold.
    groups : array_like of int, shape (n,), optional
        Rows of one group (a sequence) stay in one fold; by default every row is a group.

    Returns
    -------
    float
        1 - squared error / squared deviation from the training mean, over all columns of y. At most 1; below 0
        where x predicts worse than the mean. Not symmetric. Invariant to shifts, any invertible linear map of x,
        and orthogonal maps and scaling of y.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than five groups.
    """
    return _linear_predictivity(folds(*checked(x, y, 2), groups, FOLDS))


@measure("linear_predictivity", "linear predictivity", symmetric=False, full_rank=True, on_folds=True)
def _linear_predictivity(pairs):
    parts = [sum(pairs[start + FOLDS :: FOLDS], pairs[start]) for start in range(FOLDS)]
    total, error, deviation = sum(parts[1:], parts[0]), 0.0, 0.0
    for part in parts:
        training = total - part
        deviations, axes = training.x.principal
        coefficients = (axes / deviations**2) @ (axes.T @ training.covariance)
        # Sums over the fold of products of rows from which the training means are taken.
        shift_x, shift_y = (side.mean - mean for side, mean in ((part.x, training.x.mean), (part.y, training.y.mean)))
        xx = part.x.covariance + np.outer(shift_x, shift_x)
        xy = part.covariance + np.outer(shift_x, shift_y)
        yy = part.y.spread + part.n * (shift_y @ shift_y)
        explained = 2 * (coefficients * xy).sum() - (coefficients * (xx @ coefficients)).sum()
        deviation += yy
        error += yy - part.n * explained
    return float(1 - error / deviation)

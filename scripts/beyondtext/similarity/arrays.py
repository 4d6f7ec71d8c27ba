"""From arrays of representations to the moments that the measures take; arrays are checked here."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.moments import PairMoments


def pair_moments(x, y, min_rows=2, full_rank=False):
    """The moments of two arrays.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        Row i of both belongs to the same token.
    min_rows : int
        The minimum number of rows for which the measure is defined.
    full_rank : bool
        Whether the measure needs more rows than columns.

    Returns
    -------
    PairMoments

    Raises
    ------
    InputError
        See `check_pair`; with ``full_rank``, also for too few rows.
    """
    x, y = check_pair(x, y, min_rows)
    if full_rank:
        check_rows(x.shape[1], y.shape[1], len(x))
    # No measure of moments depends on the means, but rounding errors do.
    return PairMoments.from_arrays(x - x.mean(0), y - y.mean(0))


def fold_moments(x, y, groups, folds):
    """The moments of disjoint sets of rows; a group of rows is in one fold.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
    groups : array_like of int, shape (n,), or None
        The group (such as a sequence) of each row; None makes every row a group.
    folds : int

    Returns
    -------
    list of PairMoments

    Raises
    ------
    InputError
        See `check_pair`; also for fewer groups than folds, or for too few rows outside a fold.
    """
    x, y = check_pair(x, y, 2)
    groups = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_groups = int(groups.max()) + 1
    if n_groups < folds:
        raise InputError(f"{n_groups} groups of rows cannot be split into {folds} folds; give at least {folds}")
    fold_of_row = groups % folds
    check_rows(x.shape[1], y.shape[1], int(len(x) - np.bincount(fold_of_row).max()))
    x, y = x - x.mean(0), y - y.mean(0)  # as in pair_moments
    return [PairMoments.from_arrays(x[fold_of_row == fold], y[fold_of_row == fold]) for fold in range(folds)]


def check_pair(x, y, min_rows):
    """Two representations of the same tokens, as float64 arrays.

    Raises
    ------
    InputError
        See `check_representation`; also for different numbers of rows.
    """
    x, y = check_representation("x", x, min_rows), check_representation("y", y, min_rows)
    if len(x) != len(y):
        raise InputError(f"x has {len(x)} rows and y has {len(y)}; row i of both must be the same token")
    return x, y


def check_representation(name, values, min_rows):
    """One representation as a float64 array of shape (tokens, features).

    Parameters
    ----------
    name : str
        What an error message calls it.
    values : array_like
    min_rows : int

    Raises
    ------
    InputError
        For an array that is not two-dimensional, fewer than ``min_rows`` rows, values that are not finite, or rows
        that are all equal.
    """
    values = np.asarray(values, dtype=np.float64)
    check_values(name, values, min_rows)
    return values


def check_values(name, values, min_rows):
    """Check an array that is a representation; for the parameters and errors see `check_representation`."""
    if values.ndim != 2:
        raise InputError(f"{name} has shape {values.shape}; give an array of two dimensions, (tokens, features)")
    if len(values) < min_rows:
        raise InputError(f"{name}: {len(values)} rows are too few for this measure; give at least {min_rows}")
    if not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0])
        raise InputError(f"{name} contains NaN or infinity in row {row}; check the weights of its encoder")
    if (values[-1] == values[0]).all() and (values == values[0]).all():
        raise InputError(f"all rows of {name} are equal, so there is no variance to compare; check its encoder")


def enough_rows(p, q, rows):
    """Whether a regression on p or q columns and an intercept leaves a residual."""
    return rows >= max(p, q) + 2


def check_rows(p, q, rows):
    """Raise an `InputError` if there are too few rows for a regression on p or q columns."""
    if not enough_rows(p, q, rows):
        raise InputError(
            f"{rows} rows are too few for {max(p, q)} columns; canonical correlations and regressions need at least "
            f"{max(p, q) + 2}: sample more tokens, or use debiased CKA, which has no such limit"
        )

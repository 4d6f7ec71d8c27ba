"""From arrays of representations to the moments that the measures take."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.moments import Pair


def folds(x, y, groups, count):
    """The moments of ``count`` disjoint sets of whole groups, dealt in turn.

    Raises
    ------
    InputError
        For fewer groups than folds, or no more rows than columns outside a fold.
    """
    groups = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    found = int(groups.max()) + 1
    if found < count:
        raise InputError(f"{found} groups of rows cannot be split into {count} folds; give at least {count}")
    part = groups % count
    check_rank(x.shape[1], y.shape[1], int(len(x) - np.bincount(part).max()))
    x, y = x - x.mean(0), y - y.mean(0)  # as in pair_of
    return [Pair.of(x[part == fold], y[part == fold]) for fold in range(count)]


def pair_of(x, y, fewest=2, full_rank=False):
    """The moments of two arrays that a measure is defined for.

    Raises
    ------
    InputError
        See `checked`; where ``full_rank`` is wanted, also for too few rows for the columns.
    """
    x, y = checked(x, y, fewest)
    if full_rank:
        check_rank(x.shape[1], y.shape[1], len(x))
    return Pair.of(x - x.mean(0), y - y.mean(0))  # no such measure depends on the means, but rounding does


def checked(x, y, fewest):
    """Both sides as float64 arrays.

    Raises
    ------
    InputError
        For different numbers of rows, fewer than ``fewest``, values that are not finite, or rows that are all alike.
    """
    x, y = checked_side("x", x, fewest), checked_side("y", y, fewest)
    if len(x) != len(y):
        raise InputError(f"x has {len(x)} rows and y has {len(y)}; row i of both must be the same token")
    return x, y


def checked_side(name, side, fewest):
    """One side as a float64 array; ``name`` is what an `InputError` calls it."""
    side = np.asarray(side, dtype=np.float64)
    if side.ndim != 2:
        raise InputError(f"{name} has shape {side.shape}; rows are tokens and columns features, so give two axes")
    if len(side) < fewest:
        raise InputError(f"{name}: {len(side)} rows are too few for this measure; give at least {fewest}")
    if not np.isfinite(side).all():
        row = int(np.argwhere(~np.isfinite(side))[0][0])
        raise InputError(f"{name} holds NaN or infinity in row {row}; look at the weights it was made with")
    if (side == side[0]).all():
        raise InputError(f"all rows of {name} are alike, so there is no variance to compare")
    return side


def enough_rows(p, q, rows):
    """Whether a regression on p or q columns has a residual."""
    return rows >= max(p, q) + 2


def check_rank(p, q, rows):
    """Refuse fewer rows than a regression on p or q columns needs."""
    if not enough_rows(p, q, rows):
        raise InputError(
            f"{rows} rows are too few for {max(p, q)} columns; canonical correlations need at least {max(p, q) + 2}: "
            "sample more tokens, or use debiased CKA, which has no such limit"
        )

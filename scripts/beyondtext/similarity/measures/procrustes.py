"""Procrustes similarity."""

import numpy as np

from beyondtext.similarity.arrays import pair_of
from beyondtext.similarity.measures.registry import measure


def procrustes(x, y):
    """How well an orthogonal map lays one side on the other.

    The nuclear norm of the cross-covariance of both sides, each centred and scaled to unit size
    (Schönemann 1966); the squared distance after the best map is 2 - 2 times this number.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either
        side. Biased upwards where the widths are not far below n.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    return _procrustes(pair_of(x, y))


@measure("procrustes", "Procrustes", symmetric=True)
def _procrustes(pair):
    nuclear = np.linalg.svd(pair.covariance, compute_uv=False).sum()
    return float(pair.n * nuclear / np.sqrt(pair.x.spread * pair.y.spread))

"""Procrustes similarity."""

import numpy as np

from beyondtext.similarity.arrays import pair_moments
from beyondtext.similarity.measures.registry import SIMILARITY_TRANSFORMATIONS, measure


def procrustes(x, y):
    """Procrustes similarity: how well the best orthogonal map aligns one side with the other (Schönemann 1966).

    The nuclear norm of the cross-covariance of both sides, each centred and scaled to unit Frobenius norm. The squared
    distance after the best orthogonal map is 2 - 2 times this number.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Biased upwards unless the widths are far below n. Symmetric. Invariant to
        translations, orthogonal maps and isotropic scaling of either side.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    return _procrustes(pair_moments(x, y))


@measure(
    "procrustes",
    "Procrustes",
    "How well the best rotation aligns one representation with the other, once both are centred and scaled: 1 for a "
    "perfect fit.",
    bounds=(0, 1),
    symmetric=True,
    invariances=SIMILARITY_TRANSFORMATIONS,
)
def _procrustes(pair):
    nuclear_norm = np.linalg.svd(pair.covariance, compute_uv=False).sum()
    return float(pair.n * nuclear_norm / np.sqrt(pair.x.sum_of_squares * pair.y.sum_of_squares))

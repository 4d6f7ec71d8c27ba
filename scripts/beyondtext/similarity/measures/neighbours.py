"""Mutual nearest neighbours."""

import numpy as np

from beyondtext.similarity.arrays import checked


def mutual_knn(x, y, k=10):
    """The mean share of a token's k nearest neighbours that both sides have in common.

    Huh et al. (2024): nearest by the cosine of the angle between rows.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More than k rows.
    k : int

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x, k / (n - 1) on average for independent x and y. Symmetric. Invariant to
        orthogonal maps and scaling of either side, but not to shifts. Time grows with n².

    Raises
    ------
    InputError
        As `linear_cka`, and for no more than k rows.
    """
    from sklearn.neighbors import NearestNeighbors

    x, y = checked(x, y, k + 1)
    near = []
    for side in (x, y):
        rows = side / np.linalg.norm(side, axis=1, keepdims=True)  # of unit rows, Euclidean order is the cosine's
        near.append(NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows).kneighbors(return_distance=False))
    shared = [len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(*near, strict=True)]
    return float(np.mean(shared) / k)

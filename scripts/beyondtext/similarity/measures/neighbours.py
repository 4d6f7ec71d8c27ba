"""Measures from nearest neighbours."""

import numpy as np

from beyondtext.similarity.arrays import check_pair


def mutual_knn(x, y, k=10):
    """Mutual nearest neighbours (Huh et al. 2024).

    The mean share of a token's k nearest neighbours, by cosine similarity of rows, that both representations have in
    common. It is available only as a function, not in `MEASURES` or the similarity table: it cannot be computed from
    sums over tokens, and its time grows with n².

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More than k rows.
    k : int

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x, and k / (n - 1) on average for independent x and y. Symmetric. Invariant to
        orthogonal maps and isotropic scaling of either side, but not to translations.

    Raises
    ------
    InputError
        As `linear_cka`, and for at most k rows.
    """
    from sklearn.neighbors import NearestNeighbors

    neighbours = []
    for values in check_pair(x, y, k + 1):
        # Among rows of unit length, Euclidean distances have the order of cosines.
        rows = values / np.linalg.norm(values, axis=1, keepdims=True)
        search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows)
        neighbours.append(search.kneighbors(return_distance=False))
    shared = [len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(*neighbours, strict=True)]
    return float(np.mean(shared) / k)

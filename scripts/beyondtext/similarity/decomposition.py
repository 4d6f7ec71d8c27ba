"""Singular vectors of a matrix of moments, from the faster of two decompositions that is accurate enough."""

import numpy as np

# The eigenvalues of the squared matrix are precise to 1e-16 of the largest, so a singular value that is smaller than
# the largest by this factor still has twelve digits, and its vectors are orthogonal to others to that precision.
SMALLEST_RATIO = 1e-4


def singular_vectors(matrix):
    """The thin singular value decomposition of a matrix, largest values first.

    The eigenvectors of the smaller of the two squared matrices take less than half the time of a singular value
    decomposition. They lose small singular values, so the latter is used where there are any.

    Parameters
    ----------
    matrix : numpy.ndarray of float64, shape (p, q)

    Returns
    -------
    left : numpy.ndarray, shape (p, min(p, q))
    values : numpy.ndarray, shape (min(p, q),)
    right : numpy.ndarray, shape (q, min(p, q))
    """
    if matrix.shape[0] > matrix.shape[1]:
        left, values, right = singular_vectors(matrix.T)
        return right, values, left
    squares, vectors = np.linalg.eigh(matrix @ matrix.T)
    if squares[0] <= SMALLEST_RATIO**2 * squares[-1]:
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
        return left, values, right.T
    left, values = vectors[:, ::-1], np.sqrt(squares[::-1])
    return left, values, matrix.T @ left / values

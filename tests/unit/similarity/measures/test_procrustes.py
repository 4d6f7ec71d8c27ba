import numpy as np
import pytest

from beyondtext.similarity.measures import procrustes
from representations import related_pair


def test_definition(generator):
    y, x = related_pair(generator)
    a, b = x - x.mean(0), y - y.mean(0)
    u, _, v = np.linalg.svd(a.T @ b, full_matrices=False)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    expected = (2 - np.linalg.norm(a @ (u @ v) - b) ** 2) / 2
    assert 0.05 < expected < 0.95
    assert procrustes(x, y) == pytest.approx(expected, abs=1e-10)
    assert procrustes(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


def test_agreement_with_scipy(generator):
    from scipy.spatial import procrustes as scipy_procrustes

    x, _ = related_pair(generator, n=120)
    y = x[:, :5] @ x[:5, :]
    assert procrustes(x, y) == pytest.approx(np.sqrt(1 - scipy_procrustes(x, y)[2]), abs=1e-8)

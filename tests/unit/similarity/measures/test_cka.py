import numpy as np
import pytest

from beyondtext.similarity.measures import linear_cka
from representations import related_pair


def unbiased_hsic(k, h):
    """Song et al. (2012), eq. 5."""
    k, h = (m - np.diag(np.diag(m)) for m in (k, h))
    n, one = len(k), np.ones(len(k))
    middle = (one @ k @ one) * (one @ h @ one) / ((n - 1) * (n - 2))
    return (np.trace(k @ h) + middle - 2 * one @ k @ h @ one / (n - 2)) / (n * (n - 3))


def definition(x, y):
    k, h = x @ x.T, y @ y.T
    return unbiased_hsic(k, h) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(h, h))


def test_definition(generator):
    y, x = related_pair(generator)
    expected = definition(x, y)
    assert 0.05 < expected < 0.95
    assert linear_cka(x, y) == pytest.approx(expected, abs=1e-10)
    assert linear_cka(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


def test_more_columns_than_rows(generator):
    x, y = generator.standard_normal((2, 20, 50))
    assert linear_cka(x, y) == pytest.approx(definition(x, y), abs=1e-10)


@pytest.mark.parametrize("debiased", [True, False])
def test_agreement_with_ckatorch(debiased, generator):
    import torch
    from ckatorch.core import cka_base

    x, y = related_pair(generator, n=120)
    theirs = cka_base(torch.from_numpy(x), torch.from_numpy(y), unbiased=debiased, method="fro_norm")
    assert linear_cka(x, y, debiased) == pytest.approx(theirs.item(), abs=1e-10)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert abs(linear_cka(x, y)) < 0.005

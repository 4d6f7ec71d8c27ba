import numpy as np
import pytest
from scipy.spatial.distance import pdist

from beyondtext.similarity.measures import rsa
from representations import related_pair


def test_definition(generator):
    y, x = related_pair(generator)
    expected = np.corrcoef(pdist(x, "sqeuclidean"), pdist(y, "sqeuclidean"))[0, 1]
    assert 0.05 < expected < 0.95
    assert rsa(x, y) == pytest.approx(expected, abs=1e-10)
    assert rsa(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


def test_agreement_with_rsatoolbox(generator):
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare

    x, y = related_pair(generator, n=120)
    distances = [calc_rdm(Dataset(side), method="euclidean") for side in (x, y)]
    assert rsa(x, y) == pytest.approx(compare(*distances, method="corr").item(), abs=1e-10)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert abs(rsa(x, y)) < 0.01

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beyondtext.core.errors import InputError
from beyondtext.similarity.measures import mutual_knn
from representations import orthogonal_matrix, related_pair


def test_a_representation_and_itself(generator):
    x, _ = related_pair(generator)
    assert mutual_knn(x, x) == pytest.approx(1, abs=1e-9)
    layer_norm = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    assert mutual_knn(layer_norm, layer_norm) == pytest.approx(1, abs=1e-7)


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=25)
def test_invariance_to_orthogonal_maps_scaling_and_order(seed, scale):
    generator = np.random.default_rng(seed)
    x, y = related_pair(generator, n=80)
    order = generator.permutation(80)
    assert mutual_knn(x, y) == mutual_knn(scale * x[order], y[order] @ orthogonal_matrix(generator, 5))


def test_translations_change_the_value(generator):
    x, y = related_pair(generator)
    assert mutual_knn(x, y) != mutual_knn(x, y + 3)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert mutual_knn(x, y) == pytest.approx(10 / 2999, abs=0.002)


def test_too_few_rows_are_refused(generator):
    x, y = related_pair(generator)
    with pytest.raises(InputError, match="10 rows are too few"):
        mutual_knn(x[:10], y[:10])

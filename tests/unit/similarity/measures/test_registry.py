"""Every registered measure has the properties that it declares."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beyondtext.similarity.arrays import pair_moments
from beyondtext.similarity.measures import (
    MEASURES,
    Transformation,
    linear_cka,
    linear_predictivity,
    mean_squared_cca,
    procrustes,
    pwcca,
    pwcca_heldout,
    rsa,
    svcca,
)
from beyondtext.similarity.moments import PairMoments
from representations import orthogonal_matrix, related_pair

PUBLIC = {
    "cka": linear_cka,
    "cka_biased": partial(linear_cka, debiased=False),
    "pwcca": pwcca,
    "mean_squared_cca": mean_squared_cca,
    "svcca": svcca,
    "pwcca_heldout": pwcca_heldout,
    "linear_predictivity": linear_predictivity,
    "procrustes": procrustes,
    "rsa": rsa,
}  # functions of arrays, by the name of the measure


def of_moments(name):
    """A measure that is not on folds, as a function of arrays."""
    return lambda x, y: MEASURES[name](pair_moments(x, y, full_rank=MEASURES[name].needs_full_rank))


FUNCTIONS = {name: PUBLIC.get(name) or of_moments(name) for name in MEASURES}
CASES = [(name, side, transformation) for name in MEASURES for side in (0, 1) for transformation in Transformation]


def transform(generator, values, transformation, scale=7.0):
    """A random transformation of one representation."""
    width = values.shape[1]
    if transformation == Transformation.PERMUTATION:
        return values[:, generator.permutation(width)]
    if transformation == Transformation.TRANSLATION:
        return values + scale * generator.standard_normal(width)
    if transformation == Transformation.SCALING:
        return scale * values
    if transformation == Transformation.ORTHOGONAL:
        return values @ orthogonal_matrix(generator, width)
    return values @ orthogonal_matrix(generator, width) * np.geomspace(0.1, 10, width)


def declared(name, side, transformation):
    return transformation in (MEASURES[name].invariances_x, MEASURES[name].invariances_y)[side]


@pytest.mark.parametrize("name", [name for name in PUBLIC if not MEASURES[name].on_folds])
def test_the_function_of_arrays_is_the_measure(name, generator):
    x, y = related_pair(generator)
    assert PUBLIC[name](x, y) == pytest.approx(of_moments(name)(x, y), abs=1e-12)


def test_every_measure_on_folds_has_a_function_of_arrays():
    """It says how many folds there are."""
    assert {name for name, measure in MEASURES.items() if measure.on_folds} <= set(PUBLIC)


@pytest.mark.parametrize("name", MEASURES)
def test_measures_know_their_name_and_title(name):
    assert MEASURES[name].name == name and MEASURES[name].title


@pytest.mark.parametrize(("name", "side", "transformation"), [case for case in CASES if declared(*case)])
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=25)
def test_declared_invariances(name, side, transformation, seed, scale):
    generator, function = np.random.default_rng(seed), FUNCTIONS[name]
    pair = list(related_pair(generator, n=80))
    value = function(*pair)
    pair[side] = transform(generator, pair[side], transformation, scale)
    assert function(*pair) == pytest.approx(value, abs=1e-7)


@pytest.mark.parametrize(("name", "side", "transformation"), [case for case in CASES if not declared(*case)])
def test_other_transformations_change_the_value(name, side, transformation, generator):
    pair = list(related_pair(generator, n=80))
    value = FUNCTIONS[name](*pair)
    pair[side] = transform(generator, pair[side], transformation)
    assert abs(FUNCTIONS[name](*pair) - value) > 1e-4


@pytest.mark.parametrize("name", [name for name, measure in MEASURES.items() if not measure.on_folds])
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_invariance_to_the_order_of_rows(name, seed):
    generator, function = np.random.default_rng(seed), FUNCTIONS[name]
    x, y = related_pair(generator, n=80)
    order = generator.permutation(80)
    assert function(x[order], y[order]) == pytest.approx(function(x, y), abs=1e-9)


@pytest.mark.parametrize("name", MEASURES)
def test_declared_symmetry(name, generator):
    measure = MEASURES[name]
    x, y = related_pair(generator)
    assert (FUNCTIONS[name](x, y) == pytest.approx(FUNCTIONS[name](y, x), abs=1e-12)) is measure.symmetric
    if not measure.on_folds:
        pair = PairMoments.from_arrays(x, y)
        assert (measure(pair) == pytest.approx(measure(pair.swapped), abs=1e-12)) is measure.symmetric
    if measure.symmetric:
        assert measure.invariances_x == measure.invariances_y


@pytest.mark.parametrize("name", MEASURES)
@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=25)
def test_declared_bounds(name, seed):
    generator = np.random.default_rng(seed)
    x, y = related_pair(generator, n=24)
    low, high = MEASURES[name].bounds
    for other in (x, y, generator.standard_normal((24, 5))):
        assert low - 1e-9 <= FUNCTIONS[name](x, other) <= high + 1e-9


@pytest.mark.parametrize("name", MEASURES)
def test_a_representation_and_itself(name, generator):
    x, _ = related_pair(generator)
    assert FUNCTIONS[name](x, x) == pytest.approx(1, abs=1e-9)
    layer_norm = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)  # one direction without variance
    assert FUNCTIONS[name](layer_norm, layer_norm) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", MEASURES)
def test_declared_need_for_full_rank(name, generator):
    """With as many tokens as features, the measure either fails or has an informative value."""
    from beyondtext.core.errors import InputError

    x, y = generator.standard_normal((2, 20, 20))
    if MEASURES[name].needs_full_rank:
        with pytest.raises(InputError, match=r"rows are too few for 20 columns"):
            FUNCTIONS[name](x, y)
    else:
        assert np.isfinite(FUNCTIONS[name](x, y))

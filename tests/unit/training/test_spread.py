"""The standard deviation of numbers that may be equal."""

import numpy as np
import pytest

from beyondtext.training.spread import spread


@pytest.mark.parametrize("value", [0.0, 0.1, 0.7, 3.683, -0.3, 1e-300, 1.7e9])
@pytest.mark.parametrize("count", [1, 3, 5, 10, 2500])
def test_equal_numbers_have_none(value, count):
    assert spread(np.full(count, value)) == 0


def test_numbers_that_differ_by_rounding_have_none():
    assert spread(np.array([0.3, 0.1 + 0.2, 0.3])) == 0
    assert spread(np.array([-7.1, -7.1 * (1 + 4e-16)])) == 0


@pytest.mark.parametrize("scale", [1e-100, 1e-9, 1, 1e100])
def test_it_is_the_standard_deviation_otherwise(scale):
    values = scale * np.array([1, 2, 3, 6])
    assert spread(values) == pytest.approx(scale * np.sqrt(3.5), rel=1e-9, abs=0)
    assert spread(1e9 + np.array([0, 0.01])) == pytest.approx(0.005, rel=1e-4)

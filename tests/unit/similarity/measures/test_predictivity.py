import numpy as np
import pytest

from beyondtext.core.errors import InputError
from beyondtext.similarity.measures import linear_predictivity
from representations import related_pair


def definition(x, y):
    from sklearn.linear_model import LinearRegression

    error = deviation = 0
    for fold in range(5):
        test = np.arange(len(x)) % 5 == fold
        predicted = LinearRegression().fit(x[~test], y[~test]).predict(x[test])
        error += ((y[test] - predicted) ** 2).sum()
        deviation += ((y[test] - y[~test].mean(0)) ** 2).sum()
    return 1 - error / deviation


def test_definition(generator):
    y, x = related_pair(generator)
    expected = definition(x, y)
    assert 0.05 < expected < 0.95
    assert linear_predictivity(x, y) == pytest.approx(expected, abs=1e-10)
    assert linear_predictivity(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert linear_predictivity(x, y) < 0


def test_groups_are_in_one_fold(generator):
    """Copies of a row in another fold would be predicted from themselves."""
    x, y = generator.standard_normal((2, 40, 20))
    x, y = np.repeat(x, 5, axis=0), np.repeat(y, 5, axis=0)
    assert linear_predictivity(x, y, np.repeat(np.arange(40), 5)) < 0 < linear_predictivity(x, y)


def test_too_few_groups_are_refused(generator):
    x, y = related_pair(generator)
    with pytest.raises(InputError, match="4 groups of rows cannot be split into 5 folds"):
        linear_predictivity(x, y, np.arange(400) % 4)

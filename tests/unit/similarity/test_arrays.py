import numpy as np
import pytest

from beyondtext.core.errors import InputError
from beyondtext.similarity.arrays import enough_rows, fold_moments
from beyondtext.similarity.measures import (
    linear_cka,
    mean_squared_cca,
    procrustes,
    pwcca,
    pwcca_heldout,
    rsa,
)
from representations import related_pair


@pytest.mark.parametrize(
    ("change", "function", "message"),
    [
        (lambda x, y: (x[:-1], y), linear_cka, "x has 399 rows and y has 400"),
        (
            lambda x, y: (np.where(np.arange(400)[:, None] == 7, np.nan, x), y),
            rsa,
            "x contains NaN or infinity in row 7",
        ),
        (lambda x, y: (x, y * np.inf), procrustes, "y contains NaN or infinity"),
        (lambda x, y: (x, np.ones_like(y)), linear_cka, "all rows of y are equal"),
        (lambda x, y: (x[:, 0], y), linear_cka, r"x has shape \(400,\); give an array of two dimensions"),
        (lambda x, y: (x[:6], y[:6]), pwcca, "6 rows are too few for 6 columns.* at least 8"),
        (lambda x, y: (x[:7], y[:7]), mean_squared_cca, "7 rows are too few"),
        (lambda x, y: (x[:12], y[:12]), pwcca_heldout, "6 rows are too few for 6 columns"),
        (lambda x, y: (x[:3], y[:3]), linear_cka, "3 rows are too few"),
    ],
)
def test_unsuitable_arrays_are_refused(change, function, message, generator):
    with pytest.raises(InputError, match=message):
        function(*change(*related_pair(generator)))


def test_a_regression_needs_an_intercept_and_a_residual():
    assert enough_rows(5, 3, 7) and enough_rows(3, 5, 7) and not enough_rows(3, 5, 6)


def test_folds_consist_of_whole_groups(generator):
    x, y = related_pair(generator, n=60)
    groups = np.repeat([7, 3, 9, 1], 15)
    folds = fold_moments(x, y, groups, 2)
    assert [fold.n for fold in folds] == [30, 30]
    centred = x - x.mean(0)
    assert folds[0].x.total == pytest.approx(centred[np.isin(groups, [1, 7])].sum(0))
    assert (folds[0] + folds[1]).y.mean == pytest.approx(np.zeros(5), abs=1e-12)

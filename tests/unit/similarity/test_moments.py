import gc
import weakref

import numpy as np
import pytest

from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.moments import Moments, PairMoments
from representations import related_pair


def test_derived_moments_are_those_of_the_arrays(generator):
    x, y = related_pair(generator)
    pair = PairMoments.from_arrays(x, y)
    a, b = x - x.mean(0), y - y.mean(0)
    assert pair.x.mean == pytest.approx(x.mean(0))
    assert pair.x.sum_of_squares == pytest.approx((a**2).sum())
    assert pair.x.covariance == pytest.approx(np.cov(x.T, bias=True))
    assert pair.covariance == pytest.approx(a.T @ b / len(x))
    assert pair.squared_cross_product == pytest.approx(((a.T @ b) ** 2).sum())
    assert pair.product_of_squares == pytest.approx(((a**2).sum(1) * (b**2).sum(1)).sum())
    axes = pair.x.principal_axes
    assert pair.x.deviations == pytest.approx(np.linalg.svd(a, compute_uv=False) / np.sqrt(len(x)))
    assert axes.T @ axes == pytest.approx(np.eye(6), abs=1e-12)


def test_axes_without_variance_are_left_out(generator):
    x, _ = related_pair(generator)
    assert Moments.from_array(np.hstack([x, x[:, :2]])).rank == 6


@pytest.mark.parametrize("widths", [(6, 4), (4, 6), (5, 5)])
def test_canonical_loadings_are_covariances_of_variates_with_columns(widths, generator):
    """Also for a side of lower rank, and for both sides exchanged before or after they are computed."""
    x, y = related_pair(generator, p=widths[0], q=widths[1])
    y = np.hstack([y, y[:, :2] - y[:, 2:4]])
    x, y = x - x.mean(0), y - y.mean(0)
    pair = PairMoments.from_arrays(x, y)
    before = PairMoments.from_arrays(x, y).swapped.canonical_loadings
    of_x, correlations, of_y = pair.canonical_loadings
    left, expected, right = pair.canonical_correlations
    assert np.sort(correlations)[::-1] == pytest.approx(expected, abs=1e-12)
    order = np.argsort(-correlations)
    for loadings, side, values, directions in ((of_x, pair.x, x, left), (of_y, pair.y, y, right)):
        covariance = (values @ side.whitening @ directions).T @ values / len(values)
        assert np.abs(loadings[order]) == pytest.approx(np.abs(covariance), abs=1e-9)  # a variate has no sign
    for exchanged in (before, pair.swapped.canonical_loadings):
        assert np.abs(exchanged[0]) == pytest.approx(np.abs(of_y), abs=1e-9)
        assert np.abs(exchanged[2]) == pytest.approx(np.abs(of_x), abs=1e-9)


def test_moments_do_not_stay_in_memory(generator):
    """No cycle of references keeps their matrices until the garbage collector runs."""
    pair = PairMoments.from_arrays(*related_pair(generator))
    for measure in MEASURES.values():
        if not measure.on_folds:
            measure.in_directions(pair)
    kept = [weakref.ref(pair), weakref.ref(pair.x), weakref.ref(pair.y)]
    gc.disable()
    try:
        del pair
        assert [reference() for reference in kept] == [None] * 3
    finally:
        gc.enable()


def test_sums_in_float64(generator):
    x = generator.standard_normal((50, 4)).astype(np.float32)
    moments = Moments.from_array(x)
    assert moments.outer.dtype == np.float32 and moments.as_float64().outer.dtype == np.float64
    assert (moments.as_float64().outer == moments.outer).all()

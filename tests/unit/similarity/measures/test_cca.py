import numpy as np
import pytest

from beyondtext.similarity.measures import MEASURES, mean_squared_cca, pwcca, pwcca_heldout, svcca
from beyondtext.similarity.moments import PairMoments
from representations import related_pair


def cca(x, y):
    """The centred x, its canonical variates and the canonical correlations, from samples."""
    x, y = x - x.mean(0), y - y.mean(0)
    qx, qy = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
    u, s, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    return x, qx @ u, s


def pwcca_definition(x, y):
    x, variates, s = cca(x, y)
    weights = np.abs(variates.T @ x).sum(1)
    return (weights * s).sum() / weights.sum()


def mean_squared_cca_definition(x, y):
    m, widest = (cca(x, y)[2] ** 2).mean(), max(x.shape[1], y.shape[1])
    return 1 - (1 - m) * (len(x) - 1) / (len(x) - widest - 1)


def svcca_definition(x, y):
    kept = []
    for side in (x - x.mean(0), y - y.mean(0)):
        u, s, _ = np.linalg.svd(side, full_matrices=False)
        count = next(k for k in range(1, len(s) + 1) if (s[:k] ** 2).sum() >= 0.99 * (s**2).sum())
        kept.append(u[:, :count] * s[:count])
    return cca(*kept)[2].mean()


def pwcca_heldout_definition(x, y):
    values = []
    for first in (0, 1):
        a, b = slice(first, None, 2), slice(1 - first, None, 2)
        x0, y0 = x[a] - x[a].mean(0), y[a] - y[a].mean(0)
        _, u, _ = cca(x0, y0)
        _, v, _ = cca(y0, x0)
        wx, wy = np.linalg.lstsq(x0, u)[0], np.linalg.lstsq(y0, v)[0]
        xb, yb = x[b] - x[b].mean(0), y[b] - y[b].mean(0)
        u, v = xb @ wx, yb @ wy
        signs = np.sign((x0 @ wx * (y0 @ wy)).sum(0))
        s = signs * (u * v).sum(0) / np.linalg.norm(u, axis=0) / np.linalg.norm(v, axis=0)
        weights = np.abs((u / np.linalg.norm(u, axis=0)).T @ xb).sum(1)
        values.append((weights * s).sum() / weights.sum())
    return np.mean(values)


@pytest.mark.parametrize(
    ("function", "definition"),
    [
        (pwcca, pwcca_definition),
        (mean_squared_cca, mean_squared_cca_definition),
        (svcca, svcca_definition),
        (pwcca_heldout, pwcca_heldout_definition),
    ],
)
def test_definition(function, definition, generator):
    y, x = related_pair(generator)
    expected = definition(x, y)
    assert 0.05 < expected < 0.95
    assert function(x, y) == pytest.approx(expected, abs=1e-10)
    assert function(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("case", ["related", "tiny", "equal", "wider", "narrower"])
def test_pwcca_is_accurate_for_any_correlations(case, generator):
    """Accurate even where the shortcut via the eigenvalues of the squared matrix is not."""
    x, y = generator.standard_normal((2, 3000, 30))
    if case == "wider":
        x = x[:, :20]
    elif case == "narrower":
        y = y[:, :20]
    elif case != "related":
        basis = np.linalg.qr(np.hstack([x - x.mean(0), y - y.mean(0)]))[0]
        planted = np.geomspace(1e-1, 1e-9, 30) if case == "tiny" else np.linspace(1 - 1e-6, 1, 30)
        x, y = basis[:, :30], planted * basis[:, :30] + np.sqrt(1 - planted**2) * basis[:, 30:]
        x = x @ generator.standard_normal((30, 30))
    assert pwcca(x, y) == pytest.approx(pwcca_definition(x, y), abs=1e-8)


def test_pwcca_has_the_weights_of_x(generator):
    x, y = related_pair(generator)
    assert abs(pwcca(x, y) - pwcca(y, x)) > 1e-3
    pair = PairMoments.from_arrays(x, y)
    computed = pair.canonical_correlations  # the swapped pair takes it over
    assert computed is pair.canonical_correlations
    assert MEASURES["pwcca"](pair.swapped) == pytest.approx(pwcca(y, x), abs=1e-12)


def test_agreement_with_statsmodels(generator):
    from statsmodels.multivariate.cancorr import CanCorr

    x, y = related_pair(generator, n=120)
    correlations = CanCorr(y, x).cancorr
    assert mean_squared_cca(x, y, adjusted=False) == pytest.approx((correlations**2).mean(), abs=1e-10)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert pwcca(x, y) == pytest.approx(0.85 * np.sqrt(150 / 3000), abs=0.02)
    assert abs(mean_squared_cca(x, y)) < 0.005
    assert abs(pwcca_heldout(x, y)) < 0.01


def with_correlations(generator, n, correlations, extra=0):
    """Gaussians with these canonical correlations, seen through two fixed invertible maps."""
    maps = np.random.default_rng(1)
    r, d = np.asarray(correlations), len(correlations)
    x = generator.standard_normal((n, d))
    y = r * x + np.sqrt(1 - r**2) * generator.standard_normal((n, d))
    y = np.hstack([y, generator.standard_normal((n, extra))])
    return x @ maps.standard_normal((d, d)), y @ maps.standard_normal((d + extra, d + extra))


@pytest.mark.parametrize("n", [500, 2000, 8000])
def test_known_correlations(n, generator):
    """As documented: the adjusted mean is unbiased at every n, and PWCCA and held-out PWCCA bracket the true value."""
    planted = np.linspace(0.9, 0.1, 30)
    x, y = with_correlations(generator, n, planted, extra=10)
    assert mean_squared_cca(x, y) == pytest.approx((planted**2).mean(), abs=0.04 * np.sqrt(500 / n))
    truth = pwcca(*with_correlations(np.random.default_rng(0), 200_000, planted, extra=10))
    low, high = pwcca_heldout(x, y), pwcca(x, y)
    assert low < truth < high
    assert high - low < 12 * 40 / n + 0.12 * np.sqrt(500 / n)

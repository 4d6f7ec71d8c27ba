"""Measures against their definitions on samples, other people's implementations, and what they promise."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beyondtext.core.errors import InputError
from beyondtext.similarity import jackknife
from beyondtext.similarity.jackknife import with_interval
from beyondtext.similarity.measures import MEASURES, registry
from beyondtext.similarity.measures.cca import mean_squared_cca, pwcca, pwcca_heldout, svcca
from beyondtext.similarity.measures.cka import linear_cka
from beyondtext.similarity.measures.neighbours import mutual_knn
from beyondtext.similarity.measures.predictivity import linear_predictivity
from beyondtext.similarity.measures.procrustes import procrustes
from beyondtext.similarity.measures.rsa import rsa
from beyondtext.similarity.moments import Cross, Pair, Parts, Side, all_pairs
from beyondtext.similarity.published_code import paper_pwcca

SIMILARITIES = [linear_cka, pwcca, mean_squared_cca, svcca, procrustes, rsa, pwcca_heldout, linear_predictivity]


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def mixture(generator, n=400, p=6, q=5):
    shared = generator.standard_normal((n, 3))
    x = shared @ generator.standard_normal((3, p)) + 0.5 * generator.standard_normal((n, p)) + 2
    y = shared @ generator.standard_normal((3, q)) + 0.5 * generator.standard_normal((n, q)) - 1
    return x, y


def orthogonal(generator, width):
    return np.linalg.qr(generator.standard_normal((width, width)))[0]


def correlated(generator, n, correlations, extra=0):
    """Gaussians with these canonical correlations, seen through two fixed invertible maps."""
    maps = np.random.default_rng(1)
    r, d = np.asarray(correlations), len(correlations)
    x = generator.standard_normal((n, d))
    y = r * x + np.sqrt(1 - r**2) * generator.standard_normal((n, d))
    y = np.hstack([y, generator.standard_normal((n, extra))])
    return x @ maps.standard_normal((d, d)), y @ maps.standard_normal((d + extra, d + extra))


class OnSamples:
    """The definitions, written out for matrices of samples."""

    @staticmethod
    def hsic(k, h):
        """Song et al. (2012), eq. 5."""
        k, h = (m - np.diag(np.diag(m)) for m in (k, h))
        n, one = len(k), np.ones(len(k))
        middle = (one @ k @ one) * (one @ h @ one) / ((n - 1) * (n - 2))
        return (np.trace(k @ h) + middle - 2 * one @ k @ h @ one / (n - 2)) / (n * (n - 3))

    @classmethod
    def linear_cka(cls, x, y):
        k, h = x @ x.T, y @ y.T
        return cls.hsic(k, h) / np.sqrt(cls.hsic(k, k) * cls.hsic(h, h))

    @staticmethod
    def cca(x, y):
        x, y = x - x.mean(0), y - y.mean(0)
        qx, qy = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
        u, s, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
        return x, qx @ u, s

    @classmethod
    def pwcca(cls, x, y):
        x, variates, s = cls.cca(x, y)
        weights = np.abs(variates.T @ x).sum(1)
        return (weights * s).sum() / weights.sum()

    @classmethod
    def mean_squared_cca(cls, x, y):
        m, widest = (cls.cca(x, y)[2] ** 2).mean(), max(x.shape[1], y.shape[1])
        return 1 - (1 - m) * (len(x) - 1) / (len(x) - widest - 1)

    @classmethod
    def svcca(cls, x, y):
        kept = []
        for side in (x - x.mean(0), y - y.mean(0)):
            u, s, _ = np.linalg.svd(side, full_matrices=False)
            count = next(k for k in range(1, len(s) + 1) if (s[:k] ** 2).sum() >= 0.99 * (s**2).sum())
            kept.append(u[:, :count] * s[:count])
        return cls.cca(*kept)[2].mean()

    @staticmethod
    def procrustes(x, y):
        x, y = x - x.mean(0), y - y.mean(0)
        u, _, v = np.linalg.svd(x.T @ y, full_matrices=False)
        x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
        return (2 - np.linalg.norm(x @ (u @ v) - y) ** 2) / 2 if x.shape[1] <= y.shape[1] else None

    @staticmethod
    def rsa(x, y):
        from scipy.spatial.distance import pdist

        return np.corrcoef(pdist(x, "sqeuclidean"), pdist(y, "sqeuclidean"))[0, 1]

    @classmethod
    def pwcca_heldout(cls, x, y):
        found = []
        for first in (0, 1):
            a, b = slice(first, None, 2), slice(1 - first, None, 2)
            x0, y0 = x[a] - x[a].mean(0), y[a] - y[a].mean(0)
            _, u, _ = cls.cca(x0, y0)
            _, v, _ = cls.cca(y0, x0)
            wx, wy = np.linalg.lstsq(x0, u)[0], np.linalg.lstsq(y0, v)[0]
            xb, yb = x[b] - x[b].mean(0), y[b] - y[b].mean(0)
            u, v = xb @ wx, yb @ wy
            signs = np.sign((x0 @ wx * (y0 @ wy)).sum(0))
            s = signs * (u * v).sum(0) / np.linalg.norm(u, axis=0) / np.linalg.norm(v, axis=0)
            weights = np.abs((u / np.linalg.norm(u, axis=0)).T @ xb).sum(1)
            found.append((weights * s).sum() / weights.sum())
        return np.mean(found)

    @staticmethod
    def linear_predictivity(x, y):
        from sklearn.linear_model import LinearRegression

        error = deviation = 0
        for fold in range(5):
            out = np.arange(len(x)) % 5 == fold
            predicted = LinearRegression().fit(x[~out], y[~out]).predict(x[out])
            error += ((y[out] - predicted) ** 2).sum()
            deviation += ((y[out] - y[~out].mean(0)) ** 2).sum()
        return 1 - error / deviation


@pytest.mark.parametrize("function", SIMILARITIES)
def test_the_definition_on_samples(function, generator):
    y, x = mixture(generator)
    expected = getattr(OnSamples, function.__name__)(x, y)
    assert 0.05 < expected < 0.95
    assert function(x, y) == pytest.approx(expected, abs=1e-10)
    assert function(x - 100, y + 100) == pytest.approx(expected, abs=1e-8)


def layers(generator, n=400):
    """Layers of two models of one latent part: of several widths, far from zero, one of lower rank."""
    shared = generator.standard_normal((n, 3))

    def layer(width):
        seen = shared @ generator.standard_normal((3, width)) + generator.standard_normal((n, width))
        return seen + 1000 * generator.standard_normal(width)

    xs, ys = [layer(6), layer(4)], [layer(5), layer(6), layer(6)]
    xs[1] = np.hstack([xs[1], xs[1][:, :2] - xs[1][:, 2:]])
    return xs, ys


def test_all_pairs_from_one_reading(generator):
    xs, ys = layers(generator)
    edges = [0, 150, 300, 390, 400]
    blocks = ([[side[start:end] for side in sides] for sides in (xs, ys)] for start, end in itertools.pairwise(edges))
    functions = {
        "cka": linear_cka,
        "cka_biased": lambda x, y: linear_cka(x, y, debiased=False),
        "mean_squared_cca": mean_squared_cca,
        "pwcca": pwcca,
        "svcca": svcca,
        "procrustes": procrustes,
        "rsa": rsa,
    }
    table = registry.measure_pairs(list(functions), *all_pairs(blocks))
    for name, function in functions.items():
        assert table[name] == pytest.approx(np.array([[function(x, y) for y in ys] for x in xs]), abs=1e-9), name
    samples = OnSamples.pwcca(xs[0], ys[2])
    assert table["pwcca"][0, 2] == pytest.approx(samples, abs=1e-9)


@pytest.mark.parametrize("case", ["like", "tiny", "equal", "wider", "narrower"])
def test_pwcca_is_accurate_for_any_correlations(case, generator):
    """Also where a shorter way, by the eigenvalues of the squared matrix, would not be."""
    x, y = generator.standard_normal((2, 3000, 30))
    if case == "wider":
        x = x[:, :20]
    elif case == "narrower":
        y = y[:, :20]
    elif case != "like":
        basis = np.linalg.qr(np.hstack([x - x.mean(0), y - y.mean(0)]))[0]
        planted = np.geomspace(1e-1, 1e-9, 30) if case == "tiny" else np.linspace(1 - 1e-6, 1, 30)
        x, y = basis[:, :30], planted * basis[:, :30] + np.sqrt(1 - planted**2) * basis[:, 30:]
        x = x @ generator.standard_normal((30, 30))
    assert pwcca(x, y) == pytest.approx(OnSamples.pwcca(x, y), abs=1e-8)


def test_other_implementations_agree(generator):
    import torch
    from ckatorch.core import cka_base
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare
    from scipy.spatial import procrustes as scipy_procrustes
    from statsmodels.multivariate.cancorr import CanCorr

    x, y = mixture(generator, n=120)
    for debiased in (True, False):
        theirs = cka_base(torch.from_numpy(x), torch.from_numpy(y), unbiased=debiased, method="fro_norm")
        assert linear_cka(x, y, debiased) == pytest.approx(theirs.item(), abs=1e-10)
    correlations = CanCorr(y, x).cancorr
    assert mean_squared_cca(x, y, adjusted=False) == pytest.approx((correlations**2).mean(), abs=1e-10)
    distances = [calc_rdm(Dataset(side), method="euclidean") for side in (x, y)]
    assert rsa(x, y) == pytest.approx(compare(*distances, method="corr").item(), abs=1e-10)
    assert procrustes(x, x[:, :5] @ x[:5, :]) == pytest.approx(
        np.sqrt(1 - scipy_procrustes(x, x[:, :5] @ x[:5, :])[2]), abs=1e-8
    )


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=25)
def test_what_changes_nothing(seed, scale):
    generator = np.random.default_rng(seed)
    x, y = mixture(generator, n=80)
    turned = scale * y @ orthogonal(generator, 5) + generator.standard_normal(5)
    mapped_x, mapped_y = (
        side @ orthogonal(generator, side.shape[1]) * np.geomspace(0.1, 10, side.shape[1]) for side in (x, y)
    )
    order = generator.permutation(80)
    for function in SIMILARITIES:
        value = function(x, y)
        assert function(x, turned) == pytest.approx(value, abs=1e-7), function
        if function not in (pwcca_heldout, linear_predictivity):  # their folds follow the order
            assert function(x[order], y[order]) == pytest.approx(value, abs=1e-9), function
    assert mutual_knn(x, y) == mutual_knn(scale * x[order], y[order] @ orthogonal(generator, 5))
    for function in (pwcca, pwcca_heldout, mean_squared_cca):
        assert function(x, mapped_y) == pytest.approx(function(x, y), abs=1e-7), function
    assert mean_squared_cca(mapped_x, y) == pytest.approx(mean_squared_cca(x, y), abs=1e-7)
    assert linear_predictivity(mapped_x, y) == pytest.approx(linear_predictivity(x, y), abs=1e-7)


@pytest.mark.parametrize("function", [*SIMILARITIES, mutual_knn])
def test_a_thing_is_like_itself(function, generator):
    x, _ = mixture(generator)
    assert function(x, x) == pytest.approx(1, abs=1e-9)
    layer_norm = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)  # one direction without variance
    assert function(layer_norm, layer_norm) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", [name for name, entry in MEASURES.items() if entry.symmetric])
def test_what_is_called_symmetric_is(name, generator):
    pair = Pair.of(*mixture(generator))
    assert MEASURES[name].on(pair) == pytest.approx(MEASURES[name].on(pair.swapped), abs=1e-12)


def test_pwcca_weighs_by_the_first(generator):
    x, y = mixture(generator)
    assert abs(pwcca(x, y) - pwcca(y, x)) > 1e-3
    pair = Pair.of(x, y)
    once = pair.canonical  # the swapped pair takes it over
    assert once is pair.canonical
    assert MEASURES["pwcca"].on(pair.swapped) == pytest.approx(pwcca(y, x), abs=1e-12)


def test_independent_data(generator):
    x, y = generator.standard_normal((2, 3000, 150))
    assert abs(linear_cka(x, y)) < 0.005
    assert pwcca(x, y) == pytest.approx(0.85 * np.sqrt(150 / 3000), abs=0.02)
    assert abs(mean_squared_cca(x, y)) < 0.005
    assert abs(pwcca_heldout(x, y)) < 0.01
    assert linear_predictivity(x, y) < 0
    assert mutual_knn(x, y) == pytest.approx(10 / 2999, abs=0.002)
    assert abs(rsa(x, y)) < 0.01


@pytest.mark.parametrize("n", [500, 2000, 8000])
def test_planted_correlations(n, generator):
    """As the docstrings say: the adjusted mean is right at every n; plain and held-out PWCCA bracket the truth."""
    planted = np.linspace(0.9, 0.1, 30)
    x, y = correlated(generator, n, planted, extra=10)
    assert mean_squared_cca(x, y) == pytest.approx((planted**2).mean(), abs=0.04 * np.sqrt(500 / n))
    truth = pwcca(*correlated(np.random.default_rng(0), 200_000, planted, extra=10))
    low, high = pwcca_heldout(x, y), pwcca(x, y)
    assert low < truth < high
    assert high - low < 12 * 40 / n + 0.12 * np.sqrt(500 / n)


def test_folds_keep_groups_together(generator):
    """Copies of a row in another fold would be predicted from themselves."""
    x, y = generator.standard_normal((2, 40, 20))
    x, y = np.repeat(x, 5, axis=0), np.repeat(y, 5, axis=0)
    assert linear_predictivity(x, y, np.repeat(np.arange(40), 5)) < 0 < linear_predictivity(x, y)


@pytest.mark.parametrize(
    "change, function, message",
    [
        (lambda x, y: (x[:-1], y), linear_cka, "x has 399 rows and y has 400"),
        (lambda x, y: (np.where(np.arange(400)[:, None] == 7, np.nan, x), y), rsa, "x holds NaN or infinity in row 7"),
        (lambda x, y: (x, y * np.inf), procrustes, "y holds NaN or infinity"),
        (lambda x, y: (x, np.ones_like(y)), linear_cka, "all rows of y are alike"),
        (lambda x, y: (x[:, 0], y), linear_cka, "x has shape"),
        (lambda x, y: (x[:6], y[:6]), pwcca, "6 rows are too few for 6 columns.* at least 8"),
        (lambda x, y: (x[:7], y[:7]), mean_squared_cca, "7 rows are too few"),
        (lambda x, y: (x[:12], y[:12]), pwcca_heldout, "6 rows are too few for 6 columns"),
        (lambda x, y: (x[:3], y[:3]), linear_cka, "3 rows are too few"),
        (lambda x, y: (x[:10], y[:10]), mutual_knn, "10 rows are too few"),
    ],
)
def test_what_cannot_be_compared_is_refused(change, function, message, generator):
    with pytest.raises(InputError, match=message):
        function(*change(*mixture(generator)))


def test_too_few_groups_for_the_folds(generator):
    x, y = mixture(generator)
    with pytest.raises(InputError, match="4 groups of rows cannot be split into 5 folds"):
        linear_predictivity(x, y, np.arange(400) % 4)


def test_debiased_cka_needs_no_more_rows_than_columns(generator):
    x, y = generator.standard_normal((2, 20, 50))
    assert linear_cka(x, y) == pytest.approx(OnSamples.linear_cka(x, y), abs=1e-10)


def parts_of(x, y, blocks):
    """The moments of blocks of rows, as a comparison makes them."""
    rows = [blocks == block for block in range(blocks.max() + 1)]
    x, y = x - x.mean(0), y - y.mean(0)
    sides = [Parts.of([Side.of(side[r]) for r in rows]) for side in (x, y)]
    return Parts.paired(*sides, Parts.of([Cross.of(x[r], y[r]) for r in rows]))


@pytest.mark.parametrize(
    ("name", "function"),
    [("cka", linear_cka), ("pwcca", pwcca), ("mean_squared_cca", mean_squared_cca), ("rsa", rsa)],
)
def test_the_jackknife_leaves_out_whole_blocks(name, function, generator):
    from scipy.stats import t

    x, y = mixture(generator)
    blocks = np.arange(400) // 8 % 10
    left_out = np.array([function(x[blocks != b], y[blocks != b]) for b in range(10)])
    half = t.ppf(0.975, 9) * np.sqrt(9 / 10 * ((left_out - left_out.mean()) ** 2).sum())
    value = function(x, y)
    assert with_interval(name, parts_of(x, y, blocks), 0.95) == pytest.approx((value, value - half, value + half))


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_an_interval_and_a_title(name, generator):
    x, y = mixture(generator)
    parts = parts_of(x, y, np.arange(400) % 10)
    value, low, high = with_interval(name, parts, 0.95)
    assert low < value < high
    assert high - low < with_interval(name, parts, 0.99)[2] - with_interval(name, parts, 0.99)[1]
    swapped = with_interval(name, parts.swapped, 0.95)
    assert (swapped == pytest.approx((value, low, high))) is MEASURES[name].symmetric
    assert MEASURES[name].title


def test_a_block_left_out_of_folds_leaves_the_others_where_they_are(generator):
    x, y = mixture(generator)
    blocks = np.arange(400) % 10
    kept = blocks != 3
    parts = parts_of(x, y, blocks)
    empty = parts.each[3] - parts.each[3]
    value = MEASURES["linear_predictivity"].on([*parts.each[:3], empty, *parts.each[4:]])
    assert value == pytest.approx(linear_predictivity(x[kept], y[kept], (blocks % 5)[kept]))


def test_blocks_are_of_whole_groups():
    groups = np.repeat(np.arange(23), 4)
    blocks = jackknife.deal_blocks(groups, 10)
    assert set(blocks) == set(range(10))
    assert all(len(set(blocks[groups == group])) == 1 for group in range(23))
    assert len(set(jackknife.deal_blocks(groups, 50))) == 23
    with pytest.raises(InputError, match="9 groups of sequences are too few for an interval"):
        jackknife.deal_blocks(np.arange(9), 20)


def test_an_interval_covers_the_truth(generator):
    """Of 60 data sets whose tokens come in correlated groups, about 95 % of the intervals hold the true value."""
    to_x, to_y = np.random.default_rng(1).standard_normal((2, 3, 4))

    def drawn(groups):
        shared = np.repeat(generator.standard_normal((groups, 3)), 10, axis=0)
        shared = shared + 0.5 * generator.standard_normal(shared.shape)
        return [shared @ to + generator.standard_normal((len(shared), 4)) for to in (to_x, to_y)]

    truth = linear_cka(*drawn(40_000))
    blocks = jackknife.deal_blocks(np.repeat(np.arange(100), 10), 20)
    covered = 0
    for _ in range(60):
        _, low, high = with_interval("cka", parts_of(*drawn(100), blocks), 0.95)
        covered += low < truth < high
    assert covered >= 52


def test_the_released_codes_number(generator):
    """As a generalised eigenproblem of the uncentred sums, with correlations of centred variates."""
    from scipy.linalg import block_diag, eigh

    x, y = mixture(generator, n=300, p=6, q=4)
    x, y, ridge = x[:250], y[:250], 0.3
    within = block_diag(x.T @ x + ridge * np.eye(6), y.T @ y + ridge * np.eye(4))
    across = np.block([[np.zeros((6, 6)), x.T @ y], [y.T @ x, np.zeros((4, 4))]])
    directions = eigh(across, within)[1][:, ::-1][:, :4]
    a, b = x @ directions[:6], y @ directions[6:]
    correlations = np.array([np.corrcoef(a[:, k], b[:, k])[0, 1] for k in range(4)])
    weights = np.abs(x.T @ np.linalg.qr(a)[0]).sum(0)
    assert paper_pwcca(x, y, ridge, 250) == pytest.approx(weights @ correlations / weights.sum(), abs=1e-10)
    assert paper_pwcca(x, y, ridge, 100) == paper_pwcca(x[:100], y[:100], ridge)


def test_the_released_codes_number_is_saturated(generator):
    """Independent data with as many features for each token as in the paper."""
    x, y = (generator.standard_normal((1500, 768)) for _ in range(2))
    assert 0.8 < paper_pwcca(x, y) < 0.98

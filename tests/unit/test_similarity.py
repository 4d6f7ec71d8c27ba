import numpy as np
import pytest

from beyondtext.errors import InputError
from beyondtext.similarity import Moments, block_moments, cka, pwcca, with_interval


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def mixture(generator, n=400, p=6, q=5):
    shared = generator.standard_normal((n, 3))
    x = shared @ generator.standard_normal((3, p)) + 0.5 * generator.standard_normal((n, p)) + 2
    y = shared @ generator.standard_normal((3, q)) + 0.5 * generator.standard_normal((n, q)) - 1
    return x, y


def sample_space_hsic(k, h):
    """Song et al. (2012), eq. 5, on Gram matrices."""
    k, h = (m - np.diag(np.diag(m)) for m in (k, h))
    n, one = len(k), np.ones(len(k))
    middle = (one @ k @ one) * (one @ h @ one) / ((n - 1) * (n - 2))
    return (np.trace(k @ h) + middle - 2 * one @ k @ h @ one / (n - 2)) / (n * (n - 3))


def sample_space_pwcca(x, y):
    """Morcos et al. (2018) from QR decompositions of the samples."""
    x, y = x - x.mean(0), y - y.mean(0)
    qx, qy = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
    u, s, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    weights = np.abs((qx @ u).T @ x).sum(1)
    return (weights * s).sum() / weights.sum()


def test_moments_agree_with_the_definitions_on_samples(generator):
    x, y = mixture(generator)
    k, h = x @ x.T, y @ y.T
    expected = sample_space_hsic(k, h) / np.sqrt(sample_space_hsic(k, k) * sample_space_hsic(h, h))
    assert cka(Moments.of(x, y)) == pytest.approx(expected, abs=1e-10)
    assert pwcca(Moments.of(x, y)) == pytest.approx(sample_space_pwcca(x, y), abs=1e-10)
    assert pwcca(Moments.of(x, y).swapped()) == pytest.approx(sample_space_pwcca(y, x), abs=1e-10)


def test_a_thing_is_like_itself_and_its_rotation(generator):
    x, _ = mixture(generator)
    rotation = np.linalg.qr(generator.standard_normal((6, 6)))[0]
    for measure in (cka, pwcca):
        assert measure(Moments.of(x, x)) == pytest.approx(1)
        assert measure(Moments.of(x, 3 * x @ rotation + 5)) == pytest.approx(1)
    assert pwcca(Moments.of(x, x @ generator.standard_normal((6, 6)))) == pytest.approx(1)


def test_independent_data_are_unlike_for_cka_and_biased_as_documented_for_pwcca(generator):
    x, y = generator.standard_normal((2, 2000, 100))
    assert abs(cka(Moments.of(x, y))) < 0.01
    assert pwcca(Moments.of(x, y)) == pytest.approx(0.85 * np.sqrt(100 / 2000), abs=0.03)


def test_a_direction_without_variance_is_left_out(generator):
    x, y = mixture(generator)
    flat = np.hstack([x, x[:, :1]])  # rank 6 of 7
    assert pwcca(Moments.of(y, flat)) == pytest.approx(pwcca(Moments.of(y, x)), abs=1e-8)


def test_blocks_add_up_and_intervals_cover_the_value(generator):
    x, y = mixture(generator)
    blocks = block_moments(x, y, np.repeat(np.arange(40), 10), 20)
    assert sum(block.n for block in blocks) == 400
    value, low, high = with_interval(cka, blocks, 0.95)
    assert value == pytest.approx(cka(Moments.of(x, y)), abs=1e-10)
    assert low < value < high < low + 0.5


def test_intervals_cover_the_truth_where_tokens_of_a_sequence_are_alike(generator):
    covered = 0
    for _ in range(100):
        sequences = generator.standard_normal((100, 4))
        x = np.repeat(sequences, 5, axis=0) + 0.1 * generator.standard_normal((500, 4))
        y = np.repeat(generator.standard_normal((100, 4)), 5, axis=0) + 0.1 * generator.standard_normal((500, 4))
        _, low, high = with_interval(cka, block_moments(x, y, np.repeat(np.arange(100), 5), 20), 0.95)
        covered += low < 0.01 and high > -0.01
    assert covered >= 85


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((10, 2)), np.zeros((9, 2)), "10 rows and y has 9"),
        (np.full((10, 2), np.nan), np.zeros((10, 2)), "NaN"),
        (
            np.zeros((10, 12)),
            np.zeros((10, 2)),
            r"5 tokens \(of 10, .* are too few for 12 features",
        ),
    ],
)
def test_bad_input_is_refused(x, y, message):
    with pytest.raises(InputError, match=message):
        block_moments(x, y, np.arange(len(x)), 2)


def test_few_groups_are_refused_and_empty_blocks_are_not_made():
    x = np.random.default_rng(0).normal(size=(120, 3))
    with pytest.raises(InputError, match="9 groups of sequences are too few"):
        block_moments(x, x, np.arange(120) % 9, 20)
    blocks = block_moments(x, x, np.arange(120) % 12, 20)
    assert [block.n for block in blocks] == [10] * 12

import numpy as np
import pytest
from scipy.stats import t

from beyondtext.core.errors import InputError
from beyondtext.similarity.jackknife import assign_blocks, jackknife_interval, measure_with_interval
from beyondtext.similarity.measures import MEASURES, linear_cka, linear_predictivity, mean_squared_cca, pwcca, rsa
from representations import block_pair, related_pair


@pytest.mark.parametrize(
    ("name", "function"),
    [("cka", linear_cka), ("pwcca", pwcca), ("mean_squared_cca", mean_squared_cca), ("rsa", rsa)],
)
def test_whole_blocks_are_left_out(name, function, generator):
    x, y = related_pair(generator)
    blocks = np.arange(400) // 8 % 10
    left_out = np.array([function(x[blocks != b], y[blocks != b]) for b in range(10)])
    half_width = t.ppf(0.975, 9) * np.sqrt(9 / 10 * ((left_out - left_out.mean()) ** 2).sum())
    value = function(x, y)
    interval = measure_with_interval(name, block_pair(x, y, blocks), 0.95)
    assert interval == pytest.approx((value, value - half_width, value + half_width))


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_has_an_interval(name, generator):
    x, y = related_pair(generator)
    pair = block_pair(x, y, np.arange(400) % 10)
    value, low, high = measure_with_interval(name, pair, 0.95)
    assert low < value < high
    _, lower, higher = measure_with_interval(name, pair, 0.99)
    assert high - low < higher - lower
    swapped = measure_with_interval(name, block_pair(y, x, np.arange(400) % 10), 0.95)
    assert (swapped == pytest.approx((value, low, high))) is MEASURES[name].symmetric


def test_the_other_blocks_stay_in_their_folds(generator):
    x, y = related_pair(generator)
    blocks = np.arange(400) % 10
    kept = blocks != 3
    pairs = block_pair(x, y, blocks).blocks
    empty = pairs[3] - pairs[3]
    value = MEASURES["linear_predictivity"]([*pairs[:3], empty, *pairs[4:]])
    assert value == pytest.approx(linear_predictivity(x[kept], y[kept], (blocks % 5)[kept]))


def test_the_interval_is_that_of_student(generator):
    left_out = generator.standard_normal(12)
    scale = np.sqrt(11 / 12 * ((left_out - left_out.mean()) ** 2).sum())
    value, *interval = jackknife_interval(0.3, left_out, 0.9)
    assert value == 0.3
    assert interval == pytest.approx(t.interval(0.9, 11, loc=0.3, scale=scale), abs=1e-12)


def test_blocks_consist_of_whole_groups():
    groups = np.repeat(np.arange(23), 4)
    blocks = assign_blocks(groups, 10)
    assert set(blocks) == set(range(10))
    assert all(len(set(blocks[groups == group])) == 1 for group in range(23))
    assert len(set(assign_blocks(groups, 50))) == 23
    with pytest.raises(InputError, match="9 groups of sequences are too few for an interval"):
        assign_blocks(np.arange(9), 20)


def test_coverage(generator):
    """Of 60 data sets whose tokens come in correlated groups, about 95 % of the intervals include the true value."""
    to_x, to_y = np.random.default_rng(1).standard_normal((2, 3, 4))

    def draw(groups):
        shared = np.repeat(generator.standard_normal((groups, 3)), 10, axis=0)
        shared = shared + 0.5 * generator.standard_normal(shared.shape)
        return [shared @ to + generator.standard_normal((len(shared), 4)) for to in (to_x, to_y)]

    truth = linear_cka(*draw(40_000))
    blocks = assign_blocks(np.repeat(np.arange(100), 10), 20)
    covered = 0
    for _ in range(60):
        _, low, high = measure_with_interval("cka", block_pair(*draw(100), blocks), 0.95)
        covered += low < truth < high
    assert covered >= 52

"""Intervals and p-values by hand, and their coverage where the truth is known."""

import numpy as np
import pytest

from beyondtext.report.intervals import interval, interval_of_one, ratio_interval, resampled_scores, sign_flip_p

T_2 = 4.302653  # Student's t, 0.975, by degrees of freedom
T_10 = 2.228139


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def test_all_runs_are_scored_on_the_same_draws(generator):
    target, groups = generator.integers(2, size=40), np.arange(40)
    predictions = generator.integers(2, size=(3, 40))
    together = resampled_scores("accuracy", target, np.vstack([predictions, predictions[:1]]), groups, 50, 7)
    alone = [resampled_scores("accuracy", target, predictions[run : run + 1], groups, 50, 7)[0] for run in range(3)]
    assert together.shape == (4, 50)
    assert (together == np.stack([*alone, alone[0]])).all()


def test_the_draws_change_with_the_seed(generator):
    target, groups = generator.integers(2, size=40), np.arange(40)
    one, same, other = (resampled_scores("accuracy", target, target[None] * 0, groups, 50, seed) for seed in (7, 7, 8))
    assert (one == same).all()
    assert (one != other).any()


def test_whole_groups_are_drawn():
    # Group a has three rows, all correct; b has one, wrong. Two groups per draw: aa, ab or bb.
    scores = resampled_scores("accuracy", np.ones(4), np.array([[1, 0, 1, 1]]), np.array(["a", "b", "a", "a"]), 200, 0)
    assert set(scores[0]) == {0, 3 / 4, 1}


def test_a_single_group_leaves_nothing_to_draw():
    scores = resampled_scores("accuracy", np.array([0, 1, 1]), np.array([[0, 1, 0]]), np.array(["a"] * 3), 5, 0)
    assert scores == pytest.approx(np.full((1, 5), 2 / 3))


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "matthews"])
def test_names_of_classes_score_like_numbers(metric, generator):
    target, predictions = generator.integers(3, size=30), generator.integers(4, size=(2, 30))
    names = np.array(["EI", "IE", "N", "never in the target"], dtype=object)
    groups = np.arange(30) // 3
    by_number = resampled_scores(metric, target, predictions, groups, 20, 0)
    assert resampled_scores(metric, names[target], names[predictions], groups, 20, 0) == pytest.approx(by_number)


def test_draws_spread_as_the_binomial_does():
    right = np.arange(100) % 2
    scores = resampled_scores("accuracy", np.ones(100), right[None], np.arange(100), 2000, 0)
    assert scores.mean() == pytest.approx(0.5, abs=0.005)
    assert scores.std() == pytest.approx(np.sqrt(0.25 / 100), rel=0.1)


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_give_no_interval(seeds, generator):
    assert np.isnan(interval(np.ones(seeds), generator.random((seeds, 50)), 10, 0.95, 0)).tolist() == [True, True]


def test_equal_values_without_any_spread_give_an_interval_without_width():
    assert interval(np.full(3, 0.5), np.full((3, 50), 0.5), 10, 0.95, 0) == (0.5, 0.5)


def test_seeds_that_agree_on_every_draw_leave_the_groups_only(generator):
    draws = 0.7 + 0.1 * generator.standard_normal(500)
    found = interval(np.full(3, 0.7), np.tile(draws, (3, 1)), 11, 0.95, 0)
    assert found == pytest.approx(interval_of_one(0.7, draws, 11, 0.95))


def test_without_spread_over_groups_it_is_the_t_interval_of_the_seeds():
    values = np.array([1.0, 2.0, 3.0])
    low, high = interval(values, np.tile(values[:, None], 20000), 100, 0.95, 0)
    assert (low + high) / 2 == pytest.approx(2)
    assert (high - low) / 2 == pytest.approx(T_2 / np.sqrt(3), rel=0.02)  # the standard deviation is 1


def test_a_higher_confidence_gives_a_wider_interval(generator):
    draws = generator.standard_normal((4, 300))
    (low, high), (lower, higher) = (interval(draws.mean(1), draws, 20, level, 0) for level in (0.8, 0.99))
    assert lower < low < high < higher


@pytest.mark.parametrize(("seed_sd", "group_sd"), [(1.0, 0.1), (0.1, 1.0), (0.1, 0.5), (0.0, 1.0)])
def test_three_seeds_cover_the_truth_in_about_95_percent(seed_sd, group_sd, generator):
    covered, by_percentiles, repetitions, groups = 0, 0, 600, 40
    for _ in range(repetitions):
        # What a run scores on a group: 0 in truth, a seed's part, a group's part and the rest.
        scores = seed_sd * generator.standard_normal((3, 1)) + group_sd * generator.standard_normal(groups)
        scores = scores + 0.3 * generator.standard_normal((3, groups))
        draws = scores @ generator.multinomial(groups, np.full(groups, 1 / groups), size=200).T / groups
        low, high = interval(scores.mean(1), draws, groups, 0.95, 0)
        covered += low <= 0 <= high
        # The percentile interval of the same two-level bootstrap.
        seeds = generator.integers(3, size=(200, 3))
        low, high = np.percentile(draws.T[np.arange(200)[:, None], seeds].mean(1), [2.5, 97.5])
        by_percentiles += low <= 0 <= high
    assert 0.90 <= covered / repetitions <= 0.99
    if seed_sd > group_sd:  # why `interval` is not a percentile interval
        assert covered > by_percentiles + 0.1 * repetitions


def test_the_interval_of_one_run_by_hand():
    # The variance of 0.4 and 0.6 is 0.02; eleven groups leave ten degrees of freedom.
    half = T_10 * np.sqrt(0.02)
    assert interval_of_one(0.52, np.array([0.4, 0.6]), 11, 0.95) == pytest.approx((0.52 - half, 0.52 + half))


def test_the_interval_of_a_run_that_is_always_right_has_no_width():
    assert interval_of_one(1.0, np.ones(20), 11, 0.95) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("differences", "flips"),
    [
        ([1, 2, 3, 4, 5, 6], 2),
        ([-1, -2, -3, -4, -5, -6], 2),
        ([2, 3, 4, 5, 6, -1], 4),  # sums of 19 and of 21, either way
        ([0.1] * 6, 2),
        ([0, 0, 0, 0, 0, 0], 64),
        ([1, 1, 1, -1, -1, -1], 64),
    ],
)
def test_the_p_of_six_differences_by_hand(differences, flips):
    assert sign_flip_p(differences) == flips / 64


@pytest.mark.parametrize("count", [1, 5])
def test_fewer_than_six_differences_have_no_p_value(count):
    assert np.isnan(sign_flip_p(np.ones(count)))


def test_fourteen_differences_are_still_exact():
    assert sign_flip_p(np.ones(14)) == 2 / 2**14


def test_more_than_fourteen_differences_are_sampled_near_the_exact_p():
    # Fifteen ones, five of them negative: |sum| >= 5 unless 6 to 9 of 15 signs are positive.
    differences = np.repeat([1.0, -1.0], [10, 5])
    inner = 2 * (5005 + 6435)
    assert sign_flip_p(differences) == pytest.approx(1 - inner / 2**15, abs=0.015)
    assert sign_flip_p(differences) == sign_flip_p(differences)
    assert 0 < sign_flip_p(np.ones(20)) < 0.001


def test_a_ratio_and_its_interval_by_hand():
    # The logs are -ln 2, 0 and ln 2; their standard deviation is ln 2.
    factor = 2 ** (T_2 / np.sqrt(3))
    assert ratio_interval(np.array([0.5, 1, 2]), 0.95) == pytest.approx((1, 1 / factor, factor))


def test_equal_ratios_give_an_interval_without_width():
    assert ratio_interval(np.full(3, 0.5), 0.95) == pytest.approx((0.5, 0.5, 0.5))


def test_two_ratios_have_a_mean_but_no_interval():
    mean, low, high = ratio_interval(np.array([0.5, 8]), 0.95)
    assert mean == pytest.approx(2)
    assert np.isnan([low, high]).all()

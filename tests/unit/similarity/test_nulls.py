"""Permuted sequences and Gaussian data as nulls."""

import math
from collections import Counter

import numpy as np
import pytest

from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.moments import CrossMoments, PairMoments
from beyondtext.similarity.nulls import SequencePermutations, Spectra, gaussian_pairs
from representations import row_orders


def rows_of(lengths):
    return np.repeat(np.arange(len(lengths)), lengths)


def permutations_of(sequence, count, seed):
    """Permutations of sequences that have tokens at all positions."""
    position = np.arange(len(sequence)) - np.searchsorted(sequence, sequence)
    return SequencePermutations(sequence, position, count, seed)


def test_whole_sequences_of_one_length_are_permuted():
    sequence = rows_of([3] * 8 + [5] * 6 + [4])
    orders = list(row_orders(permutations_of(sequence, 20, 0)))
    assert len(orders) == 20 and len({order.tobytes() for order in orders}) == 20
    starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
    for order in orders:
        assert sorted(order) == list(range(len(sequence)))
        taken = sequence[order]
        for number in range(15):  # one whole sequence of the same length replaces it
            rows = order[sequence == number]
            assert len(set(taken[sequence == number])) == 1
            assert (np.diff(rows) == 1).all() and rows[0] in starts
        assert (order[sequence == 14] == np.flatnonzero(sequence == 14)).all()  # no other has its length
    assert (next(row_orders(permutations_of(sequence, 1, 0))) == orders[0]).all()
    assert (next(row_orders(permutations_of(sequence, 1, 1))) != orders[0]).any()


def test_every_sequence_gets_to_every_place_in_a_cycle():
    taken = np.array([rows_of([2] * 12)[order] for order in row_orders(permutations_of(rows_of([2] * 12), 12, 0))])
    assert [set(column) for column in taken.T] == [set(range(12))] * 24


@pytest.mark.parametrize("lengths", [[4] * 12, [3] * 8 + [5] * 6 + [4], [2] * 3 + [1] * 9])
def test_the_moments_are_those_of_the_permuted_rows(lengths):
    generator, sequence = np.random.default_rng(0), rows_of(lengths)
    x, y = (generator.standard_normal((len(sequence), width)) for width in (4, 3))
    pair, permutations = PairMoments.from_arrays(x, y), permutations_of(sequence, 25, 3)
    moments = list(permutations.permuted_moments(pair, x, y))
    assert len(moments) == 25
    for order, permuted in zip(row_orders(permutations), moments, strict=True):
        assert permuted.x is pair.x and permuted.y is pair.y
        for name, value in vars(CrossMoments.from_arrays(x, y[order])).items():
            assert np.allclose(getattr(permuted.cross, name), value, atol=1e-10)


def test_no_permutations():
    permutations = permutations_of(rows_of([1, 2, 3]), 0, 0)
    assert list(row_orders(permutations)) == list(permutations.permuted_moments(None, *np.ones((2, 6, 1)))) == []


def test_tokens_keep_their_positions():
    sequence = rows_of([2] * 24)
    position = np.tile([0, 3, 1, 3], 12)  # every other sequence has other positions
    orders = list(row_orders(SequencePermutations(sequence, position, 30, 0)))
    assert len(orders) == 30
    for order in orders:
        assert (position[order] == position).all() and (order != np.arange(48)).any()


def test_sequences_of_one_group_move_together():
    position = np.tile([0, 1, 2, 0, 1], 12)  # two sequences in each group
    orders = list(row_orders(SequencePermutations(rows_of([5] * 12), position, 30, 0)))
    assert len(orders) == 30
    for order in orders:
        assert (order.reshape(12, 5) == order[::5, None] + np.arange(5)).all() and (order[::5] % 5 == 0).all()


def test_what_two_codes_know_of_whole_groups_is_no_similarity(generator):
    """Two unrelated encoders of windows of pieces, each with a part that all windows of a piece share."""
    group, pieces = np.repeat(np.arange(60), 4 * 8), 60
    position = np.tile(np.arange(8), 4 * pieces)
    x, y = (
        generator.standard_normal((len(group), 6)) + generator.standard_normal((pieces, 6))[group] for _ in range(2)
    )
    x, y = x - x.mean(0), y - y.mean(0)
    pair = PairMoments.from_arrays(x, y)
    [value] = MEASURES["cka"].in_directions(pair)

    def quantile(unit):
        moments = SequencePermutations(unit, position, 200, 0).permuted_moments(pair, x, y)
        return np.quantile([MEASURES["cka"].in_directions(one)[0] for one in moments], 0.95)

    assert quantile(np.repeat(np.arange(4 * pieces), 8)) < value < quantile(group)


@pytest.mark.parametrize(
    ("lengths", "enough"),
    [
        (range(1, 35), False),
        ([3] * 9 + [4, 5, 6], False),
        ([3] * 10 + [4, 5, 6], True),
        ([5] * 12 + [*range(10, 20)], False),  # 12 sequences with 60 of 205 tokens
        ([10] * 12 + [121], False),
        ([10] * 12 + [119], True),
    ],
)
def test_there_are_none_unless_ten_sequences_with_half_of_the_tokens_can_move(lengths, enough):
    assert len(list(row_orders(permutations_of(rows_of(lengths), 3, 0)))) == (3 if enough else 0)


@pytest.mark.parametrize(
    ("lengths", "least"),
    [
        (np.repeat(np.arange(5, 17), 2), 180),  # 4,096 orders
        (np.repeat(np.arange(5, 9), 3), 150),  # 1,296
        (np.repeat(np.arange(5, 10), 2), 25),  # 32
        ([3] * 40 + list(np.repeat(np.arange(5, 45), 2)), 180),  # most tokens are in pairs, although one class is large
    ],
)
def test_small_classes_have_many_orders(lengths, least):
    orders = [order.tobytes() for order in row_orders(permutations_of(rows_of(lengths), 200, 0))]
    assert len(orders) == 200 and len(set(orders)) >= least


def test_most_tokens_are_in_many_orders():
    """Although the largest class, with few of the tokens, would allow for many shifts of the same circles."""
    sequence = rows_of([3] * 40 + list(np.repeat(np.arange(5, 45), 2)))
    in_pairs = sequence >= 40
    orders = [order[in_pairs].tobytes() for order in row_orders(permutations_of(sequence, 200, 0))]
    assert len(set(orders)) >= 180


@pytest.mark.parametrize("size", [2, 3, 5])
def test_every_order_of_a_class_is_equally_likely(size):
    counts = Counter(
        tuple(order[:size]) for order in row_orders(permutations_of(rows_of([1] * size + [2] * 6 + [3] * 6), 6000, 1))
    )
    expected = 6000 / math.factorial(size)
    assert len(counts) == math.factorial(size)
    most = -(-6 // size)  # of the six shifts that the typical class takes, so many give the same order
    assert max(abs(count - expected) for count in counts.values()) < 5 * np.sqrt(most * expected)


def test_unrelated_sequences_in_pairs_are_rarely_above_the_null():
    generator, sequence = np.random.default_rng(0), rows_of(np.repeat(np.arange(2, 12), 2))
    permutations, above = permutations_of(sequence, 60, 0), 0
    for _ in range(100):
        x, y = (generator.standard_normal((20, 3))[sequence] for _ in range(2))
        x, y = x - x.mean(0), y - y.mean(0)
        pair = PairMoments.from_arrays(x, y)
        null = [MEASURES["cka"](permuted) for permuted in permutations.permuted_moments(pair, x, y)]
        above += MEASURES["cka"](pair) > np.quantile(null, 0.95)
    assert above <= 12  # 5 are expected


def test_gaussian_data_have_the_same_size_and_spectra_but_are_independent():
    generator = np.random.default_rng(0)
    x = generator.standard_normal((4000, 6)) * [9, 5, 3, 2, 1, 0.5] @ np.linalg.qr(generator.standard_normal((6, 6)))[0]
    pair = PairMoments.from_arrays(x, x[:, :4])
    drawn = drawn_for([pair], 0)[0]
    assert drawn.n == 4000
    for side, real in ((drawn.x, pair.x), (drawn.y, pair.y)):
        assert np.allclose(side.deviations, real.deviations, rtol=0.05)
    assert MEASURES["cka"](pair) > 0.5 > 0.02 > abs(MEASURES["cka"](drawn))
    assert MEASURES["pwcca"](drawn) == pytest.approx(0.85 * np.sqrt(6 / 4000), rel=0.5)  # the bias, not the truth
    assert drawn_for([pair], 0)[0].cross.norm_product == drawn.cross.norm_product
    assert drawn_for([pair], 1)[0].cross.norm_product != drawn.cross.norm_product


def drawn_for(pairs, seed):
    return dict(gaussian_pairs([Spectra.of(pair) for pair in pairs], seed))


def test_gaussian_data_do_not_depend_on_the_other_pairs():
    """Although pairs of the same shape share random numbers; the moments are those of the data themselves."""
    generator = np.random.default_rng(0)
    sides = [generator.standard_normal((300, width)) * np.geomspace(9, 1, width) for width in (6, 4, 5, 4, 6)]
    pairs = [PairMoments.from_arrays(sides[a], sides[b]) for a, b in ((0, 1), (0, 2), (4, 3), (1, 0))]
    together = drawn_for(pairs, 7)
    assert sorted(together) == [0, 1, 2, 3]
    for place, pair in enumerate(pairs):
        numbers = np.random.default_rng(7)
        data = [numbers.standard_normal((300, side.rank)) * side.deviations for side in (pair.x, pair.y)]
        expected, drawn = PairMoments.from_arrays(*(side - side.mean(0) for side in data)), together[place]
        for name in ("outer", "squared_norm", "weighted_total", "fourth_power"):
            assert getattr(drawn.x, name) == pytest.approx(getattr(expected.x, name), abs=1e-7)
            assert getattr(drawn.y, name) == pytest.approx(getattr(expected.y, name), abs=1e-7)
        for name, value in vars(expected.cross).items():
            assert getattr(drawn.cross, name) == pytest.approx(value, abs=1e-7)

"""Distances and matchings of attention heads: worked examples, definitions and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import t

from beyondtext.similarity import attention
from representations import head_distances


def attention_overlap(distances, lengths, confidence):
    """The function of this name, with the lengths as an array."""
    return attention.attention_overlap(distances, np.asarray(lengths), confidence)


def random_maps(generator, count, lengths, concentration=0.3):
    """Heads whose rows are independent of each other."""
    rows = [generator.dirichlet(np.full(n, concentration), size=(count, n)).reshape(count, -1) for n in lengths]
    return np.hstack(rows).astype(np.float32)


def blend(generator, base, lengths, share):
    """``base`` with a share of each row replaced by random attention."""
    return (1 - share) * base + share * random_maps(generator, len(base), lengths)


def overlap_definition(distances, lengths, half):
    """The held-out overlap by its definition, from means."""
    total = 0
    for fitting, scoring in ((half == 0, half == 1), (half == 1, half == 0)):
        rows, columns = linear_sum_assignment(distances[fitting].sum(0) / lengths[fitting].sum())
        means = distances[scoring].sum(0) / lengths[scoring].sum()
        total += lengths[scoring].sum() * means[rows, columns].mean()
    return 1 - total / lengths.sum()


class TestHeadDistances:
    def test_worked_example(self):
        # A sequence of one position, where all heads agree, and one of two: the heads attend to the position itself,
        # to both positions, and to the first only.
        itself, everywhere, first = [1, 1, 0, 0, 1], [1, 0.5, 0.5, 0.5, 0.5], [1, 1, 0, 1, 0]
        distances = head_distances([itself, everywhere], [everywhere, first], [1, 2])
        assert distances.tolist() == [[[0, 0], [0, 0]], [[1, 1], [0, 1]]]

    @pytest.mark.parametrize("block", [1, 7, 10_000])
    def test_definition(self, generator, monkeypatch, block):
        monkeypatch.setattr(attention, "BLOCK", block)
        lengths = [3, 1, 6, 2]
        a, b = random_maps(generator, 2, lengths), random_maps(generator, 3, lengths)
        distances, start = head_distances(a, b, lengths), 0
        for place, n in enumerate(lengths):
            x, y = (side[:, start : start + n * n].reshape(-1, n, n) for side in (a, b))
            expected = np.abs(x[:, None] - y[None]).sum(-1).sum(-1) / 2
            assert distances[place] == pytest.approx(expected, abs=1e-6)
            start += n * n
        assert distances.dtype == np.float64

    def test_exchanging_sides_transposes(self, generator):
        lengths = [4, 5, 2]
        a, b = random_maps(generator, 3, lengths), random_maps(generator, 4, lengths)
        assert (head_distances(a, b, lengths) == head_distances(b, a, lengths).transpose(0, 2, 1)).all()

    def test_at_most_the_number_of_queries(self):
        over = np.float32(1 + 5e-4)
        assert head_distances([[over, 0, over, 0]], [[0, over, 0, over]], [2]).item() == 2


class TestAttentionOverlap:
    def test_worked_example(self):
        # The even half matches crosswise (1 < 2), the odd half straight (3 < 8). Evaluated on the odd half, the first
        # matching costs 5 · 8, and on the even half the second costs 5 · 2, for 2 heads and 5 · 2 + 5 · 4 queries.
        distances = np.array([[[1, 1], [0, 1]], [[1, 4], [4, 2]]] * 5)
        assert attention_overlap(distances, [2, 4] * 5, 0.95)[0] == pytest.approx(1 - 50 / 60, abs=1e-12)

    def test_every_query_has_the_same_weight(self):
        # Both halves match crosswise. Their means, 1/4 and 3/8, are weighted by their queries.
        distances = np.array([[[1, 1], [0, 1]], [[4, 1], [2, 4]]] * 5)
        assert attention_overlap(distances, [2, 4] * 5, 0.95)[0] == pytest.approx(1 - 20 / 60, abs=1e-12)

    def test_the_order_of_heads_does_not_matter(self, generator):
        lengths = generator.integers(2, 9, size=14)
        maps = random_maps(generator, 6, lengths)
        distances = head_distances(maps, maps[generator.permutation(6)], lengths)
        assert attention_overlap(distances, lengths, 0.95) == (1, 1, 1)
        fewer = head_distances(maps, maps[[4, 1, 3]], lengths)
        assert attention_overlap(fewer, lengths, 0.95) == (1, 1, 1)
        assert attention_overlap(fewer.transpose(0, 2, 1), lengths, 0.95) == (1, 1, 1)

    def test_heads_without_overlap(self):
        here, there = np.tile([1, 0, 1, 0], 10), np.tile([0, 1, 0, 1], 10)
        distances = head_distances([here, here], [there] * 3, [2] * 10)
        assert attention_overlap(distances, [2] * 10, 0.95) == (0, 0, 0)

    def test_the_shared_part(self, generator):
        """A third of every row is moved to a position to which the other side never attends."""
        lengths = np.full(12, 6)
        base = random_maps(generator, 4, lengths).reshape(4, 12, 6, 6)
        base[..., 5] = 0
        base /= base.sum(-1, keepdims=True)
        moved = base * np.float32(2 / 3)
        moved[..., 5] = 1 / 3
        distances = head_distances(base.reshape(4, -1), moved[::-1].reshape(4, -1), lengths)
        assert attention_overlap(distances, lengths, 0.95) == pytest.approx((2 / 3,) * 3, abs=1e-6)

    @given(
        seed=st.integers(0, 2**32 - 1),
        counts=st.tuples(st.integers(1, 5), st.integers(1, 5)),
        lengths=st.lists(st.integers(1, 6), min_size=10, max_size=15),
        concentration=st.sampled_from([1e-3, 0.1, 1, 100]),
    )
    @settings(deadline=None, max_examples=60)
    def test_range(self, seed, counts, lengths, concentration):
        generator = np.random.default_rng(seed)
        a, b = (random_maps(generator, count, lengths, concentration) for count in counts)
        distances = head_distances(a, b, lengths)
        value, low, high = attention_overlap(distances, lengths, 0.9)
        assert 0 <= value <= 1
        assert low <= value <= high

    @given(
        seed=st.integers(0, 2**32 - 1),
        counts=st.tuples(st.integers(1, 5), st.integers(1, 5)),
        lengths=st.lists(st.integers(2, 6), min_size=10, max_size=15),  # single positions are ties
    )
    @settings(deadline=None, max_examples=40)
    def test_symmetry(self, seed, counts, lengths):
        generator = np.random.default_rng(seed)
        a, b = (random_maps(generator, count, lengths, concentration=1) for count in counts)
        there, back = (head_distances(*sides, lengths) for sides in ((a, b), (b, a)))
        assert attention_overlap(there, lengths, 0.9) == pytest.approx(attention_overlap(back, lengths, 0.9), abs=1e-9)

    def test_matching_noise_gives_the_overlap_of_chance(self, generator):
        lengths = np.full(40, 5)
        distances = head_distances(random_maps(generator, 16, lengths), random_maps(generator, 16, lengths), lengths)
        value, low, high = attention_overlap(distances, lengths, 0.95)
        chance = 1 - distances.mean() / 5
        same = 1 - np.mean(
            [distances[half::2].mean(0)[linear_sum_assignment(distances[half::2].sum(0))] / 5 for half in (0, 1)]
        )
        assert same > chance + 0.02
        assert value == pytest.approx(chance, abs=0.01)
        assert low < chance < high < same

    @pytest.mark.parametrize("count", [10, 11, 24])
    @pytest.mark.parametrize("confidence", [0.8, 0.95])
    def test_the_interval_leaves_out_one_sequence_at_a_time(self, generator, count, confidence):
        lengths = generator.integers(1, 8, size=count)
        a = random_maps(generator, 5, lengths)
        b = np.vstack([blend(generator, a[::-1], lengths, 0.9), random_maps(generator, 2, lengths)])
        distances, half = head_distances(a, b, lengths), np.arange(count) % 2
        left_out = []
        for place in range(count):
            kept = np.arange(count) != place
            left_out.append(overlap_definition(distances[kept], lengths[kept], half[kept]))
        error = np.sqrt((count - 1) / count * ((left_out - np.mean(left_out)) ** 2).sum())
        value, margin = overlap_definition(distances, lengths, half), t.ppf((1 + confidence) / 2, count - 1) * error
        assert margin > 0.005
        interval = attention_overlap(distances, lengths, confidence)
        assert interval == pytest.approx((value, value - margin, value + margin), abs=1e-10)

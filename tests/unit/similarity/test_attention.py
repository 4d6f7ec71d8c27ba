"""Distances and matchings of attention heads: by hand, against their definitions, and what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.stats import t

from beyondtext.core.errors import InputError
from beyondtext.similarity import attention
from beyondtext.similarity.attention import distance_sums, matched_overlap
from beyondtext.similarity.published_code import matched_cost, paper_attention, paper_costs


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def drawn(generator, count, lengths, concentration=0.3):
    """Heads whose rows are independent of each other."""
    rows = [generator.dirichlet(np.full(n, concentration), size=(count, n)).reshape(count, -1) for n in lengths]
    return np.hstack(rows).astype(np.float32)


def related(generator, base, lengths, share):
    """As ``base``, but for a share of each row."""
    return (1 - share) * base + share * drawn(generator, len(base), lengths)


def held_out(sums, lengths, half):
    """The value as it is defined, from means."""
    total = 0
    for fitting, scoring in ((half == 0, half == 1), (half == 1, half == 0)):
        rows, columns = linear_sum_assignment(sums[fitting].sum(0) / lengths[fitting].sum())
        distances = sums[scoring].sum(0) / lengths[scoring].sum()
        total += lengths[scoring].sum() * distances[rows, columns].mean()
    return 1 - total / lengths.sum()


class TestDistances:
    def test_by_hand(self):
        # One sequence of a single position, where all heads agree, before one of two: one looks at itself, one
        # everywhere, one only at the first.
        itself, everywhere, first = [1, 1, 0, 0, 1], [1, 0.5, 0.5, 0.5, 0.5], [1, 1, 0, 1, 0]
        sums = distance_sums([itself, everywhere], [everywhere, first], [1, 2])
        assert sums.tolist() == [[[0, 0], [0, 0]], [[1, 1], [0, 1]]]

    @pytest.mark.parametrize("block", [1, 7, 10_000])
    def test_the_definition(self, generator, monkeypatch, block):
        monkeypatch.setattr(attention, "BLOCK", block)
        lengths = [3, 1, 6, 2]
        a, b = drawn(generator, 2, lengths), drawn(generator, 3, lengths)
        sums, start = distance_sums(a, b, lengths), 0
        for place, n in enumerate(lengths):
            x, y = (side[:, start : start + n * n].reshape(-1, n, n) for side in (a, b))
            expected = np.abs(x[:, None] - y[None]).sum(-1).sum(-1) / 2
            assert sums[place] == pytest.approx(expected, abs=1e-6)
            start += n * n
        assert sums.dtype == np.float64

    def test_sides_can_change_places(self, generator):
        lengths = [4, 5, 2]
        a, b = drawn(generator, 3, lengths), drawn(generator, 4, lengths)
        assert (distance_sums(a, b, lengths) == distance_sums(b, a, lengths).transpose(0, 2, 1)).all()

    def test_never_above_the_number_of_queries(self):
        over = np.float32(1 + 5e-4)
        assert distance_sums([[over, 0, over, 0]], [[0, over, 0, over]], [2]).item() == 2

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda a, b, n: (a[:, :-1], b, n), r"a has shape \(3, 37\); rows are heads, and the 3 lengths ask for 38"),
            (lambda a, b, n: (a, b[0], n), r"b has shape \(38,\)"),
            (lambda a, b, n: (a, b[:0], n), r"b has shape \(0, 38\)"),
            (lambda a, b, n: (a, b, [3, 2]), r"a has shape \(3, 38\); .* the 2 lengths ask for 13 columns"),
            (lambda a, b, n: (a, b, [3, 2, 0]), "lengths must be whole numbers from 1 on"),
            (lambda a, b, n: (a, b, [3.0, 2.0, 5.0]), "lengths must be whole numbers"),
            (lambda a, b, n: (a, b, [n]), "lengths must be whole numbers"),
            (lambda a, b, n: (a, changed(b, 1, 12, np.nan), n), "b: head 1 in sequence 1: holds NaN or infinity"),
            (lambda a, b, n: (changed(a, 0, 37, -np.inf), b, n), "a: head 0 in sequence 2: holds NaN or infinity"),
            (lambda a, b, n: (changed(a, 2, 2, 1.5), b, n), "a: head 2 in sequence 0: a row sums to .*, not 1"),
            (lambda a, b, n: (0.9 * a, b, n), "a: head 0 in sequence 0: a row sums to 0.9, not 1"),
            (lambda a, b, n: (swung(a), b, n), "a: head 1 in sequence 1: holds a negative weight"),
        ],
    )
    def test_what_is_no_attention_is_refused(self, generator, change, message):
        lengths = [3, 2, 5]
        a, b = drawn(generator, 3, lengths), drawn(generator, 2, lengths)
        with pytest.raises(InputError, match=message) as raised:
            distance_sums(*change(a, b, lengths))
        assert "\n" not in str(raised.value)


def changed(maps, head, entry, value):
    maps = maps.copy()
    maps[head, entry] = value
    return maps


def swung(maps):
    """A row that sums to 1 without being a distribution."""
    return changed(changed(maps, 1, 9, 1.5), 1, 10, -0.5)


class TestOverlap:
    def test_by_hand(self):
        # The even half matches crosswise (1 < 2), the odd one straight (3 < 8). Scored on the odd half, the first
        # costs 5 · 8, the second on the even half 5 · 2, of 2 heads and 5 · 2 + 5 · 4 queries.
        sums = np.array([[[1, 1], [0, 1]], [[1, 4], [4, 2]]] * 5)
        assert matched_overlap(sums, [2, 4] * 5, 0.95)[0] == pytest.approx(1 - 50 / 60, abs=1e-12)

    def test_queries_weigh_alike(self):
        # Both halves match crosswise; the means of the halves, 1/4 and 3/8, are not averaged as they are.
        sums = np.array([[[1, 1], [0, 1]], [[4, 1], [2, 4]]] * 5)
        assert matched_overlap(sums, [2, 4] * 5, 0.95)[0] == pytest.approx(1 - 20 / 60, abs=1e-12)

    def test_the_order_of_heads_does_not_matter(self, generator):
        lengths = generator.integers(2, 9, size=14)
        maps = drawn(generator, 6, lengths)
        sums = distance_sums(maps, maps[generator.permutation(6)], lengths)
        assert matched_overlap(sums, lengths, 0.95) == (1, 1, 1)
        fewer = distance_sums(maps, maps[[4, 1, 3]], lengths)
        assert matched_overlap(fewer, lengths, 0.95) == (1, 1, 1)
        assert matched_overlap(fewer.transpose(0, 2, 1), lengths, 0.95) == (1, 1, 1)

    def test_heads_that_share_nothing(self):
        here, there = np.tile([1, 0, 1, 0], 10), np.tile([0, 1, 0, 1], 10)
        sums = distance_sums([here, here], [there] * 3, [2] * 10)
        assert matched_overlap(sums, [2] * 10, 0.95) == (0, 0, 0)

    def test_the_share_that_is_left(self, generator):
        """A third of every row is put at places where the other side never looks."""
        lengths = np.full(12, 6)
        base = drawn(generator, 4, lengths).reshape(4, 12, 6, 6)
        base[..., 5] = 0
        base /= base.sum(-1, keepdims=True)
        moved = base * np.float32(2 / 3)
        moved[..., 5] = 1 / 3
        sums = distance_sums(base.reshape(4, -1), moved[::-1].reshape(4, -1), lengths)
        assert matched_overlap(sums, lengths, 0.95) == pytest.approx((2 / 3,) * 3, abs=1e-6)

    @given(
        seed=st.integers(0, 2**32 - 1),
        counts=st.tuples(st.integers(1, 5), st.integers(1, 5)),
        lengths=st.lists(st.integers(1, 6), min_size=10, max_size=15),
        concentration=st.sampled_from([1e-3, 0.1, 1, 100]),
    )
    @settings(deadline=None, max_examples=60)
    def test_between_0_and_1(self, seed, counts, lengths, concentration):
        generator = np.random.default_rng(seed)
        a, b = (drawn(generator, count, lengths, concentration) for count in counts)
        sums = distance_sums(a, b, lengths)
        value, low, high = matched_overlap(sums, lengths, 0.9)
        assert 0 <= value <= 1
        assert low <= value <= high

    @given(
        seed=st.integers(0, 2**32 - 1),
        counts=st.tuples(st.integers(1, 5), st.integers(1, 5)),
        lengths=st.lists(st.integers(2, 6), min_size=10, max_size=15),  # single positions tie
    )
    @settings(deadline=None, max_examples=40)
    def test_sides_can_change_places(self, seed, counts, lengths):
        generator = np.random.default_rng(seed)
        a, b = (drawn(generator, count, lengths, concentration=1) for count in counts)
        there, back = (distance_sums(*sides, lengths) for sides in ((a, b), (b, a)))
        assert matched_overlap(there, lengths, 0.9) == pytest.approx(matched_overlap(back, lengths, 0.9), abs=1e-9)

    def test_a_matching_fitted_on_noise_does_not_count(self, generator):
        lengths = np.full(40, 5)
        sums = distance_sums(drawn(generator, 16, lengths), drawn(generator, 16, lengths), lengths)
        value, low, high = matched_overlap(sums, lengths, 0.95)
        chance = 1 - sums.mean() / 5
        same = 1 - np.mean([sums[half::2].mean(0)[linear_sum_assignment(sums[half::2].sum(0))] / 5 for half in (0, 1)])
        assert same > chance + 0.02
        assert value == pytest.approx(chance, abs=0.01)
        assert low < chance < high < same

    @pytest.mark.parametrize("count", [10, 11, 24])
    @pytest.mark.parametrize("confidence", [0.8, 0.95])
    def test_the_interval_is_of_sequences_left_out_one_by_one(self, generator, count, confidence):
        lengths = generator.integers(1, 8, size=count)
        a = drawn(generator, 5, lengths)
        b = np.vstack([related(generator, a[::-1], lengths, 0.9), drawn(generator, 2, lengths)])
        sums, half = distance_sums(a, b, lengths), np.arange(count) % 2
        left_out = []
        for place in range(count):
            kept = np.arange(count) != place
            left_out.append(held_out(sums[kept], lengths[kept], half[kept]))
        error = np.sqrt((count - 1) / count * ((left_out - np.mean(left_out)) ** 2).sum())
        value, margin = held_out(sums, lengths, half), t.ppf((1 + confidence) / 2, count - 1) * error
        assert margin > 0.005
        found = matched_overlap(sums, lengths, confidence)
        assert found == pytest.approx((value, value - margin, value + margin), abs=1e-10)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda sums, n: (sums[:9], n[:9]), "9 sequences are too few for an interval; give at least 10"),
            (lambda sums, n: (sums[:11], n), r"sums of shape \(11, 2, 3\) do not fit 12 lengths"),
            (lambda sums, n: (sums[0], n), r"sums of shape \(2, 3\) do not fit"),
            (lambda sums, n: (sums[:, :0], n), r"sums of shape \(12, 0, 3\) do not fit"),
            (lambda sums, n: (np.where(np.arange(12)[:, None, None] == 4, np.nan, sums), n), "sums of sequence 4 hold"),
            (lambda sums, n: (sums, -n), "lengths must be whole numbers"),
        ],
    )
    def test_what_cannot_be_matched_is_refused(self, generator, change, message):
        with pytest.raises(InputError, match=message):
            matched_overlap(*change(generator.random((12, 2, 3)), np.full(12, 4)), 0.95)


class TestPaper:
    @staticmethod
    def padded(generator, sequences, count, positions, real=None):
        """Maps in which padded keys get no attention, while padded queries give it."""
        real = positions if real is None else real
        maps = np.zeros((sequences, count, positions, positions), dtype=np.float32)
        maps[..., :real] = generator.dirichlet(np.full(real, 0.3), size=(sequences, count, positions))
        return maps

    def test_the_definition(self, generator):
        a, b = self.padded(generator, 6, 3, 5), self.padded(generator, 6, 3, 5)
        cost = np.zeros((6, 3, 3))
        for n, j, i in np.ndindex(cost.shape):
            cost[n, j, i] = sum(abs(float(x) - float(y)) for x, y in zip(a[n, i].flat, b[n, j].flat, strict=True))
        assert paper_costs(a, b) == pytest.approx(cost, abs=1e-9)
        totals, intended = [], []
        for n in range(6):
            matched = linear_sum_assignment(cost[n])[1]
            totals.append(sum(cost[k, matched[k], i] for k in range(3) for i in range(3)))
            intended.append(sum(cost[n, k, matched[k]] for k in range(3)))
        assert len(set(np.round(totals, 6))) > 1
        assert paper_attention(a, b) == pytest.approx(np.mean(totals), abs=1e-9)
        assert matched_cost(paper_costs(a, b)) == pytest.approx(np.mean(intended), abs=1e-9)

    def test_twelve_times_the_cost_for_twelve_heads(self):
        """All heads look at keys of their own, so every pair is 2 apart at each of 24 queries."""
        a, b = np.zeros((2, 14, 12, 24, 24))
        for head in range(12):
            a[:, head, :, head] = b[:, head, :, 12 + head] = 1
        assert matched_cost(paper_costs(a, b)) == 12 * 24 * 2
        assert paper_attention(a, b) == 12 * matched_cost(paper_costs(a, b))

    def test_the_matching_does_not_matter_where_sequences_are_alike(self, generator):
        """Then it is the sum over all pairs, above 0 even for an encoder and itself."""
        maps = np.repeat(self.padded(generator, 1, 4, 6), 5, axis=0)
        costs = paper_costs(maps, maps)
        assert matched_cost(costs) == 0
        assert paper_attention(maps, maps) == pytest.approx(costs[0].sum())
        assert paper_attention(maps, maps[:, ::-1]) == pytest.approx(costs[0].sum())

    def test_later_sequences_only_match(self, generator):
        """Sequences after as many as there are heads may lie anywhere if their matching stays."""
        a, b = self.padded(generator, 7, 3, 5), self.padded(generator, 7, 3, 5)
        nearer, costs = b.copy(), paper_costs(a, b)
        for place in range(3, 7):
            matched = linear_sum_assignment(costs[place])[1]
            nearer[place] = a[place, matched]  # the same matching at no distance
        assert matched_cost(paper_costs(a, nearer)) < matched_cost(costs) / 2
        assert paper_attention(a, nearer) == pytest.approx(paper_attention(a, b), abs=1e-9)

    def test_padding_counts(self, generator):
        a, b = self.padded(generator, 4, 3, 20, real=4), self.padded(generator, 4, 3, 20, real=4)
        real = [side[:, :, :4, :4] for side in (a, b)]
        assert paper_attention(a, b) > 4 * paper_attention(*real)

    def test_sequences_can_be_given_one_by_one(self, generator):
        a, b = self.padded(generator, 4, 3, 5), self.padded(generator, 4, 3, 5)
        assert paper_attention(iter(a), (maps for maps in b)) == paper_attention(a, b)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda a, b: (a[:2], b[:2]), "2 sequences are too few for 3 heads"),
            (lambda a, b: (a[:3], b), "a ends after 3 sequences"),
            (lambda a, b: (a, b[:3]), "b ends after 3 sequences"),
            (lambda a, b: (a[:0], b[:0]), "a and b hold no sequence"),
            (lambda a, b: (a, b[:, :2]), r"sequence 0: maps of shapes \(3, 5, 5\) and \(2, 5, 5\)"),
            (lambda a, b: (a[:, 0], b[:, 0]), r"sequence 0: maps of shapes \(5, 5\)"),
            (lambda a, b: ([*a, a[0][:2]], [*b, b[0][:2]]), r"sequence 4: .* as many heads in all sequences"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, generator, change, message):
        a, b = self.padded(generator, 4, 3, 5), self.padded(generator, 4, 3, 5)
        with pytest.raises(InputError, match=message):
            paper_attention(*change(a, b))

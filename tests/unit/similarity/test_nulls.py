import numpy as np
import pytest

from beyondtext.core.errors import InputError
from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.moments import Cross, Pair
from beyondtext.similarity.nulls import Exchange, gaussian_pair


def rows_of(lengths):
    return np.repeat(np.arange(len(lengths)), lengths)


def exchange_of(sequence, count, seed):
    """With tokens from the first position on in every sequence."""
    position = np.arange(len(sequence)) - np.searchsorted(sequence, sequence)
    return Exchange(sequence, position, count, seed)


def test_whole_sequences_of_one_length_change_places():
    sequence = rows_of([3] * 8 + [5] * 6 + [4])
    orders = list(exchange_of(sequence, 20, 0).orders())
    assert len(orders) == 20 and len({order.tobytes() for order in orders}) == 20
    starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
    for order in orders:
        assert sorted(order) == list(range(len(sequence)))
        taken = sequence[order]
        for number in range(15):  # each place is filled by one sequence of its length, from first to last row
            rows = order[sequence == number]
            assert len(set(taken[sequence == number])) == 1
            assert (np.diff(rows) == 1).all() and rows[0] in starts
        assert (taken[sequence < 8] != sequence[sequence < 8]).all()  # the longest circle never comes round
        assert (order[sequence == 14] == np.flatnonzero(sequence == 14)).all()  # no other is as long
    assert (next(exchange_of(sequence, 1, 0).orders()) == orders[0]).all()
    assert (next(exchange_of(sequence, 1, 1).orders()) != orders[0]).any()


def test_every_sequence_comes_to_every_other_place():
    taken = np.array([rows_of([2] * 12)[order] for order in exchange_of(rows_of([2] * 12), 11, 0).orders()])
    assert [set(column) for column in taken.T] == [set(range(12)) - {place // 2} for place in range(24)]


@pytest.mark.parametrize("lengths", [[4] * 12, [3] * 8 + [5] * 6 + [4], [2] * 3 + [1] * 9])
def test_the_sums_are_those_of_the_exchanged_rows(lengths):
    generator, sequence = np.random.default_rng(0), rows_of(lengths)
    x, y = (generator.standard_normal((len(sequence), width)) for width in (4, 3))
    pair, exchange = Pair.of(x, y), exchange_of(sequence, 25, 3)
    found = list(exchange.pairs(pair, x, y))
    assert len(found) == 25
    for order, made in zip(exchange.orders(), found, strict=True):
        assert made.x is pair.x and made.y is pair.y
        for name, value in vars(Cross.of(x, y[order])).items():
            assert np.allclose(getattr(made.cross, name), value, atol=1e-10)


def test_no_exchange_is_fine():
    exchange = exchange_of(rows_of([1, 2, 3]), 0, 0)
    assert list(exchange.orders()) == list(exchange.pairs(None, *np.ones((2, 6, 1)))) == []


def test_only_tokens_at_the_same_positions_change_places():
    sequence = rows_of([2] * 24)
    position = np.tile([0, 3, 1, 3], 12)  # of every other sequence, from another place on
    for order in Exchange(sequence, position, 30, 0).orders():
        assert (position[order] == position).all() and (order != np.arange(48)).all()


def test_too_few_sequences_of_one_length_are_refused():
    with pytest.raises(InputError, match=r"9 of 12 sequences have another of their length.*at least 10"):
        exchange_of(rows_of([3] * 9 + [4, 5, 6]), 1, 0)


def test_gaussian_data_have_the_size_and_spectra_and_nothing_in_common():
    generator = np.random.default_rng(0)
    x = generator.standard_normal((4000, 6)) * [9, 5, 3, 2, 1, 0.5] @ np.linalg.qr(generator.standard_normal((6, 6)))[0]
    pair = Pair.of(x, x[:, :4])
    drawn = gaussian_pair(pair, 0)
    assert drawn.n == 4000
    for side, real in ((drawn.x, pair.x), (drawn.y, pair.y)):
        assert np.allclose(side.principal[0], real.principal[0], rtol=0.05)
    assert MEASURES["cka"].on(pair) > 0.5 > 0.02 > abs(MEASURES["cka"].on(drawn))
    assert MEASURES["pwcca"].on(drawn) == pytest.approx(0.85 * np.sqrt(6 / 4000), rel=0.5)  # the bias, not the truth
    assert gaussian_pair(pair, 0).cross.norms_product == drawn.cross.norms_product
    assert gaussian_pair(pair, 1).cross.norms_product != drawn.cross.norms_product

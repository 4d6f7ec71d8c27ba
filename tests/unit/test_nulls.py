import numpy as np
import pytest

from beyondtext.errors import InputError
from beyondtext.nulls import permuted_sequences


def rows_of(lengths):
    return np.repeat(np.arange(len(lengths)), lengths)


def test_whole_sequences_of_one_length_change_places():
    sequence = rows_of([3] * 8 + [5] * 6 + [4])
    orders = list(permuted_sequences(sequence, 20, 0))
    assert len(orders) == 20 and len({order.tobytes() for order in orders}) == 20
    starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
    for order in orders:
        assert sorted(order) == list(range(len(sequence)))
        taken = sequence[order]
        for number in range(15):  # each place is filled by one sequence of its length, from first to last row
            rows = order[sequence == number]
            assert len(set(taken[sequence == number])) == 1
            assert (np.diff(rows) == 1).all() and rows[0] in starts
        assert (order[sequence == 14] == np.flatnonzero(sequence == 14)).all()  # no other is as long
    assert (next(permuted_sequences(sequence, 1, 0)) == orders[0]).all()
    assert (next(permuted_sequences(sequence, 1, 1)) != orders[0]).any()


def test_too_few_sequences_of_one_length_are_refused():
    with pytest.raises(InputError, match=r"9 of 12 sequences have another of their length.*at least 10"):
        next(permuted_sequences(rows_of([3] * 9 + [4, 5, 6]), 1, 0))

"""The measurements of one model, from drawing its batches to its table."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.trainability.run import draw_batches


def test_batches_are_disjoint_and_depend_on_the_seed():
    rows = draw_batches(20, 4, 5, 0)
    assert rows.shape == (4, 5) and len(set(rows.flat)) == 20
    assert (rows == draw_batches(20, 4, 5, 0)).all() and (rows != draw_batches(20, 4, 5, 1)).any()
    with pytest.raises(InputError, match="19 sequences, but trainability needs 4 batches of 5"):
        draw_batches(19, 4, 5, 0)

"""Checksums and sizes, of which a definition may give one, both or neither."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch.verify import mismatch, verify

DIGEST, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize("source", [{}, {"size": 3}, {"sha256": DIGEST}, {"sha256": DIGEST, "size": 3}])
def test_what_the_definition_gives_is_compared(source):
    assert mismatch(source, DIGEST, 3) is None
    assert (mismatch(source, OTHER, 3) is None) == ("sha256" not in source)
    assert (mismatch(source, DIGEST, 4) is None) == ("size" not in source)


def test_a_mismatch_names_the_file_and_both_values():
    expected = {"sha256": OTHER, "size": 3}
    verify(expected, OTHER, 3, "x.bin")
    message = rf"^x\.bin: the size is 4 bytes and the sha256 {DIGEST}, but 3 bytes and the sha256 {OTHER} were expected"
    with pytest.raises(InputError, match=message):
        verify(expected, DIGEST, 4, "x.bin")

"""Counts by reason, in words."""

import pytest

from beyondtext.data.tally import REASONS

PLURALS = {"duplicates", "repeats", "lines", "sequences", "ids", "classes", "labels", "pieces", "windows", "notes"}
PLURALS |= {"names", "files", "words", "records"}


@pytest.mark.parametrize("name", REASONS)
def test_one_of_a_kind_is_in_the_singular(name):
    reason = REASONS[name]
    assert reason.counted(2_000) == f"2,000 {reason.words}"
    number, *words = reason.counted(1).replace(",", "").split()
    assert number == "1"
    if words[0] not in ("with", "of"):
        assert PLURALS.isdisjoint(words[:3])
    assert "that are" not in " ".join(words[:6]) or words[0] == "with"

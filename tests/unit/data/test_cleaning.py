"""What is excluded, and how it is counted."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.cleaning import apply_length_limit, apply_unknown_rule, drop_duplicates, truncate
from beyondtext.data.examples import SEPARATOR
from beyondtext.data.tally import Tally
from demo_task import with_symbols


def test_the_first_of_equal_sequences_is_kept():
    tally = Tally()
    kept = drop_duplicates(with_symbols(("AC", "p"), ("GT", "q"), ("AC", "p"), ("AC", "p")), tally)
    assert (kept["id"].tolist(), tally.sentence()) == (["r0", "r1"], "2 duplicates (such as 'r2')")


def test_equal_sequences_with_different_targets_are_all_dropped():
    rows = [("AC", "p"), ("GT", "q"), ("AC", "q"), ("AC", "p"), ("GT", "q")]
    tally = Tally()
    kept = drop_duplicates(with_symbols(*rows), tally)
    counts = {reason: tally.count(reason) for reason in ("duplicates", "conflicting")}
    assert (kept["id"].tolist(), counts) == (["r1"], {"duplicates": 1, "conflicting": 3})


def test_equal_text_of_different_symbols_is_not_a_repeat():
    rows = pd.DataFrame({"id": ["a", "b"], "symbols": [["1", "12"], ["11", "2"]], "target": ["p", "q"]})
    tally = Tally()
    assert len(drop_duplicates(rows, tally)) == 2 and not tally.entries


def test_unknown_symbols_are_kept_dropped_or_refused():
    rows = with_symbols(("AC", "p"), ("ANNC", "q"), ("NT", "q"))
    tally = Tally()
    kept = apply_unknown_rule(rows, {"unknown": "unknown"}, tally)
    said = "2 with unknown symbols (most often 'N' 3 times; such as 'r1')"
    assert (kept["id"].tolist(), tally.sentence()) == (["r0", "r1", "r2"], said)
    tally = Tally()
    kept = apply_unknown_rule(rows, {"unknown": "drop"}, tally)
    said = "2 with symbols outside the alphabet (most often 'N' 3 times; such as 'r1')"
    assert (kept["id"].tolist(), tally.sentence()) == (["r0"], said)
    message = r"record 'r1' .* outside the alphabet ACGT at position 2 \(2 such records\); .*symbols\.unknown"
    with pytest.raises(InputError, match=message):
        apply_unknown_rule(rows, {"unknown": "refuse", "alphabet": "ACGT"}, tally)


@pytest.mark.parametrize("rule", [{"kind": "pitches"}, {"kind": "wordpieces", "vocabulary": "m"}])
def test_a_rule_without_unknown_keeps_unknown_symbols(rule):
    tally = Tally()
    assert len(apply_unknown_rule(with_symbols(("AN", "p")), rule, tally)) == tally.count("unknown") == 1


def test_long_sequences_are_dropped_or_truncated():
    rows = with_symbols(("ACG", "p"), ("ACGT", "q"), ("TTTTT", "p"))
    tally = Tally()
    kept = apply_length_limit(rows, 3, "drop", tally)
    assert (kept["symbols"].map("".join).tolist(), tally.sentence()) == (["ACG"], "2 too long (such as 'r1')")
    tally = Tally()
    kept = apply_length_limit(rows, 3, "truncate", tally)
    assert kept["symbols"].map("".join).tolist() == ["ACG", "ACG", "TTT"]
    assert tally.sentence() == "2 truncated (such as 'r1')"


@pytest.mark.parametrize(
    ("a", "b", "length", "kept"),
    [(5, 5, 7, (3, 3)), (5, 5, 8, (4, 3)), (9, 2, 7, (4, 2)), (2, 9, 7, (2, 4)), (1, 1, 7, (1, 1)), (9, 9, 3, (1, 1))],
)
def test_the_longer_sequence_of_a_pair_is_truncated_first(a, b, length, kept):
    symbols = truncate(["a"] * a + [SEPARATOR] + ["b"] * b, length)
    assert (symbols.count("a"), symbols.count("b"), symbols.count(SEPARATOR)) == (*kept, 1)
    assert symbols == sorted(symbols, key=["a", SEPARATOR, "b"].index)

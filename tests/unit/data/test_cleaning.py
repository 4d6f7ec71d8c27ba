"""What is excluded, and how it is counted."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.cleaning import apply_length_limit, apply_unknown_rule, drop_duplicates, truncate
from beyondtext.data.examples import SEPARATOR
from demo_task import with_symbols


def test_the_first_of_equal_sequences_is_kept():
    kept, repeats, conflicting = drop_duplicates(with_symbols(("AC", "p"), ("GT", "q"), ("AC", "p"), ("AC", "p")))
    assert (kept["id"].tolist(), repeats, conflicting) == (["r0", "r1"], 2, 0)


def test_equal_sequences_with_different_targets_are_all_dropped():
    rows = [("AC", "p"), ("GT", "q"), ("AC", "q"), ("AC", "p"), ("GT", "q")]
    kept, repeats, conflicting = drop_duplicates(with_symbols(*rows))
    assert (kept["id"].tolist(), repeats, conflicting) == (["r1"], 1, 3)


def test_equal_text_of_different_symbols_is_not_a_repeat():
    rows = pd.DataFrame({"id": ["a", "b"], "symbols": [["1", "12"], ["11", "2"]], "target": ["p", "q"]})
    assert drop_duplicates(rows)[1:] == (0, 0)


def test_unknown_symbols_are_kept_dropped_or_refused():
    rows = with_symbols(("AC", "p"), ("ANNC", "q"), ("NT", "q"))
    kept, *counts = apply_unknown_rule(rows, {"unknown": "unknown"})
    assert (kept["id"].tolist(), counts) == (["r0", "r1", "r2"], [3, 0])
    kept, *counts = apply_unknown_rule(rows, {"unknown": "drop"})
    assert (kept["id"].tolist(), counts) == (["r0"], [3, 2])
    message = r"record 'r1' .* outside the alphabet ACGT at position 2 \(2 such records\); .*symbols\.unknown"
    with pytest.raises(InputError, match=message):
        apply_unknown_rule(rows, {"unknown": "refuse", "alphabet": "ACGT"})


@pytest.mark.parametrize("rule", [{"kind": "pitches"}, {"kind": "wordpieces", "vocabulary": "m"}])
def test_a_rule_without_unknown_keeps_unknown_symbols(rule):
    kept, *counts = apply_unknown_rule(with_symbols(("AN", "p")), rule)
    assert (len(kept), counts) == (1, [1, 0])


def test_long_sequences_are_dropped_or_truncated():
    rows = with_symbols(("ACG", "p"), ("ACGT", "q"), ("TTTTT", "p"))
    kept, *counts = apply_length_limit(rows, 3, "drop")
    assert (kept["symbols"].map("".join).tolist(), counts) == (["ACG"], [2, 0])
    kept, *counts = apply_length_limit(rows, 3, "truncate")
    assert (kept["symbols"].map("".join).tolist(), counts) == (["ACG", "ACG", "TTT"], [0, 2])


@pytest.mark.parametrize(
    ("a", "b", "length", "kept"),
    [(5, 5, 7, (3, 3)), (5, 5, 8, (4, 3)), (9, 2, 7, (4, 2)), (2, 9, 7, (2, 4)), (1, 1, 7, (1, 1)), (9, 9, 3, (1, 1))],
)
def test_the_longer_sequence_of_a_pair_is_truncated_first(a, b, length, kept):
    symbols = truncate(["a"] * a + [SEPARATOR] + ["b"] * b, length)
    assert (symbols.count("a"), symbols.count("b"), symbols.count(SEPARATOR)) == (*kept, 1)
    assert symbols == sorted(symbols, key=["a", SEPARATOR, "b"].index)

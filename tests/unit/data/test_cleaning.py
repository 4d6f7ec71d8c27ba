"""What is excluded, and how it is counted."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.cleaning import (
    apply_length_limit,
    apply_unknown_rule,
    check_classes,
    drop_duplicates,
    truncate,
)
from beyondtext.data.examples import SEPARATOR
from beyondtext.data.tally import Tally
from demo_task import with_symbols


def test_the_first_of_equal_sequences_is_kept():
    tally = Tally()
    kept = drop_duplicates(with_symbols(("AC", "p"), ("GT", "q"), ("AC", "p"), ("AC", "p")), tally)
    assert (kept["id"].tolist(), tally.sentence()) == (["r0", "r1"], "2 duplicates (such as record 'r2')")


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
    said = "2 with unknown symbols (most often 'N' 3 times; such as record 'r1')"
    assert (kept["id"].tolist(), tally.sentence()) == (["r0", "r1", "r2"], said)
    tally = Tally()
    kept = apply_unknown_rule(rows, {"unknown": "drop"}, tally)
    said = "2 with symbols outside the alphabet (most often 'N' 3 times; such as record 'r1')"
    assert (kept["id"].tolist(), tally.sentence()) == (["r0"], said)
    message = r"record 'r1' .* outside the alphabet ACGT at position 2 \(2 such records\); .*symbols\.unknown"
    with pytest.raises(InputError, match=message):
        apply_unknown_rule(rows, {"unknown": "refuse", "alphabet": "ACGT"}, tally)


def test_a_refusal_names_the_commonest_symbols_and_what_they_suggest():
    rows = with_symbols(("AC", "p"), ("ANNC", "q"), ("NT", "q")).assign(unknown=[[], ["E", "F"], ["E", "L"]])
    message = r"the commonest such symbols: 'E' 2 times, 'F' once, 'L' once \(the sequences look like proteins, "
    with pytest.raises(InputError, match=message):
        apply_unknown_rule(rows, {"unknown": "refuse", "alphabet": "ACGT"}, Tally())


@pytest.mark.parametrize("rule", ["drop", "unknown"])
def test_unknown_symbols_in_most_records_are_an_error_that_names_the_cause(rule):
    rows = with_symbols(("AC", "p"), ("ANNC", "q"), ("NT", "q"))
    rule = {"unknown": rule, "alphabet": "ACGT"}
    message = r"2 of 3 records have symbols outside the alphabet ACGT, such as 'r1'; .* 'N' 3 times \(these are ambig"
    with pytest.raises(InputError, match=message):
        apply_unknown_rule(rows, rule, Tally())
    tally = Tally(limit=0.7)  # which the task may allow
    apply_unknown_rule(rows, rule, tally)
    assert sum(entry.count for entry in tally.entries.values()) == 2


@pytest.mark.parametrize(
    ("targets", "rule", "is_refused"),
    [
        (["a", "b", "c", "d"], {"kind": "class"}, True),
        (["a", "b", "c", "a"], {"kind": "class"}, True),
        (["a", "b", "a", "b"], {"kind": "class"}, False),
        (["a", "b"], {"kind": "class"}, False),  # too few records to say
        (["a", "b", "c", "d"], {"kind": "class", "classes": ["a", "b", "c", "d"]}, False),
        ([1.0, 2.0, 3.0, 4.0], {"kind": "number"}, False),
    ],
)
def test_as_many_classes_as_records_are_refused_unless_the_task_names_them(targets, rule, is_refused):
    rows = pd.DataFrame({"target": targets})
    if not is_refused:
        return check_classes(rows, rule)
    with pytest.raises(InputError, match=r"^4 records have [34] different targets, such as 'a', 'b', 'c', but"):
        check_classes(rows, rule)


def test_numbers_as_classes_are_refused_with_the_right_remedy():
    with pytest.raises(InputError, match=r"such as '1\.5', '-2', '3e-4', .* set target\.kind to number"):
        check_classes(pd.DataFrame({"target": ["1.5", "-2", "3e-4"]}), {"kind": "class"})


@pytest.mark.parametrize("rule", [{"kind": "pitches"}, {"kind": "wordpieces", "vocabulary": "m"}])
def test_a_rule_without_unknown_keeps_unknown_symbols(rule):
    tally = Tally()
    assert len(apply_unknown_rule(with_symbols(("AN", "p")), rule, tally)) == tally.count("unknown") == 1


def test_long_sequences_are_dropped_or_truncated():
    rows = with_symbols(("ACG", "p"), ("ACGT", "q"), ("TTTTT", "p"))
    tally = Tally()
    kept = apply_length_limit(rows, 3, "drop", tally)
    assert (kept["symbols"].map("".join).tolist(), tally.sentence()) == (["ACG"], "2 too long (such as record 'r1')")
    tally = Tally()
    kept = apply_length_limit(rows, 3, "truncate", tally)
    assert kept["symbols"].map("".join).tolist() == ["ACG", "ACG", "TTT"]
    assert tally.sentence() == "2 truncated (such as record 'r1')"


@pytest.mark.parametrize(
    ("a", "b", "length", "kept"),
    [(5, 5, 7, (3, 3)), (5, 5, 8, (4, 3)), (9, 2, 7, (4, 2)), (2, 9, 7, (2, 4)), (1, 1, 7, (1, 1)), (9, 9, 3, (1, 1))],
)
def test_the_longer_sequence_of_a_pair_is_truncated_first(a, b, length, kept):
    symbols = truncate(["a"] * a + [SEPARATOR] + ["b"] * b, length)
    assert (symbols.count("a"), symbols.count("b"), symbols.count(SEPARATOR)) == (*kept, 1)
    assert symbols == sorted(symbols, key=["a", SEPARATOR, "b"].index)

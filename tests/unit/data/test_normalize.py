"""Sequences as they are meant, in the symbols of an alphabet."""

from collections import Counter

import pytest

from beyondtext.data.normalize import is_nucleic, likely_cause, repair
from beyondtext.data.tally import REASONS, REPAIRED

DNA, RNA, PROTEIN = "ACGT", "ACGU", "ACDEFGHIKLMNPQRSTVWY"


@pytest.mark.parametrize(
    ("alphabet", "found", "meant", "reasons"),
    [
        (DNA, "ac GT\n\u2028a\t\u00a0c", "ACGTAC", {"white_space", "lower_case"}),
        (DNA, "ACnT", "ACNT", {"lower_case"}),
        ("acgt", "acGT", "acGT", set()),
        (DNA, "'ACGT'", "ACGT", {"enclosing_quotes"}),
        (PROTEIN, "‘MKV’", "MKV", {"enclosing_quotes"}),
        (PROTEIN, "„MKV“", "MKV", {"enclosing_quotes"}),
        (PROTEIN, "«MKV»", "MKV", {"enclosing_quotes"}),
        (RNA, "`acgu´", "ACGU", {"enclosing_quotes", "lower_case"}),
        (DNA, "' AC\nGT '", "ACGT", {"enclosing_quotes", "white_space"}),
        (DNA, "''ACGT''", "ACGT", {"enclosing_quotes"}),
        (DNA, "''", "", {"enclosing_quotes"}),
        (DNA, "'ACGT", "'ACGT", set()),  # one mark alone, or within, may be a mistake
        (DNA, "AC'GT", "AC'GT", set()),
        (DNA, "'", "'", set()),
        (DNA, '"ACGT"', '"ACGT"', set()),  # which the readers of tables know
        (DNA + "'", "'ACGT'", "'ACGT'", set()),
        ("ACgt", "aCgT", "aCgT", set()),
        (DNA, "--AC..G~T", "ACGT", {"gaps"}),
        ("ACGT-", "A-C.", "A-C.", set()),  # dots may mean something else where gaps are symbols
        (PROTEIN, "MK*", "MK", {"stop"}),
        (PROTEIN, "MK**", "MK", {"stop"}),
        (PROTEIN, "MK*--", "MK", {"gaps", "stop"}),
        (PROTEIN, "M*K*", "M*K", {"stop"}),
        (PROTEIN, "*MK", "*MK", set()),
        (PROTEIN + "*", "M*K*", "M*K*", set()),
        (DNA, "ACGU", "ACGT", {"u_as_t"}),
        (DNA, "acguNu", "ACGTNT", {"u_as_t", "lower_case"}),
        (DNA + "N", "UUN", "TTN", {"u_as_t"}),
        ("acgt", "acgu", "acgt", {"u_as_t"}),
        (RNA, "ACGT", "ACGU", {"t_as_u"}),
        (DNA + "U", "UT", "UT", set()),
        (PROTEIN, "MUK", "MUK", set()),  # selenocysteine is not threonine
        (PROTEIN + "U", "MTUX", "MTUX", set()),
        (PROTEIN, "MKvla.-HT", "MKVLAHT", {"lower_case", "gaps"}),  # A2M
        ("AB C", "A bC", "A BC", {"lower_case"}),
        (DNA, "A1\u0131\u00df\ufb01\u212aC", "A1\u0131\u00df\ufb01\u212aC", set()),  # no letters of the alphabet
    ],
)
def test_what_has_one_meaning_is_read_so_and_all_else_stays(alphabet, found, meant, reasons):
    repaired, repairs = repair([found], alphabet)
    assert (repaired, set(repairs)) == ([meant], reasons)


def test_the_positions_of_the_changed_sequences_are_told_by_reason():
    given = ["ACGT", "ac-g", "", "ACX", "A-", "\u00e9"]
    repaired, repairs = repair(given, DNA)
    assert repaired == ["ACGT", "ACG", "", "ACX", "A", "\u00e9"]
    assert repairs == {"lower_case": [1], "gaps": [1, 4]}
    assert given[1] == "ac-g"


def test_every_repair_has_a_reason_that_is_no_loss():
    reasons = set(repair(["'a -*u'"], DNA)[1]) | set(repair(["T"], RNA)[1])
    known = {"white_space", "enclosing_quotes", "lower_case", "gaps", "u_as_t", "t_as_u"}
    assert reasons == known | (reasons & {"stop"})
    assert {REASONS[reason].effect for reason in {*reasons, "stop"}} == {REPAIRED}


def test_repairing_twice_changes_nothing_more():
    given = ["ac gu-*", "AC*-", " * ", "X y-z*", "' ‘ac’ '", "'a'c'"]
    once, _ = repair(given, DNA)
    assert repair(once, DNA) == (once, {})


@pytest.mark.parametrize(
    ("alphabet", "nucleic"),
    [(DNA, True), ("acgun", True), ("ACGTRYSWKMBDHVN-*", True), (PROTEIN, False), ("HP", False), ("AB", False)],
)
def test_alphabets_of_nucleotides_are_told_from_others(alphabet, nucleic):
    assert is_nucleic(alphabet) == nucleic


@pytest.mark.parametrize(
    ("symbols", "alphabet", "text"),
    [
        ({"S": 30, "L": 20, "E": 9, "P": 9}, DNA, "look like proteins"),
        ({"N": 9, "R": 1}, DNA, "ambiguity codes"),
        ({"X": 9}, RNA, "ambiguity codes"),
        ({"A": 9, "C": 5}, "acgt", "other case"),
        ({"1": 9, "X": 5}, PROTEIN, "digits"),
        ({'"': 9, "X": 5}, PROTEIN, "quotation marks"),
        ({"*": 9, "X": 5}, PROTEIN, "frame"),
        ({"X": 9, "1": 5}, PROTEIN, ""),
        ({"\u00e9": 1}, PROTEIN, ""),
    ],
)
def test_unknown_symbols_suggest_a_cause(symbols, alphabet, text):
    cause = likely_cause(Counter(symbols), alphabet)
    assert text in cause and bool(text) == bool(cause)

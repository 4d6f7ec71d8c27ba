"""Alphabets by the share of symbols."""

import pytest

from beyondtext.data.inspection.alphabets import alphabet_of, count_symbols, is_three_letter_code


@pytest.mark.parametrize(
    ("sequences", "kind", "letters"),
    [
        (["ACGTACGGTTAA"], "DNA", "ACGT"),
        (["acgtNNacgta", "TTGARYCGATTTACGATTTACGATCGATTCGA"], "DNA", "ACGT"),
        (["ACGUUGCA"], "RNA", "ACGU"),
        (["ACGTUGCAUT"], "DNA", "ACGTU"),
        (["MKVLAAGIVGLPWRST"], "protein", "ACDEFGHIKLMNPQRSTVWY"),
        (["MKVLAAGIVGLPWRSTUDEFGHIKLMNPQ*ACDEFGHIKLMNPQ"], "protein", "ACDEFGHIKLMNPQRSTVWY"),
        (["thequickbrownfoxjumpsoverthelazydog"], "other", ""),
        (["HHHEEECCC123"], "other", ""),
        (["----"], "other", ""),
    ],
)
def test_kinds(sequences, kind, letters):
    found = alphabet_of(count_symbols(sequences))
    assert (found.kind, found.letters) == (kind, letters)


@pytest.mark.parametrize(
    ("sequence", "domain", "kind"),
    [
        ("ACGT" * 23 + "RYSWKMN" + "R", None, "DNA"),
        ("ACGU" * 20 + "RYSWKMBDHV" * 2, None, "RNA"),
        ("ACGT" * 20 + "RYSWKMBDHV" * 2 + "E", None, "protein"),
        ("GAGAGS" * 20, None, "protein"),  # silk
        ("ACGT" * 20 + "X" * 5, None, "DNA"),
        ("ACGU" * 20 + "X" * 300, None, "RNA"),
        ("acgt" * 20 + "NNNRYXXXXXXXX", None, "DNA"),
        ("ACGT" * 20 + "X" * 5, "dna", "DNA"),
        ("ACGT" * 20 + "X" * 5, "protein", "protein"),
        ("A" * 20 + "X" * 20, None, "other"),
        ("MKVLAAGIVGLPWRSTNEDQ" * 9 + "XXXX", None, "protein"),
        ("GASTKAGCTS" * 20, None, "protein"),
        ("ACGT" * 20 + "RYSWKMBDHV" * 2, "protein", "protein"),
        ("ACGT" * 20, "protein", "DNA"),
        ("GASTKAGCTS" * 20, "dna", "DNA"),
        ("MKVLAAGIVGLPWRST", "dna", "protein"),
    ],
)
def test_many_ambiguity_codes_and_no_other_symbols_are_nucleotides(sequence, domain, kind):
    assert alphabet_of(count_symbols([sequence]), domain).kind == kind


def test_what_is_outside_gaps_and_lower_case():
    found = alphabet_of(count_symbols(["acgtACGT-N.R", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]))
    assert (found.outside, found.gaps) == ({"N": 1, "R": 1}, {"-": 1, ".": 1})
    assert found.lower_case == pytest.approx(4 / 40) and found.share == pytest.approx(38 / 40)


@pytest.mark.parametrize("text", ["Ala-Gly-Ser", "MetProTrpGlu", "LYS HIS VAL", "H-Tyr-Gly-Met-OH", "ala.gly.xaa"])
def test_amino_acids_in_three_letter_code(text):
    assert is_three_letter_code([text] * 9 + ["MKVLA"]) and not is_three_letter_code([text] * 8 + ["MKVLA"] * 2)


@pytest.mark.parametrize("text", ["", "ALAGLYSERK", "Ala", "MKVLAAGIVGLP", "ACGTACGTACGT", "Ala-Gly-Bug"])
def test_other_texts_are_not_in_three_letter_code(text):
    assert not is_three_letter_code([text])

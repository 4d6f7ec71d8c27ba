"""From sequences to a task's own tokens."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.symbols import PITCHES, characters, make_symbols, pitches, wordpieces

PIECES = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]", "un", "##able", "able", "!", "a", "sep", "[", "]"]
MODEL = {"vocabulary": "set/vocab.txt"}


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES) + "\n")
    return path


def test_letters_outside_the_alphabet_become_unknown():
    assert characters(["ACG", "ANT", "", "-"], "ACGT") == [["A", "C", "G"], ["A", UNKNOWN, "T"], [], [UNKNOWN]]


@pytest.mark.parametrize(
    ("alphabet", "sequence", "symbols"),
    [
        ("ACGT", "acGn", ["A", "C", "G", UNKNOWN]),
        ("acgt", "acGT", ["a", "c", UNKNOWN, UNKNOWN]),
        ("ACgt", "aCgT", [UNKNOWN, "C", "g", UNKNOWN]),
    ],
)
def test_lower_case_is_folded_only_where_the_alphabet_has_none(alphabet, sequence, symbols):
    assert characters([sequence], alphabet) == [symbols]


def test_pitches_are_note_numbers():
    assert pitches([[0, 127], [], [60, 60]]) == [["0", "127"], [], ["60", "60"]]


def test_word_pieces_are_lower_cased_and_accents_dropped(vocabulary):
    texts = ["Unable ABLE!", "xyz a", "unÁble", ""]
    assert wordpieces(texts, vocabulary) == [["un", "##able", "able", "!"], [UNKNOWN, "a"], ["un", "##able"], []]


def test_a_text_that_spells_a_special_token_stays_text(vocabulary):
    assert wordpieces(["a [SEP] a"], vocabulary) == [["a", "[", "sep", "]", "a"]]


@pytest.mark.parametrize(
    ("sequences", "rule", "symbols", "alphabet"),
    [
        (["CAB"], {"kind": "characters", "alphabet": "DCBA"}, [["C", "A", "B"]], list("DCBA")),
        ([[60, 7]], {"kind": "pitches"}, [["60", "7"]], PITCHES),
        (["xyz unable", "a"], {"kind": "wordpieces"}, [[UNKNOWN, "un", "##able"], ["a"]], ["##able", "a", "un"]),
    ],
)
def test_each_kind_has_its_alphabet_in_a_fixed_order(vocabulary, sequences, rule, symbols, alphabet):
    assert make_symbols(sequences, rule, {"set/vocab.txt": vocabulary}, MODEL) == (symbols, alphabet)


def test_there_are_128_pitches_in_order():
    assert (PITCHES[0], PITCHES[60], PITCHES[-1], len(PITCHES)) == ("0", "60", "127", 128)


@pytest.mark.parametrize(
    ("sequences", "kind", "found"),
    [(["AC"], "pitches", "text"), ([[60]], "characters", "pitches"), ([[60]], "wordpieces", "pitches")],
)
def test_a_kind_that_does_not_fit_the_reader_is_refused(vocabulary, sequences, kind, found):
    rule = {"kind": kind, "alphabet": "ACGT"}
    message = f"symbols of kind {kind} do not fit a reader that reads {found}; mend symbols.kind or reader"
    with pytest.raises(InputError, match=message):
        make_symbols(sequences, rule, {"set/vocab.txt": vocabulary}, MODEL)


def test_a_vocabulary_that_the_source_lacks_is_named(vocabulary):
    with pytest.raises(InputError, match=r"no file 'set/vocab.txt'; its files are vocab.txt"):
        make_symbols(["a"], {"kind": "wordpieces"}, {"vocab.txt": vocabulary}, MODEL)

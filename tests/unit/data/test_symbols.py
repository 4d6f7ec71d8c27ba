"""From sequences to a task's symbols."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.symbols import PITCHES, make_symbols, name_pitches, normalized, split_characters, split_wordpieces

PIECES = ["[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]", "un", "##able", "able", "!", "a", "sep", "[", "]"]


@pytest.fixture
def vocabulary(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(PIECES) + "\n")
    return path


def test_letters_outside_the_alphabet_become_unknown():
    symbols, unknown = split_characters(["ACG", "ANT", "", "-"], "ACGT")  # not repaired before
    assert symbols == [["A", "C", "G"], ["A", UNKNOWN, "T"], [], [UNKNOWN]]
    assert unknown == [[], ["N"], [], ["-"]]


@pytest.mark.parametrize(
    ("alphabet", "sequence", "symbols"),
    [
        ("ACGT", "acGn", ["A", "C", "G", UNKNOWN]),
        ("acgt", "acGT", ["a", "c", UNKNOWN, UNKNOWN]),
        ("ACgt", "aCgT", [UNKNOWN, "C", "g", UNKNOWN]),
    ],
)
def test_lower_case_is_folded_only_if_the_alphabet_has_none(alphabet, sequence, symbols):
    assert make_symbols([sequence], {"kind": "characters", "alphabet": alphabet})[0] == [symbols]


def test_pitches_are_note_numbers():
    assert name_pitches([[0, 127], [], [60, 60]]) == [["0", "127"], [], ["60", "60"]]


def test_word_pieces_are_lower_cased_and_accents_dropped(vocabulary):
    texts = ["Unable ABLE!", "xyz a", "unÁble", ""]
    symbols, unknown = split_wordpieces(texts, vocabulary)
    assert symbols == [["un", "##able", "able", "!"], [UNKNOWN, "a"], ["un", "##able"], []]
    assert unknown == [[], ["xyz"], [], []]


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("unable to see", []),
        ("tabs\tand\nlines\u00a0and\u2028blanks", []),
        ("\u4e2d\u6587 \ud55c\uae00 \u0391 straße".replace("\u0391", "\u03b1"), []),
        ("Unable", ["upper_case"]),
        ("\u0411\u043e\u043b\u044c", ["upper_case"]),
        ("sch\u00f6n", ["accents"]),
        ("scho\u0308n", ["accents"]),
        ("heart \u2764\ufe0f", ["accents"]),
        ("th\u200be", ["invisible"]),
        ("soft\u00adhyphen", ["invisible"]),
        ("bell\x07", ["invisible"]),
        ("next\x85line", ["invisible"]),
        ("bad \ufffd sign", ["invisible"]),
        ("\u00c9t\u00e9 th\u200be\ufeff", ["upper_case", "accents", "invisible"]),
    ],
)
def test_what_the_splitting_into_word_pieces_changes_is_counted(vocabulary, text, reasons):
    assert normalized([text]) == {reason: [0] for reason in reasons}
    assert make_symbols(["a", text], {"kind": "wordpieces"}, vocabulary)[3] == {reason: [1] for reason in reasons}


def test_what_is_counted_is_what_the_normalizer_of_bert_changes():
    from tokenizers.normalizers import NFC, NFD, BertNormalizer, Sequence

    whole = BertNormalizer(lowercase=True, handle_chinese_chars=False)
    same = Sequence([NFC(), NFD()])
    for code in [*range(1, 0x3000, 7), *range(0x80), *range(0xFE00, 0xFE10), 0x1F600, 0xE000, 0xFEFF, 0xFFFD]:
        text = f"a{chr(code)}b"
        if not chr(code).isspace() or code == 0x85:
            assert bool(normalized([text])) == (whole.normalize_str(text) != same.normalize_str(text)), hex(code)


def test_the_name_of_a_special_token_in_a_text_stays_text(vocabulary):
    assert split_wordpieces(["a [SEP] a"], vocabulary)[0] == [["a", "[", "sep", "]", "a"]]


@pytest.mark.parametrize(
    ("sequences", "rule", "symbols", "alphabet"),
    [
        (["CAB"], {"kind": "characters", "alphabet": "DCBA"}, [["C", "A", "B"]], list("DCBA")),
        ([[60, 7]], {"kind": "pitches"}, [["60", "7"]], PITCHES),
        (["xyz unable", "a"], {"kind": "wordpieces"}, [[UNKNOWN, "un", "##able"], ["a"]], ["##able", "a", "un"]),
    ],
)
def test_each_kind_has_its_alphabet_in_a_fixed_order(vocabulary, sequences, rule, symbols, alphabet):
    made = make_symbols(sequences, rule, vocabulary)
    assert (*made[:2], made[3]) == (symbols, alphabet, {})


def test_only_characters_are_repaired(vocabulary):
    symbols, _, unknown, repairs = make_symbols(["c -aN"], {"kind": "characters", "alphabet": "ABC"})
    assert (symbols, unknown) == ([["C", "A", UNKNOWN]], [["N"]])
    assert repairs == {"white_space": [0], "lower_case": [0], "gaps": [0]}
    symbols, _, unknown, repairs = make_symbols(["able - a*"], {"kind": "wordpieces"}, vocabulary)
    assert (symbols, unknown, repairs) == ([["able", UNKNOWN, "a", UNKNOWN]], [["-", "*"]], {})


def test_there_are_128_pitches_in_order():
    assert (PITCHES[0], PITCHES[60], PITCHES[-1], len(PITCHES)) == ("0", "60", "127", 128)


@pytest.mark.parametrize(
    ("sequences", "kind", "content"),
    [(["AC"], "pitches", "text"), ([[60]], "characters", "pitches"), ([[60]], "wordpieces", "pitches")],
)
def test_a_kind_that_does_not_match_the_reader_is_refused(vocabulary, sequences, kind, content):
    rule = {"kind": kind, "alphabet": "ACGT"}
    message = f"symbols of kind {kind} do not match a reader that reads {content}; change symbols.kind or reader"
    with pytest.raises(InputError, match=message):
        make_symbols(sequences, rule, vocabulary)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"[UNK]\n\xff\n", "is not UTF-8 text; give"), (b"a\nb\n", r"lacks the entry \[UNK\]"), (b"", "lacks the entry")],
)
def test_a_vocabulary_that_cannot_split_words_is_refused(tmp_path, content, message):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"vocab\.txt {message}"):
        split_wordpieces(["a b"], path)

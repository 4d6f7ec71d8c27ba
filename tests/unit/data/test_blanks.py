"""Blanks in sequences: blocks, k-mers and words."""

import random

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.blanks import check_blanks, is_in_blocks

DNA, RNA, PROTEIN = "ACGT", "ACGU", "ACDEFGHIKLMNPQRSTVWY"
GENERATOR = random.Random(0)


def sequences(number, alphabet, shortest=30, longest=80):
    return ["".join(GENERATOR.choices(alphabet, k=GENERATOR.randint(shortest, longest))) for _ in range(number)]


def kmers(text, size, step=1):
    """The k-mers of a sequence; the last one may be shorter."""
    return " ".join(text[start : start + size] for start in range(0, len(text) - size + step, step))


def check(texts):
    check_blanks([f"r{row}" for row in range(len(texts))], texts)


@pytest.mark.parametrize("alphabet", [DNA, "acgu", PROTEIN])
@pytest.mark.parametrize(("size", "step"), [(2, 1), (3, 1), (6, 1), (6, 3), (6, 2), (31, 1)])
def test_overlapping_kmers_are_refused(alphabet, size, step):
    written = [kmers(text, size, step) for text in sequences(20, alphabet)]
    for texts in (written, [*written, *sequences(15, alphabet)]):
        with pytest.raises(InputError, match=rf"the sequences are overlapping {size}-mers, as in '.*; write"):
            check(texts)


@pytest.mark.parametrize("width", [60, 61, 80])
def test_overlapping_kmers_may_be_wrapped(width):
    written = [kmers(text, 6) for text in sequences(20, DNA)]
    wrapped = ["\n".join(text[at : at + width].strip() for at in range(0, len(text), width)) for text in written]
    with pytest.raises(InputError, match="overlapping 6-mers"):
        check(wrapped)


@pytest.mark.parametrize("alphabet", [DNA, RNA, PROTEIN, "HP"])
@pytest.mark.parametrize("size", [1, 2, 3, 6, 10, 15])
@pytest.mark.parametrize("number", [1, 2, 60])
def test_words_that_do_not_overlap_are_sequence(alphabet, size, number):
    check([kmers(text, size, size) for text in sequences(number, alphabet)])


@pytest.mark.parametrize(
    "words",
    [
        "Sequence unavailable",
        "sequence unavailable",
        "SEQUENCE UNAVAILABLE",
        "No sequence",
        "Not available",
        "no UTR is annotated for this gene",
        "not determined",
        "Withdrawn entry",
        "see the note below.",
    ],
)
@pytest.mark.parametrize("alphabet", [DNA, RNA, PROTEIN])
@pytest.mark.parametrize("number", [1, 5])
def test_words_in_place_of_a_sequence_are_refused(words, alphabet, number):
    texts = [*sequences(20, alphabet), *[words] * number]
    with pytest.raises(InputError, match=rf"record 'r20' says '{words}' where a sequence was expected"):
        check(texts)


@pytest.mark.parametrize("alphabet", [DNA, DNA + "RYN", RNA, PROTEIN])
@pytest.mark.parametrize("lower", [False, True])
def test_sequences_with_some_blanks_are_kept(alphabet, lower):
    texts = sequences(40, alphabet)
    for row, text in enumerate(texts[:15]):
        texts[row] = f"{text[:4]} {text[4:11].lower() if lower else text[4:11]} {text[11:]}"
    check(texts)
    check([text.lower() for text in texts])
    check(texts[:2])


@pytest.mark.parametrize("labels", [["POS", "NEG"], ["KK", "RR"], ["GHHHHHH"], ["Nucleus", "Secreted", "Cytosol"]])
@pytest.mark.parametrize("form", ["{text} {label}", "{label} {text}", "MKVLAAGIVG\n{text} {label}"])
@pytest.mark.parametrize("share", [1, 0.75])
def test_words_that_recur_next_to_sequences_are_refused(labels, form, share):
    texts = sequences(40, PROTEIN)
    for row, text in enumerate(texts[: int(share * 40)]):
        texts[row] = form.format(text=text, label=labels[row % len(labels)])
    side = "before" if form.startswith("{label}") else "after"
    number, kinds = int(share * 40), "1 different one" if len(labels) == 1 else f"{len(labels)} different ones"
    message = f"record 'r0' has '{labels[0]}' {side} a space, and {number} of 40 records have such words, {kinds}, "
    with pytest.raises(InputError, match=message):
        check(texts)


def test_words_with_letters_of_their_own_are_refused_next_to_blocks():
    texts = [f"{kmers(text, 10, 10)} {'EI' if row % 2 else 'IE'}" for row, text in enumerate(sequences(30, DNA))]
    with pytest.raises(InputError, match="record 'r0' has 'IE' after a space, and 30 of 30 records"):
        check(texts)


@pytest.mark.parametrize("stops", [["TAA", "TAG", "TGA"], ["TAA"], ["T", "A"]])
@pytest.mark.parametrize("width", [47, 10_000])
def test_codons_and_blocks_may_end_alike(stops, width):
    texts = []
    for row, text in enumerate(sequences(60, DNA)):
        written = f"ATG {kmers(text[: len(text) // 3 * 3], 3, 3)} {stops[row % len(stops)]}"
        texts.append("\n".join(written[at : at + width].strip() for at in range(0, len(written), width)))
    check(texts)


@pytest.mark.parametrize(
    ("line", "blocks"),
    [
        ("ACGTACGTAC", True),
        ("ACGTACGTAC GT", True),
        ("ACGTACGTAC ACGTACGTAC ACGTACGTAC", True),
        ("ACGTACGTAC GTACGTACGTA", False),
        ("ACGTACGTAC  GT", False),
        ("ACG ACG", False),
        ("ACGTACGTAC ACGTACGTACG A", False),
    ],
)
def test_blocks(line, blocks):
    assert is_in_blocks(line) == blocks

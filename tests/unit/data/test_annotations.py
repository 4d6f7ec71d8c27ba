"""Lines of labels below sequences."""

import random

import pytest

from beyondtext.data.annotations import Annotations

PROTEIN, DNA = "ACDEFGHIKLMNPQRSTVWY", "ACGT"
GENERATOR = random.Random(0)


def text(length, alphabet):
    return "".join(GENERATOR.choices(alphabet, k=length))


def wrapped(sequence, width):
    return [sequence[start : start + width] for start in range(0, len(sequence), width)]


def noted(records):
    annotations = Annotations()
    for lines in records:
        annotations.add(list(enumerate(lines, start=2)))
    return annotations


def are_found(records):
    return noted(records).are_present


@pytest.mark.parametrize("labels", ["SI", "HEC", "-HEC", "iMo", "HBEGITS-", PROTEIN])
@pytest.mark.parametrize("tracks", [1, 2, 3])
@pytest.mark.parametrize("width", [60, 10_000])
@pytest.mark.parametrize("alphabet", [DNA, PROTEIN])
def test_tracks_of_labels_are_found(labels, tracks, width, alphabet):
    records = []
    for _ in range(20):
        length = GENERATOR.randint(30, 200)
        parts = [text(length, alphabet), *(text(length, labels) for _ in range(tracks))]
        records.append([line for part in parts for line in wrapped(part, width)])
    assert are_found(records)
    assert are_found([*records, *([text(90, alphabet)] for _ in range(10))])


@pytest.mark.parametrize("labels", ["SI", "HEC", "iMo", "-HEC"])
def test_tracks_of_one_length_are_found_by_their_letters(labels):
    assert are_found([text(70, PROTEIN), text(70, labels)] for _ in range(20))


@pytest.mark.parametrize("alphabet", [DNA, PROTEIN])
@pytest.mark.parametrize("width", [1, 7, 10, 60, 80, 10_000])
@pytest.mark.parametrize("number", [1, 2, 3, 20])
def test_wrapped_sequences_have_no_tracks(alphabet, width, number):
    for _ in range(20):
        assert not are_found(wrapped(text(GENERATOR.randint(30, 400), alphabet), width) for _ in range(number))
    for lines in (2, 3, 4, 6):
        assert not are_found(wrapped(text(lines * width, alphabet), width) for _ in range(number))


def test_files_joined_from_ones_of_several_widths_have_no_tracks():
    assert not are_found(
        wrapped(text(GENERATOR.randint(30, 400), DNA), GENERATOR.choice([60, 70, 80])) for _ in range(50)
    )


def test_the_first_line_of_labels_is_the_example():
    annotations = Annotations()
    annotations.add([(2, "ACDEF"), (3, "GHI")])
    annotations.add([(5, "ACDEF"), (6, "GHI"), (7, "HHHHH"), (8, "EEE")])
    assert (annotations.example, annotations.are_present) == ((7, "HHHHH"), False)
    annotations.add([(10, "ACDEF"), (11, "HHHHH")])
    assert annotations.are_present


@pytest.mark.parametrize(
    "words", [["Nucleus", "Cytosol"], ["Secreted"], ["POS", "NEG"], ["helix", "sheet"], ["Cell membrane", "Golgi"]]
)
@pytest.mark.parametrize("width", [40, 10_000])
def test_a_word_below_most_sequences_is_found(words, width):
    records = [[*wrapped(text(60 + row, PROTEIN), width), words[row % len(words)]] for row in range(20)]
    assert noted(records).word == (2 + len(records[0]) - 1, words[0])
    assert noted([*records, *([text(90, PROTEIN)] for _ in range(10))]).word
    assert not noted([*records, *([text(90, PROTEIN)] for _ in range(30))]).word
    assert not noted(records[:2]).word


@pytest.mark.parametrize("ends", [["KK", "RR"], ["*"], ["K*"], ["--"], ["HHHHHH"]])
def test_ends_that_recur_may_be_sequence(ends):
    assert not noted([text(60 + row, PROTEIN), ends[row % len(ends)]] for row in range(20)).word
    assert not noted([text(60 + row, PROTEIN).lower(), ends[row % len(ends)].lower()] for row in range(20)).word


@pytest.mark.parametrize("alphabet", [DNA, DNA.lower(), PROTEIN])
def test_the_ends_of_wrapped_sequences_are_no_words(alphabet):
    for width in (1, 7, 60):
        assert not noted(wrapped(text(60 + row, alphabet), width) for row in range(60)).word

"""Groups of related sequences: relatives are joined, unrelated sequences are not, and corner cases are defined."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array

from beyondtext.data import relatives as module
from beyondtext.data.relatives import Alignment, relatives

PROTEIN, DNA = "ACDEFGHIKLMNPQRSTVWY", "ACGT"


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def random(generator, alphabet, length):
    return "".join(generator.choice(list(alphabet), length))


def relative(generator, alphabet, sequence, identity):
    """A copy in which that share of the symbols is unchanged."""
    copy = list(sequence)
    for place in generator.choice(len(copy), round((1 - identity) * len(copy)), replace=False):
        copy[place] = generator.choice([symbol for symbol in alphabet if symbol != copy[place]])
    return "".join(copy)


def shared(originals, copies, others=()):
    """The share of copies in the group of their original, and the number of groups of all sequences."""
    labels = relatives([*originals, *copies, *others])
    return np.mean(labels[: len(originals)] == labels[len(originals) : 2 * len(originals)]), labels.max() + 1


@pytest.mark.parametrize(
    ("alphabet", "length", "identity", "least", "most"),
    [
        (PROTEIN, 60, 0.95, 1.0, 1.0),
        (PROTEIN, 60, 0.6, 0.9, 1.0),
        (PROTEIN, 200, 0.5, 0.95, 1.0),
        (PROTEIN, 200, 0.25, 0.0, 0.05),
        (DNA, 60, 0.95, 1.0, 1.0),
        (DNA, 200, 0.8, 0.95, 1.0),
        (DNA, 200, 0.6, 0.0, 0.05),
    ],
)
def test_relatives_are_found_down_to_the_documented_identity(generator, alphabet, length, identity, least, most):
    originals = [random(generator, alphabet, length) for _ in range(60)]
    copies = [relative(generator, alphabet, sequence, identity) for sequence in originals]
    found, groups = shared(originals, copies)
    assert least <= found <= most
    assert groups == 120 - round(60 * found)  # each pair is one group, and no two pairs are joined


def test_insertions_and_deletions_do_not_separate_relatives(generator):
    originals = [random(generator, PROTEIN, 120) for _ in range(30)]
    copies = [sequence[:30] + "WW" + sequence[30:70] + sequence[75:] for sequence in originals]
    copies = [relative(generator, PROTEIN, sequence, 0.6) for sequence in copies]
    assert shared(originals, copies) == (1.0, 30)


def test_unrelated_sequences_of_one_composition_stay_apart(generator):
    skewed = "L" * 6 + "A" * 4 + "K" * 4 + "E" * 3 + PROTEIN
    sequences = [random(generator, skewed, length) for length in generator.integers(50, 300, 200)]
    assert relatives(sequences).max() == 199


def test_a_fragment_is_a_relative_and_so_are_overlapping_windows(generator):
    genome = random(generator, DNA, 1000)
    windows = [genome[start : start + 300] for start in (0, 120, 240)]
    fragment, other = genome[50:150], random(generator, DNA, 300)
    assert relatives([*windows, fragment, other]).tolist() == [0, 0, 0, 0, 1]


def test_groups_are_connected_components(generator):
    """The first and the last of a chain are unrelated, but each is a relative of the next."""
    parts = [random(generator, PROTEIN, 60) for _ in range(4)]
    chain = [parts[0] + parts[1], parts[1] + parts[2], parts[2] + parts[3]]
    assert relatives(chain).tolist() == [0, 0, 0]
    assert relatives([chain[0], chain[2]]).tolist() == [0, 1]


def test_a_shared_tag_does_not_make_relatives(generator):
    sequences = [random(generator, PROTEIN, 80) + "GSSGSSLEHHHHHH" for _ in range(100)]
    assert relatives(sequences).max() == 99


def test_repeats_do_not_make_relatives(generator):
    tails = [random(generator, DNA, 60) + "A" * 60 for _ in range(30)]
    units = ["A", "CA", "CAG", "AATG"]
    repeats = [unit * 30 for unit in units]
    inside = [random(generator, DNA, 40) + unit * 20 + random(generator, DNA, 40) for unit in units]
    assert relatives(tails + repeats + inside).max() == len(tails + repeats + inside) - 1


def test_relatives_with_repeats_are_found(generator):
    original = random(generator, DNA, 120)
    assert relatives([original + "A" * 60, original + "A" * 20]).tolist() == [0, 0]


def test_sequences_of_repeats_only_are_joined_only_if_they_are_equal():
    assert relatives(["A" * 50, "A" * 60, "A" * 50, "T" * 50]).tolist() == [0, 1, 0, 2]


def test_sequences_too_short_for_a_judgement_are_joined_only_if_they_are_equal(generator):
    long = [random(generator, PROTEIN, 200) for _ in range(20)]
    assert relatives(["AC", "ACD", "AC", "", "A", "", *long])[:6].tolist() == [0, 1, 0, 2, 3, 2]
    assert relatives([long[0], long[0][:4]]).tolist() == [0, 1]
    assert relatives([long[0], long[0][:12]]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("sequences", "expected"),
    [
        ([], []),
        (["ACGT"], [0]),
        ([""], [0]),
        (["", ""], [0, 0]),
        (["A", "C", "A"], [0, 1, 0]),
        (["AAAA"] * 3, [0, 0, 0]),
    ],
)
def test_few_sequences(sequences, expected):
    labels = relatives(sequences)
    assert labels.dtype == int
    assert labels.tolist() == expected


def test_symbols_may_be_anything_that_can_be_compared(generator):
    """Word pieces, as lists; the groups do not depend on how symbols are written."""
    words = [f"word{number}" for number in range(500)]
    texts = [list(generator.choice(words, 25)) for _ in range(50)]
    edited = [[*text[:10], "other", *text[12:]] for text in texts]
    labels = relatives(texts + edited)
    assert labels.tolist() == [*range(50), *range(50)]
    numbered = [[words.index(word) if word in words else -1 for word in text] for text in texts + edited]
    assert relatives(numbered).tolist() == labels.tolist()


def test_music_windows_that_repeat_with_a_change_are_joined(generator):
    windows = [list(generator.choice(np.arange(55, 80), 64)) for _ in range(30)]
    varied = [[*window[:30], 90, *window[31:]] for window in windows]
    assert relatives(windows + varied).tolist() == [*range(30), *range(30)]


def test_groups_are_numbered_in_order_and_the_same_every_time(generator):
    originals = [random(generator, PROTEIN, 100) for _ in range(40)]
    sequences = [*originals, *(relative(generator, PROTEIN, sequence, 0.7) for sequence in originals)]
    labels = relatives(sequences)
    assert labels[:40].tolist() == list(range(40))
    assert relatives(sequences).tolist() == labels.tolist()
    order = generator.permutation(80)
    assert_same_groups(relatives([sequences[i] for i in order]), labels[order])


def assert_same_groups(one, other):
    assert len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def test_a_large_family_is_one_group_without_an_alignment_of_every_pair(generator, monkeypatch):
    aligned = []
    joins = Alignment.joins
    monkeypatch.setattr(Alignment, "joins", lambda self, *pair: aligned.append(pair) or joins(self, *pair))
    original = random(generator, PROTEIN, 60)
    variants = [relative(generator, PROTEIN, original, 0.9) for _ in range(1500)]
    labels = relatives([*variants, random(generator, PROTEIN, 60)])
    assert set(labels[:-1]) == {0}
    assert labels[-1] == 1
    assert len(aligned) < 2 * len(variants)


@pytest.mark.parametrize(("strangers", "joined"), [({2, 4, 6}, 4), ({2, 3, 5, 6}, 1)])
def test_only_strangers_in_a_row_end_the_search_for_relatives_of_a_sequence(monkeypatch, strangers, joined):
    """Each sequence shares fewer k-mers with the first than the one before; two strangers are too much effort."""
    monkeypatch.setattr(module, "EFFORT", 150)
    sets = csr_array([[1] * (100 - 10 * row) + [0] * 10 * row for row in range(8)])
    alignment = SimpleNamespace(codes=[[0] * 10] * 8, joins=lambda one, other: one == 0 and other not in strangers)
    labels = np.arange(8)
    module._join_relatives(sets, np.full(100, 1e-9), np.arange(8), alignment, labels)
    assert (labels[1:] == labels[0]).sum() == joined


def test_a_higher_similarity_makes_smaller_groups(generator, monkeypatch):
    original = random(generator, PROTEIN, 150)
    family = [original, relative(generator, PROTEIN, original, 0.9), relative(generator, PROTEIN, original, 0.6)]
    family += [random(generator, PROTEIN, 150) for _ in range(20)]
    assert relatives(family)[:3].tolist() == [0, 0, 0]
    for similarity, labels in ((0.8, [0, 0, 1]), (0.99, [0, 1, 2])):
        monkeypatch.setitem(module.SIMILARITY, "many", similarity)
        assert relatives(family)[:3].tolist() == labels


@pytest.mark.parametrize(("chance", "k", "labels"), [(0.02, 4, [0, 0]), (0.0005, 5, [0, 1])])
def test_k_decides_which_pairs_are_aligned(generator, monkeypatch, chance, k, labels):
    """With k as long as a stretch without a difference, the pair has nothing in common."""
    monkeypatch.setattr(module, "CHANCE", chance)
    original = random(generator, PROTEIN, 100).replace("W", "A")
    copy = "".join("W" if place % 5 == 4 else symbol for place, symbol in enumerate(original))
    assert module._flattened(module._numbered([original, copy]))[-1] == k
    assert relatives([original, copy]).tolist() == labels

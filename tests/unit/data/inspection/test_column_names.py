"""Whether a table's first row has names, and whether one is missing."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.column_names import check_row_names, has_names, lacks_name
from own_data import AMINO_ACIDS, letters, sentences

PROTEINS = letters(40, 30)
DNA = letters(40, 30, "ACGT")
TWO = ["binder" if row % 3 else "nonbinder" for row in range(40)]
NUMBERS = [f"{row / 7:.2f}" for row in range(40)]
NAMES = [f"p{row}" for row in range(40)]


def rows(*columns):
    return [list(map(str, row)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    ("first", "columns"),
    [
        (["peptide", "binder"], (PROTEINS, TWO)),
        (["Sequence", "binder"], (PROTEINS, TWO)),
        (["dna_seq", "nonbinder"], (DNA, TWO)),
        (["binder", "Text"], (TWO, sentences(40))),
        (["nonbinder", "chain", "Split"], (TWO, PROTEINS, ["train", "test"] * 20)),
        (["0", "1"], (PROTEINS, TWO)),
        (["0", "1", "2"], (PROTEINS, NUMBERS, TWO)),
        (["", "0", "1"], (range(40), DNA, NUMBERS)),
        (["1", "2"], (DNA, TWO)),
        (["VARIANTS", "binds"], (PROTEINS, TWO)),  # a name of letters that are amino acids
        (["variants", "binds"], (letters(40, 9), TWO)),
    ],
)
def test_names(first, columns):
    assert has_names([first, *rows(*columns)])


@pytest.mark.parametrize("sequences", [PROTEINS, DNA, letters(40, 8), sorted(letters(40, 20), key=len)])
def test_a_first_sequence_is_no_name_whatever_else_its_row_has(sequences):
    for other in ("rare", "label of one", "1a"):
        assert not has_names([[sequences[0], other], *rows(sequences[1:], TWO[1:])])
        assert not has_names([[other, sequences[0][::-1]], *rows(TWO[1:], sequences[1:])])


def test_a_known_name_that_recurs_is_a_value():
    kinds = ["protein" if row % 2 else "dna" for row in range(40)]
    assert not has_names([[sentences(41)[40], "protein"], *rows(sentences(40), kinds)])


def test_the_name_of_the_first_column_may_be_missing():
    assert lacks_name(["sequence", "value"], 3)
    assert not lacks_name(["sequence", "1.5"], 3) and not lacks_name(["sequence", "value"], 2)
    for columns in ((range(40), PROTEINS, TWO), (NAMES, DNA, NUMBERS), (AMINO_ACIDS * 2, PROTEINS, NUMBERS)):
        check_row_names("a.csv", ["sequence", "value"], rows(*columns), ",")
    check_row_names("a.tsv", ["sequence", "low", "high"], rows(NAMES, PROTEINS, range(40), range(40)), "\t")
    check_row_names("a.csv", ["x", "y"], rows(NAMES, NUMBERS, TWO), ",")


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["id", "sequence", "target"], (NAMES, PROTEINS, NUMBERS, ["", "ok"] * 20)),  # notes
        (["id", "chain", "score"], (NAMES, PROTEINS, NUMBERS, ["", "checked"] * 20)),
        (["id", "sequence", "target"], (NAMES, PROTEINS, NUMBERS, ["ok"] * 40)),
        (["id", "chain", "score"], (NAMES, PROTEINS, NUMBERS, ["ok"] * 40)),
        (["text", "kind"], (sentences(40), TWO, ["checked"] * 40)),
        (["chain", "value"], (PROTEINS, ["-3"] * 40, ["05"] * 40)),  # halves of decimal commas
        (["name", "dna", "value"], (NAMES, DNA, range(40), range(40))),
    ],
)
def test_which_name_is_missing_may_be_unclear(names, columns):
    message = rf"a\.csv: the header has {len(names)} names \({', '.join(names)}\), but the records have .* no name, or"
    with pytest.raises(InputError, match=message):
        check_row_names("a.csv", names, rows(*columns), ",")

"""Groups of near relatives: no split divides them, and those of the reader's groups join these."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.groups import MOST_COMPARED, count_related_tests, join_relatives
from beyondtext.data.tally import NOTED, Tally
from demo_task import TASK, build, counted, table

RULE = {"split": {**TASK["split"], "groups": "relatives"}, "max_length": 100}


@pytest.fixture
def unrelated():
    """Sixty unrelated sequences of 100 nucleotides."""
    return ["".join(letters) for letters in np.random.default_rng(0).choice(list("ACGT"), (60, 100))]


def variant(sequence, place=50):
    """A near relative: one symbol differs."""
    return sequence[:place] + ("A" if sequence[place] != "A" else "C") + sequence[place + 1 :]


def in_families(unrelated, size=3):
    """The rows of families of several sequences, whose classes alternate from family to family."""
    sequences = [variant(sequence, place) for sequence in unrelated for place in range(size)]
    targets = ["pq"[number % 2] for number in range(len(unrelated)) for _ in range(size)]
    return table(len(sequences), sequence=sequences, target=targets)


def joined(sequences, groups=None):
    """The groups, as a list, and the tally."""
    ids = [f"r{number}" for number in range(len(sequences))]
    rows = pd.DataFrame({"id": ids, "group": groups or ids, "symbols": list(map(list, sequences))})
    tally = Tally()
    return join_relatives(rows, tally, "protein")["group"].tolist(), tally


def test_no_split_divides_a_family_that_it_divides_otherwise(unrelated):
    rows = in_families(unrelated)
    families = [number // 3 for number in range(180)]
    for task, most in ((TASK | {"max_length": 100}, 3), (TASK | RULE, 1)):
        examples, _, counts = build(task, rows)
        assert examples["split"].groupby(families).nunique().max() == most
    assert counts["groups"] == {"train": 30, "validation": 15, "test": 15}
    assert counts["splits"] == {"train": 90, "validation": 45, "test": 45}


def test_the_sequences_with_relatives_the_groups_and_the_largest_are_counted(unrelated):
    sequences = [*unrelated, variant(unrelated[7]), variant(unrelated[7], 10), variant(unrelated[9])]
    groups, tally = joined(sequences)
    assert groups[:60] == [f"r{number}" for number in range(7)] + ["r60"] + groups[8:60]
    assert groups[7] == groups[60] == groups[61] and groups[9] == groups[62]
    assert tally.sentence((NOTED,)) == (
        "5 sequences with near relatives, kept in one split (60 groups, the largest of 3 sequences; such as "
        "record 'r7')"
    )


def test_relatives_of_different_groups_join_them_all(unrelated):
    sequences = [unrelated[0], unrelated[1], variant(unrelated[1]), unrelated[2], *unrelated[3:20]]
    groups, tally = joined(sequences, ["a", "a", "b", "b", *"cdefghijklmnopqrs"])
    assert groups == [*"aaaa", *"cdefghijklmnopqrs"]
    assert tally.count("relatives") == 2


def test_without_relatives_the_groups_stay(unrelated):
    groups, tally = joined(unrelated[:6], list("abcabc"))
    assert groups == list("abcabc") and tally.as_list() == []


def test_a_data_set_that_is_one_family_is_refused(unrelated):
    rows = table(30, sequence=[variant(unrelated[0], place) for place in range(30)])
    message = r"^30 of 30 sequences are in one group of near relatives, that of 'r0', which split\.groups keeps in one "
    with pytest.raises(
        InputError, match=message + r"split; add unrelated sequences, or remove split\.groups"
    ) as caught:
        build(TASK | RULE, rows)
    assert "\n" not in str(caught.value)


def test_too_few_families_for_the_splits_are_refused_with_their_number(unrelated):
    rows = in_families(unrelated[:4], 10)
    message = (
        r"too few groups for a test split .*\(a?.*40 sequences with near relatives, kept in one split \(4 groups, "
    )
    with pytest.raises(InputError, match=message):
        build(TASK | RULE, rows)


def test_relatives_are_not_counted_unless_a_task_asks_for_them(unrelated):
    assert counted(build(TASK | {"max_length": 100}, in_families(unrelated))[2]) == {}


# --- Splits that the file names.


def related(sequences, splits):
    """How many test examples have relatives in training, and the first of them."""
    ids = [f"r{number}" for number in range(len(sequences))]
    tally = Tally()
    rows = pd.DataFrame({"id": ids, "symbols": list(map(list, sequences)), "split": splits})
    count_related_tests(rows, tally, "protein")
    return [(change["count"], change["example"]) for change in tally.as_list()]


def test_relatives_of_training_sequences_in_the_test_split_are_counted(unrelated):
    relatives = [variant(unrelated[0]), variant(unrelated[1]), variant(unrelated[2]), variant(unrelated[0], 7)]
    splits = ["train", "test", "validation"] + ["train"] * 57 + ["test", "test", "test", "validation"]
    # The first is a relative of a training sequence, the second of a test and the third of a validation sequence.
    assert related(unrelated + relatives, splits) == [(1, "r60")]
    assert related(unrelated, splits[:60]) == []


def test_reverse_complements_of_dna_are_in_one_group(unrelated):
    other = [variant(sequence)[::-1].translate(str.maketrans("ACGT", "TGCA")) for sequence in unrelated]
    rows = pd.DataFrame({"id": [f"r{number}" for number in range(120)], "symbols": list(map(list, unrelated + other))})
    rows["group"] = rows["id"]
    groups = join_relatives(rows, Tally(), "dna")["group"].tolist()
    assert groups[:60] == groups[60:] and len(set(groups)) == 60
    assert len(set(join_relatives(rows, Tally(), "protein")["group"])) == 120
    tally = Tally()
    count_related_tests(rows.assign(split=["train"] * 60 + ["test"] * 60), tally, "dna")
    assert tally.count("related_tests") == 60


def test_too_many_sequences_are_not_compared(monkeypatch):
    monkeypatch.setattr("beyondtext.data.groups.relatives", None)
    assert related(["ACGT"] * (MOST_COMPARED + 1), ["train"] * MOST_COMPARED + ["test"]) == []

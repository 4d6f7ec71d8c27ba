"""Near relatives in a file."""

import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import Notes, Wishes
from beyondtext.data.inspection.inspect import inspect
from beyondtext.data.inspection.relatives import keep_relatives_together
from own_data import fasta, letters, table, write

NUMBER = 60
KINDS = ["a" if row % 2 else "b" for row in range(NUMBER)]


def changed(sequence, row):
    """A relative: the sequence with one other residue."""
    place = row % len(sequence)
    return sequence[:place] + ("W" if sequence[place] != "W" else "A") + sequence[place + 1 :]


def family(number, unrelated):
    """Sequences, of which all but the first ``unrelated`` are relatives of one another."""
    single = letters(unrelated, length=80)
    return single + [changed(letters(1, length=80, seed=1)[0], row) for row in range(number - unrelated)]


def found(folder, sequences, **wishes):
    headers = [f"p{row} class={kind}" for row, kind in enumerate(KINDS)]
    return inspect(write(folder / "mine.fasta", fasta(headers, sequences)), Wishes(**wishes))


def examples(sequences):
    """The columns of examples that relatives are found by."""
    ids = [f"r{row}" for row in range(len(sequences))]
    return pd.DataFrame({"symbols": list(map(list, sequences)), "group": ids})


def remarks(findings):
    return [str(remark) for remark in findings.remarks if "relatives" in remark.what]


def test_unrelated_sequences_are_split_one_by_one(tmp_path):
    findings = found(tmp_path, letters(NUMBER, length=80))
    assert "groups" not in findings.task["split"] and remarks(findings) == []


def test_relatives_stay_in_one_split(tmp_path):
    findings = found(tmp_path, family(NUMBER, unrelated=48))
    assert findings.task["split"]["groups"] == "relatives"
    why = "12 of 60 sequences have near relatives, the largest group 12"
    assert findings.seen["split.groups"] == why
    assert remarks(findings) == [f"near relatives stay in one split: {why} (change with `--relatives apart`)"]


def test_the_user_may_leave_them_apart(tmp_path):
    findings = found(tmp_path, family(NUMBER, unrelated=48), relatives="apart")
    assert "groups" not in findings.task["split"]
    assert (
        "some of them are in training and others in test (change with `--relatives together`)" in remarks(findings)[0]
    )


@pytest.mark.parametrize(("unrelated", "said"), [(57, "not kept together"), (20, "may be in different splits")])
def test_few_relatives_or_too_many_are_only_named(tmp_path, unrelated, said):
    findings = found(tmp_path, family(NUMBER, unrelated))
    assert "groups" not in findings.task["split"] and said in remarks(findings)[0]


def test_the_user_may_keep_few_together(tmp_path):
    findings = found(tmp_path, family(NUMBER, unrelated=57), relatives="together")
    assert findings.task["split"]["groups"] == "relatives"


def test_published_splits_stay_as_they_are(tmp_path):
    task, notes = {"split": {"method": "published"}}, Notes()
    assert not keep_relatives_together(examples(family(NUMBER, 48)), task, Wishes(), notes)
    assert task == {"split": {"method": "published"}}
    assert str(notes.remarks[0]).endswith("some of them are in training and others in test")
    with pytest.raises(InputError, match="--relatives together needs random splits"):
        keep_relatives_together(examples(family(NUMBER, 48)), task, Wishes(relatives="together"), notes)


def test_a_column_of_groups_comes_first(tmp_path):
    groups = [f"g{row // 3}" for row in range(NUMBER)]
    text = table(family(NUMBER, 48), KINDS, groups, header=["sequence", "class", "family"])
    path = write(tmp_path / "mine.csv", text)
    findings = inspect(path)
    assert findings.task["options"]["columns"]["group"] == "family"
    assert "groups" not in findings.task["split"]
    assert "12 of 60 sequences have near relatives in another group" in remarks(findings)[0]
    joined = inspect(path, Wishes(relatives="together"))
    assert joined.task["split"]["groups"] == "relatives"
    assert sum(joined.counts["groups"].values()) == 17  # 20 of three records, of which 4 are relatives


def test_relatives_within_the_groups_of_a_file_need_no_remark(tmp_path):
    groups = [f"g{row}" if row < 48 else "related" for row in range(NUMBER)]
    path = write(tmp_path / "mine.csv", table(family(NUMBER, 48), KINDS, groups, header=["seq", "class", "family"]))
    assert remarks(inspect(path)) == []


@pytest.mark.parametrize("distance", [1, 150])
def test_a_sample_is_compared_with_all_other_sequences(monkeypatch, distance):
    monkeypatch.setattr("beyondtext.data.inspection.relatives.MOST", 100)
    monkeypatch.setattr("beyondtext.data.inspection.relatives.SAMPLED", 40)
    single = letters(150, length=60)
    copies = [changed(sequence, row) for row, sequence in enumerate(single)]
    pairs = [one for pair in zip(single, copies, strict=True) for one in pair] if distance == 1 else single + copies
    task, notes = {"split": {"method": "random"}, "domain": "protein"}, Notes()
    assert keep_relatives_together(examples(pairs), task, Wishes(), notes)
    assert task["split"]["groups"] == "relatives"
    assert "40 of a sample of 40 have near relatives among all 300" in str(notes.remarks[0])
    assert not keep_relatives_together(examples(letters(300, length=60)), task, Wishes(), notes)


@pytest.mark.parametrize("most", [40, 2000])
def test_reverse_complements_of_dna_are_relatives(monkeypatch, most):
    monkeypatch.setattr("beyondtext.data.inspection.relatives.MOST", most)
    single = letters(50, length=100, alphabet="ACGT")
    other = [one[::-1].translate(str.maketrans("ACGT", "TGCA")) for one in single]
    for domain, together in (("dna", True), ("text", False)):
        task = {"split": {"method": "random"}, "domain": domain}
        assert keep_relatives_together(examples(single + other), task, Wishes(), Notes()) == together

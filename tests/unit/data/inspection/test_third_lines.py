"""Files with three lines a record, or FASTA."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection.findings import AmbiguousError, Wishes
from beyondtext.data.inspection.inspect import inspect
from beyondtext.data.inspection.third_lines import third_lines
from own_data import AMINO_ACIDS, letters, write

NUMBER = 36
LABELS = {
    "words": ["Nucleus", "Cytosol", "Secreted"],
    "residues": ["HELIX", "SHEET"],
    "signs": ["+", "-", "0"],
    "codes": ["1.1.1.1", "2.7.11.1"],
    "numbers": [f"{row * 0.37 - 2:.2f}" for row in range(NUMBER)],
    "exponents": [f"{row + 1}e-3" for row in range(NUMBER)],
    "commas": [f"{row},5" for row in range(NUMBER)],
}


def written(labels, form=">p{row}", alphabet=AMINO_ACIDS, change=None):
    """A file, in which ``change`` gives other lines to the record 7."""
    records = []
    for row, sequence in enumerate(letters(NUMBER, alphabet=alphabet)):
        lines = [form.format(row=row, kind="ab"[row // 3 % 2]), sequence[: 20 + row % 9], labels[row % len(labels)]]
        records.append("\n".join(change(lines) if change and row == 7 else lines))
    return "\n".join(records) + "\n"


def seen(text):
    return third_lines(text.split("\n"))


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize("comments", ["", "# v2\n", "; one\n\n#>two\n"])
def test_third_lines_are_found_with_and_without_comments(name, comments):
    found = seen(comments + written(LABELS[name]))
    assert found.labels == [LABELS[name][row % len(LABELS[name])] for row in range(NUMBER)]
    assert (found.are_sure, found.are_numbers) == (
        name != "residues",
        name in ("numbers", "exponents", "commas", "codes"),
    )
    found.check("a.txt")


FAULTS = {
    "line 22: record 8, 'p7', has no third line": lambda lines: lines[:2],
    "line 22: record 8, 'p7', has no third line, but": lambda lines: lines[:1],
    "line 22: record 8, 'p7', has 4 lines": lambda lines: [lines[0], lines[1][:9], lines[1][9:], lines[2]],
    "line 22: record 8, 'p7', has '.*' on its third line, which looks like sequence": lambda lines: [
        lines[0],
        lines[1],
        lines[1][::-1],
    ],
}


@pytest.mark.parametrize("name", ["words", "numbers", "codes"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_record_with_other_lines_is_named(tmp_path, name, fault):
    path = write(tmp_path / "a.txt", written(LABELS[name], change=FAULTS[fault]))
    with pytest.raises(InputError, match=rf"a\.txt, {fault}"):
        inspect(path)


def test_a_fault_among_third_lines_that_could_be_sequence_is_named_with_both_remedies(tmp_path):
    path = write(tmp_path / "a.txt", written(LABELS["residues"], change=lambda lines: lines[:2]))
    message = "record 8, 'p7', has no third line.*such as 'HELIX'; add .*; if the last lines are sequence, write each"
    with pytest.raises(InputError, match=message):
        inspect(path)


@pytest.mark.parametrize("name", ["words", "numbers"])
def test_third_lines_are_read_as_targets(tmp_path, name):
    findings = inspect(write(tmp_path / "a.txt", "# v2\n" + written(LABELS[name], ">p{row}|{kind}")))
    assert findings.task["reader"] == "lines"
    assert findings.task["target"]["kind"] == {"words": "class", "numbers": "number"}[name]
    assert {change["reason"] for change in findings.counts["changes"]} == {"comments"}
    assert any("not used: `field2` (a, b) in the headers" in str(remark) for remark in findings.remarks)


def test_a_third_line_that_could_be_sequence_is_not_chosen_beside_a_field_of_the_headers(tmp_path):
    path = write(tmp_path / "a.fasta", written(["KK", "RR"], ">p{row} class={kind}"))
    with pytest.raises(
        AmbiguousError, match=r"2 fields could be the target: `class` \(a, b\) or `third_line` \(KK, RR\)"
    ):
        inspect(path)
    by_header = inspect(path, Wishes(target="class"))
    assert (by_header.task["reader"], by_header.task["target"]["classes"]) == ("fasta", ["a", "b"])
    assert by_header.counts["length"]["min"] == 22
    by_line = inspect(path, Wishes(target="third_line"))
    assert (by_line.task["reader"], by_line.task["target"]["classes"]) == ("lines", ["KK", "RR"])


def test_words_on_third_lines_never_become_residues(tmp_path):
    path = write(tmp_path / "a.fasta", written(LABELS["words"], ">p{row} class={kind}"))
    with pytest.raises(InputError, match="--target: this format has no field 'class'"):
        inspect(path, Wishes(target="class"))


@pytest.mark.parametrize("width", [10, 15])
def test_wrapped_sequences_have_no_third_lines(width):
    lines = []
    for row, sequence in enumerate(letters(NUMBER)):
        lines += [f">p{row}", sequence[:width], sequence[width : width + 3 + row % 5]]
    assert seen("\n".join(lines)) is None

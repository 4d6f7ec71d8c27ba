"""Records of several lines."""

import pytest

from beyondtext.data.readers import lines
from beyondtext.data.tally import Tally
from inputs import assert_refused, write


def read_lines(folder, content, names=("id", "sequence", "target")):
    return lines.read(write(folder, "l.txt", content), {"path": "l.txt", "lines": list(names)}, folder, Tally())


def test_records_of_several_lines_are_read(tmp_path):
    table = read_lines(tmp_path, ">one\nACGT\n0\n>two\nGGTT\n1\n\n")
    assert table.to_dict("list") == {"id": [">one", ">two"], "sequence": ["ACGT", "GGTT"], "target": ["0", "1"]}


def test_repeated_ids_are_replaced_by_line_numbers(tmp_path):
    assert read_lines(tmp_path, "x\nA\n0\nx\nC\n1\n")["id"].tolist() == ["1", "4"]
    assert read_lines(tmp_path, "A\n0\nC\n1\n", ["sequence", "target"])["id"].tolist() == ["1", "3"]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["is empty", "3 lines per record"]),
        ("x\nA\n0\ny\nC\n", ["ends in the middle of a record", "5 lines"]),
        ("x\n\n0\n", ["line 2 is empty"]),
        (b"\xff\xfe", ["not UTF-8"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused(["l.txt", *texts], read_lines, tmp_path, content)

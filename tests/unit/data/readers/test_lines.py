"""Records of several lines."""

import bz2

import pytest

from beyondtext.data.readers import lines
from beyondtext.data.tally import Tally
from inputs import assert_refused, write
from sources import zipped


def read_lines(folder, content, names=("id", "sequence", "target"), tally=None):
    options = {"path": "l.txt", "lines": list(names)}
    return lines.read(write(folder, "l.txt", content), options, folder, tally or Tally())


def test_records_of_several_lines_are_read(tmp_path):
    table = read_lines(tmp_path, ">one\nACGT\n0\n>two\nGGTT\n1\n\n")
    assert table.to_dict("list") == {"id": [">one", ">two"], "sequence": ["ACGT", "GGTT"], "target": ["0", "1"]}


def test_repeated_ids_are_replaced_by_line_numbers_and_counted(tmp_path):
    tally = Tally()
    assert read_lines(tmp_path, "x\nA\n0\ny\nG\n1\n\nx\nC\n1\n", tally=tally)["id"].tolist() == ["1", "4", "8"]
    assert (
        tally.sentence() == "2 with repeated ids; line numbers are used as ids instead (of all 3 records; such as 'x')"
    )
    tally = Tally()
    assert read_lines(tmp_path, "A\n0\nC\n1\n", ["sequence", "target"], tally)["id"].tolist() == ["1", "3"]
    assert not tally.entries


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", ["is empty", "3 lines per record"]),
        ("\n \n", ["is empty", "3 lines per record"]),
        ("x\nA\n0\ny\nC\n", ["ends in the middle of a record", "5 lines"]),
        ("x\n\n0\n", ["line 2 is empty"]),
        (b"\xff\xfe", ["is empty"]),
        (b"\xff\xfex", ["not UTF-16-LE"]),
        ("x\nA\n0\n\nC\n1\ny\nG\n0\n", ["ends in the middle of a record", "5 lines from line 5 on"]),
        ("x\nA\n0\n\nC\n1\n\nG\n0\n\nT\n1\n", ["line 7 is empty after 2 lines"]),  # three ids are missing
        (">x\nAC\nGT\n0\n>y\nC\n1\nG\n0\n", ["line 4 is '0'", "an id that starts with >", "as in line 1"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused(["l.txt", *texts], read_lines, tmp_path, content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (">x\nA\n0\n>y\nC\n>z\nG\n1\n", "line 4: the record '>y' has 2 lines"),
        (">x\nA\n0\n>y\n>z\nG\n1\n", "line 4: the record '>y' has 1 line"),
        ("# 2\n>x\nA\n0\n>y\nC\nG\n0\n>z\nG\n1\n", "line 5: the record '>y' has 4 lines"),
        (">x\nA\n0\n\n>y\nC\n\n>z\nG\n1\n", "line 5: the record '>y' has 2 lines"),
    ],
)
def test_the_record_with_another_number_of_lines_is_named(tmp_path, content, place):
    assert_refused([f"l.txt, {place}, but 3 lines per record"], read_lines, tmp_path, content)


def test_comments_between_records_are_counted_if_ids_show_where_these_begin(tmp_path):
    tally = Tally()
    table = read_lines(tmp_path, "# v2\n>x\nA\n#0\n\n; by us\n#\n>y\nC\n;1\n# end\n", tally=tally)
    assert table.to_dict("list") == {"id": [">x", ">y"], "sequence": ["A", "C"], "target": ["#0", ";1"]}
    assert tally.count("comments") == 4
    assert read_lines(tmp_path, "#x\nA\n0\n#y\nC\n1\n")["id"].tolist() == ["#x", "#y"]


def test_a_workbook_is_refused(tmp_path):
    content = zipped({"xl/workbook.xml": "x"})
    assert_refused(["is an Excel workbook (.xlsx); save the sheet as CSV"], read_lines, tmp_path, content)


def test_a_word_for_a_missing_value_is_no_sequence_among_long_ones(tmp_path):
    content = ">x\nACGTACGTAC\n0\n>y\n{}\n1\n>z\nACGTACGTAT\n1\n"
    for word in ("NA", "None", "-"):
        texts = [f"line 5 is '{word}', where a sequence was expected", "delete the record or fill it in"]
        assert_refused(texts, read_lines, tmp_path, content.format(word))
    tally = Tally()
    assert read_lines(tmp_path, ">x\nNA\n0\n>y\nKV\n1\n", tally=tally)["sequence"].tolist() == ["NA", "KV"]
    assert tally.count("likely_missing") == 1


def test_records_may_be_separated_by_empty_lines(tmp_path):
    table = read_lines(tmp_path, "\n\nx\nA\n0\n\t\ny\nC\n1\nz\nG\n0\n\n")
    assert table["id"].tolist() == ["x", "y", "z"]


def test_a_sequence_may_start_with_the_mark_of_an_id(tmp_path):
    assert read_lines(tmp_path, "> he said\n1\nshe said\n0\n", ["sequence", "target"])["target"].tolist() == ["1", "0"]


def test_only_line_feeds_end_lines_and_files_may_be_compressed(tmp_path):
    table = read_lines(tmp_path, bz2.compress("a\u2028b\rA\u0085C\r0\r".encode()))
    assert table.to_dict("list") == {"id": ["a\u2028b"], "sequence": ["A\u0085C"], "target": ["0"]}


def test_a_file_in_latin1_is_read_and_counted(tmp_path):
    tally = Tally()
    assert read_lines(tmp_path, b"\xe9\nA\n0\n", tally=tally)["id"].tolist() == ["\u00e9"]
    assert tally.count("latin1") == 1

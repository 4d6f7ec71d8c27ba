"""KEEL."""

import gzip

import pytest

from beyondtext.data.readers import keel
from beyondtext.data.tally import Tally
from inputs import assert_refused, write
from sources import zipped

HEADER = "@relation r\n@attribute a {A, C}\n@attribute b {A, C}\n@attribute class {EI, N}\n@inputs a, b\n"


def read_keel(folder, content, tally=None):
    return keel.read(write(folder, "k.dat", content), {"path": "k.dat"}, folder, tally or Tally()).to_dict("list")


def test_attributes_are_joined_and_ids_are_line_numbers(tmp_path):
    read = read_keel(tmp_path, "@relation r\n@data\nA, C, EI\n\nG,T,N")
    assert read == {"id": ["3", "5"], "sequence": ["AC", "GT"], "target": ["EI", "N"]}


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("", [" has no records"]),
        ("@relation r\n@data\n", [" has no records"]),
        ("@data\nA,C,EI\nA,C,G,EI\n", [", line 3: 3 attributes", "class 'EI'", "first record has 2 attributes"]),
        ("@data\nA,C,EI\nA,EI\n", [", line 3: 1 attributes", "class 'EI'"]),
        ("@data\nA,C,EI\nA,,EI\n", [", line 3: ", "none of them empty"]),
        ("@data\nA,C,\n", [", line 2: ", "class ''"]),
        ("@data\nA,CG,EI\n", [", line 2: attribute 2 is 'CG'", "a single character"]),
        ("@data\n0.1,0.2,EI\n", [", line 2: attribute 1 is '0.1'"]),
        ("A,C,EI\n@data\nA,C,N\n", [", line 2: 0 attributes", "'@data'"]),
        (HEADER + "@outputs b\n@data\nA,C,EI\n", [" has the @outputs b, but its last attribute is class"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    texts = [str(tmp_path / "k.dat") + texts[0], *texts[1:]]
    assert_refused(texts, read_keel, tmp_path, content)


@pytest.mark.parametrize("outputs", ["", "@outputs class\n", "@OUTPUT class\n"])
def test_the_class_may_be_named(tmp_path, outputs):
    assert read_keel(tmp_path, HEADER + outputs + "@data\nA,C,EI\n")["target"] == ["EI"]


def test_names_of_attributes_may_be_quoted_or_followed_by_their_values(tmp_path):
    header = "@attribute a{A,C}\n@attribute 'the class'{EI,N}\n@outputs 'the class'\n@data\n"
    assert read_keel(tmp_path, header + "A,EI\n")["target"] == ["EI"]


def test_a_record_that_starts_like_a_header_line_is_a_record(tmp_path):
    assert read_keel(tmp_path, "@relation r\n@DATA\n@,C,EI\nA,@,N\n@,@,N\n")["sequence"] == ["@C", "A@", "@@"]


def test_comments_are_counted(tmp_path):
    tally = Tally()
    assert read_keel(tmp_path, "% by us\n@data\n%A,C,EI\nA,C,N\n", tally)["id"] == ["4"]
    assert tally.sentence() == "2 comment lines, skipped (such as 'k.dat, line 1')"


def test_a_file_in_latin1_is_read_and_counted(tmp_path):
    tally = Tally()
    assert read_keel(tmp_path, "@data\nA,C,\u00e9\n".encode("latin-1"), tally)["target"] == ["\u00e9"]
    assert tally.count("latin1") == 1


def test_only_line_feeds_end_lines_and_files_may_be_compressed(tmp_path):
    content = "@data\r\nA,C,E\u2028I\r\nG,T,N\x0bN\r\n"
    assert read_keel(tmp_path, gzip.compress(content.encode()))["target"] == ["E\u2028I", "N\x0bN"]


@pytest.mark.parametrize("content", ["@data\nEI\nA,C,EI\n", "@data\nA;C;EI\nG;T;N\n"])
def test_a_line_without_attributes_is_refused(tmp_path, content):
    assert_refused([f"{tmp_path / 'k.dat'}, line 2"], read_keel, tmp_path, content)


def test_a_workbook_is_refused(tmp_path):
    content = zipped({"xl/workbook.xml": "x"})
    assert_refused(["is an Excel workbook (.xlsx); save the sheet as CSV"], read_keel, tmp_path, content)

"""KEEL."""

import pytest

from beyondtext.data.readers import keel
from beyondtext.data.tally import Tally
from inputs import assert_refused, write


def read_keel(folder, content):
    return keel.read(write(folder, "k.dat", content), {"path": "k.dat"}, folder, Tally()).to_dict("list")


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
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    texts = [str(tmp_path / "k.dat") + texts[0], *texts[1:]]
    assert_refused(texts, read_keel, tmp_path, content)


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    assert_refused([str(tmp_path / "k.dat")], read_keel, tmp_path, "@data\nA,C,é\n".encode("latin-1"))


@pytest.mark.parametrize("content", ["@data\nEI\nA,C,EI\n", "@data\nA;C;EI\nG;T;N\n"])
def test_a_line_without_attributes_is_refused(tmp_path, content):
    assert_refused([f"{tmp_path / 'k.dat'}, line 2"], read_keel, tmp_path, content)

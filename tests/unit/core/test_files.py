"""Reading and writing files."""

import hashlib
import json
import math
import os

import pytest

from beyondtext.core import files
from beyondtext.core.errors import InputError


def test_yaml_that_is_missing_invalid_or_not_a_mapping_is_refused(tmp_path):
    path = tmp_path / "c.yaml"
    with pytest.raises(InputError, match="does not exist"):
        files.read_yaml(path)
    path.write_text("a: [1")
    with pytest.raises(InputError, match="not valid YAML"):
        files.read_yaml(path)
    path.write_text("- 1")
    with pytest.raises(InputError, match="contains list"):
        files.read_yaml(path)
    path.write_bytes(b"a: \xff\xfe\xff")
    with pytest.raises(InputError, match="cannot be read"):
        files.read_yaml(path)
    with pytest.raises(InputError, match="cannot be read"):
        files.read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tasks: [x]\nseeds: [1]\ntasks: [y]\n", "line 3: the key tasks is given twice, first on line 1"),
        ("a:\n  b: 1\n  c: {d: 2,\n    'd': 3}\n", "line 4: the key a.c.d is given twice, first on line 3"),
        ("arms:\n- x: 1\n- y: 1\n  z: 2\n  y: 3\n", "line 5: the key arms.1.y is given twice, first on line 3"),
        ("labels:\n  0: low\n  '0': high\n", "line 3: the key labels.0 is given twice, first on line 2"),
        ("a: &shared {b: 1, b: 2}\nc: *shared\n", "line 1: the key a.b is given twice, first on line 1"),
    ],
)
def test_a_key_that_is_given_twice_is_refused_at_any_depth(text, problem, tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"c\.yaml, {problem}; remove one") as caught:
        files.read_yaml(path)
    assert "\n" not in str(caught.value)


def test_one_key_in_several_mappings_and_aliases_are_no_repeats(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "first: &base {k: 1, l: 2}\nsecond: *base\nthird: {<<: *base, k: 3}\nfourth: {<<: *base, <<: {m: 4}, l: 5}\n"
    )
    assert files.read_yaml(path) == {
        "first": {"k": 1, "l": 2},
        "second": {"k": 1, "l": 2},
        "third": {"k": 3, "l": 2},
        "fourth": {"k": 1, "l": 5, "m": 4},
    }


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(InputError, match=r"cannot be read \(it is not a file\); give the path of a YAML file"):
            files.read_yaml(path)


def test_json_that_is_missing_invalid_or_a_folder_is_refused(tmp_path):
    path = tmp_path / "run.json"
    with pytest.raises(InputError, match=r"run\.json is missing; .*snakemake --cores 2"):
        files.read_json(path)
    path.write_text('{"a": ')
    with pytest.raises(InputError, match="not valid JSON"):
        files.read_json(path)
    with pytest.raises(InputError, match="is a folder"):
        files.read_json(tmp_path)


def test_json_is_read_as_it_was_written_and_has_no_nan(tmp_path):
    value = {"score": 0.1, "names": ["é"], "none": None}
    files.write_json(tmp_path / "new/a.json", value)
    assert files.read_json(tmp_path / "new/a.json") == value
    assert (tmp_path / "new/a.json").read_text(encoding="utf-8") == json.dumps(value, indent=2) + "\n"
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "new/a.json", {"score": math.nan})
    assert files.read_json(tmp_path / "new/a.json") == value


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with files.replacing(path) as part:
        part.write_text("new")
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    with files.replacing(folder) as part:
        part.mkdir()
        (part / "new.txt").write_text("new")
    assert [path.name for path in folder.iterdir()] == ["new.txt"] and list(tmp_path.iterdir()) == [folder]


def test_the_checksum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious.txt").write_text("kept")
    with (
        pytest.raises(InputError, match=r"mine is a folder; give the path of a file"),
        files.replacing(tmp_path / "mine") as part,
    ):
        part.write_text("new")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "precious.txt"]

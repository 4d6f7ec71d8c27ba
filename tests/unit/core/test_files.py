"""Reading files, checksums, and JSON."""

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
    with pytest.raises(InputError, match="contains a list, not keys and values"):
        files.read_yaml(path)
    path.write_text("# nothing\n")
    with pytest.raises(InputError, match="is empty, or has comments only"):
        files.read_yaml(path)
    path.write_bytes(b"a: \xff\xfe\xff")
    with pytest.raises(InputError, match="is not text in UTF-8; save it as such"):
        files.read_yaml(path)
    with pytest.raises(InputError, match="is a folder; give the path of a YAML file"):
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
        with pytest.raises(InputError, match="is a pipe or a device; give the path of a YAML file"):
            files.read_yaml(path)


def test_json_that_is_missing_invalid_or_a_folder_is_refused(tmp_path):
    path = tmp_path / "run.json"
    with pytest.raises(InputError, match=r"run\.json is missing; .*snakemake --cores 2"):
        files.read_json(path)
    path.write_text('{"a": ')
    with pytest.raises(InputError, match="not valid JSON"):
        files.read_json(path)
    path.write_text('{"score": 1e999}')
    with pytest.raises(InputError, match=r"1e999 is too large a number"):
        files.read_json(path)
    path.write_text('{"a": 1, "b": {"c": 1, "c": 2}}')
    with pytest.raises(InputError, match=r"run\.json is not valid JSON \(the key 'c' is given twice\); delete it"):
        files.read_json(path)
    with pytest.raises(InputError, match="is a folder, not a file"):
        files.read_json(tmp_path)


def test_pipes_devices_and_folders_are_refused_before_they_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, found in (
        (tmp_path / "pipe", "pipe or a device"),
        ("/dev/zero", "pipe or a device"),
        (tmp_path, "folder"),
    ):
        with pytest.raises(InputError, match=rf"is a {found}, not a file; give the path of a file, or move it away"):
            files.read_json(path)
    (tmp_path / "link").symlink_to("gone")
    files.check_is_file(tmp_path / "link")  # missing, which the reader reports


def test_json_is_read_as_it_was_written_and_has_no_nan(tmp_path):
    value = {"score": 0.1, "names": ["é"], "none": None}
    files.write_json(tmp_path / "new/a.json", value)
    assert files.read_json(tmp_path / "new/a.json") == value
    assert (tmp_path / "new/a.json").read_text(encoding="utf-8") == json.dumps(value, indent=2) + "\n"
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "new/a.json", {"score": math.nan})
    assert files.read_json(tmp_path / "new/a.json") == value


def test_the_checksum_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()

"""Reading a downloaded source: all of its files, or a sentence that says what is wrong."""

import hashlib
import json
import shutil
from unicodedata import normalize

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import raw
from beyondtext.data.raw import raw_files, require_file
from sources import write_record_of_source, write_source


@pytest.fixture
def directory(tmp_path):
    folder = tmp_path / "raw" / "demo"
    write_source(folder, {name: f"this is {name}\n" for name in ("set/b.txt", "a.txt")})
    return folder


def test_all_files_are_returned_sorted(directory):
    located = raw_files(directory)
    assert list(located) == ["a.txt", "set/b.txt"]
    assert located["set/b.txt"].read_text() == "this is set/b.txt\n"


def test_a_file_that_is_not_listed_is_not_returned(directory):
    (directory / "mine.txt").write_text("x")
    assert "mine.txt" not in raw_files(directory)


def test_a_missing_file_is_reported(directory):
    (directory / "a.txt").unlink()
    with pytest.raises(InputError, match=r"a\.txt is missing.*delete the folder .*demo and download"):
        raw_files(directory)


@pytest.mark.parametrize(
    ("content", "message"), [("this is A.txt\n", "its sha256 is"), ("longer by far\n\n\n", "bytes, not")]
)
def test_a_changed_file_is_reported(directory, content, message):
    (directory / "a.txt").write_text(content)
    with pytest.raises(InputError, match=rf"a\.txt was changed.*{message}.*download the source again"):
        raw_files(directory)


def test_a_folder_without_its_record_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"source\.json is missing"):
        raw_files(tmp_path)


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ([], "contains a list, not an object with keys and values"),
        ({}, "lacks changes, checksum, files, sha256, size, source, version"),
        ({"files": {}, "checksum": "0" * 64}, "lacks changes, sha256, size, source, version"),
    ],
)
def test_what_is_no_record_is_refused(directory, record, problem):
    (directory / "source.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=rf"source\.json {problem}; delete the folder .*demo and download the source"):
        raw_files(directory)


def test_a_record_that_was_changed_is_refused(directory):
    path = directory / "source.json"
    path.write_text(path.read_text().replace('"changes": []', '"changes": [1]'))
    with pytest.raises(InputError, match=r"source\.json was changed after it was written: .*; delete the folder"):
        raw_files(directory)


def test_the_record_of_another_source_is_refused_in_the_folder_of_a_source(directory):
    other = directory.parents[1] / "data" / "raw" / "other"
    shutil.copytree(directory, other)
    with pytest.raises(InputError, match=r"source\.json is that of the source 'demo'; delete the folder .*other and"):
        raw_files(other)
    shutil.copytree(directory, directory.parent / "anywhere")
    assert list(raw_files(directory.parent / "anywhere")) == ["a.txt", "set/b.txt"]


@pytest.mark.parametrize("entries", [[], {"a.txt": "sha"}, {"a.txt": {"size": 1}}])
def test_a_record_without_checksums_and_sizes_is_refused(directory, entries):
    write_record_of_source(directory, entries)
    with pytest.raises(InputError, match=r"source\.json does not list files"):
        raw_files(directory)


@pytest.mark.parametrize("name", ["../other.txt", "/etc/hostname", "a/../../other.txt", "", ".", "..", "a\0b"])
def test_a_record_of_a_file_outside_the_folder_is_refused(directory, name):
    (directory.parent / "other.txt").write_text("other")
    entry = {"sha256": hashlib.sha256(b"other").hexdigest(), "size": 5}
    write_record_of_source(directory, {name: entry})
    with pytest.raises(
        InputError, match=r"source\.json does not list files with their sha256 and size; delete the fold"
    ):
        raw_files(directory)


@pytest.mark.parametrize(
    "entry", [None, [], {"sha256": 7, "size": 5}, {"sha256": "A" * 64, "size": 5}, {"sha256": "a" * 64, "size": -1}]
)
def test_a_record_with_what_is_no_checksum_or_size_is_refused(directory, entry):
    write_record_of_source(directory, {"a.txt": entry})
    with pytest.raises(InputError, match=r"source\.json does not list files"):
        raw_files(directory)


def test_names_with_control_characters_are_printed_escaped():
    with pytest.raises(InputError, match=r"its files are a\\x1b\[2J, b\\n$"):
        require_file({"a\x1b[2J": None, "b\n": None}, "x.csv")


def test_a_file_that_the_source_lacks_is_reported_with_the_files_that_it_has(tmp_path):
    files = {f"{number}.csv": tmp_path for number in range(7)}
    assert require_file(files, "3.csv") == tmp_path
    with pytest.raises(
        InputError, match=r"no file 'x\.csv'; its files are 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 2 more$"
    ):
        require_file(files, "x.csv")


def test_a_file_is_found_by_another_unicode_form_and_case_of_its_ending(tmp_path):
    files = {normalize("NFD", "é/Größe.CSV"): tmp_path, "b.csv": None}
    assert require_file(files, normalize("NFC", "é/Größe.csv")) == tmp_path
    with pytest.raises(InputError, match="has no file"):
        require_file(files, "B.csv")


def test_a_file_that_the_system_does_not_let_us_read_is_reported(directory, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(raw.files, "sha256", refuse)
    with pytest.raises(InputError, match=r"a\.txt cannot be read \(Permission denied\); change its permissions$"):
        raw_files(directory)

"""Reading a downloaded source back: all of it, or a sentence that says what is wrong."""

import json

import pytest

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.raw import raw_files


@pytest.fixture
def directory(tmp_path):
    folder = tmp_path / "raw" / "demo"
    for name in ("set/b.txt", "a.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"this is {name}\n")
    listed = {
        n: {"sha256": files.sha256(folder / n), "size": (folder / n).stat().st_size} for n in ("set/b.txt", "a.txt")
    }
    files.write_json(folder / "source.json", {"source": "demo", "files": listed})
    return folder


def test_all_files_are_returned_sorted(directory):
    found = raw_files(directory)
    assert list(found) == ["a.txt", "set/b.txt"]
    assert found["set/b.txt"].read_text() == "this is set/b.txt\n"


def test_a_file_that_is_not_listed_is_not_returned(directory):
    (directory / "mine.txt").write_text("x")
    assert "mine.txt" not in raw_files(directory)


def test_a_missing_file_is_named(directory):
    (directory / "a.txt").unlink()
    with pytest.raises(InputError, match=r"a\.txt is missing.*delete the folder .*demo and download"):
        raw_files(directory)


@pytest.mark.parametrize(
    ("content", "said"), [("this is A.txt\n", "its sha256 is"), ("longer by far\n\n\n", "bytes, not")]
)
def test_an_altered_file_is_named(directory, content, said):
    (directory / "a.txt").write_text(content)
    with pytest.raises(InputError, match=rf"a\.txt was altered.*{said}.*download the source again"):
        raw_files(directory)


def test_a_folder_without_its_record(tmp_path):
    with pytest.raises(InputError, match=r"source\.json is missing"):
        raw_files(tmp_path)


@pytest.mark.parametrize(
    "record", [[], {}, {"files": []}, {"files": {"a.txt": "sha"}}, {"files": {"a.txt": {"size": 1}}}]
)
def test_a_record_that_lists_nothing_useful(directory, record):
    (directory / "source.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"source\.json does not list files"):
        raw_files(directory)

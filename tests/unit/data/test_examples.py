"""The examples file and its description."""

import re

import pandas as pd
import pytest

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data import examples as examples_module
from beyondtext.data.examples import check_disjoint, read_examples, write_examples
from demo_task import TASK, build, full_disk, table
from sources import on_disk


def test_examples_are_read_as_they_were_written(tmp_path):
    examples, alphabet, counts = build(TASK, table())
    path = tmp_path / "new" / "demo.parquet"
    write_examples(path, "demo", TASK, examples, alphabet, counts)
    assert on_disk(tmp_path / "new") == ["demo.json", "demo.parquet"]
    back, info = read_examples(path, "demo")
    plain = back.assign(symbols=back["symbols"].map(list))
    assert plain.to_dict("list") == examples.to_dict("list")
    assert info == {
        "task": "demo",
        **{name: TASK[name] for name in ("domain", "target", "metric", "symbols", "source")},
        "alphabet": ["A", "C", "G", "T"],
        "counts": counts,
        "sha256": files.sha256(path),
    }


def test_numbers_are_read_as_floats(tmp_path):
    task = {**TASK, "target": {"kind": "number"}}
    built = build(task, table(target=[f"{n}.5" for n in range(40)]))
    write_examples(tmp_path / "demo.parquet", "demo", task, *built)
    back, _ = read_examples(tmp_path / "demo.parquet", "demo")
    assert back["target"].dtype == "float64"
    assert back["target"].tolist() == [n + 0.5 for n in range(40)]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "out" / "demo.parquet"
    write_examples(path, "demo", TASK, *build(TASK, table()))
    return path


def test_a_changed_examples_file_is_refused(written):
    content = bytearray(written.read_bytes())
    content[len(content) // 2] ^= 1
    written.write_bytes(content)
    message = r"demo\.parquet is not the file that demo\.json describes; delete both"
    with pytest.raises(InputError, match=message) as error:
        read_examples(written, "demo")
    assert str(written) in str(error.value)
    assert "scripts/make_examples.py makes both again" in str(error.value)


@pytest.mark.parametrize("name", ["demo.parquet", "demo.json"])
def test_a_missing_file_is_reported(written, name):
    written.with_name(name).unlink()
    with pytest.raises(InputError, match=f"{re.escape(str(written.with_name(name)))} is missing; "):
        read_examples(written, "demo")


def test_a_description_that_is_not_json_is_refused(written):
    written.with_suffix(".json").write_text("{")
    with pytest.raises(InputError, match=rf"{re.escape(str(written.with_suffix('.json')))} is not valid JSON"):
        read_examples(written, "demo")


def test_a_description_without_a_checksum_is_refused(written):
    written.with_suffix(".json").write_text("{}")
    with pytest.raises(InputError, match=r"demo\.json lacks alphabet, .*, sha256, .*; delete it and .*demo\.parquet"):
        read_examples(written, "demo")


def rows_in_splits(*rows):
    """Examples of (id, split, group, symbols)."""
    return pd.DataFrame(rows, columns=["id", "split", "group", "symbols"]).assign(target="p")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "train", "g", ["A"]), ("a", "train", "g", ["C"])], "two examples have the same id"),
        ([("a", "train", "g", ["A", "C"]), ("b", "test", "h", ["A", "C"])], r"sequence 'A\x1fC' is in two splits"),
        ([("a", "train", "g", ["A"]), ("b", "validation", "g", ["C"])], "group 'g' is in two splits"),
    ],
)
def test_examples_in_two_splits_are_not_written(tmp_path, rows, message):
    with pytest.raises(AssertionError) as error:
        check_disjoint(rows_in_splits(*rows))
    assert str(error.value).startswith(message)
    with pytest.raises(AssertionError):
        write_examples(tmp_path / "x.parquet", "x", TASK, rows_in_splits(*rows), [], {})
    assert on_disk(tmp_path) == []


def test_a_split_may_have_several_examples_of_a_group_or_sequence():
    rows = [("a", "train", "g", ["A"]), ("b", "train", "g", ["A"]), ("c", "test", "h", ["C"])]
    assert check_disjoint(rows_in_splits(*rows)) is None


def test_a_full_disk_leaves_no_incomplete_file_and_keeps_the_earlier_ones(written, monkeypatch):
    before = {path.name: path.read_bytes() for path in written.parent.iterdir()}
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    for path in (written, written.parent / "deep" / "other.parquet"):
        with pytest.raises(OSError, match="No space left"):
            write_examples(path, "demo", TASK, *build(TASK, table()))
    assert on_disk(written.parent) == ["deep", "demo.json", "demo.parquet"]
    assert {name: (written.parent / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("name", ["demo.parquet", "demo.json"])
def test_a_folder_in_the_place_of_one_file_keeps_the_other_from_being_written(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=rf"{name} is a folder, not a file"):
        write_examples(tmp_path / "demo.parquet", "demo", TASK, *build(TASK, table()))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_without_its_description_no_examples_file_appears(tmp_path, monkeypatch):
    def full(path, value):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(examples_module, "write_record", full)
    with pytest.raises(OSError, match="No space left"):
        write_examples(tmp_path / "demo.parquet", "demo", TASK, *build(TASK, table()))
    assert on_disk(tmp_path) == []


def test_a_folder_is_no_examples_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^\. is a folder, not a file; give the path of a file"):
        read_examples(".", "demo")

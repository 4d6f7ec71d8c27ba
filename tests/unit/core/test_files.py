"""Reading and writing files."""

import errno
import hashlib
import json
import math
import os
import signal
import stat
import time

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


@pytest.mark.parametrize("name", ["file", "link to a file", "link to nothing"])
def test_a_file_is_not_replaced_by_a_folder(tmp_path, name):
    path = tmp_path / "file"
    path.write_text("mine")
    if name != "file":
        path = tmp_path / name
        path.symlink_to("file" if name == "link to a file" else "gone")
    before, made = sorted(tmp_path.iterdir()), tmp_path / "made"
    made.mkdir()
    with (
        pytest.raises(InputError, match=rf"{name} is a file; give the path of a folder"),
        files.replacing(path) as part,
    ):
        part.mkdir()
    with pytest.raises(InputError, match=rf"{name} is a file; give the path of a folder"):
        files.move_folder(made, path)
    made.rmdir()
    assert sorted(tmp_path.iterdir()) == before and (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("place", ["file/new.txt", "file/a/b/new.txt", "gone/new.txt"])
def test_a_file_in_the_place_of_a_folder_above_is_named(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "gone").symlink_to("nowhere")
    first = place.partition("/")[0]
    with pytest.raises(InputError, match=rf"{first} is a file, but a folder is needed there; give another path"):
        files.write_json(tmp_path / place, {})


@pytest.mark.parametrize("name", [None, "part"])
def test_an_error_of_the_system_names_the_file_and_no_scratch_folder(tmp_path, name):
    """PyArrow, and Python where a file is open already, name no file."""
    with pytest.raises(OSError, match="Input/output error") as caught, files.replacing(tmp_path / "a.parquet") as part:
        raise OSError(errno.EIO, "no", *([part / name] if name else []))
    assert caught.value.filename == str(tmp_path / "a.parquet")
    with pytest.raises(OSError, match="b") as caught, files.replacing(tmp_path / "a.parquet"):
        raise OSError(errno.EIO, "no", "b")
    assert caught.value.filename == "b"


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"run-\\xff/a\.json has a name that is not UTF-8; rename it"):
        files.write_json(tmp_path / os.fsdecode(b"run-\xff") / "a.json", {})
    assert not list(tmp_path.iterdir())


def test_pipes_and_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        with pytest.raises(InputError, match=rf"{name} is a pipe or a device; give the path of a file to write"):
            files.write_json(tmp_path / name, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


def test_files_are_written_to_the_disk_before_they_are_moved(tmp_path, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    monkeypatch.setattr(os, "replace", lambda old, new: (calls.append("moved"), replace(old, new)))
    with files.replacing(tmp_path / "a.txt") as part:
        part.write_text("new")
    with files.replacing(tmp_path / "run") as part:
        (part / "deep").mkdir(parents=True)
        (part / "deep/b.txt").write_text("new")
    names = [call.rpartition("/")[2] for call in calls]
    assert names[:2] == ["a.txt", "moved"]
    assert sorted(names[2:-1]) == ["b.txt", "deep", "run"] and names[-1] == "moved"
    assert fsync is not os.fsync


def test_file_systems_that_cannot_write_to_the_disk_on_request_are_no_error(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    number = errno.EINVAL
    files.write_json(tmp_path / "a.json", {})
    number = errno.ENOSPC  # which network disks report only now
    with pytest.raises(OSError, match=r"No space left on device: .*b\.json"):
        files.write_json(tmp_path / "b.json", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_files_have_the_usual_mode_however_they_were_written(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with files.replacing(tmp_path / "run") as part:
            part.mkdir()
            (part / "private").touch(0o600)
            (part / "program").touch(0o755)
        assert os.umask(mask) == mask  # it is what it was
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run/private").stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "run/program").stat().st_mode) == 0o755 & ~mask


def test_a_folder_behind_a_link_is_replaced_where_it_is(tmp_path):
    (tmp_path / "disk/run").mkdir(parents=True)
    (tmp_path / "run").symlink_to(tmp_path / "disk/run")
    with files.replacing(tmp_path / "run") as part:
        part.mkdir()
        (part / "new").touch()
    assert (tmp_path / "run").is_symlink() and [path.name for path in (tmp_path / "disk/run").iterdir()] == ["new"]


@pytest.mark.parametrize("name", ["x" * 200, "é" * 120, "a.b.tmp"])
def test_any_name_that_a_file_may_have_can_be_written(tmp_path, name):
    files.write_json(tmp_path / name, {})
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace = os.replace

    def fail_once(old, new):
        if str(old).endswith("/new"):
            raise OSError(errno.EIO, "Input/output error")
        replace(old, new)

    monkeypatch.setattr(os, "replace", fail_once)
    with pytest.raises(OSError, match="Input/output"):
        files.move_folder(tmp_path / "new", tmp_path / "old")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        *("new", "new/new", "old", "old/old")
    ]


def test_a_folder_is_copied_to_another_disk(tmp_path, monkeypatch):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/a").write_text("a")
    replace = os.replace

    def other_disk(old, new):
        if old == tmp_path / "new":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(old, new)

    monkeypatch.setattr(os, "replace", other_disk)
    files.move_folder(tmp_path / "new", tmp_path / "there/run")
    assert (tmp_path / "there/run/a").read_text() == "a" and len(list((tmp_path / "there").iterdir())) == 1


def test_leftovers_of_killed_processes_are_removed_and_nothing_else(tmp_path):
    started = tmp_path / "started"
    killed = os.fork()
    if not killed:
        with files.replacing(tmp_path / "results/deep/two\nlines") as part:
            part.mkdir()
            (part / "half").touch()
            started.touch()
            time.sleep(60)
    while not started.exists():
        time.sleep(0.01)
    assert files.remove_abandoned(tmp_path) == []  # it is in use
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    mine = [
        ".notes.tmp",
        ".git",
        "a.12345678.tmp",
        f".x.12345678.{files.HOST}.tmp.txt",
        f".X.ABCDEFGH.{files.HOST}.tmp",
    ]
    for name in mine:
        (tmp_path / "results" / name).mkdir()
    (tmp_path / "results" / f".link.12345678.{files.HOST}.tmp").symlink_to(tmp_path / "results/.git")
    (leftover,) = (path for path in (tmp_path / "results/deep").iterdir())
    assert files.remove_abandoned(tmp_path) == [leftover]
    assert not list((tmp_path / "results/deep").iterdir()) and len(list((tmp_path / "results").iterdir())) == 7


def test_leftovers_of_another_machine_are_removed_when_they_are_old(tmp_path):
    names = [".run.12345678.elsewhere.tmp", ".run.abcdefgh.elsewhere.tmp"]
    for name in names:
        (tmp_path / name).mkdir()
    old = time.time() - files.LONGEST_USE - 60
    os.utime(tmp_path / names[1], (old, old))
    assert files.remove_abandoned(tmp_path) == [tmp_path / names[1]]


def test_a_scratch_folder_that_is_removed_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    lock, removed = files._lock, []

    def too_late(folder):
        if not removed:
            removed.extend(files.remove_abandoned(tmp_path))
        return lock(folder)

    monkeypatch.setattr(files, "_lock", too_late)
    files.write_json(tmp_path / "a.json", {})
    assert len(removed) == 1 and [path.name for path in tmp_path.iterdir()] == ["a.json"]

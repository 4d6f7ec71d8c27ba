"""Writing files and folders atomically."""

import errno
import os
import stat

import pytest

from beyondtext.core.atomic import move_folder, replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import write_json


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    with replacing(path) as part:
        part.write_text("new")
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    with replacing(folder) as part:
        part.mkdir()
        (part / "new.txt").write_text("new")
    assert [path.name for path in folder.iterdir()] == ["new.txt"] and list(tmp_path.iterdir()) == [folder]


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/precious.txt").write_text("kept")
    with (
        pytest.raises(InputError, match=r"mine is a folder; give the path of a file"),
        replacing(tmp_path / "mine") as part,
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
        replacing(path) as part,
    ):
        part.mkdir()
    with pytest.raises(InputError, match=rf"{name} is a file; give the path of a folder"):
        move_folder(made, path)
    made.rmdir()
    assert sorted(tmp_path.iterdir()) == before and (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("place", ["file/new.txt", "file/a/b/new.txt", "gone/new.txt"])
def test_a_file_in_the_place_of_a_folder_above_is_named(tmp_path, place):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "gone").symlink_to("nowhere")
    first = place.partition("/")[0]
    with pytest.raises(InputError, match=rf"{first} is a file, but a folder is needed there; give another path"):
        write_json(tmp_path / place, {})


@pytest.mark.parametrize("name", [None, "part"])
def test_an_error_of_the_system_names_the_file_and_no_scratch_folder(tmp_path, name):
    """PyArrow, and Python where a file is open already, name no file."""
    with pytest.raises(OSError, match="Input/output error") as caught, replacing(tmp_path / "a.parquet") as part:
        raise OSError(errno.EIO, "no", *([part / name] if name else []))
    assert caught.value.filename == str(tmp_path / "a.parquet")
    with pytest.raises(OSError, match="b") as caught, replacing(tmp_path / "a.parquet"):
        raise OSError(errno.EIO, "no", "b")
    assert caught.value.filename == "b"


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"run-\\xff/a\.json has a name that is not UTF-8; rename it"):
        write_json(tmp_path / os.fsdecode(b"run-\xff") / "a.json", {})
    assert not list(tmp_path.iterdir())


def test_pipes_and_devices_are_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        with pytest.raises(InputError, match=rf"{name} is a pipe or a device; give the path of a file to write"):
            write_json(tmp_path / name, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


def test_files_are_written_to_the_disk_before_they_are_moved(tmp_path, monkeypatch):
    calls, replace = [], os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    monkeypatch.setattr(os, "replace", lambda old, new: (calls.append("moved"), replace(old, new)))
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("new")
    with replacing(tmp_path / "run") as part:
        (part / "deep").mkdir(parents=True)
        (part / "deep/b.txt").write_text("new")
    names = [call.rpartition("/")[2] for call in calls]
    assert names[:2] == ["a.txt", "moved"]
    assert sorted(names[2:-1]) == ["b.txt", "deep", "run"] and names[-1] == "moved"


def test_file_systems_that_cannot_write_to_the_disk_on_request_are_no_error(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    number = errno.EINVAL
    write_json(tmp_path / "a.json", {})
    number = errno.ENOSPC  # which network disks report only now
    with pytest.raises(OSError, match=r"No space left on device: .*b\.json"):
        write_json(tmp_path / "b.json", {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_files_have_the_usual_mode_however_they_were_written(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "run") as part:
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
    with replacing(tmp_path / "run") as part:
        part.mkdir()
        (part / "new").touch()
    assert (tmp_path / "run").is_symlink() and [path.name for path in (tmp_path / "disk/run").iterdir()] == ["new"]


@pytest.mark.parametrize("name", ["x" * 200, "é" * 120, "a.b.tmp"])
def test_any_name_that_a_file_may_have_can_be_written(tmp_path, name):
    write_json(tmp_path / name, {})
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
        move_folder(tmp_path / "new", tmp_path / "old")
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
    move_folder(tmp_path / "new", tmp_path / "there/run")
    assert (tmp_path / "there/run/a").read_text() == "a" and len(list((tmp_path / "there").iterdir())) == 1

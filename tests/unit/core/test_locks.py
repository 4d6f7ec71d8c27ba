"""Locks of processes on files."""

import errno
import fcntl
import socket

import pytest
from filelock import FileLock

from beyondtext.core.errors import InputError
from beyondtext.core.locks import claim, file_lock, holding


def test_a_lock_is_claimed_once(tmp_path):
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert claim(one) and not claim(other)
    one.release()
    assert claim(other, blocking=True)


def test_a_lock_is_held_while_the_body_runs_even_if_it_fails(tmp_path):
    other = FileLock(tmp_path / "lock")
    with pytest.raises(RuntimeError), holding(FileLock(tmp_path / "lock")):
        assert not claim(other)
        raise RuntimeError
    assert claim(other)


@pytest.mark.parametrize("kind", ["folder", "link", "link to nothing", "socket"])
def test_what_is_no_lock_is_refused_and_left_as_it_is(tmp_path, kind, monkeypatch):
    path, mine = tmp_path / "lock", tmp_path / "mine"
    mine.write_text("mine")
    if kind == "folder":
        path.mkdir()
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # whose path may be too long for a socket
        socket.socket(socket.AF_UNIX).bind("lock")
    else:
        path.symlink_to("mine" if kind == "link" else "gone")
    with pytest.raises(InputError, match=r"lock is in the place of a lock, but is not a file; remove it"):
        claim(FileLock(path))
    assert mine.read_text() == "mine" and not (tmp_path / "gone").exists()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
@pytest.mark.parametrize("blocking", [True, False])
def test_a_file_system_without_locks_is_one_sentence(tmp_path, monkeypatch, code, blocking):
    def refuse(*arguments):
        raise OSError(code, "not here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(InputError, match=r"lock cannot be locked: its file system has no flock .* put the project on"):
        claim(file_lock(tmp_path / "lock"), blocking)

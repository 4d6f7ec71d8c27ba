"""Scratch folders, and what killed processes leave of them."""

import os
import signal
import time

from beyondtext.core import scratch
from beyondtext.core.atomic import replacing
from beyondtext.core.files import write_json


def test_leftovers_of_killed_processes_are_removed_and_nothing_else(tmp_path):
    started = tmp_path / "started"
    killed = os.fork()
    if not killed:
        with replacing(tmp_path / "results/deep/two\nlines") as part:
            part.mkdir()
            (part / "half").touch()
            started.touch()
            time.sleep(60)
    while not started.exists():
        time.sleep(0.01)
    assert scratch.remove_abandoned(tmp_path) == []  # it is in use
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    mine = [
        ".notes.tmp",
        ".git",
        "a.12345678.tmp",
        f".x.12345678.{scratch.HOST}.tmp.txt",
        f".X.ABCDEFGH.{scratch.HOST}.tmp",
    ]
    for name in mine:
        (tmp_path / "results" / name).mkdir()
    (tmp_path / "results" / f".link.12345678.{scratch.HOST}.tmp").symlink_to(tmp_path / "results/.git")
    (leftover,) = (path for path in (tmp_path / "results/deep").iterdir())
    assert scratch.remove_abandoned(tmp_path) == [leftover]
    assert not list((tmp_path / "results/deep").iterdir()) and len(list((tmp_path / "results").iterdir())) == 7


def test_leftovers_of_another_machine_are_removed_when_they_are_old(tmp_path):
    names = [".run.12345678.elsewhere.tmp", ".run.abcdefgh.elsewhere.tmp"]
    for name in names:
        (tmp_path / name).mkdir()
    old = time.time() - scratch.LONGEST_USE - 60
    os.utime(tmp_path / names[1], (old, old))
    assert scratch.remove_abandoned(tmp_path) == [tmp_path / names[1]]


def test_a_scratch_folder_that_is_removed_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    lock, removed = scratch._lock, []

    def too_late(folder):
        if not removed:
            removed.extend(scratch.remove_abandoned(tmp_path))
        return lock(folder)

    monkeypatch.setattr(scratch, "_lock", too_late)
    write_json(tmp_path / "a.json", {})
    assert len(removed) == 1 and [path.name for path in tmp_path.iterdir()] == ["a.json"]

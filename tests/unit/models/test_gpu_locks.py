"""How processes share the GPUs of a machine."""

import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.models import gpu_locks
from beyondtext.models.gpu_locks import claim_gpu, own_folder

# Claims a GPU, prints its index, and keeps it until its standard input closes.
JOB = """
import sys
from beyondtext.models.gpu_locks import claim_gpu
gpus, gpu_jobs, folder = sys.argv[1:]
print(claim_gpu(gpus.split(","), int(gpu_jobs), folder, wait=0.01), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def locks(monkeypatch):
    """The locks that a test takes, released after it."""
    locks = []
    monkeypatch.setattr(gpu_locks, "_held", locks)
    yield locks
    for lock in locks:
        lock.release()


@pytest.fixture
def start(tmp_path):
    """Start a process that claims one of some GPUs."""
    started = []

    def start(gpus, gpu_jobs):
        command = [sys.executable, "-c", JOB, gpus, str(gpu_jobs), str(tmp_path)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, cwd=paths.SCRIPTS, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        with process:  # closes its pipes and waits
            pass


def end(process):
    process.stdin.close()
    process.wait()


def kill(process):
    process.kill()  # SIGKILL: no code of the process runs any more
    process.wait()


def test_jobs_get_gpus_of_their_own_first(tmp_path):
    assert [claim_gpu(["a", "b"], 2, tmp_path) for _ in range(4)] == [0, 1, 0, 1]


def test_a_job_waits_for_a_gpu_and_reports_it(tmp_path, locks, capsys):
    claim_gpu(["a"], 1, tmp_path)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(claim_gpu(["a"], 1, tmp_path, wait=0.01)))
    waiting.start()
    time.sleep(0.1)
    assert taken == []
    locks[0].release()
    waiting.join(10)
    assert taken == [0]
    assert "waiting for one of 1 GPUs" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [end, kill])
def test_a_process_waits_until_the_one_with_the_gpu_has_ended(start, stop):
    first = start("a", 1)
    assert first.stdout.readline() == "0\n"
    second = start("a", 1)
    assert second.stderr.readline() == "waiting for one of 1 GPUs\n"
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.2)
    stop(first)
    assert second.stdout.readline() == "0\n"


def test_two_processes_may_share_a_gpu_and_a_third_waits(start):
    assert [start("a", 2).stdout.readline() for _ in range(2)] == ["0\n", "0\n"]
    assert start("a", 2).stderr.readline() == "waiting for one of 1 GPUs\n"


def test_processes_spread_over_the_gpus(start):
    processes = [start("a,b", 2) for _ in range(2)]
    assert sorted(process.stdout.readline() for process in processes) == ["0\n", "1\n"]


def test_processes_that_see_the_gpus_in_another_order_spread_too(start):
    assert start("a,b", 1).stdout.readline() == "0\n"
    assert start("b,a", 1).stdout.readline() == "0\n"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The system's temporary folder, and what the folder of this user's locks is called in it."""
    folder = tmp_path / "tmp"
    folder.mkdir(mode=0o777)
    monkeypatch.setattr(gpu_locks.tempfile, "gettempdir", lambda: str(folder))
    return folder / f"beyondtext-{os.getuid()}"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_user_can_use_the_folder_of_the_locks(temporary, mask):
    before = os.umask(mask)
    try:
        assert claim_gpu(["a"], 1) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(temporary.stat().st_mode) == 0o700
    assert [path.name for path in temporary.iterdir()] == ["a-0.lock"]
    assert own_folder() == temporary  # a second time


def test_the_folder_of_an_earlier_version_is_closed_to_others(temporary):
    temporary.mkdir(mode=0o755)
    temporary.chmod(0o755)
    assert own_folder() == temporary
    assert stat.S_IMODE(temporary.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["folder", "file", "dangling", "file itself", "pipe"])
def test_a_link_or_file_in_place_of_the_folder_is_refused(temporary, tmp_path, kind):
    target = tmp_path / "elsewhere"
    if kind == "file itself":
        temporary.write_text("")
    elif kind == "pipe":
        os.mkfifo(temporary)
    else:
        temporary.symlink_to(target)
        if kind == "folder":
            target.mkdir(mode=0o700)
        elif kind == "file":
            target.write_text("")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"beyondtext-\d+ is not a folder, so no locks are put there .* or set TMPDIR"):
        claim_gpu(["a"], 1)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_change_is_refused(temporary, mode):
    temporary.mkdir()
    temporary.chmod(mode)
    with pytest.raises(InputError, match="can be changed by other users, so no locks"):
        own_folder()
    assert list(temporary.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(temporary, monkeypatch):
    temporary.mkdir(mode=0o700)
    owner, folder = temporary.stat().st_uid, temporary.rename(temporary.with_name(f"beyondtext-{12345}"))
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(InputError, match=rf"{folder} belongs to the user with the number {owner}, so no locks"):
        own_folder()

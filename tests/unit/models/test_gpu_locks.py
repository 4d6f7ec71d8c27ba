"""How processes share the GPUs of a machine."""

import subprocess
import sys
import threading
import time

import pytest

from beyondtext.core import paths
from beyondtext.models import gpu_locks
from beyondtext.models.gpu_locks import claim_gpu

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

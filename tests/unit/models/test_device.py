"""The device and the precision of a run, and how jobs share GPUs."""

import subprocess
import sys
import threading
import time

import pytest
import torch

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.models import device
from beyondtext.models.device import Compute, choose_device, choose_precision, device_name

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def locks(monkeypatch):
    """The locks that a test takes, released after it."""
    locks = []
    monkeypatch.setattr(device, "_gpu_locks", locks)
    yield locks
    for lock in locks:
        lock.release()


def test_jobs_get_gpus_of_their_own_first(tmp_path):
    assert [device.claim_gpu(["a", "b"], 2, tmp_path) for _ in range(4)] == [0, 1, 0, 1]


def test_a_job_waits_for_a_gpu_and_reports_it(tmp_path, locks, capsys):
    device.claim_gpu(["a"], 1, tmp_path)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(device.claim_gpu(["a"], 1, tmp_path, wait=0.01)))
    waiting.start()
    time.sleep(0.1)
    assert taken == []
    locks[0].release()
    waiting.join(10)
    assert taken == [0]
    assert "waiting for one of 1 GPUs" in capsys.readouterr().err


def test_a_gpu_is_free_again_after_its_process_was_killed(tmp_path):
    code = "import sys, time; from beyondtext.models.device import claim_gpu\n"
    code += "print(claim_gpu(['a'], 1, sys.argv[1]), flush=True); time.sleep(60)"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=paths.ROOT / "scripts", stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "0\n"
    child.kill()
    child.wait()
    assert device.claim_gpu(["a"], 1, tmp_path) == 0


def test_cuda_without_a_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device is cuda, but torch finds no GPU"):
        choose_device("cuda", 1)
    assert choose_device("auto", 1) == CPU
    assert choose_precision("float32", CPU) == "float32"


@pytest.mark.parametrize(
    ("flags", "expected"), [("fpu avx512_bf16", "bfloat16"), ("amx_bf16", "bfloat16"), ("fpu avx512f", "float32")]
)
def test_auto_is_bfloat16_if_the_cpu_multiplies_it(monkeypatch, flags, expected):
    monkeypatch.setattr(device, "_cpuinfo", lambda key: flags if key == "flags" else "")
    assert choose_precision("auto", CPU) == expected


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_products_have_the_precision_of_the_compute_object(precision, dtype):
    a = torch.ones(2, 2)
    with Compute(CPU, precision).autocast():
        assert (a @ a).dtype == dtype


def test_a_device_is_named_for_the_record():
    assert device_name(CPU).startswith("cpu: ")
    assert len(device_name(CPU)) > len("cpu: ")

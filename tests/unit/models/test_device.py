"""The device and the precision of a run."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.models import device
from beyondtext.models.device import Compute, choose_device, choose_precision, device_name, full_memory_explained
from tiny import tiny_examples, tiny_settings, tiny_source

CPU = torch.device("cpu")


BUSY = "CUDA error: CUDA-capable device(s) is/are busy or unavailable"
ADVICE = "\nCUDA kernel errors might be asynchronously reported at some other API call."


@pytest.fixture
def gpu(monkeypatch):
    """Make torch seem to find one GPU, and reserve it without a lock."""
    properties = SimpleNamespace(uuid="a", name="NVIDIA X1")
    fakes = {"is_available": True, "init": None, "device_count": 1, "get_device_properties": properties}
    for name, value in fakes.items():
        monkeypatch.setattr(torch.cuda, name, lambda *arguments, value=value: value)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: properties.name)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(2e9), int(80e9)))
    monkeypatch.setattr(device, "claim_gpu", lambda gpus, gpu_jobs: gpus.index("a"))


def raising(error):
    """A function that raises an error, whatever its arguments."""

    def function(*arguments, **options):
        raise error

    return function


def test_a_gpu_is_used_if_there_is_one(gpu, monkeypatch):
    monkeypatch.setattr(torch, "zeros", lambda *arguments, **options: None)
    assert choose_device("auto", 1) == choose_device("cuda", 1) == torch.device("cuda", 0)
    assert choose_device("cpu", 1) == CPU


@pytest.mark.parametrize("kind", [torch.AcceleratorError, RuntimeError])
@pytest.mark.parametrize("requested", ["auto", "cuda"])
def test_a_gpu_that_another_process_has_for_itself_is_named(gpu, monkeypatch, requested, kind):
    monkeypatch.setattr(torch, "zeros", raising(kind(BUSY + ADVICE)))
    with pytest.raises(
        InputError, match=r"^cuda:0 \(NVIDIA X1\) cannot be used: CUDA error: .* unavailable; see"
    ) as caught:
        choose_device(requested, 1)
    assert "\n" not in str(caught.value)


def test_cuda_that_fails_to_start_is_explained(gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "init", raising(torch.cuda.DeferredCudaCallError("CUDA call failed lazily\n\nat")))
    with pytest.raises(InputError, match=r"^this machine's GPU cannot be used: CUDA call failed lazily; see"):
        choose_device("auto", 1)


def test_cuda_without_a_gpu_is_refused_and_auto_is_the_cpu(monkeypatch, capsys):
    monkeypatch.setattr(device, "why_no_gpu", lambda: ("torch finds no NVIDIA driver", "install it"))
    monkeypatch.setattr(device, "installed_gpus", list)
    with pytest.raises(
        InputError, match=r"^device is cuda, but torch finds no NVIDIA driver; install it, or set device to"
    ):
        choose_device("cuda", 1)
    assert choose_device("auto", 1) == CPU
    assert capsys.readouterr().err == ""
    assert choose_precision("float32", CPU) == "float32"


def test_a_program_without_its_gpu_ends_with_one_line_before_its_first_step(tmp_path):
    raw, definition = tiny_source(tmp_path)
    settings, examples = tiny_settings(definition, device="cuda"), tiny_examples(tmp_path)
    command = [sys.executable, "scripts/finetune.py", "--settings", json.dumps(settings)]
    folders = {"raw": raw, "examples": examples, "output": tmp_path / "run", "state": tmp_path / "state"}
    command += [str(word) for option, folder in folders.items() for word in (f"--{option}", folder)]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    ended = subprocess.run(command, cwd=paths.ROOT, env=hidden, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: device is cuda, but ")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_auto_says_why_it_does_not_use_the_machines_gpu(monkeypatch, capsys):
    monkeypatch.setattr(device, "why_no_gpu", lambda: ("the driver is too old", "update it"))
    monkeypatch.setattr(device, "installed_gpus", lambda: ["NVIDIA X1", "NVIDIA X1"])
    assert choose_device("auto", 1) == choose_device("cpu", 1) == CPU
    line = "although this machine has NVIDIA X1, since the driver is too old; update it\n"
    assert capsys.readouterr().err == f"device is auto: running on the CPU, {line}"


def test_auto_says_that_the_environment_hides_the_gpus(monkeypatch, capsys):
    monkeypatch.setattr(device, "why_no_gpu", lambda: ("CUDA_VISIBLE_DEVICES is '7', which is none", "unset it"))
    monkeypatch.setattr(device, "installed_gpus", list)
    assert choose_device("auto", 1) == CPU
    line = "device is auto: running on the CPU, since CUDA_VISIBLE_DEVICES is '7', which is none; unset it\n"
    assert capsys.readouterr().err == line


def ended_capture():
    """The error of a CUDA graph's capture that ends after an allocation failed in it."""
    error = torch.AcceleratorError("CUDA error: operation failed due to a previous error during capture")
    error.__context__ = torch.OutOfMemoryError("CUDA out of memory.")
    return error


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        torch.AcceleratorError("CUDA error: out of memory" + ADVICE),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        ended_capture(),
    ],
)
def test_a_gpu_whose_memory_is_full_is_named(gpu, error):
    message = r"^the memory of cuda: NVIDIA X1 is full: 2\.0 of 80\.0 GB are free, .*; lower batch_size, .* or gpu_jobs"
    with pytest.raises(InputError, match=message), full_memory_explained(torch.device("cuda", 0)):
        raise error


def test_a_cpu_whose_memory_is_full_is_named():
    message = (
        r"^the memory of cpu: .* is full: [\d.]+ of [\d.]+ GB are free, .*; lower batch_size or the task's max_length$"
    )
    with pytest.raises(InputError, match=message), full_memory_explained(CPU):
        torch.empty(2**50)


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), InputError("no"), torch.AcceleratorError(BUSY)])
def test_other_errors_are_not_about_memory(gpu, error):
    with pytest.raises(type(error)) as caught, full_memory_explained(torch.device("cuda", 0)):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("flags", "expected"), [("fpu avx512_bf16", "bfloat16"), ("amx_bf16", "bfloat16"), ("fpu avx512f", "float32")]
)
def test_auto_is_bfloat16_if_the_cpu_multiplies_it(monkeypatch, flags, expected):
    monkeypatch.setattr(device, "_cpuinfo", lambda key: flags if key == "flags" else "")
    assert choose_precision("auto", CPU) == Compute.on(CPU, "auto").precision == expected


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_products_have_the_precision_of_the_compute_object(precision, dtype):
    a = torch.ones(2, 2)
    with Compute(CPU, precision).autocast():
        assert (a @ a).dtype == dtype


def test_a_device_is_named_for_the_record():
    assert device_name(CPU).startswith("cpu: ")
    assert len(device_name(CPU)) > len("cpu: ")

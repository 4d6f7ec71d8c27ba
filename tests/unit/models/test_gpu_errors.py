"""What torch and nvidia-smi say about GPUs, as a reason and a remedy."""

import warnings

import pytest
import torch

from beyondtext.models.gpu_errors import VISIBLE, why_no_gpu


@pytest.fixture
def no_gpu(monkeypatch):
    """Make torch seem to be built with CUDA and to find no GPU; return a function that sets the reason."""
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    reasons = []

    def is_available():
        warnings.warn("CUDA initialization: " + reasons[0], stacklevel=1)
        return False

    def init():
        raise RuntimeError(reasons[0])

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    monkeypatch.setattr(torch.cuda, "init", init)
    return reasons.append


def test_nothing_is_wrong_if_torch_finds_a_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert why_no_gpu() is None


def test_a_torch_without_cuda_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch, "__version__", "2.13.0+cpu")
    reason, remedy = why_no_gpu()
    assert reason == "torch 2.13.0+cpu was built without CUDA"
    assert remedy.startswith("install a build with CUDA")


@pytest.mark.parametrize(
    ("said", "reason", "remedy"),
    [
        (
            "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",
            "torch finds no NVIDIA driver",
            "install it",
        ),
        (
            "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver",
            "the NVIDIA driver is too old for torch",
            "update the driver, or install a build of torch for an earlier CUDA than 13.0",
        ),
        ("No CUDA GPUs are available", "torch finds no GPU (No CUDA GPUs are available)", "check the GPU"),
        ("CUDA unknown error\nand advice", "torch finds no GPU (CUDA unknown error)", "check the GPU"),
    ],
)
def test_what_torch_says_becomes_a_reason_and_a_remedy(no_gpu, recwarn, said, reason, remedy):
    no_gpu(said)
    given = why_no_gpu()
    assert given[0].startswith(reason) and given[1].startswith(remedy)
    assert not recwarn.list


@pytest.mark.parametrize("value", ["", "7"])
def test_an_environment_that_hides_every_gpu_is_named_with_its_value(no_gpu, monkeypatch, value):
    no_gpu("No CUDA GPUs are available")
    monkeypatch.setenv(VISIBLE, value)
    reason, remedy = why_no_gpu()
    assert reason == f"CUDA_VISIBLE_DEVICES is {value!r}, which is none of this machine's GPUs"
    assert remedy.startswith("unset it")


def test_a_missing_driver_is_not_blamed_on_the_environment(no_gpu, monkeypatch):
    no_gpu("Found no NVIDIA driver on your system.")
    monkeypatch.setenv(VISIBLE, "0")
    assert why_no_gpu()[0] == "torch finds no NVIDIA driver"

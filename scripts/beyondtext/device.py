"""Which device a run uses, and in which precision."""

import platform
from contextlib import nullcontext
from pathlib import Path

import torch

from beyondtext.errors import InputError


def choose_device(wanted):
    """``auto``, ``cpu`` or ``cuda`` as a `torch.device`; `InputError` if it is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("device is cuda, but torch finds no GPU here; set device to auto or cpu")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(wanted)


def choose_precision(wanted, device):
    """``auto`` becomes ``bfloat16`` where the hardware multiplies it, else ``float32``."""
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if _processor_flags() & {"avx512_bf16", "amx_bf16"} else "float32"


def autocast(device, precision):
    """The context in which forward passes run."""
    return torch.autocast(device.type, dtype=torch.bfloat16) if precision == "bfloat16" else nullcontext()


def describe(device):
    """The device's name for the record: ``cuda: NVIDIA H100`` or ``cpu: AMD EPYC``."""
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu: {_processor_line('model name') or platform.processor() or platform.machine()}"


def _processor_flags():
    return set(_processor_line("flags").split())


def _processor_line(key):
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")

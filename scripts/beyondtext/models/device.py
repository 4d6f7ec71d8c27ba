"""Which device a run uses, and in which precision."""

import getpass
import platform
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import psutil
import torch
from filelock import FileLock, Timeout

from beyondtext.core.errors import InputError

_held = []  # locks of cards; the system opens them when the process ends, however it ends


def choose_device(wanted, gpu_jobs):
    """``auto``, ``cpu`` or ``cuda`` as a `torch.device`; `InputError` if it is not there.

    A GPU is a card of the process's own, or one that at most ``gpu_jobs`` processes of this user share;
    where all are taken, the call waits for one.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("device is cuda, but torch finds no GPU here; set device to auto or cpu")
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "cpu"
    if wanted == "cpu":
        return torch.device("cpu")
    # By what the card itself is called: its number depends on CUDA_VISIBLE_DEVICES.
    cards = [str(torch.cuda.get_device_properties(place).uuid) for place in range(torch.cuda.device_count())]
    return torch.device("cuda", claim_card(cards, gpu_jobs))


def claim_card(cards, gpu_jobs, folder=None, wait=2.0):
    """Take a card until the process ends; return its place in ``cards``.

    Cards with fewer jobs are taken first. Each card has ``gpu_jobs`` lock files, one of which a job holds.

    Parameters
    ----------
    cards : list of str
        Their names.
    gpu_jobs : int
        Jobs that may share a card.
    folder : path, optional
        Where the lock files lie; by default a folder of this user's below the system's temporary one.
    wait : float
        Seconds between two looks where all cards are taken.
    """
    folder = Path(folder or Path(tempfile.gettempdir()) / f"beyondtext-{getpass.getuser()}")
    folder.mkdir(parents=True, exist_ok=True)
    told = False
    while True:
        for turn in range(gpu_jobs):
            for place, card in enumerate(cards):
                lock = FileLock(folder / f"{card}-{turn}.lock")
                try:
                    lock.acquire(blocking=False)
                except Timeout:
                    continue
                _held.append(lock)
                return place
        if not told:
            print(f"waiting for one of {len(cards)} GPUs", file=sys.stderr, flush=True)
            told = True
        time.sleep(wait)


def free_memory(device):
    """Bytes that a process could still take on a device."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available


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

"""The device that a run uses, and the precision of its forward passes."""

import getpass
import platform
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from beyondtext.core.errors import InputError

_gpu_locks = []  # kept until the process ends; the operating system then releases them, even after a kill


@dataclass(frozen=True)
class Compute:
    """Where and how precisely a model runs.

    Attributes
    ----------
    device : torch.device
    precision : {"float32", "bfloat16"}
        Of the matrix products in forward and backward passes. Weights are always float32.
    """

    device: torch.device
    precision: str

    def autocast(self):
        """The context manager under which forward passes run."""
        if self.precision == "bfloat16":
            # Weights that were cast while a CUDA graph was captured belong to the graph; they must not be cached.
            return torch.autocast(self.device.type, dtype=torch.bfloat16, cache_enabled=self.device.type != "cuda")
        return nullcontext()


def choose_device(requested, gpu_jobs):
    """Turn ``auto``, ``cpu`` or ``cuda`` into a `torch.device`.

    On a machine with GPUs, the process reserves one; at most ``gpu_jobs`` processes of this user share a GPU. If all
    are taken, the call waits for one.

    Raises
    ------
    InputError
        If ``cuda`` is requested and torch finds no GPU.
    """
    if requested == "cuda" and not torch.cuda.is_available():
        raise InputError("device is cuda, but torch finds no GPU on this machine; set device to auto or cpu")
    if requested == "auto":
        requested = "cuda" if torch.cuda.is_available() else "cpu"
    if requested == "cpu":
        return torch.device("cpu")
    # By UUID: a GPU's index depends on CUDA_VISIBLE_DEVICES.
    gpus = [str(torch.cuda.get_device_properties(index).uuid) for index in range(torch.cuda.device_count())]
    return torch.device("cuda", claim_gpu(gpus, gpu_jobs))


def claim_gpu(gpus, gpu_jobs, folder=None, wait=2.0):
    """Reserve a GPU until the process ends; return its index in ``gpus``.

    GPUs with fewer jobs are taken first. Each GPU has ``gpu_jobs`` lock files, and each of its jobs locks one.

    Parameters
    ----------
    gpus : list of str
        Their UUIDs.
    gpu_jobs : int
        Jobs that may share a GPU.
    folder : path, optional
        The folder of the lock files; by default one for this user in the system's temporary folder.
    wait : float
        Seconds between two attempts while all GPUs are taken.
    """
    folder = Path(folder or Path(tempfile.gettempdir()) / f"beyondtext-{getpass.getuser()}")
    folder.mkdir(parents=True, exist_ok=True)
    announced = False
    while True:
        for slot in range(gpu_jobs):
            for index, gpu in enumerate(gpus):
                lock = FileLock(folder / f"{gpu}-{slot}.lock")
                try:
                    lock.acquire(blocking=False)
                except Timeout:
                    continue
                _gpu_locks.append(lock)
                return index
        if not announced:
            print(f"waiting for one of {len(gpus)} GPUs", file=sys.stderr, flush=True)
            announced = True
        time.sleep(wait)


def free_memory(device):
    """Bytes that a process can still allocate on a device."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)  # by torch, for reuse
        return torch.cuda.mem_get_info(device)[0] + kept
    import psutil

    return psutil.virtual_memory().available


def choose_precision(requested, device):
    """Turn ``auto`` into ``bfloat16`` if the hardware has instructions for its products, else into ``float32``."""
    if requested != "auto":
        return requested
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if _cpu_flags() & {"avx512_bf16", "amx_bf16"} else "float32"


def device_name(device):
    """The device's name for a run's record, such as ``cuda: NVIDIA H100`` or ``cpu: AMD EPYC``."""
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu: {_cpuinfo('model name') or platform.processor() or platform.machine()}"


def _cpu_flags():
    return set(_cpuinfo("flags").split())


def _cpuinfo(key):
    """The first value of a key in /proc/cpuinfo; an empty string if there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")

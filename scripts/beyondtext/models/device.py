"""The device that a run uses, and the precision of its forward passes."""

import platform
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch

from beyondtext.core.errors import InputError
from beyondtext.core.machine import VISIBLE, installed_gpus
from beyondtext.models.gpu_errors import cuda_errors_explained, first_line, why_no_gpu
from beyondtext.models.gpu_locks import claim_gpu

# How an error that is no `torch.OutOfMemoryError` says that memory is full: one of the CUDA runtime, of its library for
# matrix products, and of a CPU.
OUT_OF_MEMORY = ("out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "can't allocate memory")


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

    @classmethod
    def on(cls, device, requested):
        """For a device and a requested precision, which may be ``auto``; see `choose_precision`."""
        return cls(device, choose_precision(requested, device))

    def autocast(self):
        """The context manager under which forward passes run."""
        if self.precision == "bfloat16":
            # Weights that were cast while a CUDA graph was captured belong to the graph; they must not be cached.
            return torch.autocast(self.device.type, dtype=torch.bfloat16, cache_enabled=self.device.type != "cuda")
        return nullcontext()


def choose_device(requested, gpu_jobs):
    """Turn ``auto``, ``cpu`` or ``cuda`` into a `torch.device`.

    On a machine with GPUs, the process reserves one; at most ``gpu_jobs`` processes of this user share a GPU. If all
    are taken, the call waits for one. If ``auto`` becomes ``cpu`` although the machine has a GPU, a line on stderr says
    why.

    Raises
    ------
    InputError
        If ``cuda`` is requested and torch finds no GPU, or if the reserved GPU cannot be used.
    """
    if requested == "cpu":
        return torch.device("cpu")
    obstacle = why_no_gpu()
    if obstacle is None:
        return _reserve_gpu(gpu_jobs)
    reason, remedy = obstacle
    if requested == "cuda":
        raise InputError(f"device is cuda, but {reason}; {remedy}, or set device to cpu")
    unused = installed_gpus()
    if unused or reason.startswith(VISIBLE):
        although = f", although this machine has {' and '.join(sorted(set(unused)))}" if unused else ""
        print(f"device is auto: running on the CPU{although}, since {reason}; {remedy}", file=sys.stderr, flush=True)
    return torch.device("cpu")


def _reserve_gpu(gpu_jobs):
    with cuda_errors_explained("this machine's GPU"):
        torch.cuda.init()
        gpus = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    # By UUID: a GPU's index depends on CUDA_VISIBLE_DEVICES.
    index = claim_gpu([str(gpu.uuid) for gpu in gpus], gpu_jobs)
    device = torch.device("cuda", index)
    with cuda_errors_explained(f"{device} ({gpus[index].name})"):
        torch.zeros(1, device=device)  # the first use, which fails if another process has the GPU for itself
    return device


def memory(device):
    """Bytes of memory that a process can still allocate on a device, and all that the device has."""
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)  # by torch, for reuse
        return free + kept, total
    import psutil

    system = psutil.virtual_memory()
    return system.available, system.total


def free_memory(device):
    """Bytes that a process can still allocate on a device."""
    return memory(device)[0]


@contextmanager
def full_memory_explained(device):
    """Turn torch's error that a device's memory is full into an `InputError`; every other error passes unchanged."""
    try:
        yield
    except RuntimeError as error:
        if not says_memory_is_full(error):
            raise
        free, total = (amount / 1e9 for amount in memory(device))
        settings = "batch_size or the task's max_length"
        if device.type == "cuda":
            settings = "batch_size, the task's max_length, runs_per_process or gpu_jobs"
        raise InputError(
            f"the memory of {device_name(device)} is full: {free:.1f} of {total:.1f} GB are free, and this job needs "
            f"more; lower {settings}"
        ) from None


def says_memory_is_full(error):
    """Whether an error says that memory is full."""
    if isinstance(error, torch.OutOfMemoryError) or any(text in first_line(error) for text in OUT_OF_MEMORY):
        return True
    # If an allocation fails while a CUDA graph is captured, so does the end of the capture, with an error of its own.
    return isinstance(error, torch.AcceleratorError) and says_memory_is_full(error.__context__)


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

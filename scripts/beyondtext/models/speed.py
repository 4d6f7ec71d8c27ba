"""The speed of this machine, from which a study's duration is estimated.

As a program, ``python -m beyondtext.models.speed DEVICE PRECISION``, it prints the measurement as JSON, for processes
that do not import torch.
"""

import sys
import time

import psutil
import torch

from beyondtext.core.machine import installed_gpus
from beyondtext.models.device import choose_precision
from beyondtext.models.gpu_errors import why_no_gpu
from beyondtext.study.duration import Machine, as_json

SHAPE = (512, 768, 3072)  # of a product like those of an encoder: tokens, width and feed-forward width


def measure(device, precision):
    """Measure this machine; it takes about a second.

    Parameters
    ----------
    device : {"auto", "cpu", "cuda"}
    precision : {"auto", "float32", "bfloat16"}
        Of training, as in the configuration.

    Returns
    -------
    beyondtext.study.duration.Machine
    """
    gpus = tuple(installed_gpus()) if device != "cpu" and why_no_gpu() is None else ()
    dtype = getattr(torch, choose_precision(precision, torch.device("cpu")))
    float32 = products_per_second(torch.float32)
    training = float32 if dtype == torch.float32 else products_per_second(dtype)
    return Machine(psutil.cpu_count(logical=False) or psutil.cpu_count(), training, float32, gpus)


def products_per_second(dtype, seconds=0.3):
    """The floating-point operations per second of one thread in matrix products of a type.

    The process's own time counts, so that other processes on the same core do not matter.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        tokens, width, feed_forward = SHAPE
        a, b = torch.randn(tokens, width).to(dtype), torch.randn(width, feed_forward).to(dtype)
        a @ b  # the first one also sets up the library
        products, started = 0, time.process_time()
        while (used := time.process_time() - started) < seconds:
            a @ b
            products += 1
        return products * 2 * tokens * width * feed_forward / used
    finally:
        torch.set_num_threads(before)


if __name__ == "__main__":
    print(as_json(measure(*sys.argv[1:])))

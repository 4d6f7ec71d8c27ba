"""Why a GPU cannot be used, and what to do about it."""

import os
import warnings
from contextlib import contextmanager

import torch

from beyondtext.core.errors import InputError
from beyondtext.core.machine import VISIBLE

NO_GPUS = "No CUDA GPUs are available"  # torch's words
# What torch raises when it cannot use CUDA: in Python, in C++, and in calls that it has put off until the first use.
CUDA_ERRORS = (AssertionError, RuntimeError, torch.cuda.DeferredCudaCallError)


def why_no_gpu():
    """Why torch can use no GPU: None if it can, else a clause with what is wrong and one with what to do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of what the clauses say
        if torch.cuda.is_available():
            return None
    if not torch.version.cuda and not torch.version.hip:
        return f"torch {torch.__version__} was built without CUDA", "install a build with CUDA (see pytorch.org)"
    try:
        torch.cuda.init()
        reason = NO_GPUS
    except CUDA_ERRORS as error:
        reason = first_line(error)
    if "too old" in reason:
        return (
            f"the NVIDIA driver is too old for torch {torch.__version__}",
            f"update the driver, or install a build of torch for an earlier CUDA than {torch.version.cuda}",
        )
    if "no NVIDIA driver" in reason:
        return "torch finds no NVIDIA driver", "install it, and check it with nvidia-smi"
    if VISIBLE in os.environ and NO_GPUS in reason:
        return (
            f"{VISIBLE} is {os.environ[VISIBLE]!r}, which is none of this machine's GPUs",
            "unset it, or set it to the number of a GPU that nvidia-smi lists",
        )
    return f"torch finds no GPU ({reason})", "check the GPU and its driver with nvidia-smi"


@contextmanager
def cuda_errors_explained(name):
    """Turn torch's errors while it first uses a GPU into an `InputError` that begins with the GPU's ``name``."""
    try:
        yield
    except CUDA_ERRORS as error:
        raise InputError(
            f"{name} cannot be used: {first_line(error)}; see with nvidia-smi whether another process uses it, and "
            f"wait for that to end, select another GPU with {VISIBLE}, or set device to cpu"
        ) from None


def first_line(error):
    """The first line of an error's message; the others are torch's advice on debugging."""
    return next(iter(str(error).splitlines()), type(error).__name__).strip()

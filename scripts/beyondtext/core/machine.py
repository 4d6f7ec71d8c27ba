"""The machine that a job runs on: its processors, GPUs and memory, and the installed packages."""

import os
import re
import resource
import shutil
import subprocess
import sys
from importlib.metadata import version

from beyondtext.core.errors import InputError

VISIBLE = "CUDA_VISIBLE_DEVICES"


def package_versions(packages):
    """The installed versions of some packages, as a dict by distribution name."""
    return {name: version(name) for name in packages}


def peak_memory_mb():
    """The process's largest resident set so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes per unit of ru_maxrss
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def processors():
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed_gpus():
    """The names of this machine's GPUs, as nvidia-smi lists them; empty if it lists none, fails or does not exist."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        query = [command, "--query-gpu=name", "--format=csv,noheader"]
        listed = subprocess.run(query, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in listed.stdout.splitlines() if line.strip()] if listed.returncode == 0 else []


def visible_gpus():
    """As `installed_gpus`, but empty if ``CUDA_VISIBLE_DEVICES`` hides them all. torch may be unable to use them."""
    return [] if os.environ.get(VISIBLE) in ("", "-1") else installed_gpus()


def available_memory_mb():
    """The memory that processes can still allocate, in MB (10^6 bytes)."""
    import psutil

    return psutil.virtual_memory().available // 10**6


def threads():
    """The number of threads that Snakemake gave the job (it sets ``OMP_NUM_THREADS``), or else all processors.

    A list in ``OMP_NUM_THREADS`` is for nested parallel regions, of which there are none: its first number counts.
    """
    text = os.environ.get("OMP_NUM_THREADS", "").strip()
    if not text:
        return processors()
    first, *others = (part.strip() for part in text.split(","))
    if not all(re.fullmatch("0*[1-9][0-9]{0,5}", part) for part in (first, *others)):
        raise InputError(
            f"the variable OMP_NUM_THREADS is {text!r}, not a number of threads from 1 on; correct or unset it"
        )
    return int(first)

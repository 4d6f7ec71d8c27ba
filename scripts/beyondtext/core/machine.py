"""The machine that a job runs on: its processors, its memory and the installed packages."""

import os
import re
import resource
import sys
from importlib.metadata import version

from beyondtext.core.errors import InputError


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

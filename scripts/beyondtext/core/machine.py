"""The machine that a job runs on: its processors, its memory and the installed packages."""

import os
import resource
import sys
from importlib.metadata import version


def package_versions(packages):
    """The installed versions of some packages, as a dict by distribution name."""
    return {name: version(name) for name in packages}


def peak_memory_mb():
    """The process's largest resident set so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes per unit of ru_maxrss
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def threads():
    """The number of threads that Snakemake gave the job (it sets ``OMP_NUM_THREADS``), or else all processors."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))

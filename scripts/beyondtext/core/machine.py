"""The machine that a job runs on: its processors, its memory and the installed packages."""

import os
import resource
import sys
from importlib.metadata import version


def package_versions(packages):
    """Installed versions, by distribution name."""
    return {name: version(name) for name in packages}


def peak_memory_mb():
    """The process's largest resident set so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def threads():
    """What Snakemake gave the job (it sets ``OMP_NUM_THREADS``), else all there are."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))

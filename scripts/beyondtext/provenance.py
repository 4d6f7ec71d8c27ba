"""What a run's record says about where it was made."""

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

"""Scratch folders, ``.<name>.<random>.<host>.tmp``, next to the files that are written in them.

Each is locked by the process that uses it. `remove_abandoned` deletes those of processes that were killed.
"""

import fcntl
import os
import platform
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = re.sub("[^A-Za-z0-9-]", "", platform.node())[:30] or "here"
SCRATCH = re.compile(r"\..*\.[a-z0-9_]{8}\.([A-Za-z0-9-]+)\.tmp", re.DOTALL)
LONGEST_USE = 24 * 60 * 60  # seconds after which a scratch folder of another machine counts as abandoned


@contextmanager
def scratch_folder(path):
    """A new folder next to ``path``, locked as long as this process uses it; deleted at the end."""
    descriptor = None
    while descriptor is None:
        # The start of a long name, since file systems allow 255 bytes.
        scratch = Path(tempfile.mkdtemp(f".{HOST}.tmp", f".{path.name[:50]}.", path.parent))
        descriptor = _lock(scratch)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(descriptor)


def _lock(folder):
    """Lock a folder until the returned descriptor is closed; None if `remove_abandoned` was faster and deleted it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with suppress(OSError):  # on some network disks folders cannot be locked
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if folder.exists():
        return descriptor
    os.close(descriptor)
    return None


def remove_abandoned(folder):
    """Delete what processes that were killed left of the files that they were writing, anywhere below a folder.

    Returns
    -------
    list of pathlib.Path
        The scratch folders that were deleted. Those in use stay. Where there are no locks, and for the processes of
        another machine, this is decided by their age.
    """
    removed = []
    for parent, names, _ in os.walk(folder):
        for name in [name for name in names if SCRATCH.fullmatch(name)]:
            names.remove(name)  # do not descend into it
            if _remove_if_abandoned(Path(parent, name)):
                removed.append(Path(parent, name))
    return removed


def _remove_if_abandoned(scratch):
    """Delete a scratch folder that no process uses; return whether it was deleted."""
    try:
        descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # its process has just deleted it, or it is a link
        return False
    try:
        is_old = time.time() - os.fstat(descriptor).st_mtime > LONGEST_USE
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # folders cannot be locked here
            is_abandoned = is_old
        else:
            is_abandoned = is_old or SCRATCH.fullmatch(scratch.name)[1] == HOST
        if is_abandoned:
            shutil.rmtree(scratch, ignore_errors=True)
        return is_abandoned and not scratch.exists()
    finally:
        os.close(descriptor)

"""Locks of processes on files, by the library filelock."""

import errno
import os
from contextlib import contextmanager

from filelock import FileLock, Timeout

from beyondtext.core.errors import InputError

NO_FILE = (errno.EISDIR, errno.ELOOP, errno.ENXIO)  # a folder, a link, which is not followed, or a socket
NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # of a file system without flock(2), such as some of clusters


def file_lock(path):
    """A `filelock.FileLock`, by flock(2) alone.

    filelock has a substitute for file systems without it, which stays locked if a process is killed on another machine.
    """
    return FileLock(path, fallback_to_soft=False)


def claim(lock, blocking=False):
    """Acquire a `file_lock` until it is released or the process ends; return whether that succeeded.

    Unless ``blocking``, the lock of another process is not waited for. What lies in the place of the lock file and is
    none is an `InputError`, and so is a file system without locks.
    """
    try:
        lock.acquire(blocking=blocking)
    except Timeout:
        return False
    except (OSError, NotImplementedError) as error:
        code = getattr(error, "errno", None) or errno.ENOSYS
        if code in NO_LOCKS:
            raise InputError(
                f"{lock.lock_file} cannot be locked: its file system has no flock ({os.strerror(code)}), without which "
                "processes would overwrite one another's files; put the project on another file system, or ask for "
                "this one to be mounted with locks"
            ) from None
        if code not in NO_FILE:
            raise
        raise InputError(f"{lock.lock_file} is in the place of a lock, but is not a file; remove it") from None
    return True


@contextmanager
def holding(lock):
    """Hold a `file_lock` while the body runs, once other processes have released it; errors as for `claim`."""
    claim(lock, blocking=True)
    try:
        yield
    finally:
        lock.release()

"""Locks of processes on files, by the library filelock."""

import errno
from contextlib import contextmanager

from filelock import Timeout

from beyondtext.core.errors import InputError

NO_FILE = (errno.EISDIR, errno.ELOOP, errno.ENXIO)  # a folder, a link, which is not followed, or a socket


def claim(lock, blocking=False):
    """Acquire a `filelock.FileLock` until it is released or the process ends; return whether that succeeded.

    Unless ``blocking``, the lock of another process is not waited for. What lies in the place of the lock file and is
    none is an `InputError`.
    """
    try:
        lock.acquire(blocking=blocking)
    except Timeout:
        return False
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        raise InputError(f"{lock.lock_file} is in the place of a lock, but is not a file; remove it") from None
    return True


@contextmanager
def holding(lock):
    """Hold a `filelock.FileLock` while the body runs, once other processes have released it; errors as for `claim`."""
    claim(lock, blocking=True)
    try:
        yield
    finally:
        lock.release()

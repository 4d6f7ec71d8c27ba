"""Disks that are full, and system calls that fail: a program must stop in one sentence and go on later."""

import ctypes
import errno
import functools
import os
import resource
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

from beyondtext.core.scratch import SCRATCH

NEW_NAMESPACE, PRIVATE = 0x00020000, 0x40000 | 0x4000  # of unshare and mount
LIBC = ctypes.CDLL(None, use_errno=True)


@functools.cache
def can_mount():
    """Whether a process may have a small disk of its own, as root may."""
    child = os.fork()
    if child == 0:
        with tempfile.TemporaryDirectory() as folder:
            try:
                mount(folder, 2**20)
                _call(LIBC.umount2, folder.encode(), 2)
            except OSError:
                os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def mount(folder, size):
    """Mount a disk of this size, in bytes, at a folder, for this process and its children alone."""
    _call(LIBC.unshare, NEW_NAMESPACE)
    _call(LIBC.mount, b"none", b"/", None, PRIVATE, None)
    _call(LIBC.mount, b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode())


def enlarge(folder):
    """Give a disk that `mount` made more room than a program needs."""
    _call(LIBC.mount, b"tmpfs", str(folder).encode(), b"tmpfs", 32, b"size=268435456")


def _call(function, *arguments):
    if function(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@contextmanager
def largest_file(size):
    """No file may become larger than this, as on some disks and with ``ulimit -f``."""
    usual = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, usual)


@contextmanager
def failing(module, name, call, number):
    """Let one call of a function fail with an `OSError`; ``call`` counts from 1."""
    usual, calls = getattr(module, name), 0

    def function(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == call:
            named = [given for given in arguments if isinstance(given, str | os.PathLike)]
            raise OSError(number, os.strerror(number), *map(str, named[:1]))
        return usual(*arguments, **options)

    setattr(module, name, function)
    try:
        yield
    finally:
        setattr(module, name, usual)


FAULTS = {
    "no space": errno.ENOSPC,
    "over quota": errno.EDQUOT,
    "a broken disk": errno.EIO,
    "a disk that can only be read": errno.EROFS,
    "a permission missing": errno.EACCES,
    "a network folder that is gone": errno.ESTALE,
}


def stops_and_goes_on(fault, program, folder):
    """Run a program under a fault, which it may report in one sentence, and again without; return what it made.

    After the fault there may be nothing in its folder that is half written.
    """
    said = None
    try:
        with fault:
            program()
    except SystemExit as end:
        said = str(end.code)
    if said is not None:
        assert said.startswith("error: ") and "\n" not in said and "object at" not in said, said
        assert "; " in said, f"it is not said what to do: {said}"
    left = [path for path in Path(folder).rglob(".*") if SCRATCH.fullmatch(path.name)]
    assert not left, f"left: {left}"
    return program()

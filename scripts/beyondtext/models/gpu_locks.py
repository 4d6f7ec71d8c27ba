"""Locks with which processes on one machine share its GPUs."""

import os
import stat
import sys
import tempfile
import time
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.locks import claim, file_lock

_held = []  # kept until the process ends; the operating system then releases them, even after a kill


def claim_gpu(gpus, gpu_jobs, folder=None, wait=2.0):
    """Reserve a GPU until the process ends; return its index in ``gpus``.

    GPUs with fewer jobs are taken first. Each GPU has ``gpu_jobs`` lock files, and each of its jobs locks one. If all
    are locked, the call waits.

    Parameters
    ----------
    gpus : list of str
        Their UUIDs.
    gpu_jobs : int
        Jobs that may share a GPU.
    folder : path, optional
        The folder of the lock files; by default one for this user in the system's temporary folder.
    wait : float
        Seconds between two attempts while all GPUs are taken.

    Raises
    ------
    InputError
        If the default folder is a symbolic link, or belongs to somebody else, or others may write in it; or if a lock
        is none (`beyondtext.core.locks`).
    """
    folder = Path(folder or own_folder())
    folder.mkdir(parents=True, exist_ok=True)
    announced = False
    while True:
        for slot in range(gpu_jobs):
            for index, gpu in enumerate(gpus):
                lock = file_lock(folder / f"{gpu}-{slot}.lock")
                if claim(lock):
                    _held.append(lock)
                    return index
        if not announced:
            print(f"waiting for one of {len(gpus)} GPUs", file=sys.stderr, flush=True)
            announced = True
        time.sleep(wait)


def own_folder():
    """The folder of this user's lock files, in the system's temporary folder; only this user can use it.

    Others can write in the temporary folder, so they might have put something else under this name.
    """
    # Not in XDG_RUNTIME_DIR: two jobs of which only one has that variable, such as one of cron, would not see each
    # other's locks.
    folder = Path(tempfile.gettempdir()) / f"beyondtext-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        problem = None
        if not stat.S_ISDIR(found.st_mode):
            problem = "is not a folder"
        elif found.st_uid != os.getuid():
            problem = f"belongs to the user with the number {found.st_uid}"
        elif found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            problem = "can be changed by other users"
        if problem:
            raise InputError(
                f"{folder} {problem}, so no locks are put there that say which GPU is in use; remove it, or set TMPDIR "
                "to a folder of your own"
            ) from None
        folder.chmod(0o700)
    return folder

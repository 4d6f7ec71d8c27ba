"""Locks with which processes on one machine share its GPUs."""

import os
import sys
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

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
    """
    folder = Path(folder or Path(tempfile.gettempdir()) / f"beyondtext-{os.getuid()}")
    folder.mkdir(parents=True, exist_ok=True)
    announced = False
    while True:
        for slot in range(gpu_jobs):
            for index, gpu in enumerate(gpus):
                lock = FileLock(folder / f"{gpu}-{slot}.lock")
                try:
                    lock.acquire(blocking=False)
                except Timeout:
                    continue
                _held.append(lock)
                return index
        if not announced:
            print(f"waiting for one of {len(gpus)} GPUs", file=sys.stderr, flush=True)
            announced = True
        time.sleep(wait)

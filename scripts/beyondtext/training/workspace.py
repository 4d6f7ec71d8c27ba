"""Where a run is made: a folder under results/.state with its lock, its checkpoint and, at the end, its files.

A run's files stay here until the job that asked for them publishes them. So one process can make the runs of several
jobs, and nothing is lost if it is killed. This module does not import torch: publishing takes a fraction of a second.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.locks import claim, file_lock
from beyondtext.training.run_files import publish_run, read_run


class Workspace:
    """The folder in which one run is made.

    Parameters
    ----------
    root : path
        The folder of all workspaces, such as ``results/.state``.
    identity : dict
        Everything that decides the run's files, except for the device; JSON types.
    """

    def __init__(self, root, identity):
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.folder = Path(root) / digest
        self.checkpoint = self.folder / "checkpoint"
        self.run = self.folder / "run"
        self._lock = file_lock(self.folder.with_suffix(".lock"))

    def claim(self):
        """Lock the run until this process ends or calls `release`; return whether no other process has it."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        return claim(self._lock)

    def wait_and_claim(self):
        """Lock the run, once no other process has it.

        That is the case while another process makes this run along with its own, and if Snakemake was killed: its jobs
        keep running, and the next Snakemake starts the same jobs again.
        """
        if not self.claim():
            print("another process is already training this run; waiting for it to end", file=sys.stderr, flush=True)
            claim(self._lock, blocking=True)

    def release(self):
        """Let other processes claim the run."""
        self._lock.release(force=True)

    @property
    def finished(self):
        """Whether the run's files are complete and intact."""
        try:
            read_run(self.run, with_weights=True)
        except InputError:
            return False
        return True

    def publish(self, directory):
        """Move the run's folder to its place, delete the workspace and release its lock; return the run's record."""
        publish_run(self.run, directory)
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self.release()
        return read_run(directory)

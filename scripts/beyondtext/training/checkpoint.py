"""Saving a run's state while it trains, so that a killed run goes on where it was.

A checkpoint is one file, ``<root>/<digest of the identity>/checkpoint``: the SHA-256 of the rest, then
what ``torch.save`` writes. It is read with ``weights_only=True``: nothing in it is ever executed.
"""

import hashlib
import io
import json
import shutil
import sys
import time
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from beyondtext.core.errors import InputError
from beyondtext.core.files import replacing

DIGEST = hashlib.sha256().digest_size


class Checkpoint:
    """Where one run keeps its state.

    Parameters
    ----------
    root : path
        The folder of all states, such as ``results/.state``.
    identity : dict
        Everything that decides the run's numbers, as JSON holds it; another run's state is refused.
    every : float
        Seconds between two saves; 0 saves after each step.
    """

    def __init__(self, root, identity, every):
        self.identity = json.dumps(identity, sort_keys=True)
        self.folder = Path(root) / hashlib.sha256(self.identity.encode()).hexdigest()[:32]
        self.path = self.folder / "checkpoint"
        self.every = every
        self._lock = FileLock(self.folder.with_suffix(".lock"))
        self._saved = time.monotonic()

    def take(self):
        """Keep other processes from training the same run until this one ends; wait where one does.

        A job outlives a Snakemake that was killed alone, and two jobs would delete each other's state.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            print("another process trains this run already; waiting until it ends", file=sys.stderr, flush=True)
            self._lock.acquire()

    def load(self):
        """The state that was saved last, or None; a file that is no good is named on stderr and deleted."""
        state = None
        try:
            state = self._read()
        except FileNotFoundError:
            pass
        except InputError as error:
            print(f"warning: {error}; the run starts anew", file=sys.stderr, flush=True)
            self.path.unlink()
        for leftover in self.folder.glob(".checkpoint.*"):  # of a process that was killed while it saved
            shutil.rmtree(leftover, ignore_errors=True)
        return state

    def _read(self):
        content = self.path.read_bytes()
        found = hashlib.sha256(memoryview(content)[DIGEST:]).digest()
        if content[:DIGEST] != found:
            raise InputError(f"{self.path} is torn: its bytes do not have the checksum that it begins with")
        saved = torch.load(io.BytesIO(content[DIGEST:]), weights_only=True, map_location="cpu")
        if saved["identity"] != self.identity:
            raise InputError(f"{self.path} belongs to another run, or to other settings, data or code")
        return saved["state"]

    def due(self):
        """Whether it is time to save."""
        return time.monotonic() - self._saved >= self.every

    def save(self, state):
        """Publish a state, of tensors, numbers, strings, lists and dicts, in place of the last one."""
        buffer = io.BytesIO()
        torch.save({"identity": self.identity, "state": state}, buffer)
        content = buffer.getbuffer()
        with replacing(self.path) as part, open(part, "wb") as stream:
            stream.write(hashlib.sha256(content).digest())
            stream.write(content)
        self._saved = time.monotonic()

    def remove(self):
        """Delete the state: the run is done."""
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()

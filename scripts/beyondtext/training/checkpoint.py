"""Saving a run's state while it trains, so that an interrupted run can resume.

A checkpoint is one file: the SHA-256 of its content, then the content, which ``torch.save`` writes. It is read with
``weights_only=True``, so loading never executes anything in it.
"""

import hashlib
import io
import json
import os
import shutil
import sys
import time
from pathlib import Path

import torch

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError

DIGEST_SIZE = hashlib.sha256().digest_size


class Checkpoint:
    """The saved state of one run.

    Parameters
    ----------
    path : path
        The file.
    identity : dict
        Everything that decides the run's numbers, as JSON types. The state of a run with another identity is never
        loaded.
    interval : float
        Seconds between two saves; 0 saves after every step.
    """

    def __init__(self, path, identity, interval):
        self.path = Path(path)
        self.identity = json.dumps(identity, sort_keys=True)
        self.interval = interval
        self._last_save = time.monotonic()

    def load(self):
        """The last saved state, or None; an unusable file, or what is none, is deleted, with a warning on stderr."""
        state = None
        try:
            state = self._read()
        except FileNotFoundError:
            pass
        except InputError as error:
            print(f"warning: {error}; restarting from step 0", file=sys.stderr, flush=True)
            if self.path.is_dir() and not self.path.is_symlink():
                shutil.rmtree(self.path)
            else:
                self.path.unlink()
        for leftover in self.path.parent.glob(f".{self.path.name}.*"):  # of a process that was killed while it saved
            shutil.rmtree(leftover, ignore_errors=True)
        return state

    def _read(self):
        if os.path.lexists(self.path) and not self.path.is_file():  # a pipe might never end
            raise InputError(f"{self.path} is not a file")
        content = self.path.read_bytes()
        digest = hashlib.sha256(memoryview(content)[DIGEST_SIZE:]).digest()
        if content[:DIGEST_SIZE] != digest:
            raise InputError(f"{self.path} is corrupt: its content does not match the SHA-256 that it begins with")
        try:
            saved = torch.load(io.BytesIO(content[DIGEST_SIZE:]), weights_only=True, map_location="cpu")
            identity, state = saved["identity"], saved["state"]
        except Exception:  # torch raises many kinds of exceptions for what it did not write
            raise InputError(f"{self.path} is not a checkpoint") from None
        if identity != self.identity:
            raise InputError(f"{self.path} belongs to a run with other settings, data or code, or on another device")
        return state

    def due(self):
        """Whether the interval since the last save has passed."""
        return time.monotonic() - self._last_save >= self.interval

    def save(self, state):
        """Replace the saved state, atomically, by ``state``: tensors, numbers, strings, lists and dicts."""
        buffer = io.BytesIO()
        torch.save({"identity": self.identity, "state": state}, buffer)
        content = buffer.getbuffer()
        with replacing(self.path) as part, open(part, "wb") as stream:
            stream.write(hashlib.sha256(content).digest())
            stream.write(content)
        self._last_save = time.monotonic()

    def remove(self):
        """Delete the saved state, which is several times as large as the model, once the run is complete."""
        self.path.unlink(missing_ok=True)

"""Independent random streams from the one seed of a run.

No stream depends on the init, so every init of a paired comparison gets the same ones.
"""

import hashlib

STREAMS = ("map", "init", "head", "order")


def derive(seed, stream):
    """A 32-bit seed for one stream of a run.

    It is the first four bytes (big-endian) of SHA-256 of ``"<seed>/<stream>"``: the same on every machine and with
    every version of any library.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:4], "big")


def run_seeds(seed):
    """The seeds of all `STREAMS` of a run, as a dict: ``map``, ``init``, ``head``, ``order``."""
    return {stream: derive(seed, stream) for stream in STREAMS}

"""Separate random streams from one run seed.

Every init of a paired comparison gets the same streams, since none of them depends on the init.
"""

import hashlib

STREAMS = ("map", "init", "head", "order")


def derive(seed, stream):
    """A 32-bit seed for one stream of a run.

    The first four bytes of SHA-256 of ``"<seed>/<stream>"``, so it is the same on every machine and
    in every version of any library.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:4], "big")


def run_seeds(seed):
    """The seeds of all streams of a run, as a dict: ``map``, ``init``, ``head``, ``order``."""
    return {stream: derive(seed, stream) for stream in STREAMS}

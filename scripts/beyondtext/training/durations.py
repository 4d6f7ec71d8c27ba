"""Measuring how long the phases of a run take."""

import time


class Stopwatch:
    """Time since the last lap, or since this object was created."""

    def __init__(self):
        self._last = time.monotonic()

    def lap(self):
        """End a lap; return its length in seconds."""
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        return seconds


def durations(load, train, score):
    """The ``seconds`` of a run's record: each phase and their ``total``, rounded to 0.01 s."""
    phases = {"load": load, "train": train, "score": score, "total": load + train + score}
    return {name: round(seconds, 2) for name, seconds in phases.items()}

"""Durations of a run's phases."""

from beyondtext.training import durations
from beyondtext.training.durations import Stopwatch


def test_laps_follow_each_other(monkeypatch):
    times = iter([10.0, 12.5, 13.0])
    monkeypatch.setattr(durations.time, "monotonic", lambda: next(times))
    stopwatch = Stopwatch()
    assert (stopwatch.lap(), stopwatch.lap()) == (2.5, 0.5)


def test_the_total_is_the_sum_before_rounding():
    assert durations.durations(0.004, 0.004, 0.004) == {"load": 0.0, "train": 0.0, "score": 0.0, "total": 0.01}

"""What a job reports about its machine."""

from importlib.metadata import version

from beyondtext.core import machine


def test_versions_are_those_installed():
    assert machine.package_versions(["numpy", "pandas"]) == {name: version(name) for name in ("numpy", "pandas")}


def test_peak_memory_is_in_megabytes():
    assert 10 < machine.peak_memory_mb() < 100_000


def test_threads_are_those_that_the_workflow_gave(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine.threads() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert machine.threads() >= 1

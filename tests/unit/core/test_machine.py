"""What a job reports about its machine."""

import os
from importlib.metadata import version

import pytest

from beyondtext.core import machine
from beyondtext.core.errors import InputError
from beyondtext.core.machine import installed_gpus


def test_versions_are_those_installed():
    assert machine.package_versions(["numpy", "pandas"]) == {name: version(name) for name in ("numpy", "pandas")}


def test_peak_memory_is_in_megabytes():
    assert 10 < machine.peak_memory_mb() < 100_000


def test_threads_are_those_that_the_workflow_gave(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine.threads() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert machine.threads() >= 1


@pytest.mark.parametrize(("text", "number"), [("4,2", 4), (" 7 ", 7), ("08", 8), ("1, 3,2", 1)])
def test_the_first_number_of_a_list_counts(monkeypatch, text, number):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert machine.threads() == number


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_number_of_threads_is_none(monkeypatch, text):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    monkeypatch.delattr(machine.os, "sched_getaffinity", raising=False)  # as on macOS
    monkeypatch.setattr(machine.os, "cpu_count", lambda: None)  # where the system does not tell
    assert machine.threads() == 1


@pytest.mark.parametrize("text", ["abc", "0", "-1", "1.5", "2,", ",2", "4;2", "1e1", "٣", "+2", "0x4", "9" * 40])
def test_threads_that_are_no_number_are_refused(monkeypatch, text):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    with pytest.raises(
        InputError, match=r"OMP_NUM_THREADS is '.*', not a number of threads from 1 on; correct or unset"
    ):
        machine.threads()


def install_nvidia_smi(folder, monkeypatch, script):
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ('[ "$1" = --query-gpu=name ] && echo "NVIDIA X1" && echo "NVIDIA X2"', ["NVIDIA X1", "NVIDIA X2"]),
        ("echo NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver; exit 9", []),
    ],
)
def test_nvidia_smi_lists_the_installed_gpus(tmp_path, monkeypatch, script, names):
    install_nvidia_smi(tmp_path, monkeypatch, script)
    assert installed_gpus() == names


def test_a_machine_without_nvidia_smi_has_no_gpus(monkeypatch):
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert installed_gpus() == []


@pytest.mark.parametrize(("visible", "number"), [(None, 1), ("0", 1), ("", 0), ("-1", 0)])
def test_gpus_may_be_hidden(tmp_path, monkeypatch, visible, number):
    install_nvidia_smi(tmp_path, monkeypatch, 'echo "NVIDIA X1"')
    monkeypatch.delenv(machine.VISIBLE, raising=False)
    if visible is not None:
        monkeypatch.setenv(machine.VISIBLE, visible)
    assert len(machine.visible_gpus()) == number


def test_available_memory_is_in_megabytes():
    assert 0 < machine.available_memory_mb() < 1.1 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6

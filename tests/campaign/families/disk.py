"""Disks that are full or broken in the middle of what programs write; a second try must make the same files."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from full_disk import FAULTS, can_mount, enlarge, failing, largest_file, mount, stops_and_goes_on
from stage_study import copy_of, expected_of, same_as, write_expected
from stage_writers import DISK, WRITERS, load, training, write_results
from trying import Input

KIND = "full and broken disks"
CALLS = (
    (os, "fsync"),
    (os, "replace"),
    (os, "rename"),
    (tempfile, "mkdtemp"),
    (os, "mkdir"),
    (os, "chmod"),
)


def share(folder):
    write_results(folder / "study")
    write_expected(folder, WRITERS)


def inputs(shared, random):
    load()
    found = []
    for writer in WRITERS:
        name = writer.__name__.replace("_", " ")
        for size in sorted(random.sample(range(1, 40), 2)):
            label = f"{name}: no file above {256 * size:,} bytes"
            found.append(trial(writer, label, lambda size=size: largest_file(256 * size), shared))
        if can_mount():
            for size in sorted(random.sample(range(2, 12), 2)):
                found.append(
                    trial(writer, f"{name}: a disk of {4 * size} KB", lambda size=size: small_disk(size), shared)
                )
        for _ in range(3):
            (module, call), number = random.choice(CALLS), random.randint(1, 4)
            fault = random.choice(list(FAULTS))
            label = f"{name}: {fault} at call {number} of {module.__name__}.{call}"
            if label not in {one.name for one in found}:
                found.append(
                    trial(writer, label, lambda at=(module, call, number, FAULTS[fault]): failing(*at), shared)
                )
    if can_mount():
        found.append(trial(training, "training: its state on another disk", state_elsewhere, shared))
        found.append(trial(training, "training: its state on another disk that is full", full_state, shared))
    return found


def trial(writer, name, fault, shared):
    """An input: a program under a fault, and once more without."""
    return Input(
        KIND,
        name,
        lambda work: (copy_of(shared / "study", work), Path(DISK).mkdir()),
        lambda work: stops_and_goes_on(fault(), lambda: writer(work), work),
        same_as(expected_of(writer, shared)),
    )


@contextmanager
def small_disk(pages):
    """A disk of so many pages of 4 KB in the place of the programs' folder, with more space afterwards."""
    mount(DISK, 4096 * pages)
    try:
        yield
    finally:
        enlarge(DISK)


@contextmanager
def state_elsewhere(size=2**24):
    """Another disk in the place of the folder of unfinished runs."""
    folder = Path(DISK, "state")
    folder.mkdir()
    mount(folder, size)
    try:
        yield
    finally:
        enlarge(folder)


def full_state():
    return state_elsewhere(2**14)

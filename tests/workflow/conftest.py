"""Finished studies that the workflow tests start from.

Each is made once, for all processes of pytest-xdist together. A test that changes a study works on a copy of its own,
so the tests can run in any order.
"""

import os
import shutil

import pytest
from filelock import FileLock

from project import Project, copy_project

# In place of the lines of tests/config.yaml: six runs on two tasks, with a comparison.
SMALL = {
    "tasks: [splice, amp, gb1, composer, sentiment]": "tasks: [splice, amp]",
    "    inits: [pretrained, scratch]\n  - models: [minilm-l6]\n    inits: [rand_embed]\n    tasks: [splice]\n": (
        "    inits: [pretrained]\n  - models: [minilm-l6]\n    inits: [scratch]\n    tasks: [splice]\n"
    ),
    "baselines: [trivial, kmer]": "baselines: [trivial]",
    "experiments: [main, frozen, similarity, trainability]": "experiments: [main, similarity, trainability]",
    "  tasks: [gb1]\n": "  tasks: [splice]\n",
    "    - {model: minilm-l6, init: scratch, seeds: [100, 101]}\n": "",
    "    - {model: esm2-8m, init: pretrained, seeds: [100]}\n": "",
    "  inits: [pretrained, scratch]\n  mappings": "  inits: [pretrained]\n  mappings",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/workflow" in item.path.as_posix():
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all processes of one call of pytest have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(folder, make):
    """The study in a folder; the first process that asks makes it, and others wait."""
    with FileLock(f"{folder}.lock"):
        if not folder.with_suffix(".made").exists():
            shutil.rmtree(folder, ignore_errors=True)  # what another process began and failed to make
            make()
            folder.with_suffix(".made").touch()
    return Project(folder)


@pytest.fixture(scope="session")
def finished(shared):
    """A small finished study, to be copied but not changed."""
    folder = shared / "small-study"

    def make():
        project = copy_project(folder)
        for old, new in SMALL.items():
            project.edit("config/config.yaml", old, new)
        project.commit()
        project.snakemake()

    return made_once(folder, make)


@pytest.fixture(scope="session")
def adopted(finished, shared):
    """The small study after its first `dvc repro`, to be copied but not changed."""
    folder = shared / "small-study-of-dvc"

    def make():
        project = finished.copy(folder)
        folder.with_suffix(".txt").write_text(project.run("dvc", "repro"))

    project = made_once(folder, make)
    project.first_repro = folder.with_suffix(".txt").read_text()
    return project


@pytest.fixture
def study(finished, tmp_path):
    """A small finished study of the test's own."""
    return finished.copy(tmp_path / "study")


@pytest.fixture
def dvc_study(adopted, tmp_path):
    """A small finished study of the test's own, after its first `dvc repro`."""
    return adopted.copy(tmp_path / "study")

"""A project of its own for the tests that write files."""

import pytest

import new_study
import shipped
from beyondtext.core import paths
from beyondtext.study import definitions
from beyondtext.study.cost import step_operations
from beyondtext.study.duration import Machine, calibrated

STEP_SECONDS, CORES = 2.5, 4


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the configuration that ships, in place of the project's."""
    folder = tmp_path / "project"
    shipped.copy_config(folder / "config")
    with monkeypatch.context() as patch:
        patch.setattr(paths, "ROOT", folder)
        patch.setattr(paths, "CONFIG", folder / "config")
        definitions.forget()
        yield folder
    definitions.forget()


@pytest.fixture
def machine(monkeypatch):
    """A machine of four cores, on which a training step takes 2.5 s: nothing is timed."""

    def measured(config, findings):
        operations = step_operations(config, findings.name, new_study.model_of(config))
        return STEP_SECONDS, calibrated(Machine(CORES, 1e11, 1e11), operations, STEP_SECONDS)

    monkeypatch.setattr(new_study, "measured", measured)
    monkeypatch.setattr(new_study, "processors", lambda: CORES)

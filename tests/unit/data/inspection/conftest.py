"""A project of its own for the tests that write files."""

import shutil

import pytest

from beyondtext.core import paths
from beyondtext.study import definitions


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the configuration that ships, in place of the project's."""
    folder = tmp_path / "project"
    shutil.copytree(paths.CONFIG, folder / "config")
    with monkeypatch.context() as patch:
        patch.setattr(paths, "ROOT", folder)
        patch.setattr(paths, "CONFIG", folder / "config")
        definitions.forget()
        yield folder
    definitions.forget()

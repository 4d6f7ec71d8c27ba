"""What the tests of this package share."""

import copy

import pytest
import yaml

import shipped
from beyondtext.core import files, paths
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config


@pytest.fixture
def default():
    """The default configuration, for a test to change."""
    return copy.deepcopy(load_config(paths.CONFIG / "config.yaml"))


class Config:
    """A copy of ``config/`` with the schemas and definitions that ship, for a test to change."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, value):
        """Write one YAML file, from a dict or a text."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False))
        definitions.forget()

    def change(self, name, **changes):
        """Change some keys of one YAML file; None removes a key."""
        value = {**files.read_yaml(self.folder / name), **changes}
        self.write(name, {key: entry for key, entry in value.items() if entry is not None})


@pytest.fixture
def config_folder(tmp_path, monkeypatch):
    """A `Config` that the library reads in place of the project's."""
    folder = tmp_path / "config"
    shipped.copy_config(folder)
    with monkeypatch.context() as patch:
        patch.setattr(paths, "ROOT", tmp_path)
        patch.setattr(paths, "CONFIG", folder)
        definitions.forget()
        yield Config(folder)
    definitions.forget()

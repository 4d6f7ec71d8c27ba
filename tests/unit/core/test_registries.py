"""The registries: names by which a configuration finds objects."""

import subprocess
import sys

import pytest

from beyondtext.core import paths
from beyondtext.core.registries import REGISTRIES, registry


@pytest.mark.parametrize("key", REGISTRIES)
def test_every_registry_has_objects_under_their_own_names(key):
    objects = registry(key)
    assert objects and all(getattr(entry, "name", name) == name for name, entry in objects.items())


def test_the_initializations_are_those_of_the_glossary():
    names = ["pretrained", "scratch", "rand_embed", "pretrain_embed", "shuffled", "domain", "pretrain_ckpt"]
    assert sorted(registry("init")) == sorted(names)


def test_checking_a_configuration_imports_no_network_library():
    code = (
        "import sys; from beyondtext.study.configuration import load_config; load_config('config/config.yaml'); "
        "print(sorted({'torch', 'transformers', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=paths.ROOT, env={"PYTHONPATH": str(paths.SCRIPTS)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr

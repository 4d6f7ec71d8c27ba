"""Versions are pinned in requirements.txt, and every other file agrees with it."""

import re

import pytest

from beyondtext.core import paths
from beyondtext.core.files import read_yaml

PINS = dict(
    line.split("==")
    for line in (paths.ROOT / "requirements.txt").read_text().splitlines()
    if line and not line.startswith("#")
)
ENVIRONMENTS = sorted((paths.ROOT / "envs").glob("*.yaml"))


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-test.txt"):
        for line in (paths.ROOT / name).read_text().splitlines():
            assert not line or line.startswith("#") or re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line), line


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_environments_have_the_same_pins(path):
    environment = read_yaml(path)
    *conda, pip = environment["dependencies"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert [re.split("[=<>]", name)[0] for name in conda] == ["python", "pip"]
    for line in pip["pip"]:
        name, version = line.split("==")
        assert PINS[name] == version, f"{path.name} pins {line}, requirements.txt has {PINS[name]}"


def test_rules_use_every_environment():
    rules = "".join(path.read_text() for path in (paths.ROOT / "rules").glob("*.smk"))
    assert {path.name for path in ENVIRONMENTS} == set(re.findall(r"envs/([a-z]+\.yaml)\"\n    ", rules))

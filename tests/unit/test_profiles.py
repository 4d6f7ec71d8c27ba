"""The profiles of Snakemake: what several of them need is in profiles/default alone."""

import re

import pytest
from snakemake.cli import parse_args

from beyondtext.core import paths
from beyondtext.core.files import read_yaml

PROFILES = {path.parent.name: read_yaml(path) for path in (paths.ROOT / "profiles").glob("*/profile.yaml")}


def test_the_slurm_profile_is_added_to_the_default_one(monkeypatch):
    monkeypatch.chdir(paths.ROOT)
    # Not with the profile's own executor, whose plugin may not be installed.
    command = ["--profile", "profiles/default", "--workflow-profile", "profiles/slurm", "--executor", "local"]
    _, both = parse_args(command)
    _, default = parse_args(["--executor", "local"])
    assert both.keep_going and both.retries == 1 and both.jobs == 100
    assert both.rerun_triggers == default.rerun_triggers and len(both.rerun_triggers) == 4
    assert both.max_checksum_file_size == default.max_checksum_file_size == 10**12
    assert both.resources != default.resources  # the limit of one job at a time on GPUs is for one machine


@pytest.mark.parametrize("name", sorted(PROFILES.keys() - {"default"}))
def test_keys_are_repeated_only_to_override_them(name):
    shared = PROFILES["default"].keys() & PROFILES[name].keys()
    assert not [key for key in shared if PROFILES["default"][key] == PROFILES[name][key]]


def test_rules_that_use_a_gpu_have_one_in_the_slurm_profile():
    given = PROFILES["slurm"]["set-resources"]
    text = "\n".join(path.read_text() for path in (paths.ROOT / "rules").glob("*.smk"))
    rules = re.findall(r"^rule (\w+)(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
    with_gpu = {name for name, rule in rules if "gpu=GPUS" in rule}
    assert {"finetune_run", "fit_frozen", "extract_activations"} <= with_gpu
    for name in with_gpu:
        assert given[name]["slurm_partition"] == "gpu" and given[name]["gpu"] == 1, name


def test_the_slurm_profile_names_only_rules_that_exist():
    rules = "".join(path.read_text() for path in (paths.ROOT / "rules").glob("*.smk"))
    slurm = PROFILES["slurm"]
    for name in [*slurm["set-resources"], *slurm["groups"]]:
        assert f"rule {name}:" in rules or f" as {name} with:" in rules, name

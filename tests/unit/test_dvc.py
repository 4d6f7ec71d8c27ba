"""The stages of dvc.yaml depend on what their phases' programs are made of, no less and no more."""

import re

import pytest

from beyondtext import digest
from beyondtext.config import CONFIG, ROOT, read_yaml

STAGES = read_yaml(ROOT / "dvc.yaml")["stages"]
DATA = {
    "download": set(),
    "tokenize": {"data/raw"},
    "finetune": {"data/raw", "data/examples"},
    "similarity": {"data/raw", "data/examples", "results/runs"},
    "optimisation": {"data/raw", "data/examples"},
    "report": {
        *("data/examples", "config/published.csv"),
        *(f"results/{name}" for name in ("runs", "selection", "similarity", "optimisation")),
    },
}
DEFINITIONS = {"config/tasks", "config/models", "config/sources"}


def code_of(phase):
    """The files that decide what a phase's jobs do."""
    rules = (ROOT / "rules" / f"{phase}.smk").read_text()
    programs = set(re.findall(r'"python scripts/(\w+\.py)', rules))
    if phase == "tokenize":  # imported by name
        programs |= {f"beyondtext/readers/{path.name}" for path in (digest.SCRIPTS / "beyondtext/readers").glob("*.py")}
    assert programs, phase
    files = {path.relative_to(ROOT).as_posix() for program in programs for path in digest.sources(program)}
    files |= {f"scripts/{name}" for name in re.findall(r'"scripts/(beyondtext/templates/[^"]+)"', rules)}
    files |= {f"envs/{name}" for name in re.findall(r'"\.\./envs/([^"]+)"', rules)}
    return files | {"Snakefile", "rules/common.smk", f"rules/{phase}.smk"}


@pytest.mark.parametrize("phase", DATA)
def test_a_stage_depends_on_its_data_definitions_and_code(phase):
    assert set(STAGES[phase]["deps"]) == DATA[phase] | DEFINITIONS | code_of(phase)


@pytest.mark.parametrize("phase", DATA)
def test_a_stage_runs_its_phase_and_keeps_its_outputs(phase):
    assert STAGES[phase]["cmd"].endswith(f" -- {phase}")
    assert all(options == {"persist": True} for out in STAGES[phase]["outs"] for options in out.values())


def test_every_key_of_the_configuration_belongs_to_a_stage_and_exists():
    schema = read_yaml(CONFIG / "schemas" / "config.schema.yaml")
    named = {
        key.split(".")[0]
        for stage in STAGES.values()
        for keys in (entry["config/config.yaml"] or [] for entry in stage["params"])
        for key in keys
    }
    named |= {"checkpoint_seconds", "gpu_jobs"}  # they change no number, so no stage runs again for them
    # The report's stage takes the whole file.
    assert STAGES["report"]["params"] == [{"config/config.yaml": None}]
    assert named == set(schema["properties"])

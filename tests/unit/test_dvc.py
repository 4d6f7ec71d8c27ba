"""The stages of dvc.yaml depend on what their phases' programs are made of, no more and no less."""

import re

import pytest

from beyondtext.core import digest, paths
from beyondtext.core.files import read_yaml

DVC = read_yaml(paths.ROOT / "dvc.yaml")
STAGES = DVC["stages"]
DATA = {
    "download": set(),
    "tokenize": {"data/raw"},
    "finetune": {"data/raw", "data/examples"},
    "similarity": {"data/raw", "data/examples", "results/runs"},
    "trainability": {"data/raw", "data/examples"},
    "report": {
        *("data/examples", "config/published.csv", "config/published_similarity.csv"),
        *(f"results/{name}" for name in ("runs", "selection", "similarity", "trainability")),
    },
}
DEFINITIONS = {"config/tasks", "config/models", "config/sources"}


LIBRARY = "scripts/beyondtext"


def code_of(phase):
    """The files that decide what a phase's jobs do."""
    rules = (paths.ROOT / "rules" / f"{phase}.smk").read_text()
    programs = set(re.findall(r'"python scripts/(\w+\.py)', rules))
    if phase == "tokenize":  # imported by name
        readers = (paths.SCRIPTS / "beyondtext/data/readers").glob("*.py")
        programs |= {path.relative_to(paths.SCRIPTS).as_posix() for path in readers}
    assert programs, phase
    files = {path.relative_to(paths.ROOT).as_posix() for program in programs for path in digest.sources(program)}
    files |= {f"envs/{name}" for name in re.findall(r'"\.\./envs/([^"]+)"', rules)}
    return files | {"Snakefile", "rules/common.smk", f"rules/{phase}.smk"}


def folder(path):
    """What a stage names for a file: a package of the library, or the file itself."""
    inside = path.removeprefix(f"{LIBRARY}/")
    return f"{LIBRARY}/{inside.split('/')[0]}" if "/" in inside and inside != path else path


@pytest.mark.parametrize("phase", DATA)
def test_a_stage_depends_on_its_data_definitions_and_code(phase):
    wanted = {folder(path) for path in code_of(phase)} - {f"{LIBRARY}/__init__.py"}
    if phase == "report":  # it reads from every package
        assert f"{LIBRARY}/report" in wanted
        wanted = {path for path in wanted if not path.startswith(LIBRARY)} | {LIBRARY}
    assert set(STAGES[phase]["deps"]) == DATA[phase] | DEFINITIONS | wanted


@pytest.mark.parametrize("phase", DATA)
def test_a_stage_runs_its_phase_and_keeps_its_outputs(phase):
    assert STAGES[phase]["cmd"].endswith(f" -- {phase}")
    assert all(options == {"persist": True} for out in STAGES[phase]["outs"] for options in out.values())


def test_the_report_is_in_the_folder_of_the_study():
    made = {paths.tables("${name}"), paths.figures("${name}"), paths.report("${name}")}
    assert {out for outs in STAGES["report"]["outs"] for out in outs} == made
    assert DVC["metrics"] == [f"{paths.tables('${name}')}/metrics.json"]
    drawn = {path for plot in DVC["plots"] for shown in plot.values() for axis in "xy" for path in shown[axis]}
    assert drawn == {f"{paths.tables('${name}')}/{table}.csv" for table in ("curves", "effects")}


def test_every_key_of_the_configuration_belongs_to_a_stage_and_exists():
    schema = read_yaml(paths.CONFIG / "schemas" / "config.schema.yaml")
    named = {
        key.split(".")[0]
        for stage in STAGES.values()
        for keys in (entry["config/config.yaml"] or [] for entry in stage["params"])
        for key in keys
    }
    # It is part of the report's paths.
    assert "config/config.yaml:name" in DVC["vars"]
    named.add("name")
    # These do not affect the results, so no stage runs again for them.
    named |= {"checkpoint_seconds", "gpu_jobs", "runs_per_process"}
    # The report's stage takes the whole file.
    assert STAGES["report"]["params"] == [{"config/config.yaml": None}]
    assert named == set(schema["properties"])


def test_every_folder_of_results_is_made_even_if_a_study_has_nothing_for_it():
    """DVC fails if an output is missing, and the jobs of a phase may make none."""
    snakefile = (paths.ROOT / "Snakefile").read_text()
    made = {
        f"results/{name}" for name in re.search(r"for folder in \((.*?)\):", snakefile)[1].replace('"', "").split(", ")
    }
    assert "Path(FIGURES).mkdir(" in snakefile
    made.add("results/${name}/figures")
    outs = {path for stage in STAGES.values() for out in stage["outs"] for path in out}
    always = {"data/raw", "data/examples", "results/${name}/tables", "results/${name}/report.html"}
    assert outs - always == made

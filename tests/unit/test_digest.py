import re
import shutil

import pytest

from beyondtext import digest
from beyondtext.config import ROOT


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A copy of scripts/ that a test may edit."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "ROOT", tmp_path)
    monkeypatch.setattr(digest, "SCRIPTS", tmp_path / "scripts")
    digest._imports.cache_clear()
    digest.code_digest.cache_clear()
    yield tmp_path / "scripts"
    digest._imports.cache_clear()
    digest.code_digest.cache_clear()


def edited(path):
    path.write_text(path.read_text() + "# a comment\n")
    digest._imports.cache_clear()
    digest.code_digest.cache_clear()


def names(program):
    return {path.name for path in digest.sources(program)}


def test_a_program_covers_what_it_imports_directly_or_not_and_inside_functions():
    assert {"finetune.py", "finetuning.py", "training.py", "encoders.py", "batches.py"} <= names("finetune.py")


def test_training_does_not_depend_on_the_report_nor_the_download_on_training():
    assert not names("finetune.py") & {"tables.py", "figures.py", "page.py", "statistics.py", "download.py"}
    assert not names("download.py") & {"training.py", "examples.py", "tables.py"}
    assert not names("make_report.py") & {"training.py", "finetuning.py"}


def test_an_edit_changes_the_digests_that_cover_it_and_no_other(scripts):
    before = {program: digest.code_digest(program) for program in ("finetune.py", "make_tables.py", "download.py")}
    edited(scripts / "beyondtext" / "training.py")
    assert digest.code_digest("finetune.py") != before["finetune.py"]
    assert digest.code_digest("make_tables.py") == before["make_tables.py"]
    assert digest.code_digest("download.py") == before["download.py"]


def test_a_touch_changes_nothing(scripts):
    before = digest.code_digest("finetune.py")
    (scripts / "finetune.py").touch()
    digest._imports.cache_clear()
    digest.code_digest.cache_clear()
    assert digest.code_digest("finetune.py") == before


def test_an_extra_module_brings_its_imports(scripts):
    before = digest.code_digest("make_examples.py", "scripts/beyondtext/readers/keel.py")
    edited(scripts / "beyondtext" / "readers" / "fasta.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/readers/keel.py") == before
    edited(scripts / "beyondtext" / "readers" / "keel.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/readers/keel.py") != before


@pytest.mark.parametrize(
    "program",
    ["download", "make_examples", "choose_rate", "make_tables", "make_rates", "make_figures", "make_report"],
)
def test_a_job_that_runs_no_network_imports_no_torch(program):
    """Neither at the top nor later: importing it takes seconds."""
    for path in digest.sources(f"{program}.py"):
        assert not re.search(r"^\s*(import|from) (torch|transformers)\b", path.read_text(), re.MULTILINE), path

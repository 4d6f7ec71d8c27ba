import re
import shutil

import pytest

from beyondtext.core import digest, paths


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A copy of scripts/ that a test may edit."""
    shutil.copytree(paths.ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SCRIPTS", tmp_path / "scripts")
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
    """The files of the library that a program's digest covers, relative to the library."""
    library = paths.SCRIPTS / "beyondtext"
    return {p.relative_to(library).as_posix() for p in digest.sources(program) if p.is_relative_to(library)}


def packages(program):
    return {name.split("/")[0] for name in names(program) if "/" in name}


def test_a_program_covers_what_it_imports_directly_or_not_and_inside_functions():
    assert {"training/run.py", "training/loop.py", "models/loading.py", "models/batches.py"} <= names("finetune.py")


def test_training_does_not_depend_on_the_report_nor_the_download_on_training():
    assert not packages("finetune.py") & {"report", "similarity", "trainability"}
    assert not {name for name in names("finetune.py") if name.startswith("data/fetch/")}
    assert packages("download.py") == {"core", "data", "study"}
    assert "training/loop.py" not in names("make_report.py")


def test_an_edit_changes_the_digests_that_cover_it_and_no_other(scripts):
    before = {program: digest.code_digest(program) for program in ("finetune.py", "make_tables.py", "download.py")}
    edited(scripts / "beyondtext" / "training" / "loop.py")
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
    before = digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py")
    edited(scripts / "beyondtext" / "data" / "readers" / "fasta.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py") == before
    edited(scripts / "beyondtext" / "data" / "readers" / "keel.py")
    assert digest.code_digest("make_examples.py", "scripts/beyondtext/data/readers/keel.py") != before


@pytest.mark.parametrize(
    "program",
    ["download", "make_examples", "choose_rate", "make_tables", "make_figures", "make_report"],
)
def test_a_job_that_runs_no_network_imports_no_torch(program):
    """Neither at the top nor later: importing it takes seconds. Listing the initializations applies none of them."""
    for path in set(digest.sources(f"{program}.py")) - {digest.paths.SCRIPTS / "beyondtext/models/initializations.py"}:
        assert not re.search(r"^\s*(import|from) (torch|transformers)\b", path.read_text(), re.MULTILINE), path

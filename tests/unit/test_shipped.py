"""The tests' list of what ships leaves out what users add to the project."""

import pytest

import shipped

OWN = ("sources.lock.yaml", "sources/mine.yaml", "tasks/mine.yaml", "mine.yaml")  # in config/


@pytest.fixture
def project(tmp_path):
    """A project with definitions that ship, and with a study and checksums of its user."""
    shipped.copy_config(tmp_path / "config")
    for name in OWN:
        (tmp_path / "config" / name).write_text("# Written by scripts/new_study.py\n")
    return tmp_path


def left_out(project, known):
    """The files in ``config/`` that do not ship, if git tracks those that are known."""
    files = (path for path in (project / "config").rglob("*.yaml") if not shipped.ships(path, project, known))
    return sorted(path.relative_to(project / "config").as_posix() for path in files)


def test_files_that_git_does_not_track_do_not_ship(project):
    assert left_out(project, shipped.TRACKED) == sorted(OWN)


def test_without_git_files_that_programs_wrote_do_not_ship(project):
    assert shipped.tracked(project) == frozenset() and left_out(project, frozenset()) == sorted(OWN)


@pytest.mark.skipif(not shipped.TRACKED, reason="git tracks nothing here")
def test_what_ships_is_found(project):
    assert "config/tasks/splice.yaml" in shipped.TRACKED
    assert {"minilm-l6", "multiberts-seed0-step20k"} <= set(shipped.names("models"))
    assert "roberta-base" in shipped.names("sources") and "mine" not in shipped.names("tasks")

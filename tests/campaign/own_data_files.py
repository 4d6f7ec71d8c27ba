"""Giving a user's file to scripts/new_study.py in a project of its own, and reading with what it has written."""

import io
import sys
from pathlib import Path

import new_study
import shipped
import task_files
from beyondtext.core import paths
from beyondtext.data.fetch import fetch
from beyondtext.study import definitions
from beyondtext.study.cost import step_operations
from beyondtext.study.duration import Machine, calibrated
from trying import Input

STEP_SECONDS, CORES = 2.5, 4


def given(kind, name, file, content, expected=None, options=(), **trial):
    """An `Input` of a file that is inspected with these options.

    ``content`` is what the file has or, if it is no ordinary file, a function that makes it at a path.
    """

    def prepare(work):
        shipped.copy_config(work / "project" / "config")
        (work / "data").mkdir()
        path = work / "data" / file
        if callable(content):
            content(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    if expected is not None:
        trial["expected"] = expected
    return Input(kind, name, prepare, lambda work: study(work, str(work / "data" / file), options), **trial)


def study(work, data, options=()):
    """Define a study, download its source and make its examples, all as a user would; return what was found."""
    project = work / "project"
    paths.ROOT, paths.CONFIG = project, project / "config"
    new_study.measured, new_study.processors = _measured, lambda: CORES
    definitions.forget()
    before = _files(project)
    sys.stdin = io.StringIO()  # or at a terminal, it would ask
    new_study.main([data, *options])
    made = sorted(_files(project) - before)
    name = Path(made[0]).stem if made else ""
    found = {"made": made, "unprintable": task_files.unprintable(work)}
    if made:
        task = definitions.task(name)
        fetch(definitions.source(task["source"]), work / "raw" / task["source"])
        found |= task_files.make(work, name=name, arguments=["--config", str(project / "config" / f"{name}.yaml")])
        found |= {"task": task, "title": definitions.source(name)["title"]}
    return found


def _measured(config, findings):
    """In place of the time of a training step, that of a machine of four cores."""
    operations = step_operations(config, findings.name, new_study.model_of(config))
    return STEP_SECONDS, calibrated(Machine(CORES, 1e11, 1e11), operations, STEP_SECONDS)


def _files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def inferred(records, name, task=None, **counts):
    """A check that the study's files have this name, and that what they read are these records."""
    made = sorted(f"config/{folder}{name}.yaml" for folder in ("", "sources/", "tasks/"))
    is_meant = task_files.meant(records, **counts)

    def check(found):
        assert found["made"] == made, f"made {found['made']}"
        is_meant(found)
        for key, value in (task or {}).items():
            assert found["task"][key] == value, f"{key}: {found['task'][key]} instead of {value}"

    return check

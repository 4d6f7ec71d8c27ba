"""Snakemake with `--use-conda`, with a stand-in for conda on PATH."""

import os
from collections import Counter

import yaml

import conda_stand_in
from project import BIN, ROOT, copy_project, jobs


def test_every_job_runs_in_its_environment(tmp_path):
    project = copy_project(tmp_path / "study")
    config = yaml.safe_load((ROOT / "tests" / "config.yaml").read_text(encoding="utf-8"))
    config |= {"tasks": ["splice"], "seeds": [100], "baselines": ["trivial"]}
    config["arms"] = [{"models": ["minilm-l6"], "inits": ["pretrained"]}]
    config["similarity"]["tasks"] = []
    config["frozen"]["inits"] = config["trainability"]["inits"] = ["pretrained"]
    config["runs_per_process"] = "auto"
    config["caps"] = {"splice": config["caps"]["splice"]}
    (project.folder / "config" / "config.yaml").write_text(yaml.safe_dump(config))

    folder, log = conda_stand_in.install(tmp_path / "conda")
    project.environment["PATH"] = f"{folder}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}"
    output = project.run("snakemake", "--cores", "2", "--use-conda")
    assert "conda is not on the PATH" not in output
    assert jobs(output) == {
        "download_source": 2,
        "make_examples": 1,
        "finetune_run": 1,
        "fit_baseline": 1,
        "fit_frozen": 1,
        "measure_trainability": 1,
        "make_rates": 1,
        "make_tables": 1,
        "make_figures": 1,
        "make_report": 1,
    }
    # 3 data, 4 training and 4 report jobs, each in one of three environments.
    assert sorted(Counter(log.read_text().splitlines()).values()) == [3, 4, 4]
    assert (project.folder / "results" / "default" / "report.html").is_file()

    # Another environment with the same pins is no reason to run anything again.
    project.environment["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    assert project.snakemake() == {}

"""Every task and experiment of the paper, on small files in the published layouts from a server on this machine."""

import json
import re

import pandas as pd
import pytest
import yaml

import miniatures
import web
from beyondtext.study import definitions
from project import ROOT, copy_project

HUB = ["multiberts-seed0-step0k", "multiberts-seed0-step20k", "albert-base-v1", "roberta-base"]


@pytest.fixture
def paper(tmp_path):
    """The project with the addresses of its sources on a local server."""
    with web.running() as server:
        project = copy_project(tmp_path / "paper")
        project.environment["NO_PROXY"] = "127.0.0.1"
        for name, published in miniatures.archives().items():
            path = project.folder / "config" / "sources" / f"{name}.yaml"
            source = yaml.safe_load(path.read_text(encoding="utf-8"))
            addresses = [f"{server.url}/{file}" for file in published]
            source["address"] = addresses if isinstance(source["address"], list) else addresses[0]
            for key in ("sha256", "size"):
                source.pop(key, None)
            path.write_text(yaml.safe_dump(source))
            for file, content in published.items():
                server.answers[f"/{file}"] = [web.serve(content)]
        project.environment |= {
            "HF_ENDPOINT": server.url,
            "HF_HOME": str(tmp_path / "hub"),
            "HF_HUB_DISABLE_XET": "1",
        }
        for path in (project.folder / "config" / "models").glob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub("^  (sha256|size): .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
        for name in HUB:
            source = definitions.source(name)
            contents = miniatures.repository(name, tmp_path / "models")
            server.answers |= web.repository(source["repository"], source["revision"], contents)
        for path in (project.folder / "config" / "tasks").glob("*.yaml"):
            text = path.read_text(encoding="utf-8")  # a hundredth of so few records would lack some classes
            path.write_text(
                re.sub("validation_fraction: 0.0[0-9]+", "validation_fraction: 0.1", text), encoding="utf-8"
            )
        yield project


def test_every_experiment_of_the_paper_runs(paper):
    study = ["--configfile", "tests/paper.yaml"]
    ran = paper.snakemake(*study)
    config = yaml.safe_load((ROOT / "tests" / "paper.yaml").read_text())
    assert ran["make_examples"] == len(config["tasks"])
    assert ran["finetune_run"] == len(config["tasks"]) + 4 + 1 + 1 + 2 + 2 + 4
    assert ran["measure_trainability"] == 5
    lock = yaml.safe_load((paper.folder / "config" / "sources.lock.yaml").read_text())
    assert set(lock) == {*miniatures.archives(), *HUB}

    tables = paper.folder / "results" / "small-paper" / "tables"
    summary = pd.read_csv(tables / "summary.csv")
    trained = summary[summary["init"] != "baseline"]
    assert set(trained["task"]) == set(config["tasks"])
    assert set(trained["init"]) == {
        "pretrained",
        "scratch",
        "rand_embed",
        "pretrain_embed",
        "shuffled",
        "domain",
        "pretrain_ckpt",
    }
    assert set(trained["mapping"]) == {"permutation", "identity", "shift-1000"}
    assert set(trained["fraction"]) == {1, 0.5}
    assert set(pd.read_csv(tables / "summary_groups.csv")["task"]) == {"maestro"}
    page = (paper.folder / "results" / "small-paper" / "report.html").read_text(encoding="utf-8")
    titles = ("Amount of training data", "Amount of pre-training", "Other models", "English with shifted words")
    for heading in titles:
        assert f"<h3>{heading}</h3>" in page
    for heading in ("Trainability before the first step", "Similarity of representations", "By whole group"):
        assert heading in page
    assert "nan" not in re.sub(r"base64,[^\"]*", "", page).split()
    [run] = (paper.folder / "results/runs/rte/minilm-l6/pretrained/identity").glob("**/run.json")
    assert json.loads(run.read_text())["scores"]["test"] is not None

    assert paper.snakemake(*study) == {}
    # A single experiment requests only its own tasks.
    dry = paper.run("snakemake", "--cores", "2", "--dry-run", *study, "--config", "experiments=[trainability]")
    assert "finetune_run" not in dry
    assert "experiments: trainability (measurements: 5); not requested: main, initializations" in dry

"""Runs, versions and settings."""

import pandas as pd
import pytest

import small_study as study
from beyondtext import __version__
from beyondtext.report.load import Results, Tables, write_table
from beyondtext.report.sections import provenance
from beyondtext.study.selection import selected


def test_every_run_has_a_row_with_its_scores(results):
    table = provenance.runs(results)
    assert len(table) == len(results.runs)
    assert table["test"].tolist() == [scores["test"] for scores in results.scores["scores"]]
    assert set(table.loc[table["constant"], "model"]) == {"trivial"}
    assert set(table["seconds"]) == {90.0}


def test_versions_that_differ_between_runs_are_both_listed(results):
    results.runs = results.runs.copy()
    results.runs.at[0, "versions"] = {"numpy": "2.4.5", "torch": "2.9.0"}
    assert provenance.versions(results).to_numpy().tolist() == [["numpy", "2.4.5, 2.4.6"], ["torch", "2.9.0"]]


@pytest.mark.parametrize(("epochs", "listed", "unlisted"), [(None, "steps", "epochs"), (3, "epochs", "steps")])
def test_a_study_counts_in_steps_or_in_epochs(root, epochs, listed, unlisted):
    config = study.config()
    config["training"] |= {"epochs": epochs, "clip_norm": None}
    table = provenance.settings(Results(config, root)).set_index("setting")["value"]
    assert listed in table and unlisted not in table
    assert table["clip_norm"] == "off"


def test_the_settings_of_a_task_follow_the_common_ones(three):
    content = provenance.content(three.tables, three.config)
    assert [part["task"] for part in content["settings"]] == ["every task", "GB1 binding"]
    assert content["settings"][1]["values"] == [("batch size", "8")]
    assert ("learning rate", "0.0001") in content["settings"][0]["values"]


PAIR = {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}


@pytest.mark.parametrize(
    ("arms", "rows"),
    [
        ([{**PAIR, "learning_rate": 3e-4}], [("every task", "0.0003")]),
        ([PAIR, {**PAIR, "learning_rate": [1e-4, 3e-4]}], [("every task", "0.0001; the best of 0.0001 and 0.0003")]),
        (
            [{**PAIR, "tasks": ["splice"]}, {**PAIR, "tasks": ["gb1"], "learning_rate": 3e-4}],
            [("splice", "0.0001"), ("gb1", "0.0003")],
        ),
        (
            [{**PAIR, "inits": ["pretrained"], "learning_rate": 3e-4}, {**PAIR, "inits": ["scratch"]}],
            [("every task", "0.0003 (MiniLM-L6 pre-trained); 0.0001 (MiniLM-L6 random initialization)")],
        ),
    ],
)
def test_the_learning_rates_are_those_of_the_arms(root, arms, rows):
    table = provenance.settings(Results(study.config(arms=arms), root))
    found = table[table["setting"] == "learning_rate"]
    assert list(zip(found["task"], found["value"], strict=True)) == rows


def test_times_on_a_gpu_are_those_of_runs_that_may_have_shared_it(results):
    results.scores = results.scores.assign(device="cuda: some GPU")
    found = dict(provenance.computation(results).itertuples(index=False, name=None))
    note = " (each run takes longer while it shares a GPU with others)"
    assert (found["total time"], found["longest run"]) == (f"22 minutes{note}", f"1.5 minutes{note}")


def test_what_the_runs_took_is_a_table(results):
    table = provenance.computation(results)
    assert dict(table.itertuples(index=False, name=None)) == {
        "runs": "15",
        "seeds": "100, 101 and 102",
        "total time": "22 minutes",
        "longest run": "1.5 minutes",
        "peak memory of a run": "1.5 GB",
        "devices": "a processor",
        "precision": "float32",
        "version of beyondtext": __version__,
        "digest of the training code": "c0de",
        "baselines": "4 runs, 6 minutes",
    }


def test_a_study_that_trains_nothing_has_no_provenance_of_runs(root):
    results = Results(study.config(arms=[]), root)
    assert provenance.runs(results).empty
    table = provenance.computation(results)
    assert table.empty and list(table.columns) == provenance.COMPUTATION_COLUMNS
    assert provenance.content({"computation": table}, results.config) is None


def test_a_study_of_frozen_features_alone_has_the_provenance_of_its_runs(tmp_path):
    whole = study.with_frozen(["pretrained", "scratch"], 2) | {"experiments": ["frozen"]}
    whole["training_per_task"] = {"gb1": {"batch_size": 8, "precision": "float32"}}
    config = selected(whole)
    study.write_study(tmp_path, config)
    results = Results(config, tmp_path)
    table = dict(provenance.computation(results).itertuples(index=False, name=None))
    assert (table["runs"], table["seeds"], table["digest of the code"]) == ("8", "100 and 101", "c0de")
    # Steps, batch sizes and learning rates are not used.
    assert provenance.settings(results).to_numpy().tolist() == [
        ["every task", "precision", "auto"],
        ["gb1", "precision", "float32"],
    ]
    tables = study.write_tables(tmp_path, whole, tmp_path / "tables")
    assert provenance.content(tables, config)["kind"] == "runs on frozen features"


def test_digests_and_versions_that_look_like_numbers_stay_text(tmp_path):
    code = "12e4567890"
    write_table(pd.DataFrame({"task": ["splice"], "code": [code]}), tmp_path, "runs")
    write_table(pd.DataFrame({"package": ["numpy"], "version": ["2.10"]}), tmp_path, "versions")
    write_table(pd.DataFrame({"item": ["digest of the training code"], "value": [code]}), tmp_path, "computation")
    tables = Tables(tmp_path)
    assert tables["computation"]["value"].tolist() == ["12e4567890"]
    assert tables["runs"]["code"].tolist() == ["12e4567890"] and tables["versions"]["version"].tolist() == ["2.10"]

"""The tables, from the files of a small study whose every outcome is chosen by hand."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.report import load, tables
from beyondtext.study import definitions
from beyondtext.study.grid import Run, all_runs
from beyondtext.training.run_files import RECORD_KEYS, read_curve, read_predictions


@pytest.fixture
def config():
    return study.config()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    study.write_study(folder, study.config())
    return folder


@pytest.fixture
def root(tmp_path, written):
    """The study's files, to spoil at will."""
    return shutil.copytree(written, tmp_path / "root")


@pytest.fixture
def runs(root, config):
    return load.load_runs(config, root)


@pytest.fixture
def scores(runs, config):
    return load.load_scores(runs, config)


def folder_of(root, init="scratch", seed=101):
    return root / Run("splice", "minilm-l6", init, "permutation", 1, "fixed", seed).directory


def test_every_run_is_loaded_once(runs, config):
    assert len(runs) == len(all_runs(config)) == 3 * 3 + 3 * 2 + 2 * 2
    assert not runs.duplicated([*tables.ARM, "seed"]).any()


def test_scores_are_those_of_the_predictions_on_disk(scores):
    for row in scores.itertuples():
        table = read_predictions(row.directory)
        assert row.score == METRICS[row.metric](table["target"].to_numpy(), table["prediction"].to_numpy())
        assert row.score == pytest.approx(row.scores["test"])
        assert row.draws.shape == (100,)
    assert scores.groupby("task")["groups"].first().to_dict() == {"splice": 4, "gb1": 8}


def test_runs_that_predict_one_thing_are_told_and_kept_for_the_page(scores, tmp_path):
    assert set(scores.loc[scores["constant"], "model"]) == {"trivial"}
    load.write_runs(scores, tmp_path / "runs.json")
    kept = load.read_runs(tmp_path / "runs.json")
    assert kept["constant"].tolist() == scores["constant"].tolist()
    assert kept["scores"].tolist() == scores["scores"].tolist()
    assert set(kept) == {*RECORD_KEYS, "constant"}


def test_summary_by_hand(scores, config):
    summary = tables.summary(scores, config)
    assert list(summary.columns) == tables.SUMMARY
    scratch = study.row_of(summary, task="splice", init="scratch")
    assert (scratch["domain"], scratch["metric"], scratch["n"]) == ("dna", "accuracy", 3)
    assert scratch["mean"] == pytest.approx(5 / 8)
    assert scratch["sd"] == pytest.approx(1 / 8)
    pretrained = study.row_of(summary, task="splice", init="pretrained")
    assert pretrained["mean"] == pytest.approx(20 / 24)
    assert pretrained["sd"] == pytest.approx(1 / 8 * 2 / np.sqrt(3))
    assert study.row_of(summary, task="splice", model="trivial")["mean"] == 4 / 8
    assert study.row_of(summary, task="gb1", init="scratch")["mean"] == pytest.approx(1 - 6 * 2 / (8 * 63))
    assert study.row_of(summary, task="gb1", model="trivial")["mean"] == 0


def test_summary_intervals_hold_the_mean_and_stay_on_the_scale(scores, config):
    summary = tables.summary(scores, config)
    assert ((summary["ci_low"] <= summary["mean"]) & (summary["mean"] <= summary["ci_high"])).all()
    assert study.row_of(summary, task="splice", init="pretrained")["ci_high"] == 1  # beyond it without the bound
    assert summary["ci_high"].max() <= 1
    assert summary.loc[summary["metric"] == "accuracy", "ci_low"].min() >= 0


def test_a_baseline_has_an_interval_over_groups_and_no_sd(scores, config):
    trivial = study.row_of(tables.summary(scores, config), task="splice", model="trivial")
    assert trivial["n"] == 1
    assert np.isnan(trivial["sd"])
    assert trivial["ci_low"] < 0.5 < trivial["ci_high"]


def test_effects_by_hand(scores, config):
    effects = tables.effects(scores, config)
    assert list(effects.columns) == tables.EFFECTS
    assert effects[["task", "comparison"]].to_numpy().tolist() == [
        ["splice", "pretrained - scratch"],
        ["splice", "rand_embed - scratch"],
        ["gb1", "pretrained - scratch"],
    ]
    pretrained = effects.iloc[0]  # differences of 2, 1 and 2 eighths
    assert pretrained["n"] == 3
    assert pretrained["mean"] == pytest.approx(5 / 24)
    assert pretrained["sd"] == pytest.approx(np.sqrt(1 / 3) / 8)
    assert pretrained["ci_low"] < 5 / 24 < pretrained["ci_high"]
    assert np.isnan(pretrained["p"])


def test_the_same_predictions_differ_by_nothing(scores, config):
    same = study.row_of(tables.effects(scores, config), comparison="rand_embed - scratch")
    assert same[["mean", "sd", "ci_low", "ci_high"]].tolist() == [0, 0, 0, 0]


def test_effects_are_paired_by_seed_and_not_by_place(scores, config):
    shuffled = scores.iloc[::-1]
    before = tables.effects(scores, config).sort_values(["task", "comparison"], ignore_index=True)
    after = tables.effects(shuffled, config).sort_values(["task", "comparison"], ignore_index=True)
    pd.testing.assert_frame_equal(before[["task", "mean", "sd"]], after[["task", "mean", "sd"]])
    upside_down = scores.copy()
    turned = (upside_down["init"] == "scratch") & (upside_down["task"] == "splice")
    upside_down.loc[turned, "seed"] = [102, 101, 100]  # differences of 0, 1 and 4 eighths
    found = study.row_of(tables.effects(upside_down, config), task="splice", comparison="pretrained - scratch")
    assert found["sd"] == pytest.approx(np.std([0, 1, 4], ddof=1) / 8)


def test_a_seed_without_its_partner_is_left_out(scores, config):
    alone = (scores["init"] == "scratch") & (scores["seed"] == 101)
    found = study.row_of(tables.effects(scores[~alone], config), task="splice", comparison="pretrained - scratch")
    assert found["n"] == 2
    assert found["mean"] == pytest.approx(2 / 8)
    assert study.blank(found[["ci_low", "ci_high"]])


def test_two_seeds_have_a_mean_and_a_blank_interval(root):
    config = study.config(seeds=[100, 101])
    scores = load.load_scores(load.load_runs(config, root), config)
    effect = tables.effects(scores, config).iloc[0]
    assert (effect["n"], effect["mean"]) == (2, pytest.approx(1.5 / 8))
    assert study.blank(effect[["ci_low", "ci_high", "p"]])
    summary = study.row_of(tables.summary(scores, config), task="splice", init="scratch")
    assert (summary["n"], summary["mean"]) == (2, pytest.approx(4.5 / 8))
    assert study.blank(summary[["ci_low", "ci_high"]])


def test_without_the_reference_there_are_no_effects(root):
    config = study.config(arms=[{"models": ["minilm-l6"], "inits": ["pretrained"]}])
    scores = load.load_scores(load.load_runs(config, root), config)
    effects = tables.effects(scores, config)
    assert list(effects.columns) == tables.EFFECTS
    assert effects.empty


def test_metrics_are_plain_numbers(scores, config):
    found = tables.metrics(tables.summary(scores, config), tables.effects(scores, config))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["splice"]["minilm-l6/scratch/permutation/1/fixed"] == 0.625
    assert found["splice"]["trivial/baseline/identity/1/none"] == 0.5
    assert found["effects"]["splice"]["minilm-l6/pretrained - scratch/permutation/1/fixed"] == 0.2083


def test_what_became_of_the_data(root, config):
    table = tables.tasks(config, root)
    assert table["task"].tolist() == ["splice", "gb1"]
    splice = table.iloc[0]
    assert splice[["read", "duplicates", "train", "validation", "test", "test_groups"]].tolist() == [
        *(3190, 1185, 20, 6, 8, 4)
    ]
    assert (splice["length_median"], splice["length_max"]) == (57.5, 60)


@pytest.mark.parametrize("column", ["id", "group", "target"])
def test_predictions_of_another_test_split_are_refused(root, runs, config, column):
    path = folder_of(root) / "predictions.parquet"
    table = pd.read_parquet(path)
    table[column] = table[column].to_numpy()[::-1]
    table.to_parquet(path, index=False)
    with pytest.raises(InputError, match=r"scratch/.*/seed101 and .* not of the same test split; run `snakemake") as e:
        load.load_scores(runs, config)
    assert "\n" not in str(e.value)


def test_predictions_with_an_example_less_are_refused(root, runs, config):
    path = folder_of(root) / "predictions.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    with pytest.raises(InputError, match="not of the same test split"):
        load.load_scores(runs, config)


def test_a_missing_run_is_named(root, config):
    (folder_of(root) / "run.json").unlink()
    with pytest.raises(
        InputError, match=r"splice/minilm-l6/scratch/permutation/fraction1/rate-fixed/seed101/run.json is missing"
    ):
        load.load_runs(config, root)


def test_a_run_that_lacks_a_key_is_named(root, config):
    path = folder_of(root) / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in record.items() if key not in ("scores", "code")}))
    with pytest.raises(InputError, match=r"seed101/run.json lacks code, scores; delete it"):
        load.load_runs(config, root)


def test_missing_predictions_are_named(root, runs, config):
    (folder_of(root) / "predictions.parquet").unlink()
    with pytest.raises(InputError, match=r"seed101/predictions.parquet is missing"):
        load.load_scores(runs, config)


def test_predictions_that_lack_a_column_are_named(root, runs, config):
    path = folder_of(root) / "predictions.parquet"
    pd.read_parquet(path).drop(columns="group").to_parquet(path, index=False)
    with pytest.raises(InputError, match=r"seed101/predictions.parquet lacks the column 'group'"):
        load.load_scores(runs, config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is missing or empty"),
        ("", "is missing or empty"),
        ("step,validation\n0,0.5\n", "has the columns step, validation, not step, examples"),
    ],
)
def test_a_curve_that_is_not_one_is_named(root, text, message):
    path = folder_of(root) / "curve.csv"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with pytest.raises(InputError, match=rf"seed101/curve.csv {message}"):
        read_curve(path.parent)


def test_a_missing_similarity_table_is_named(tmp_path, config):
    with pytest.raises(InputError, match=r"results/similarity/gb1.parquet"):
        load.load_similarity(config, tmp_path)


def test_the_similarity_tables_of_all_tasks_are_one(root, config):
    study.similarity("splice").to_parquet(root / "results" / "similarity" / "splice.parquet")
    config["similarity"]["tasks"] = ["gb1", "splice"]
    assert load.load_similarity(config, root)["task"].value_counts().to_dict() == {"gb1": 65, "splice": 65}


def test_make_tables_leaves_a_missing_interval_empty(root, tmp_path, monkeypatch):
    output = tmp_path / "tables"
    study.write_tables(root, study.config(seeds=[100, 101]), output, monkeypatch)
    header, first, *_ = (output / "effects.csv").read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert cells["mean"] == "0.1875"
    assert [cells[key] for key in ("ci_low", "ci_high", "p")] == ["", "", ""]
    written = sorted(path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file())
    names = [
        "amounts",
        "convergence",
        "convergence_runs",
        "curves",
        "effects",
        "effects_groups",
        "published",
        "summary",
    ]
    names += ["summary_groups", "tasks"]
    expected = [f"{name}.{suffix}" for name in names for suffix in ("csv", "tex")]
    assert written == sorted([*expected, "metrics.json", "runs.json"])
    for name in written:
        assert "nan" not in (output / name).read_text().lower()


def test_make_tables_writes_the_same_bytes_again(root, tmp_path, monkeypatch):
    for output in (tmp_path / "one", tmp_path / "two"):
        study.write_tables(root, study.config(), output, monkeypatch)
    for path in (path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


# --- whole groups, and the paper's numbers


def test_a_piece_is_of_the_class_with_the_largest_mean_log_probability():
    predictions = pd.DataFrame(
        {
            "id": ["a1", "a2", "a3", "b1"],
            "group": ["a", "a", "a", "b"],
            "target": ["x", "x", "x", "y"],
            "prediction": ["y", "y", "x", "y"],
            # Two windows of three lean to y, but the third is sure of x.
            "log_probability_x": np.log([0.4, 0.4, 0.99, 0.1]),
            "log_probability_y": np.log([0.6, 0.6, 0.01, 0.9]),
        }
    )
    found = load.by_group(predictions)
    assert found.to_dict("list") == {
        "group": ["a", "b"],
        "target": ["x", "y"],
        "id": ["a", "b"],
        "prediction": ["x", "y"],
    }
    assert load.by_group(predictions.iloc[2:]) is None  # every example is a group of its own
    assert load.by_group(predictions.assign(target=["x", "y", "x", "y"])) is None
    assert load.by_group(predictions[["id", "group", "target", "prediction"]]) is None


def test_groups_are_scored_for_tasks_that_have_them_alone(root):
    config = study.config()
    runs = load.load_runs(config, root)
    grouped = load.load_scores(runs, config, whole_groups=True)
    assert set(grouped["task"]) == {"splice"} and set(grouped["groups"]) == {4}
    assert set(tables.summary(grouped, config)["init"]) >= {"pretrained", "scratch"}
    none = load.load_scores(runs[runs["task"] == "gb1"], config, whole_groups=True)
    assert none.empty and tables.summary(none, config).empty and tables.effects(none, config).empty


def test_ours_stand_beside_what_was_printed(tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(
        "table,task,model,init,metric,value,where\n"
        "main,h3,bert,pretrained,accuracy,0.85,Table 2\n"
        "main,h3,bert,scratch,accuracy,,\n"
        "main,h4,bert,pretrained,accuracy,0.5,Table 2\n"
    )
    row = {"task": "h3", "model": "bert", "mapping": "permutation", "rate": "fixed", "metric": "accuracy"}
    rows = [
        {**row, "init": "pretrained", "fraction": 1, "mean": 0.8, "ci_low": 0.7, "ci_high": 0.9},
        {**row, "init": "pretrained", "fraction": 0.5, "mean": 0.6, "ci_low": 0.5, "ci_high": 0.7},
        {**row, "init": "scratch", "fraction": 1, "mean": 0.7, "ci_low": 0.6, "ci_high": 0.8},
    ]
    found = tables.published(pd.DataFrame(rows), path)
    assert found["init"].tolist() == ["pretrained", "scratch"]
    assert found["difference"].tolist()[0] == pytest.approx(-0.05) and found["inside"].iloc[0]
    assert found[["value", "difference", "inside"]].iloc[1].isna().all()
    path.write_text("task,value\n")
    with pytest.raises(InputError, match=r"published\.csv has the columns task, value"):
        tables.published(pd.DataFrame(rows), path)


def test_the_file_of_printed_numbers_names_tasks_models_and_metrics_that_exist():
    table = pd.read_csv(paths.CONFIG / "published.csv")
    for row in table.to_dict("records"):
        assert definitions.task(row["task"])["metric"] == row["metric"]
        assert definitions.model(row["model"])

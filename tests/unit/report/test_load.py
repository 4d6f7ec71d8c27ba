"""Reading the results of a small study, complete and damaged."""

import json

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.report.arms import ARM
from beyondtext.report.load import Results, Tables, by_group, write_table
from beyondtext.similarity.files import write_similarities
from beyondtext.study.grid import Run, all_runs
from beyondtext.training.run_files import read_curve, read_predictions


def folder_of(root, init="scratch", seed=101):
    return root / Run("splice", "minilm-l6", init, "permutation", 1, "fixed", seed).directory


def test_every_run_is_loaded_once(results, config):
    assert len(results.runs) == len(all_runs(config)) == 3 * 3 + 3 * 2 + 2 * 2
    assert not results.runs.duplicated([*ARM, "seed"]).any()


def test_scores_are_those_of_the_predictions_on_disk(results):
    for row in results.scores.itertuples():
        table = read_predictions(row.directory)
        assert row.score == METRICS[row.metric](table["target"].to_numpy(), table["prediction"].to_numpy())
        assert row.score == pytest.approx(row.scores["test"])
        assert row.draws.shape == (100,)
    assert results.scores.groupby("task")["groups"].first().to_dict() == {"splice": 4, "gb1": 8}
    assert set(results.scores.loc[results.scores["constant"], "model"]) == {"trivial"}


@pytest.mark.parametrize("column", ["id", "group", "target"])
def test_predictions_of_another_test_split_are_refused(results, column):
    study.change_predictions(
        folder_of(results.root), lambda table: table.assign(**{column: table[column].to_numpy()[::-1]})
    )
    with pytest.raises(InputError, match=r"scratch/.*/seed101 and .* do not belong to the same test split; run") as e:
        _ = results.scores
    assert "\n" not in str(e.value)


def test_predictions_that_lack_an_example_are_refused(results):
    study.change_predictions(folder_of(results.root), lambda table: table.iloc[1:])
    with pytest.raises(InputError, match="do not belong to the same test split"):
        _ = results.scores


def test_a_missing_run_is_named(results):
    (folder_of(results.root) / "run.json").unlink()
    with pytest.raises(
        InputError, match=r"splice/minilm-l6/scratch/permutation/fraction1/rate-fixed/seed101/run.json is missing"
    ):
        _ = results.runs


def test_a_run_that_lacks_a_key_is_named(results):
    path = folder_of(results.root) / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in record.items() if key not in ("scores", "code")}))
    with pytest.raises(InputError, match=r"seed101/run.json lacks code, scores; delete it"):
        _ = results.runs


def test_missing_predictions_are_named(results):
    (folder_of(results.root) / "predictions.parquet").unlink()
    with pytest.raises(InputError, match=r"seed101/predictions.parquet is missing"):
        _ = results.scores


def test_predictions_that_lack_a_column_are_named(results):
    study.change_predictions(folder_of(results.root), lambda table: table.drop(columns="group"))
    with pytest.raises(InputError, match=r"seed101/predictions.parquet lacks the column 'group'"):
        _ = results.scores


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is missing or empty"),
        ("", "is missing or empty"),
        ("step,validation\n0,0.5\n", "has the columns step, validation, not step, examples"),
    ],
)
def test_a_file_that_is_not_a_curve_is_named(root, text, message):
    path = folder_of(root) / "curve.csv"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with pytest.raises(InputError, match=rf"seed101/curve.csv {message}"):
        read_curve(path.parent)


def test_a_missing_similarity_table_is_named(tmp_path, config):
    with pytest.raises(InputError, match=r"results/similarity/gb1.parquet"):
        _ = Results(config, tmp_path).similarity


def test_the_similarity_tables_of_all_tasks_are_joined(root, config):
    write_similarities(root / "results" / "similarity" / "splice.parquet", study.similarity("splice"))
    config["similarity"]["tasks"] = ["gb1", "splice"]
    assert Results(config, root).similarity["task"].value_counts().to_dict() == {"gb1": 65, "splice": 65}


def test_a_missing_table_of_the_report_is_named(tmp_path):
    with pytest.raises(InputError, match=r"effects\.csv is missing; `snakemake --cores 2 report` makes it"):
        _ = Tables(tmp_path)["effects"]


@pytest.mark.parametrize(
    "values", [[True, False], [True, True], [True, False, None], [True, None], [False, None], [None, None]]
)
def test_truth_values_are_the_same_after_reading(tmp_path, values):
    """A column that also has missing values keeps true and false as they are: neither as text nor as numbers."""
    write_table(pd.DataFrame({"place": range(len(values)), "above": values}), tmp_path, "similarity")
    rows = Tables(tmp_path)["similarity"].to_dict("records")
    for row, value in zip(rows, values, strict=True):
        assert row["above"] is value if value is not None else np.isnan(row["above"])


def test_a_table_is_made_once(results):
    made = []

    def runs(given):
        made.append(given)
        return given.runs

    assert results.table(runs) is results.table(runs) is results.runs
    assert made == [results]


def test_a_group_has_the_class_with_the_largest_mean_log_probability():
    predictions = pd.DataFrame(
        {
            "id": ["a1", "a2", "a3", "b1"],
            "group": ["a", "a", "a", "b"],
            "target": ["x", "x", "x", "y"],
            "prediction": ["y", "y", "x", "y"],
            # Two windows out of three favour y slightly, but the third favours x strongly.
            "log_probability_x": np.log([0.4, 0.4, 0.99, 0.1]),
            "log_probability_y": np.log([0.6, 0.6, 0.01, 0.9]),
        }
    )
    assert by_group(predictions).to_dict("list") == {
        "group": ["a", "b"],
        "target": ["x", "y"],
        "id": ["a", "b"],
        "prediction": ["x", "y"],
    }
    assert by_group(predictions.iloc[2:]) is None  # every example is its own group
    assert by_group(predictions.assign(target=["x", "y", "x", "y"])) is None
    assert by_group(predictions[["id", "group", "target", "prediction"]]) is None

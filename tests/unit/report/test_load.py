"""Reading the results of a small study, complete and damaged."""

import json

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.report.arms import ARM
from beyondtext.report.load import Results, Tables, by_group, score_runs, write_table
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


def test_resamples_are_the_same_for_all_runs_of_a_task_and_follow_the_reports_seed(results, config):
    runs = results.runs[(results.runs["task"] == "splice") & (results.runs["seed"] == 100)]
    other = {**config, "report": {**config["report"], "seed": 1}}
    one, same, third = (np.stack(score_runs(runs, asked)["draws"]) for asked in (config, config, other))
    assert (one == same).all() and (one != third).any()
    by_init = dict(zip(runs["init"], one, strict=True))
    assert (by_init["scratch"] == by_init["rand_embed"]).all()  # whose predictions are the same


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
    config["similarity"]["tasks"] = ["gb1", "splice"]
    study.write_similarity(root, config, "splice")
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


def test_predictions_whose_score_is_not_the_recorded_one_are_refused(results):
    study.change_predictions(folder_of(results.root), lambda table: table.assign(prediction="N"))
    with pytest.raises(
        InputError, match=r"seed101 have the score 0\.5, but run\.json says 0\.625; delete the run's folder"
    ):
        _ = results.scores


def test_predictions_of_another_arm_are_refused(results):
    other = folder_of(results.root, "pretrained") / "predictions.parquet"
    (folder_of(results.root) / "predictions.parquet").write_bytes(other.read_bytes())
    with pytest.raises(
        InputError, match=r"scratch/.*seed101/predictions\.parquet was changed, or is that of another run"
    ):
        _ = results.runs


def test_a_run_on_other_examples_is_refused(results):
    study.change_record(folder_of(results.root) / "run.json", data_sha256="1" * 64)
    with pytest.raises(
        InputError, match=r"seed101 is a run on other examples than data/examples/splice\.parquet; delete"
    ):
        _ = results.runs


@pytest.mark.parametrize("content", ["{}", "[]", "null", "{", '{"counts": {}}'])
def test_a_description_of_examples_that_is_none_is_refused(root, config, content):
    (root / "data/examples/splice.json").write_text(content)
    with pytest.raises(
        InputError, match=r"splice\.json .*; delete it and .*splice\.parquet; `snakemake --cores 2 tokenize`"
    ):
        _ = Results(config, root).example_counts


@pytest.mark.parametrize(
    "changes",
    [{"metric": "macro_f1"}, {"alphabet": ["C", "A"]}, {"target": {"kind": "class", "classes": ["N", "EI", "IE"]}}],
)
def test_an_exchanged_metric_alphabet_or_class_is_found(root, config, changes):
    path = root / "data/examples/splice.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(InputError, match=r"splice\.json was changed after it was written"):
        _ = Results(config, root).example_counts


def test_similarities_that_were_changed_or_are_of_another_task_are_refused(root, config):
    path = root / "results" / "similarity" / "gb1.parquet"
    table, content = pd.read_parquet(path), path.read_bytes()
    assert Results(config, root).similarity.equals(study.similarity())
    for changed in (table.iloc[:9], table.iloc[:0], table.assign(value=0.9), table.rename(columns={"ci_low": "low"})):
        changed.to_parquet(path, index=False)  # with the attributes of the whole table
        with pytest.raises(
            InputError, match=r"gb1\.parquet was changed .*; delete it and run `snakemake --cores 2 simil"
        ):
            _ = Results(config, root).similarity
    for damaged in (b"", content[: len(content) // 2], b"PAR1"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"gb1\.parquet is not a parquet file that can be read"):
            _ = Results(config, root).similarity
    write_similarities(path, study.similarity("splice"))
    with pytest.raises(InputError, match=r"gb1\.parquet has the similarities of splice, not of gb1"):
        _ = Results(config, root).similarity


def test_measurements_of_another_model_are_refused(root, config):
    first, second, *_ = sorted((root / "results/trainability").rglob("*.json"))
    first.write_bytes(second.read_bytes())
    with pytest.raises(InputError, match=r"seed100\.json has measurements of .*101.*, not of .*100.*; delete it"):
        _ = Results(config, root).measurements


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.partition("\n")[0] + "\n",
        lambda text: "".join(text.splitlines(keepends=True)[:-1]),
        lambda text: text.replace("0.5", "0.6"),
        lambda text: text.replace("0.5", ""),
        lambda text: "",
    ],
)
def test_a_table_of_the_report_that_was_changed_is_refused(tmp_path, change):
    write_table(pd.DataFrame({"task": ["a", "b", "c"], "mean": [0.5, 0.25, 0.125]}), tmp_path, "effects")
    path = tmp_path / "effects.csv"
    assert Tables(tmp_path)["effects"]["mean"].sum() == 0.875
    path.write_text(change(path.read_text()))
    with pytest.raises(
        InputError, match=r"effects\.csv was changed, .*; delete both and run `snakemake --cores 2 report`"
    ):
        _ = Tables(tmp_path)["effects"]


def test_a_table_of_another_study_is_refused(tmp_path):
    for name, value in (("one", 1.0), ("two", 2.0)):
        write_table(pd.DataFrame({"mean": [value]}), tmp_path / name, "effects")
    (tmp_path / "one/effects.csv").write_bytes((tmp_path / "two/effects.csv").read_bytes())
    with pytest.raises(InputError, match=r"effects\.csv was changed, or is not the table of effects\.tex"):
        _ = Tables(tmp_path / "one")["effects"]
    (tmp_path / "two/effects.tex").unlink()
    with pytest.raises(InputError, match=r"effects\.tex is missing"):
        _ = Tables(tmp_path / "two")["effects"]
    write_table(pd.DataFrame({"mean": [1.0]}), tmp_path / "three", "effects", "mine")
    assert Tables(tmp_path / "three", "mine")["effects"]["mean"].tolist() == [1.0]
    with pytest.raises(InputError, match=r"effects\.csv is a table of the study mine, not of yours; delete both"):
        _ = Tables(tmp_path / "three", "yours")["effects"]

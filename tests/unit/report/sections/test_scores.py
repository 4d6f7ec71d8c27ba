"""Mean scores by hand, and the table that the page makes of them."""

import numpy as np
import pandas as pd
import pytest

import small_study as study
from beyondtext.report.load import Results
from beyondtext.report.plots import WIDTH
from beyondtext.report.sections import scores


def test_means_and_standard_deviations_by_hand(results):
    summary = scores.summary(results)
    assert list(summary.columns) == scores.COLUMNS
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


def test_intervals_contain_the_mean_and_stay_on_the_scale(results):
    summary = scores.summary(results)
    constant = (summary["task"] == "gb1") & summary["mean"].isin([0, 1])  # on all resamples, which has no interval
    assert summary["ci_low"].isna().equals(constant) and summary["ci_high"].isna().equals(constant)
    known = summary[~constant]
    assert ((known["ci_low"] <= known["mean"]) & (known["mean"] <= known["ci_high"])).all()
    assert study.row_of(summary, task="splice", init="pretrained")["ci_high"] == 1  # beyond it without the bound
    assert summary["ci_high"].max() <= 1
    assert summary.loc[summary["metric"] == "accuracy", "ci_low"].min() >= 0


def test_a_baseline_has_an_interval_over_groups_and_no_standard_deviation(results):
    trivial = study.row_of(scores.summary(results), task="splice", model="trivial")
    assert trivial["n"] == 1
    assert np.isnan(trivial["sd"])
    assert trivial["ci_low"] < 0.5 < trivial["ci_high"]


def test_two_seeds_have_a_mean_without_an_interval(root):
    summary = scores.summary(Results(study.config(seeds=[100, 101]), root))
    row = study.row_of(summary, task="splice", init="scratch")
    assert (row["n"], row["mean"]) == (2, pytest.approx(4.5 / 8))
    assert study.blank(row[["ci_low", "ci_high"]])


def test_groups_are_scored_for_the_tasks_that_have_them(results, config):
    assert set(results.group_scores["task"]) == {"splice"} and set(results.group_scores["groups"]) == {4}
    assert set(scores.summary_by_group(results)["init"]) >= {"pretrained", "scratch"}
    none = results.group_scores.iloc[:0]
    assert scores.summarize(none, config).empty


def test_the_table_has_the_baselines_last_and_a_dash_for_an_arm_that_was_not_run(three):
    grid = scores.grid_of_scores(three.tables["summary"])
    assert grid["columns"] == [
        *("pre-trained", "random initialization", "pre-trained, random word embeddings"),
        *("trivial baseline", "linear model on n-grams"),
    ]
    means = {row["task"]: [cell["mean"] for cell in row["cells"]] for row in grid["rows"]}
    assert means == {
        "Splice junctions": ["0.833", "0.625", "0.625", "0.500", "0.875"],
        "GB1 binding": ["1.000", "0.976", "–", "0.000", "0.976"],
    }


def drawn(three, **tables):
    """The panels of the figure by task."""
    figure = scores.draw_scores(
        {"summary": three.tables["summary"], "runs": three.tables["runs"], **tables}, three.config, WIDTH
    )
    return {axis.get_title(loc="left"): axis for axis in figure.axes}


def test_the_figure_has_a_row_for_each_arm_with_its_seeds(three):
    splice, gb1 = (drawn(three)[title] for title in ("Splice junctions", "GB1 binding"))
    labels = ["pre-trained", "random initialization", "pre-trained, random word embeddings"]
    assert [label.get_text() for label in splice.get_yticklabels()] == labels
    assert [label.get_text() for label in gb1.get_yticklabels()] == labels[:2]
    seeds = [points.get_offsets().data for points in splice.collections]
    assert [points[:, 0].tolist() for points in seeds] == [[6 / 8, 6 / 8, 1], *[[4 / 8, 5 / 8, 6 / 8]] * 2]
    assert [set(points[:, 1]) for points in seeds] == [{0.27}, {1.27}, {2.27}]
    means = [line for line in splice.lines if line.get_marker() not in ("None", "")]
    assert [float(line.get_xdata()[0]) for line in means] == pytest.approx([20 / 24, 5 / 8, 5 / 8], abs=1e-6)
    assert (splice.get_xlabel(), gb1.get_xlabel()) == ("accuracy", "Spearman correlation")


def test_the_baselines_are_named_lines_in_the_figure(three):
    splice = drawn(three)["Splice junctions"]
    assert {note.get_text(): note.xy[0] for note in splice.texts} == {"trivial": 4 / 8, "n-grams": 7 / 8}
    verticals = [line.get_xdata() for line in splice.lines if len(set(line.get_xdata())) == 1 < len(line.get_xdata())]
    assert {float(x[0]) for x in verticals} == {4 / 8, 7 / 8}


def test_the_figure_is_about_the_main_experiment_on_all_of_the_data(three):
    summary, runs = three.tables["summary"], three.tables["runs"]
    others = [{"fraction": 0.1}, {"rate": "frozen"}, {"model": "esm2-8m"}]
    more = {
        name: pd.concat([table, *(table[table["init"] != "baseline"].assign(**other) for other in others)])
        for name, table in (("summary", summary), ("runs", runs))
    }
    axis = drawn(three, **more)["Splice junctions"]
    assert [len(points.get_offsets()) for points in axis.collections] == [3, 3, 3]


def test_columns_name_the_model_if_there_are_several(three):
    summary = three.tables["summary"]
    other = summary[summary["init"] == "scratch"].assign(model="esm2-8m")
    assert scores.grid_of_scores(pd.concat([summary, other]))["columns"][:4] == [
        "MiniLM-L6, pre-trained",
        "MiniLM-L6, random initialization",
        "MiniLM-L6, pre-trained, random word embeddings",
        "ESM-2 8M, random initialization",
    ]

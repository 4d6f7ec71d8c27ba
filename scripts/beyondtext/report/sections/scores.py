"""Test scores: the mean of every arm and of the baselines."""

import numpy as np
import pandas as pd

from beyondtext.core.metrics import METRICS
from beyondtext.report import plots, text
from beyondtext.report.arms import ARM, main_runs, matching, on_all_data, rows_of
from beyondtext.report.intervals import interval, interval_of_one
from beyondtext.report.section import Figure, Section, Table
from beyondtext.study.grid import BASELINE

COLUMNS = ["domain", *ARM, "metric", "sequences", "n", "mean", "sd", "ci_low", "ci_high"]
ROW_KEYS = ["mapping", "fraction", "rate"]  # with the task: a row of the page's table


def summary(results):
    """Each arm's mean test score over its seeds, with its interval."""
    return summarize(results.scores, results.config)


def summary_by_group(results):
    """`summary` on whole groups of test examples, for the tasks that have groups."""
    return summarize(results.group_scores, results.config)


def summarize(scores, config):
    """Each arm's mean test score: n seeds, their standard deviation, and the interval over seeds and test groups.

    ``scores`` come from `beyondtext.report.load.score_runs`; ``sequences`` are those that the arm was trained on.
    """
    rows = []
    confidence = config["report"]["confidence"]
    for arm, part in scores.groupby(ARM, sort=False):
        values, draws, groups = part["score"].to_numpy(), np.stack(part["draws"]), part["groups"].iloc[0]
        if part["init"].iloc[0] == BASELINE:
            found = interval_of_one(values[0], draws[0], groups, confidence)
        else:
            found = interval(values, draws, groups, confidence)
        rows.append(
            {
                **dict(zip(ARM, arm, strict=True)),
                **part[["domain", "metric"]].iloc[0],
                "sequences": part["examples"].iloc[0]["train"],
                "n": len(part),
                "mean": found.mean,
                "sd": values.std(ddof=1) if len(part) > 1 else np.nan,
                # A t interval can extend beyond the scale; no score can.
                "ci_low": np.maximum(found.low, METRICS[part["metric"].iloc[0]].lowest),
                "ci_high": np.minimum(found.high, 1.0),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def grid_of_scores(table):
    """A summary as text: a row for each task (mapping, fraction, rule), a column for each arm or baseline."""
    columns = list(dict.fromkeys(zip(table["model"], table["init"], strict=True)))
    columns.sort(key=lambda column: column[1] == BASELINE)
    trained = table[table["init"] != BASELINE]
    several = trained["model"].nunique() > 1
    rows = []
    for (task, _, fraction, _), part in trained.groupby(["task", *ROW_KEYS], sort=False):
        same_data = (table["task"] == task) & (table["fraction"] == fraction)
        baselines = table[(table["init"] == BASELINE) & same_data]
        cells = {(row["model"], row["init"]): row for row in pd.concat([part, baselines]).to_dict("records")}
        rows.append(
            {
                "task": text.task_title(task),
                "qualifiers": ", ".join(text.qualifiers(part.iloc[0], trained, ROW_KEYS)),
                "metric": text.metric_title(part["metric"].iloc[0]),
                "cells": [_cell(cells.get(column)) for column in columns],
            }
        )
    return {"columns": [_column_title(*column, several) for column in columns], "rows": rows}


def _cell(row):
    if row is None:
        return {"mean": text.DASH, "interval": ""}
    return {"mean": text.score(row["mean"]), "interval": text.between(row["ci_low"], row["ci_high"])}


def _column_title(model, init, several):
    """The title of an initialization or a baseline, with its model if there are several."""
    title = text.arm_title(model, init)
    return f"{text.model_title(model)}, {title}" if several and init != BASELINE else title


def draw_scores(tables, config, width):
    """Test scores on all of the data: a panel for each task, a row for each arm, a small point for each seed."""
    table, runs = (on_all_data(rows_of(tables[name], main_runs(config))) for name in ("summary", "runs"))
    trained = table[table["init"] != BASELINE]
    most = trained.groupby("task").size().max()
    tasks = list(dict.fromkeys(trained["task"]))
    with plots.labelled_panels(tasks, (4.9, 0.9 + 0.3 * most), width, pad=16) as (figure, panels):
        for task, axis in panels:
            mine = trained[trained["task"] == task]
            for place, row in enumerate(mine.to_dict("records")):
                style = plots.style_of(row["init"])
                seeds = matching(runs, row, ARM)["test"]
                axis.scatter(seeds, [place + 0.27] * len(seeds), s=8, color=style["color"], alpha=0.5, lw=0)
                plots.interval_point(axis, place, (row["mean"], row["ci_low"], row["ci_high"]), **style, size=5)
            plots.forest_labels(axis, [_row_label(row, trained) for row in mine.to_dict("records")])
            baselines = table[(table["task"] == task) & (table["init"] == BASELINE)]
            plots.named_verticals(axis, baselines["mean"], baselines["model"])
            axis.set_xlabel(text.metric_title(mine["metric"].iloc[0]))
    return figure


def _row_label(row, table):
    return "\n".join([text.init_title(row["init"]), *text.qualifiers(row, table, ("model", "mapping", "rate"))])


def content(tables, config):
    """The main experiment's scores, by example and by whole group."""
    main = main_runs(config)
    scores = grid_of_scores(rows_of(tables["summary"], main))
    if not scores["rows"]:
        return None
    return {"scores": scores, "group_scores": grid_of_scores(rows_of(tables["summary_groups"], main))}


def figures(config):
    return [Figure("scores", draw_scores, ("summary", "runs"))] if main_runs(config) else []


SECTION = Section(
    "scores",
    "Test scores",
    content,
    (Table("summary", summary), Table("summary_groups", summary_by_group)),
    figures,
)

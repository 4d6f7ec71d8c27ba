"""Effects: how each initialization scores compared with a random one."""

import numpy as np
import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.arms import MATCHED, REFERENCE, compared_init, main_runs, rows_of
from beyondtext.report.intervals import interval
from beyondtext.report.section import Figure, Section, Table
from beyondtext.report.sections import cautions
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE

COLUMNS = ["domain", *MATCHED, "metric", "comparison", "n", "mean", "sd", "ci_low", "ci_high", "p"]
OUTCOMES = {
    "higher": "{init} scores higher than random initialization on {cases}.",
    "lower": "{init} scores lower than random initialization on {cases}.",
    "open": "{init} and random initialization show no difference on {cases}: the {confidence} interval includes zero.",
    "none": "{init} has too few seeds for an interval on {cases}, so no claim is made.",
}


def effects(results):
    """Every initialization's test score minus the reference's, paired by seed and by test example."""
    return compare_with_reference(results.scores, results.config)


def effects_by_group(results):
    """`effects` on whole groups of test examples, for the tasks that have groups."""
    return compare_with_reference(results.group_scores, results.config)


def compare_with_reference(scores, config):
    """Effects in the test scores of `beyondtext.report.load.score_runs`: a row for each arm and its reference."""
    rows = []
    trained = scores[scores["init"] != BASELINE]
    for _, part in trained.groupby(MATCHED, sort=False):
        arms = {init: arm.set_index("seed") for init, arm in part.groupby("init", sort=False)}
        for init, arm in arms.items():
            if init == REFERENCE or REFERENCE not in arms:
                continue
            difference = paired_difference(arm, arms[REFERENCE], config)
            if difference is not None:
                comparison = {"comparison": f"{init} - {REFERENCE}"}
                rows.append({**part[["domain", *MATCHED, "metric"]].iloc[0], **comparison, **difference})
    return pd.DataFrame(rows, columns=COLUMNS)


def paired_difference(arm, reference, config):
    """The mean difference between two arms' test scores over the seeds that both have.

    Parameters
    ----------
    arm, reference : pandas.DataFrame
        Their rows of `beyondtext.report.load.score_runs`, by seed.
    config : dict

    Returns
    -------
    dict or None
        ``n mean sd ci_low ci_high p``; None if they have no seed in common.
    """
    seeds = [seed for seed in arm.index if seed in reference.index]
    if not seeds:
        return None
    values = (arm["score"] - reference["score"])[seeds].to_numpy()
    draws = np.stack([arm["draws"][seed] - reference["draws"][seed] for seed in seeds])
    found = interval(values, draws, arm["groups"].iloc[0], config["report"]["confidence"])
    return {
        "n": len(seeds),
        "mean": found.mean,
        "sd": values.std(ddof=1) if len(seeds) > 1 else np.nan,
        "ci_low": found.low,
        "ci_high": found.high,
        "p": found.p,
    }


def draw_effects(tables, config):
    """Forest plot of the main experiment's effects."""
    return forest(rows_of(tables["effects"], main_runs(config)))


def forest(table):
    """Forest plot: a row for each effect, with its interval."""
    labels = []
    figure, axis = plots.forest_axes(len(table))
    for place, row in enumerate(table.to_dict("records")):
        init = compared_init(row["comparison"])
        plots.interval_point(axis, place, (row["mean"], row["ci_low"], row["ci_high"]), **plots.style_of(init))
        labels.append(
            f"{text.task_title(row['task'])}: {', '.join([text.init_title(init), *text.qualifiers(row, table)])}"
        )
    axis.axvline(0, color="0.3", lw=1)
    plots.forest_labels(axis, labels)
    axis.set_xlabel("difference in test score from random initialization\n(the metric is in the table)")
    return figure


def sentences(table, confidence):
    """One sentence for each comparison and outcome that occurs in a table of effects."""
    if table.empty:
        return ["No arm has a random initialization to compare with, so no effect can be estimated."]
    statements = []
    for comparison, part in table.groupby("comparison", sort=False):
        named = by_verdict(part, part["mean"], part["ci_low"], part["ci_high"])
        init = text.quoted(compared_init(comparison))
        statements += text.by_outcome(OUTCOMES, named, init=init, confidence=text.percent(confidence))
    return statements


def by_verdict(table, mean, low, high):
    """What rows of differences are about, with their numbers, by `beyondtext.report.text.verdict`."""
    named = {outcome: [] for outcome in ("higher", "lower", "open", "none")}
    for row, *numbers in zip(table.to_dict("records"), mean, low, high, strict=True):
        named[text.verdict(*numbers[1:])].append(f"{text.subject(row, table)} ({text.with_interval(*numbers)})")
    return named


def chance_sentence(table, confidence):
    """How many of the intervals in a table exclude zero by chance: a list of at most one sentence."""
    count = int(table["ci_low"].notna().sum())
    if count < 2:
        return []
    return [
        f"The report has {count} such intervals; if there were no effects at all, about one interval in "
        f"{1 / (1 - confidence):.0f} would still exclude zero."
    ]


def rows(table):
    """A table of effects as text."""
    return [
        {
            "task": text.task_title(row["task"]),
            "init": text.init_title(compared_init(row["comparison"])),
            "qualifiers": ", ".join(text.qualifiers(row, table)),
            "metric": text.metric_title(row["metric"]),
            "n": row["n"],
            "mean": text.signed(row["mean"]),
            "interval": text.between(row["ci_low"], row["ci_high"], text.signed) or text.DASH,
            "p": "<0.001" if row["p"] < 0.001 else text.score(row["p"]) or text.DASH,
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The answer: what the main experiment says about each initialization, and what to keep in mind."""
    confidence = config["report"]["confidence"]
    mine = rows_of(tables["effects"], main_runs(config))
    if main_runs(config):
        answer = sentences(mine, confidence)
    elif grid.runs_by_experiment(config):
        answer = ["The main experiment is not part of this study; its other experiments are reported below."]
    else:
        answer = ["This study fine-tunes nothing."]
    return {
        "sentences": [*answer, *chance_sentence(tables["effects"], confidence), *cautions.sentences(tables)],
        "rows": rows(mine),
        "group_rows": rows(rows_of(tables["effects_groups"], main_runs(config))),
    }


def figures(config):
    return [Figure("effects", draw_effects, ("effects",))] if main_runs(config) else []


SECTION = Section(
    "effects",
    "Does pre-training help?",
    content,
    (Table("effects", effects), Table("effects_groups", effects_by_group)),
    figures,
)

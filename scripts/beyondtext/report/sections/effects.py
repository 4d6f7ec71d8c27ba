"""Effects: how each initialization scores compared with a random one."""

import numpy as np
import pandas as pd

from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report import plots, text
from beyondtext.report.arms import MATCHED, REFERENCE, compared_init, main_runs, matching, rows_of
from beyondtext.report.intervals import interval, seeds_needed
from beyondtext.report.section import Figure, Section, Table
from beyondtext.report.sections import cautions
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, FIXED

COLUMNS = ["domain", *MATCHED, "metric", "comparison", "n", "mean", "sd", "ci_low", "ci_high", "p", "seeds_needed"]
NO_INTERVAL = "(too few seeds or groups of test examples, or the same value for every seed)"
OUTCOMES = {  # where the interval of the difference lies
    "higher": "lies above zero on {cases}",
    "lower": "lies below zero on {cases}",
    "open": "includes zero on {cases}",
    "none": f"cannot be computed on {{cases}} {NO_INTERVAL}",
}


def effects(results):
    """Every initialization's test score minus the reference's, paired by seed and by test example."""
    return compare_with_reference(results.scores, results.config)


def effects_by_group(results):
    """`effects` on whole groups of test examples, for the tasks that have groups."""
    return compare_with_reference(results.group_scores, results.config)


def effects_by_seed(results):
    """The differences in test score that `effects` are the means of: a row for each seed that both arms have."""
    rows = []
    for row, arm, reference in compared_arms(results.scores):
        differences = arm["score"] - reference["score"]
        rows += [{**row, "seed": seed, "difference": value} for seed, value in differences.items()]
    return pd.DataFrame(rows, columns=["domain", *MATCHED, "init", "metric", "seed", "difference"])


def compare_with_reference(scores, config):
    """Effects in the test scores of `beyondtext.report.load.score_runs`: a row for each arm and its reference."""
    rows = []
    for row, arm, reference in compared_arms(scores):
        comparison = f"{row['init']} - {REFERENCE}"
        rows.append({**row, "comparison": comparison, **paired_difference(arm, reference, config)})
    return pd.DataFrame(rows, columns=COLUMNS)


def compared_arms(scores):
    """Every arm that has a reference, over the seeds that both have.

    Yields
    ------
    row : dict
        ``domain``, `MATCHED`, ``init`` and ``metric``.
    arm, reference : pandas.DataFrame
        The rows of both in ``scores``, with the same seeds as index.
    """
    trained = scores[scores["init"] != BASELINE]
    for _, part in trained.groupby(MATCHED, sort=False):
        arms = {init: arm.set_index("seed") for init, arm in part.groupby("init", sort=False)}
        if REFERENCE not in arms:
            continue
        reference, shared = arms.pop(REFERENCE), part.iloc[0][["domain", *MATCHED, "metric"]]
        for init, arm in arms.items():
            arm, matched = with_common_seeds(arm, reference)
            if len(arm):
                yield {**shared, "init": init}, arm, matched


def with_common_seeds(arm, reference):
    """The rows of two arms, indexed by seed, of the seeds that both have."""
    seeds = [seed for seed in arm.index if seed in reference.index]
    return arm.loc[seeds], reference.loc[seeds]


def paired_interval(arm, reference, config):
    """The `beyondtext.report.intervals.Interval` of the mean difference between two arms with the same seeds."""
    values = arm["score"].to_numpy() - reference["score"].to_numpy()
    draws = np.stack(arm["draws"]) - np.stack(reference["draws"])
    return interval(values, draws, arm["groups"].iloc[0], config["report"]["confidence"])


def paired_difference(arm, reference, config):
    """The mean difference between the test scores of two arms with the same seeds.

    Parameters
    ----------
    arm, reference : pandas.DataFrame
        Their rows of `beyondtext.report.load.score_runs`, by seed.
    config : dict

    Returns
    -------
    dict
        ``n mean sd ci_low ci_high p seeds_needed``, the last for the study's margin.
    """
    found, settings = paired_interval(arm, reference, config), config["report"]
    return {
        "n": len(arm),
        "mean": found.mean,
        "sd": (arm["score"] - reference["score"]).std(),
        "ci_low": found.low,
        "ci_high": found.high,
        "p": found.p,
        "seeds_needed": seeds_needed(
            found.variance_seeds,
            found.variance_groups,
            arm["groups"].iloc[0],
            settings["margin"],
            settings["confidence"],
        ),
    }


def draw_effects(tables, config, width):
    """Forest plot of the main experiment's effects, with the difference of each seed."""
    return forest(rows_of(tables["effects"], main_runs(config)), tables["effects_by_seed"], width)


def forest(table, by_seed, width):
    """Forest plot: a row for each effect, with its interval, its number and its seeds as small points.

    The first row of a task names it, and only rows without a fixed learning rate name theirs (`how_to_read`).

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of ``effects``.
    by_seed : pandas.DataFrame
        ``effects_by_seed``.
    width : float
        The room for it, in inches.
    """
    labels, task, between = [], None, " " if width == plots.WIDTH else "\n"
    figure, axis = plots.forest_axes(len(table), width)
    for place, row in enumerate(table.to_dict("records")):
        init = compared_init(row["comparison"])
        style = plots.style_of(init)
        seeds = matching(by_seed, {**row, "init": init}, [*MATCHED, "init"])
        axis.scatter(seeds["difference"], [place + 0.27] * len(seeds), s=9, color=style["color"], alpha=0.5, lw=0)
        plots.interval_point(axis, place, (row["mean"], row["ci_low"], row["ci_high"]), **style)
        beside = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 8}
        axis.annotate(text.signed(row["mean"]), (1.01, place), **beside)
        qualifiers = [words for words in text.qualifiers(row, table) if words != text.RATES[FIXED]]
        arm = ", ".join([text.init_title(init), *qualifiers])
        labels.append(arm if row["task"] == task else f"{text.task_title(row['task'])}:{between}{arm}")
        if task not in (None, row["task"]):
            axis.axhline(place - 0.5, color="0.85", lw=0.8, zorder=0)
        task = row["task"]
    axis.axvline(0, color="0.3", lw=1)
    plots.forest_labels(axis, labels)
    axis.annotate("random initialization is better  ◂", (0, 1.0), (-6, 4), **_above(axis, "right"))
    axis.annotate(f"▸  {compared(table)} is better", (0, 1.0), (6, 4), **_above(axis, "left"))
    axis.set_xlabel("difference in test score (small points: seeds)")
    if width != plots.WIDTH:
        figure.tight_layout()
    return figure


def compared(table):
    """What a table of effects compares with random initialization, in words.

    That is pre-training only if every one of its networks starts as a published model.
    """
    inits = map(compared_init, table["comparison"])
    return "pre-training" if all(INITIALIZATIONS[init].published for init in inits) else "the named initialization"


def how_to_read(table):
    """What a reader of the figure of a table's effects should know: one or two sentences."""
    known = f"Right of zero, {compared(table)} is better."
    return known if table["rate"].nunique() < 2 else f"{known} The learning rate is fixed unless a row says otherwise."


def _above(axis, side):
    """Where words above the line at zero are: to its left or right."""
    from matplotlib.transforms import blended_transform_factory

    return {
        "xycoords": blended_transform_factory(axis.transData, axis.transAxes),
        "textcoords": "offset points",
        "ha": side,
        "fontsize": 8,
        "color": "0.35",
    }


def sentences(table, confidence):
    """Where the intervals of a table of effects lie: one sentence for each comparison and rule."""
    if table.empty:
        return ["No network of this study was also trained from scratch for comparison, so no effect can be estimated."]
    statements = []
    for comparison, rule, part in text.by_rule(table, "comparison"):
        named = by_side(part, part["ci_low"], part["ci_high"])
        statements.append(
            f"{text.quoted(compared_init(comparison))} minus random initialization{rule}: the "
            f"{text.percent(confidence)} interval {text.listed(text.by_outcome(OUTCOMES, named))}."
        )
    return statements


def group_sentences(tasks, scored):
    """How many groups the test examples of some tasks come from, and what the intervals make of them.

    Parameters
    ----------
    tasks : pandas.DataFrame
        Rows of the table ``tasks``.
    scored : collection of str
        The tasks that also have scores by whole group.

    Returns
    -------
    list of str
        Empty if every test example of these tasks is its own group.
    """
    grouped = tasks[tasks["test_groups"] < tasks["test"]]
    if grouped.empty:
        return []
    said = [
        f"{text.task_title(row['task'])}: the {row['test']:,} test examples come from {row['test_groups']:,} groups."
        for row in grouped.to_dict("records")
    ]
    said.append(
        "Examples of one group, such as windows of one piece of music, are similar, so whole groups are resampled for "
        "the intervals of test scores."
    )
    if len(scored):
        said.append(
            "By example, every test example is scored by itself; by whole group, there is one prediction for a group. "
            "Both intervals are valid; use the one that matches what you want to predict: to identify the "
            "composer of a piece, use the score by whole group."
        )
    return said


def precision_sentences(table, margin):
    """How many seeds the wide intervals of a table of effects by group need; none for those that are narrow enough."""
    said = []
    for row in table[table["seeds_needed"] > table["n"]].to_dict("records"):
        where = f"{text.subject(row, table)}, {text.init_title(compared_init(row['comparison']))}, by whole group"
        if np.isinf(row["seeds_needed"]):
            needed = "no number of seeds would be enough: the test split has too few groups"
        else:
            needed = f"about {row['seeds_needed']:.0f} seeds are needed"
        said.append(f"{where}: for an interval of ±{margin:g}, {needed}.")
    return said


def by_side(table, low, high):
    """What rows of differences are about, by where their intervals lie (`beyondtext.report.text.side_of_zero`)."""
    named = {outcome: [] for outcome in ("higher", "lower", "open", "none")}
    for row, *ends in zip(table.to_dict("records"), low, high, strict=True):
        named[text.side_of_zero(*ends)].append(text.subject(row, table))
    return named


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
    """What the main experiment says about each initialization, and what to keep in mind."""
    main = main_runs(config)
    mine = rows_of(tables["effects"], main)
    said = sentences(mine, config["report"]["confidence"]) if main else []
    frozen = grid.frozen_runs(config)
    by_group, frozen_by_group = (rows_of(tables["effects_groups"], runs) for runs in (main, frozen))
    shown = {
        "sentences": [*said, *cautions.sentences(tables, config)],
        "rows": rows(mine),
        "group_sentences": [],
        "group_rows": rows(by_group),
        "frozen_group_sentences": precision_sentences(frozen_by_group, config["report"]["margin"]),
        "frozen_group_rows": rows(frozen_by_group),
    }
    if main or frozen:
        tasks = {run.task for run in (*main, *frozen)}
        of_tasks = tables["tasks"][tables["tasks"]["task"].isin(tasks)]
        scored = {*by_group["task"], *frozen_by_group["task"]}
        shown["group_sentences"] = [
            *group_sentences(of_tasks, scored),
            *precision_sentences(by_group, config["report"]["margin"]),
        ]
    return {**shown, "how_to_read": how_to_read(mine)} if any(shown.values()) else None


def figures(config):
    return [Figure("effects", draw_effects, ("effects", "effects_by_seed"))] if main_runs(config) else []


SECTION = Section(
    "effects",
    "Effects",
    content,
    (Table("effects", effects), Table("effects_groups", effects_by_group), Table("effects_by_seed", effects_by_seed)),
    figures,
    open=True,
)

"""Convergence: how fast each initialization learns, by the area under its curve and the steps to a level."""

import math

import numpy as np
import pandas as pd

from beyondtext.report import text
from beyondtext.report.areas import area, resampled_areas
from beyondtext.report.arms import ARM, MATCHED, REFERENCE, fine_tuned, main_runs, matching, rows_of
from beyondtext.report.intervals import Interval, interval, ratio_interval, seeds_needed, t_interval
from beyondtext.report.section import Section, Table
from beyondtext.report.sections.effects import by_side
from beyondtext.study.grid import BASELINE
from beyondtext.training.run_files import read_curve

GAIN_SHARE = 0.9  # of the reference arm's final gain: the level whose first step `convergence` gives
RUN_COLUMNS = ["domain", *ARM, "seed", "metric", "level", "steps", "ratio", "area", "area_difference"]
RUN_COLUMNS += ["loss_area", "loss_area_difference"]
AREA_NUMBERS = ("", "_difference", "_ci_low", "_ci_high", "_p")
COLUMNS = ["domain", *ARM, "metric", "level", "n", "n_reached", "steps_mean", "steps_sd"]
COLUMNS += ["ratio", "ratio_ci_low", "ratio_ci_high"]
COLUMNS += [f"area{name}" for name in AREA_NUMBERS] + ["area_seeds_needed", "area_groups"]
COLUMNS += [f"loss_area{name}" for name in AREA_NUMBERS]
STEP_OUTCOMES = {
    "fewer": "{init} needs fewer steps to the level than random initialization on {cases}.",
    "more": "{init} needs more steps to the level than random initialization on {cases}.",
    "open": "No difference in steps to the level is detected between {init} and random initialization on {cases}.",
    "missed": "The ratio of steps of {init} cannot be computed on {cases}, since not every run reached the level.",
    "at once": "The ratio of steps of {init} cannot be computed on {cases}, since a run was at the level before "
    "its first step.",
}


def by_run(results):
    """How fast each run learns, on the validation split.

    ``level`` is `GAIN_SHARE` of the way from the trivial baseline to the reference arm's mean score at its last step;
    ``steps`` is that of `first_step`. It is NaN for a run that never reaches the level, and for all runs if the
    reference arm gains nothing or there is no trivial baseline. ``area`` and ``loss_area`` are those of `area` for the
    validation score and loss. ``ratio`` (of steps) and the differences of areas are relative to the reference run with
    the same seed.
    """
    rows = []
    runs = results.runs
    trivial = runs[(runs["model"] == "trivial") & (runs["init"] == BASELINE)].set_index(["task", "fraction"])["scores"]
    for (task, _, _, fraction, _), part in fine_tuned(runs).groupby(MATCHED, sort=False):
        floor = trivial[task, fraction]["validation"] if (task, fraction) in trivial.index else np.nan
        rows += _rows_of_matched_arms(part, floor)
    return pd.DataFrame(rows, columns=RUN_COLUMNS)


def _rows_of_matched_arms(runs, floor):
    """The rows of arms that differ in their initialization only; ``floor`` is the trivial baseline's score."""
    curves = {(row.init, row.seed): read_curve(row.directory) for row in runs.itertuples()}
    level = level_of([curve for (init, _), curve in curves.items() if init == REFERENCE], floor)
    steps = {key: first_step(curve, level) for key, curve in curves.items()}
    areas = {key: area(curve, "validation") for key, curve in curves.items()}
    loss_areas = {key: area(curve, "validation_loss") for key, curve in curves.items()}
    rows = []
    for row in runs.itertuples():
        mine, theirs = (row.init, row.seed), (REFERENCE, row.seed)
        both = steps[mine] > 0 and steps.get(theirs, np.nan) > 0
        rows.append(
            {
                **{key: getattr(row, key) for key in ("domain", *ARM, "seed", "metric")},
                "level": level,
                "steps": steps[mine],
                "ratio": steps[mine] / steps[theirs] if both else np.nan,
                "area": areas[mine],
                "area_difference": areas[mine] - areas.get(theirs, np.nan),
                "loss_area": loss_areas[mine],
                "loss_area_difference": loss_areas[mine] - loss_areas.get(theirs, np.nan),
            }
        )
    return rows


def level_of(reference_curves, floor):
    """The score that counts as learned: `GAIN_SHARE` of the reference's mean final gain over ``floor``, or NaN."""
    finals = [curve["validation"].iloc[-1] for curve in reference_curves]
    gain = np.mean(finals) - floor if finals else np.nan
    return floor + GAIN_SHARE * gain if gain > 0 else np.nan


def first_step(curve, level):
    """The step at which a curve first reaches a level; NaN if it never does.

    Between two scored steps the curve is a straight line. The scored steps themselves would often be the same for all
    seeds, and give no interval.
    """
    steps, scores = curve["step"].to_numpy(dtype=float), curve["validation"].to_numpy()
    reached = np.flatnonzero(scores >= level)
    if not len(reached):
        return np.nan
    after = reached[0]
    return steps[0] if after == 0 else float(np.interp(level, scores[[after - 1, after]], steps[[after - 1, after]]))


def convergence(results):
    """`by_run` averaged over each arm's seeds; see `summarize`."""
    return summarize(results.table(by_run), results.config["report"], results.table(resampled_areas))


def summarize(table, settings, resampled):
    """Means over each arm's runs, and intervals for what is paired with the reference.

    ``settings`` is the configuration's ``report``, whose margin is for differences between validation scores, and so
    for ``area_seeds_needed``. The ratio of steps is given only if every pair of runs reached the
    level; a run whose seed the reference does not have is in no pair.

    The interval of an area is over seeds and over the groups of the validation split, as many as ``area_groups``, with
    the ``resampled`` areas of all runs (from `resampled_areas`); the intervals of all other quantities are over seeds
    alone.
    """
    rows = []
    for arm, part in table.groupby(ARM, sort=False):
        steps, ratios = part["steps"].dropna(), part.loc[part["area_difference"].notna(), "ratio"]
        is_reference = part["init"].iloc[0] == REFERENCE
        ratio, (areas, groups) = Interval(np.nan), _compared_areas(part, settings["confidence"], resampled)
        if len(ratios) and ratios.notna().all() and not is_reference:
            ratio = ratio_interval(ratios.to_numpy(), settings["confidence"])
        rows.append(
            {
                **dict(zip(ARM, arm, strict=True)),
                **part[["domain", "metric", "level"]].iloc[0],
                "n": len(part),
                "n_reached": len(steps),
                "steps_mean": steps.mean() if len(steps) else np.nan,
                "steps_sd": steps.std(ddof=1) if len(steps) > 1 else np.nan,
                "ratio": ratio.mean,
                "ratio_ci_low": ratio.low,
                "ratio_ci_high": ratio.high,
                **_mean_area(part, "area", areas),
                "area_seeds_needed": seeds_needed(
                    areas.variance_seeds, areas.variance_groups, groups or 1, settings["margin"], settings["confidence"]
                ),
                "area_groups": groups or np.nan,
                **_mean_area(part, "loss_area", _compared(part, "loss_area", settings["confidence"])),
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def _compared_areas(runs, confidence, resampled):
    """The interval of the area's difference from the reference, and how many groups of sequences it is over: 0 if none.

    The parameters are those of `summarize`.
    """
    paired = runs[runs["area_difference"].notna() & (runs["init"] != REFERENCE)]
    if paired.empty:
        return Interval(np.nan), 0
    mine, theirs = (
        [resampled[row] for row in part[[*ARM, "seed"]].itertuples(index=False, name=None)]
        for part in (paired, paired.assign(init=REFERENCE))
    )
    draws = np.array([one.draws - other.draws for one, other in zip(mine, theirs, strict=True)])
    found = interval(paired["area_difference"].to_numpy(), draws, mine[0].groups, confidence)
    return found, mine[0].groups


def _compared(runs, column, confidence):
    """The interval of an area's difference from the reference, which itself has none."""
    is_reference = runs["init"].iloc[0] == REFERENCE
    return t_interval(runs[f"{column}_difference"].dropna().to_numpy()[: 0 if is_reference else None], confidence)


def _mean_area(runs, column, found):
    """The mean of one of an arm's areas, and the interval of its difference: its `AREA_NUMBERS`."""
    numbers = (runs[column].mean(), found.mean, found.low, found.high, found.p)
    return {f"{column}{name}": number for name, number in zip(AREA_NUMBERS, numbers, strict=True)}


def area_sentences(table, confidence):
    """Where the mean validation score during training differs from that of random initialization."""
    table = table[(table["init"] != REFERENCE) & table["area_ci_low"].notna()]
    statements = []
    for init, rule, part in text.by_rule(table, "init"):
        named = by_side(part, part["area_ci_low"], part["area_ci_high"])
        clauses = [
            f"{outcome} than that of random initialization on {text.listed(named[outcome])}"
            for outcome in ("higher", "lower")
            if named[outcome]
        ]
        if named["open"]:
            clauses.append(f"not found to differ on {text.listed(named['open'])}")
        statements.append(
            f"{text.quoted(init)}{rule}: the mean validation score during training (area under the curve) is "
            f"{'; '.join(clauses)} ({text.percent(confidence)} intervals)."
        )
    return statements


def step_sentences(table):
    """How many steps each initialization needs to reach the level, compared with random initialization."""
    statements, no_level = [], []
    for init, rule, part in text.by_rule(table[table["init"] != REFERENCE], "init"):
        outcomes = {name: [] for name in (*STEP_OUTCOMES, "unknown", "no level")}
        for row in part.to_dict("records"):
            reference = _reference_of(row, table)
            if reference is not None:
                outcomes[_outcome_of_steps(row, reference)].append(text.subject(row, part))
        no_level += outcomes["no level"]
        statements += text.by_outcome(STEP_OUTCOMES, outcomes, init=f"{text.quoted(init)}{rule}")
    if no_level:
        statements.append(
            f"On {text.listed(dict.fromkeys(no_level))}, random initialization gains nothing over the trivial "
            "baseline, so there is no level to reach."
        )
    return statements


def _outcome_of_steps(row, reference):
    """The outcome of one arm's steps to the level; ``unknown`` for a ratio without an interval, or without a pair."""
    if math.isnan(row["level"]):
        return "no level"
    if not math.isnan(row["ratio"]):
        of_logarithm = text.side_of_zero(*np.log([row["ratio_ci_low"], row["ratio_ci_high"]]))
        return {"lower": "fewer", "higher": "more", "open": "open", "none": "unknown"}[of_logarithm]
    if math.isnan(row["area_difference"]):
        return "unknown"
    all_reached = row["n_reached"] == row["n"] and reference["n_reached"] == reference["n"]
    return "at once" if all_reached else "missed"


def _reference_of(row, table):
    """The row of the random initialization that a row is compared with, or None."""
    references = matching(table, {**row, "init": REFERENCE}, [*MATCHED, "init"]).to_dict("records")
    return references[0] if references else None


def rows(table):
    """A table of convergence as text; the reference has the ratio 1 to itself."""
    return [
        {
            "task": text.task_title(row["task"]),
            "init": text.init_title(row["init"]),
            "qualifiers": ", ".join(text.qualifiers(row, table)),
            "metric": text.metric_title(row["metric"]),
            "level": text.score(row["level"]) or text.DASH,
            "reached": row["n_reached"],
            "n": row["n"],
            "steps": text.DASH if math.isnan(row["steps_mean"]) else f"{row['steps_mean']:.0f}",
            "ratio": "reference" if row["init"] == REFERENCE else text.score(row["ratio"]) or text.DASH,
            "interval": text.between(row["ratio_ci_low"], row["ratio_ci_high"]),
            "area": text.score(row["area"]),
            "area_difference": text.signed(row["area_difference"]) or text.DASH,
            "area_interval": text.between(row["area_ci_low"], row["area_ci_high"], text.signed),
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The main experiment's speed of learning."""
    mine = rows_of(tables["convergence"], main_runs(config))
    if mine.empty:
        return None
    steps = step_sentences(mine) if "trivial" in config["baselines"] else []
    return {
        "sentences": [*area_sentences(mine, config["report"]["confidence"]), *steps],
        "rows": rows(mine),
        "share": text.percent(GAIN_SHARE),
    }


SECTION = Section(
    "convergence",
    "Speed of learning",
    content,
    (Table("convergence", convergence), Table("convergence_runs", by_run)),
)

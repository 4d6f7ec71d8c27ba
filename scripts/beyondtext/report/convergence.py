"""How fast runs learn: learning curves, the area under them, and the first step at a level."""

import numpy as np
import pandas as pd

from beyondtext.report.intervals import ratio_interval, t_interval
from beyondtext.report.tables import ALIKE, ARM, REFERENCE
from beyondtext.study.grid import BASELINE
from beyondtext.training.run_files import read_curve

GAIN_SHARE = 0.9  # of the reference arm's final gain: the level whose first step `convergence` gives
CURVES = ["domain", *ARM, "metric", "step", "examples", "n", "mean", "lowest", "highest"]
CURVES += ["loss", "loss_lowest", "loss_highest"]
PER_RUN = ["domain", *ARM, "seed", "metric", "level", "steps", "ratio", "area", "area_difference"]
CONVERGENCE = ["domain", *ARM, "metric", "level", "n", "n_reached", "steps_mean", "steps_sd"]
CONVERGENCE += ["ratio", "ratio_ci_low", "ratio_ci_high"]
CONVERGENCE += ["area", "area_difference", "area_ci_low", "area_ci_high"]


def mean_curves(runs):
    """Each arm's learning curve over its seeds at each scored step.

    ``mean``, ``lowest`` and ``highest`` are of validation scores, ``loss``, ``loss_lowest`` and ``loss_highest`` of
    mean training losses since the step before, NaN at step 0. ``examples`` are the sequences seen until then.
    """
    parts = []
    for arm, part in runs[runs["init"] != BASELINE].groupby(ARM, sort=False):
        rows = pd.concat([read_curve(directory) for directory in part["directory"]]).groupby("step")
        curve = rows.agg(
            examples=("examples", "mean"),
            n=("validation", "count"),
            mean=("validation", "mean"),
            lowest=("validation", "min"),
            highest=("validation", "max"),
            loss=("train_loss", "mean"),
            loss_lowest=("train_loss", "min"),
            loss_highest=("train_loss", "max"),
        ).reset_index()
        parts.append(curve.assign(**dict(zip(ARM, arm, strict=True)), **part[["domain", "metric"]].iloc[0]))
    return pd.concat(parts, ignore_index=True)[CURVES] if parts else pd.DataFrame(columns=CURVES)


def per_run(runs):
    """How fast each run learns, on the validation split.

    ``steps`` is the first scored step at the reference arm's level, which lies `GAIN_SHARE` of the way from the trivial
    baseline to the reference arm's mean score at its last step. It is NaN for a run that never reaches the level, and
    for all where the reference arm gains nothing or there is no trivial baseline. ``area`` is `area`. ``ratio`` (of
    steps) and ``area_difference`` are to the reference run of the same seed.
    """
    rows = []
    trained = runs[runs["init"] != BASELINE]
    trivial = runs[(runs["model"] == "trivial") & (runs["init"] == BASELINE)].set_index(["task", "fraction"])["scores"]
    for (task, _, _, fraction, _), part in trained.groupby(ALIKE, sort=False):
        curves = {(row.init, row.seed): read_curve(row.directory) for row in part.itertuples()}
        finals = [curve["validation"].iloc[-1] for (init, _), curve in curves.items() if init == REFERENCE]
        floor = trivial[task, fraction]["validation"] if (task, fraction) in trivial.index else np.nan
        gain = np.mean(finals) - floor if finals else np.nan
        level = floor + GAIN_SHARE * gain if gain > 0 else np.nan
        steps = {key: first_step(curve, level) for key, curve in curves.items()}
        areas = {key: area(curve) for key, curve in curves.items()}
        for row in part.itertuples():
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
                }
            )
    return pd.DataFrame(rows, columns=PER_RUN)


def first_step(curve, level):
    """The first scored step at or above a level; NaN if there is none."""
    reached = curve.loc[curve["validation"] >= level, "step"]
    return float(reached.iloc[0]) if len(reached) else np.nan


def area(curve):
    """The area under the validation score by step, over the number of steps: the mean score while training."""
    steps = curve["step"].to_numpy()
    return float(np.trapezoid(curve["validation"], steps) / (steps[-1] - steps[0]))


def convergence(table, config):
    """`per_run` by arm: means, and intervals over seeds for what is paired with the reference.

    The ratio of steps has one where every pair of runs reached the level.
    """
    rows = []
    confidence = config["report"]["confidence"]
    for arm, part in table.groupby(ARM, sort=False):
        steps, ratios = part["steps"].dropna(), part["ratio"]
        mean = low = high = np.nan
        if ratios.notna().all() and part["init"].iloc[0] != REFERENCE:
            mean, low, high = ratio_interval(ratios.to_numpy(), confidence)
        more = part["area_difference"].dropna().to_numpy() if part["init"].iloc[0] != REFERENCE else np.array([])
        more_low, more_high = t_interval(more, confidence)
        rows.append(
            {
                **dict(zip(ARM, arm, strict=True)),
                **part[["domain", "metric", "level"]].iloc[0],
                "n": len(part),
                "n_reached": len(steps),
                "steps_mean": steps.mean() if len(steps) else np.nan,
                "steps_sd": steps.std(ddof=1) if len(steps) > 1 else np.nan,
                "ratio": mean,
                "ratio_ci_low": low,
                "ratio_ci_high": high,
                "area": part["area"].mean(),
                "area_difference": more.mean() if len(more) else np.nan,
                "area_ci_low": more_low,
                "area_ci_high": more_high,
            }
        )
    return pd.DataFrame(rows, columns=CONVERGENCE)

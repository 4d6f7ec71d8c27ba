"""The pre-trained models that a user could choose: each with its gain over its untrained twin and over n-grams."""

import numpy as np
import pandas as pd

from beyondtext.report.advice import FOLDS, TEST
from beyondtext.report.arms import MATCHED, main_runs, matching, on_all_data, rows_of
from beyondtext.report.sections import curves, effects
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, FROZEN

PRETRAINED = ("pretrained", "domain")  # the initializations with the published weights
LEARNING = ["learned", "at_last_step", "untrained_at_last_step"]
OVER_KMER = ["over_kmer", "over_kmer_low", "over_kmer_high", "over_kmer_seeds_needed"]
COLUMNS = ["domain", *MATCHED, "init", "metric", "scored_by", "n", "score", "untrained"]
COLUMNS += ["gain", "gain_low", "gain_high", "gain_p"]
COLUMNS += ["seeds_needed", "kmer", *OVER_KMER, "trivial", "learned", "passes"]
COLUMNS += [*LEARNING[1:], "steps_per_pass"]


def candidates(results):
    """One row for each model, fine-tuned or frozen, that the study has both pre-trained and untrained.

    ``gain`` is the difference in score from the untrained twin, ``over_kmer`` that from the linear model on n-grams;
    each has its interval, and the number of seeds that would decide it if the mean stayed as it is: whether the gain is
    above zero or below the margin, whichever takes fewer, and whether n-grams score higher or lower. Scores are those
    of the test split, or, for frozen features on tasks with few test groups, of the cross-validation (``scored_by``).
    ``passes`` is how often fine-tuning saw the training split, and ``steps_per_pass`` the steps of one pass; for
    ``learned`` and ``at_last_step`` see `learning`.
    """
    runs = [*main_runs(results.config), *grid.frozen_runs(results.config)]
    out_of_fold = results.out_of_fold_scores
    has_folds = set(out_of_fold.loc[out_of_fold["rate"] == FROZEN, "task"])
    rows = []
    for scored_by, scores in ((TEST, results.scores), (FOLDS, out_of_fold)):
        if scores.empty:
            continue
        scores = rows_of(scores, runs)
        for part, init, arm, untrained in effects.compared_arms(scores):
            first = part.iloc[0]
            of_folds = first["rate"] == FROZEN and first["task"] in has_folds
            if init in PRETRAINED and of_folds == (scored_by == FOLDS):
                rows += _candidate({**first, "init": init}, arm, untrained, scores, results, scored_by)
    return on_all_data(pd.DataFrame(rows, columns=COLUMNS)).reset_index(drop=True)


def learning(results):
    """How far training got: a row for each initialization of the main experiment that has an untrained twin.

    ``learned`` says whether the better of both networks scores above the trivial baseline: whether the interval of the
    difference lies above zero or, without an interval, the mean does. ``at_last_step`` and ``untrained_at_last_step``
    are the shares of runs whose best step is the last one.
    """
    scores = rows_of(results.scores, main_runs(results.config))
    rows = []
    for part, init, arm, untrained in effects.compared_arms(scores):
        first = part.iloc[0]
        rows.append({**first[MATCHED], "init": init, **_learning(first, arm, untrained, scores, results.config)})
    return pd.DataFrame(rows, columns=[*MATCHED, "init", *LEARNING])


def _candidate(first, arm, untrained, scores, results, scored_by):
    """A list of the one row for an arm and its untrained twin; empty if they have no seed in common."""
    config = results.config
    margin = config["report"]["margin"]
    gain = effects.paired_difference(arm, untrained, config, lambda mean: max(mean, margin - mean))
    if gain is None:
        return []
    curve = matching(results.table(curves.mean_curves), first, [*MATCHED, "init"])
    row = {
        **{key: first[key] for key in ("domain", *MATCHED, "init", "metric")},
        "scored_by": scored_by,
        "n": gain["n"],
        "score": arm["score"].mean(),
        "untrained": untrained["score"].mean(),
        "gain": gain["mean"],
        **{f"gain_{end}": gain[f"ci_{end}"] for end in ("low", "high")},
        "gain_p": gain["p"],
        "seeds_needed": gain["seeds_needed"],
        **dict(zip(OVER_KMER, _over_baseline(arm, scores, first, "kmer", config), strict=True)),
        **{name: _baseline_score(scores, first, name) for name in ("kmer", "trivial")},
        **_learning(first, arm, untrained, scores, config),
        **_training(arm, curve),
    }
    return [row]


def _learning(row, arm, untrained, scores, config):
    """The `LEARNING` of an arm and its untrained twin."""
    better = arm if arm["score"].mean() >= untrained["score"].mean() else untrained
    mean, low, *_ = _over_baseline(better, scores, row, "trivial", config)
    learned = not (mean if np.isnan(low) else low) <= 0  # nothing says otherwise without a trivial baseline
    return dict(zip(LEARNING, (learned, *map(_share_at_last_step, (arm, untrained))), strict=True))


def _over_baseline(arm, scores, row, name, config):
    """The mean difference of an arm's test scores from a baseline's, its interval, and the seeds needed; or NaN."""
    baseline = _baseline(scores, row, name)
    if baseline.empty:
        return [np.nan] * 4
    repeated = baseline.iloc[[0] * len(arm)].set_axis(arm.index)  # it has one run, for every seed
    found = effects.paired_difference(arm, repeated, config, abs)
    return [found[key] for key in ("mean", "ci_low", "ci_high", "seeds_needed")]


def _baseline(scores, row, name):
    """The run of a baseline on the same data: a table of at most one row."""
    return matching(scores, {**row, "model": name, "init": BASELINE}, ["task", "fraction", "model", "init"])


def _baseline_score(scores, row, name):
    found = _baseline(scores, row, name)["score"]
    return found.iloc[0] if len(found) else np.nan


def _share_at_last_step(arm):
    """The share of an arm's runs with the best validation score at the last step; NaN for frozen features."""
    if arm["rate"].iloc[0] == FROZEN:
        return np.nan
    return (arm["best_step"] == arm["steps"]).mean()


def _training(arm, curve):
    """Passes over the training split, and steps for one pass; NaN for frozen features."""
    if curve.empty or not curve["step"].max():
        return dict.fromkeys(("passes", "steps_per_pass"), np.nan)
    sequences, last = arm["examples"].iloc[0]["train"], curve.loc[curve["step"].idxmax()]
    per_step = last["examples"] / last["step"]
    return {"passes": curves.passes(curve, sequences), "steps_per_pass": int(np.ceil(sequences / per_step))}

"""The pre-trained models that a user could choose: each with its gain over its untrained twin and over n-grams."""

import math

import numpy as np
import pandas as pd

from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report.advice import FOLDS, TEST
from beyondtext.report.arms import MATCHED, REFERENCE, main_runs, matching, on_all_data, primary, rows_of
from beyondtext.report.intervals import Interval, seeds_needed
from beyondtext.report.sections import curves, effects
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, FROZEN

PRETRAINED = [name for name, initialization in INITIALIZATIONS.items() if initialization.published]
TRAINING = ["learned", "at_last_step", "scratch_at_last_step", "passes", "steps_per_pass"]
LEARNING_COLUMNS = [*MATCHED, "init", "score", "scratch", *TRAINING]
OVER_KMER = ["over_kmer", "over_kmer_low", "over_kmer_high", "over_kmer_seeds_needed"]
COLUMNS = ["domain", *MATCHED, "init", "metric", "scored_by", "n", "score", "untrained"]
COLUMNS += ["gain", "gain_low", "gain_high", "gain_p", "seeds_needed", "kmer", *OVER_KMER, "trivial", *TRAINING]
VARIANCES = ["variance_seeds", "variance_groups", "groups"]  # that the number of seeds is computed from


def candidates(results):
    """One row for each model, fine-tuned or frozen, that the study has both pre-trained and untrained.

    ``gain`` is the difference in score from the untrained twin, ``over_kmer`` that from the linear model on n-grams;
    each has its interval, and the number of seeds that would decide it if the mean stayed as it is: whether the gain is
    above zero, after correction for the number of candidates, or below the margin, whichever takes fewer, and whether
    n-grams score higher or lower. All means are over the ``n`` seeds that the model and its twin have in common. Scores
    are those of the test split, or, for frozen features on tasks with few test groups, of the cross-validation
    (``scored_by``). For `TRAINING` see `learning`; it is blank for frozen features.
    """
    config = results.config
    runs = [*main_runs(config), *grid.frozen_runs(config)]
    out_of_fold, training = results.out_of_fold_scores, results.table(learning)
    has_folds = set(out_of_fold.loc[out_of_fold["rate"] == FROZEN, "task"])
    rows = []
    for scored_by, scores in ((TEST, results.scores), (FOLDS, out_of_fold)):
        if scores.empty:
            continue
        scores = _with_twins(scores, runs)
        for row, arm, untrained in effects.compared_arms(scores):
            of_folds = row["rate"] == FROZEN and row["task"] in has_folds
            if row["init"] in PRETRAINED and of_folds == (scored_by == FOLDS):
                of_training = matching(training, row, [*MATCHED, "init"])[TRAINING].to_dict("records")
                found = {**row, "scored_by": scored_by, **_candidate(row, arm, untrained, scores, config)}
                rows.append(found | (of_training[0] if of_training else {}))
    table = on_all_data(pd.DataFrame(rows, columns=[*COLUMNS, *VARIANCES]))
    tests = {task: primary(part)["gain_p"].count() for task, part in table.groupby("task", sort=False)}
    needed = [_seeds_for_gain(row, max(tests[row["task"]], 1), config["report"]) for row in table.to_dict("records")]
    return table.assign(seeds_needed=needed)[COLUMNS].reset_index(drop=True)


def learning(results):
    """How far training got: a row for each initialization of the main experiment that has an untrained twin.

    The twin may be of another experiment, as in `beyondtext.report.sections.effects.effects`.
    ``score`` and ``scratch`` are the mean test scores of both networks over the seeds that they have in common.
    ``learned`` says whether the better one scores above the trivial baseline: whether the interval of the difference
    lies above zero or, without an interval, the mean does. ``at_last_step`` and ``scratch_at_last_step`` are the shares
    of runs whose best step is the last one. ``passes`` is how often training saw the training split, and
    ``steps_per_pass`` the steps of one pass.
    """
    config = results.config
    scores, mean_curves = _with_twins(results.scores, main_runs(config)), results.table(curves.mean_curves)
    rows = []
    for row, arm, untrained in effects.compared_arms(scores):
        score, scratch = arm["score"].mean(), untrained["score"].mean()
        better = arm if score >= scratch else untrained
        curve = matching(mean_curves, row, [*MATCHED, "init"])
        sequences, last = arm["examples"].iloc[0]["train"], curve.loc[curve["step"].idxmax()]
        rows.append(
            {
                **row,
                "score": score,
                "scratch": scratch,
                "learned": _is_above(better, _baseline(scores, row, "trivial"), config),
                "at_last_step": _share_at_last_step(arm),
                "scratch_at_last_step": _share_at_last_step(untrained),
                "passes": curves.passes(curve, sequences),
                "steps_per_pass": math.ceil(sequences / (last["examples"] / last["step"])),
            }
        )
    return pd.DataFrame(rows, columns=LEARNING_COLUMNS)


def _with_twins(scores, runs):
    """The scores of some runs and of their untrained twins, which may be of another experiment."""
    return scores[scores.index.isin(rows_of(scores, runs).index) | (scores["init"] == REFERENCE)]


def _candidate(row, arm, untrained, scores, config):
    """The numbers of an arm and of its untrained twin, with the same seeds."""
    gain = effects.paired_interval(arm, untrained, config)
    kmer, trivial = (_baseline(scores, row, name) for name in ("kmer", "trivial"))
    over, groups = _over_baseline(arm, kmer, config), arm["groups"].iloc[0]
    confidence = config["report"]["confidence"]
    deciding = seeds_needed(over.variance_seeds, over.variance_groups, groups, abs(over.mean), confidence)
    return {
        "n": len(arm),
        "score": arm["score"].mean(),
        "untrained": untrained["score"].mean(),
        "gain": gain.mean,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "gain_p": gain.p,
        **dict(zip(OVER_KMER, (over.mean, over.low, over.high, deciding), strict=True)),
        **{name: run["score"].iloc[0] for name, run in (("kmer", kmer), ("trivial", trivial)) if len(run)},
        **dict(zip(VARIANCES, (gain.variance_seeds, gain.variance_groups, groups), strict=True)),
    }


def _seeds_for_gain(row, tests, settings):
    """How many seeds would show a gain in spite of the correction for ``tests``, or one below the margin: the fewer."""
    mean, confidence = row["gain"], settings["confidence"]
    deciding = ((mean, 1 - (1 - confidence) / tests), (settings["margin"] - mean, confidence))
    variances = [row[name] for name in VARIANCES]
    return min(seeds_needed(*variances, half_width, level) for half_width, level in deciding)


def _over_baseline(arm, baseline, config):
    """The interval of an arm's difference in score from a baseline, of which NaN if the study lacks it."""
    if baseline.empty:
        return Interval(np.nan)
    return effects.paired_interval(arm, baseline.iloc[[0] * len(arm)], config)  # its one run, for every seed


def _is_above(arm, baseline, config):
    """Whether an arm scores above a baseline: with its interval if there is one; also if nothing says otherwise."""
    over = _over_baseline(arm, baseline, config)
    return not (over.mean if np.isnan(over.low) else over.low) <= 0


def _baseline(scores, row, name):
    """The run of a baseline on the same data: a table of at most one row."""
    return matching(scores, {**row, "model": name, "init": BASELINE}, ["task", "fraction", "model", "init"])


def _share_at_last_step(arm):
    """The share of an arm's runs with the best validation score at the last step."""
    return (arm["best_step"] == arm["steps"]).mean()

"""The area under a validation curve, and under the curves of resampled validation sequences."""

from dataclasses import dataclass

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import derive
from beyondtext.report.arms import ARM, fine_tuned
from beyondtext.report.intervals import resampled_scores
from beyondtext.report.load import check_same_examples
from beyondtext.training.run_files import REMEDY, read_curve, read_validation

DRAWS = 500  # of the validation split's groups; each is scored at every step of the curve


@dataclass(frozen=True, eq=False)
class ResampledArea:
    """The area under one run's validation curve on resamples of the validation split.

    Attributes
    ----------
    draws : numpy.ndarray, shape (DRAWS,)
    groups : int
        Of the validation split.
    """

    draws: np.ndarray
    groups: int


def area(curve, column):
    """The area under a column of a curve by step, divided by the number of steps: its mean during training."""
    return float(mean_over_steps(curve["step"].to_numpy(), curve[column].to_numpy()))


def mean_over_steps(steps, scores):
    """The area under scores of shape (steps, …) by step, with straight lines between steps, by the number of steps."""
    return np.trapezoid(scores, steps, axis=0) / (steps[-1] - steps[0])


def resampled_areas(results):
    """The areas of all fine-tuning runs.

    Parameters
    ----------
    results : beyondtext.report.load.Results

    Returns
    -------
    dict of tuple to ResampledArea
        By the run's `ARM` and its seed. All runs of a task have the same resamples.

    Raises
    ------
    InputError
        If a run lacks its validation predictions, two runs of a task have different validation splits, or predictions
        have other scores than the curve.
    """
    found = {}
    for task, runs in fine_tuned(results.runs).groupby("task", sort=False):
        seed = derive(results.config["report"]["seed"], f"validation groups of {task}")
        found |= _of_task([(run, *read_validation(run["directory"])) for run in runs.to_dict("records")], seed)
    return found


def _of_task(runs, seed):
    """`resampled_areas` of one task, from its runs, their validation examples and their predictions."""
    first, examples, _ = runs[0]
    check_same_examples([run["directory"] for run, *_ in runs], [others for _, others, _ in runs], "validation")
    for run, _, predictions in runs:
        _check_scores(run, examples, predictions)
    target, groups = examples["target"].to_numpy(), examples["group"].to_numpy()
    stacked = np.concatenate([predictions.to_numpy().T for _, _, predictions in runs])
    draws = resampled_scores(first["metric"], target, stacked, groups, DRAWS, seed)
    ends = np.cumsum([predictions.shape[1] for _, _, predictions in runs])[:-1]
    return {
        (*(run[key] for key in ARM), run["seed"]): ResampledArea(
            mean_over_steps(predictions.columns.to_numpy(), scores), len(set(groups))
        )
        for (run, _, predictions), scores in zip(runs, np.split(draws, ends), strict=True)
    }


def _check_scores(run, examples, predictions):
    """Compare the scores of predictions with the curve, but for what another processor may round."""
    score, target = METRICS[run["metric"]], examples["target"].to_numpy()
    curve = read_curve(run["directory"])
    if list(predictions) == curve["step"].tolist():
        scores = [score(target, predictions[step].to_numpy()) for step in predictions]
        if np.allclose(scores, curve["validation"], rtol=1e-9, atol=1e-9):
            return
    raise InputError(f"the validation predictions in {run['directory']} do not have the scores of its curve; {REMEDY}")

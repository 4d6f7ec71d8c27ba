"""Metrics: scores of predictions; larger is better.

A new metric is one entry of `METRICS`; the schema, the report and every program take it from there.

The functions are not those of scikit-learn and SciPy, with which tests compare them: the bootstrap calls them thousands
of times, and importing either library takes a good part of the time in which a run starts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Metric:
    """A score of predictions.

    Call it with ``target`` and ``prediction``, both array_like of shape (n,); it returns a float. The best possible
    score is 1.

    Attributes
    ----------
    name : str
        Its name in task definitions.
    title : str
        Its name in the report.
    function : callable
        The score as a function of ``target`` and ``prediction``.
    targets : {"class", "number"}
        The kind of target that it scores.
    lowest : float
        The worst possible score.
    description : str
        One sentence for the report's list of terms; empty for none.
    """

    name: str
    title: str
    function: Callable
    targets: str
    lowest: float
    description: str = ""

    def __call__(self, target, prediction):
        return self.function(target, prediction)


def accuracy(target, prediction):
    """The fraction of correct predictions (`sklearn.metrics.accuracy_score`)."""
    return float(np.mean(np.asarray(target) == np.asarray(prediction)))


def balanced_accuracy(target, prediction):
    """The mean recall over the classes of the target (`sklearn.metrics.balanced_accuracy_score`)."""
    target = np.asarray(target)
    correct = target == np.asarray(prediction)
    _, place = np.unique(target, return_inverse=True)
    return float((np.bincount(place, weights=correct) / np.bincount(place)).mean())


def matthews(target, prediction):
    """The Matthews correlation coefficient; 0 for constant predictions (`sklearn.metrics.matthews_corrcoef`)."""
    _, place = np.unique(np.concatenate([target, prediction]), return_inverse=True)
    true, predicted = np.split(place, 2)
    classes, n = place.max() + 1, float(len(true))
    counts, predicted_counts = (np.bincount(side, minlength=classes).astype(float) for side in (true, predicted))
    covariance = n * np.count_nonzero(true == predicted) - counts @ predicted_counts
    scale = np.sqrt((n**2 - counts @ counts) * (n**2 - predicted_counts @ predicted_counts))
    return float(covariance / scale) if scale > 0 else 0.0


def spearman(target, prediction):
    """The Spearman rank correlation, with average ranks for ties (`scipy.stats.spearmanr`).

    It is 0 if the target or the prediction is constant or contains NaN: neither is a ranking.
    """
    if np.isnan(target).any() or np.isnan(prediction).any():
        return 0.0
    a, b = _ranks(target), _ranks(prediction)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else 0.0


def _ranks(values):
    """Ranks from 1, shape (n,); tied values share the average of theirs (`scipy.stats.rankdata`)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", accuracy, "class", 0.0),
        Metric(
            "balanced_accuracy",
            "balanced accuracy",
            balanced_accuracy,
            "class",
            0.0,
            "The mean over classes of the share that is predicted correctly.",
        ),
        Metric(
            "matthews",
            "Matthews correlation",
            matthews,
            "class",
            -1.0,
            "The correlation of predicted and true classes: 0 for guessing, 1 for no error.",
        ),
        Metric(
            "spearman",
            "Spearman correlation",
            spearman,
            "number",
            -1.0,
            "The correlation of the ranks of predictions and measurements.",
        ),
    )
}

"""Scores of predictions; in every one of them larger is better.

Each takes ``target`` and ``prediction``, both of shape (n,), and returns a float.
"""

import numpy as np


def accuracy(target, prediction):
    """The share of right classes."""
    return float(np.mean(np.asarray(target) == np.asarray(prediction)))


def balanced_accuracy(target, prediction):
    """The mean over the target's classes of the share found right (`sklearn.metrics.balanced_accuracy_score`)."""
    target = np.asarray(target)
    right = target == np.asarray(prediction)
    # Written out, since the bootstrap calls it thousands of times; a test holds it against scikit-learn's.
    _, place = np.unique(target, return_inverse=True)
    return float((np.bincount(place, weights=right) / np.bincount(place)).mean())


def matthews(target, prediction):
    """Matthews' correlation coefficient, 0 for constant predictions (`sklearn.metrics.matthews_corrcoef`)."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(target, prediction))


def spearman(target, prediction):
    """Spearman's rank correlation (`scipy.stats.rankdata` for ties), 0 where either side is constant.

    A constant prediction orders nothing, which is what a correlation of 0 says.
    """
    from scipy.stats import rankdata

    a, b = rankdata(target), rankdata(prediction)
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else 0.0


METRICS = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "matthews": matthews,
    "spearman": spearman,
}
TITLES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "matthews": "Matthews correlation",
    "spearman": "Spearman correlation",
}

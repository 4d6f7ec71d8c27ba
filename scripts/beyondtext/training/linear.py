"""Linear models on fixed features, with an L2 penalty that the validation split selects.

Logistic regression for classes, ridge regression for numbers; both are scikit-learn's.
"""

import sys
import warnings

import numpy as np

from beyondtext.core.errors import InputError

# Strengths of the L2 penalty, strongest first; the one with the highest validation score is chosen.
PENALTIES = np.logspace(3, -3, 7)
MAX_ITERATIONS = 5000  # of the logistic regression; with the weakest penalty, frozen features of splice need 2,000


def refuse_one_class(train, settings):
    """Raise `InputError` if all training rows have the same class, of which no classifier can be fitted.

    Parameters
    ----------
    train : sequence of str
        The class of each training row.
    settings : dict
        Of the job; the message names its ``task``.
    """
    if len(set(train)) == 1:
        raise InputError(
            f"task {settings['task']}: all {len(train)} training sequences have the class {next(iter(train))!r}, "
            "but at least two classes are needed; raise the fraction or the cap of the training split"
        )


def select_penalty(features, targets, metric, classify, standardize=False):
    """Fit a linear model with each of `PENALTIES`; the validation score selects one, the strongest of equals.

    Parameters
    ----------
    features : pair of array_like or scipy.sparse matrices, shape (sequences, features)
        Of the training and the validation split.
    targets : pair of array_like, shape (sequences,)
        Of the same splits.
    metric : beyondtext.core.metrics.Metric
    classify : bool
        Logistic regression if true, ridge regression otherwise.
    standardize : bool
        Whether to give each feature mean 0 and variance 1 on the training split first; not for sparse matrices.

    Returns
    -------
    model : fitted scikit-learn estimator
        A pipeline if it standardizes.
    penalty : float
    """
    best_score = best_model = best_penalty = None
    for penalty in PENALTIES:
        model = _linear_model(penalty, classify, standardize)
        _fit(model, features[0], targets[0], f"penalty {penalty:g}")
        score = metric(targets[1], model.predict(features[1]))
        if best_score is None or score > best_score:
            best_score, best_model, best_penalty = score, model, penalty
    return best_model, best_penalty


def predictions(model, features, classes):
    """What a fitted model predicts.

    Parameters
    ----------
    model : fitted scikit-learn estimator
        From `select_penalty`.
    features : array_like or scipy.sparse matrix, shape (n, features)
    classes : sequence of str
        All classes of the task, some of which may have no training rows; empty for a numeric target.

    Returns
    -------
    predicted : numpy.ndarray, shape (n,)
    log_probabilities : numpy.ndarray of float64, shape (n, classes), or None
        Natural logarithms, −inf for classes without training rows; None for a numeric target.
    """
    from scipy.special import log_softmax

    if not classes:
        return model.predict(features), None
    logits = model.decision_function(features)
    if logits.ndim == 1:  # of the second of two classes
        logits = np.column_stack([np.zeros_like(logits), logits])
    log_probabilities = np.full((features.shape[0], len(classes)), -np.inf)
    # Not predict_log_proba, which takes the logarithm of probabilities that may be rounded to zero.
    log_probabilities[:, [classes.index(name) for name in model.classes_]] = log_softmax(logits, axis=1)
    return model.predict(features).astype(object), log_probabilities


def _linear_model(penalty, classify, standardize):
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(C=1 / penalty, max_iter=MAX_ITERATIONS) if classify else Ridge(alpha=penalty)
    return make_pipeline(StandardScaler(), model) if standardize else model


def _fit(model, features, targets, where):
    """Fit a model; a warning, such as that it does not converge, is one line on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(features, targets)
    for warning in caught:
        print(f"warning: {where}: {str(warning.message).splitlines()[0]}", file=sys.stderr, flush=True)

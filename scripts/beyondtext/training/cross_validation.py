"""Grouped cross-validation of models that are fitted in seconds, for tasks with few groups in their test split.

The folds are those of all runs of a task. In turn, each fold is predicted; the next one selects the penalty, as the
validation split does otherwise, and the model is fitted to the rest.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from beyondtext.core.metrics import METRICS
from beyondtext.training.run_files import prediction_table
from beyondtext.training.spread import spread

FEWEST = 3  # folds: one to predict, one to select the penalty, one to fit to
SEED = 0  # of the folds; not that of the run, since runs are compared on the same folds


@dataclass(frozen=True)
class OutOfFold:
    """What a cross-validation adds to a run; nothing if the run has none.

    Attributes
    ----------
    scores : dict
        ``cross_validation``: the score of all out-of-fold predictions, or None if there are too few groups.
    record : dict
        ``folds``, for ``run.json``: their ``number`` (0 for none) and the ``reason`` if it is not the usual one.
    table : pandas.DataFrame or None
        From `beyondtext.training.run_files.prediction_table`, in the order of the examples.
    """

    scores: dict = field(default_factory=dict)
    record: dict = field(default_factory=dict)
    table: pd.DataFrame | None = None


def cross_validate(settings, examples, info, fit):
    """Predict every example by a model that was fitted without its fold, if the settings ask for it.

    Parameters
    ----------
    settings : dict
        Of the job. ``cross_validation``, which it may lack, has the number of ``folds``; it is for tasks with a test
        split of fewer groups than ``below``.
    examples : pandas.DataFrame
        All splits of the task; see `beyondtext.data.examples`.
    info : dict
        The description of the task from the same place.
    fit : callable
        ``fit(train, validation)`` takes the places of rows in ``examples`` and returns a function that takes further
        ones and returns what `beyondtext.training.linear.predictions` does.

    Returns
    -------
    OutOfFold
    """
    rule = settings.get("cross_validation")
    if rule is None or examples.loc[examples["split"] == "test", "group"].nunique() >= rule["below"]:
        return OutOfFold()
    fold, reason = assign_folds(examples["target"], examples["group"], rule["folds"])
    if fold is None:
        return OutOfFold({"cross_validation": None}, {"folds": {"number": 0, "reason": reason}})
    classes, number = info["target"].get("classes", []), int(fold.max()) + 1
    predicted = np.empty(len(examples), object if classes else float)
    log_probabilities = np.empty((len(examples), len(classes))) if classes else None
    for tested, selecting, fitted in turns(fold, number):
        predicted[tested], logs = fit(fitted, selecting)(tested)
        if classes:
            log_probabilities[tested] = logs
    if not classes:
        predicted = on_one_scale(predicted, fold, examples["target"].to_numpy())
    score = float(METRICS[info["metric"]](examples["target"].to_numpy(), predicted))
    table = prediction_table(examples, predicted, log_probabilities, classes)
    return OutOfFold({"cross_validation": score}, {"folds": {"number": number, "reason": reason}}, table)


def assign_folds(targets, groups, wanted):
    """Assign examples to folds: whole groups, with classes in equal shares as far as these allow.

    Parameters
    ----------
    targets : pandas.Series of float or str
    groups : pandas.Series of str
    wanted : int
        The number of folds. There are fewer if there are not as many groups, or groups of the rarest class.

    Returns
    -------
    fold : numpy.ndarray of int, shape (examples,), or None
        None if even `FEWEST` are too many.
    reason : str
        Why there are fewer than wanted; empty if there are not.
    """
    limit, reason = groups.nunique(), "there are only {} groups"
    if targets.dtype != float:
        by_class = groups.groupby(targets).nunique()
        limit, reason = by_class.min(), f"the class {by_class.idxmin()!r} is in only {{}} groups"
    reason = reason.format(limit) if limit < wanted else "the groups are too unequal"
    for number in range(min(wanted, int(limit)), FEWEST - 1, -1):
        fold = _draw(targets, groups, number)
        if _can_be_fitted(targets, fold, number):
            return fold, reason if number < wanted else ""
    return None, f"{reason}, and a cross-validation needs at least {FEWEST} folds"


def turns(fold, number):
    """For each fold, the places of its examples, of those of the next fold, and of the others."""
    for tested in range(number):
        selecting = (tested + 1) % number
        parts = fold == tested, fold == selecting, (fold != tested) & (fold != selecting)
        yield tuple(np.flatnonzero(part) for part in parts)


def on_one_scale(predicted, fold, targets):
    """Give the predictions of each fold the mean and the standard deviation of all targets.

    Folds have penalties of their own, which shrink predictions by different factors without changing their order, and a
    correlation over all folds would compare these factors. It would also be negative where each fold's prediction is
    the mean of the others, which is low if that of the fold is high.

    Parameters
    ----------
    predicted, targets : numpy.ndarray of float, shape (examples,)
    fold : numpy.ndarray of int, shape (examples,)

    Returns
    -------
    numpy.ndarray of float, shape (examples,)
        Predictions that are equal up to rounding become the mean of the targets.
    """
    scaled = np.empty_like(predicted)
    for number in np.unique(fold):
        values = predicted[fold == number]
        deviations = (values - values.mean()) / (spread(values) or np.inf)
        scaled[fold == number] = targets.mean() + targets.std() * deviations
    return scaled


def _draw(targets, groups, number):
    """Folds of whole groups: the fold of each example."""
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    splitter = GroupKFold if targets.dtype == float else StratifiedGroupKFold
    fold = np.empty(len(targets), int)
    parts = splitter(number, shuffle=True, random_state=SEED).split(targets, targets.factorize()[0], groups)
    for place, (_, rows) in enumerate(parts):
        fold[rows] = place
    return fold


def _can_be_fitted(targets, fold, number):
    """Whether no fold is empty, and there are always two targets to fit to."""
    if len(set(fold)) < number:
        return False
    return all(targets.iloc[fitted].nunique() > 1 for _, _, fitted in turns(fold, number))

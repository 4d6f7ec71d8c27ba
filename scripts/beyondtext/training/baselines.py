"""Baselines without a network, whose runs have the same files as fine-tuning runs.

``trivial`` predicts the largest class, or the mean, of the training split. ``kmer`` is a linear model on weighted
counts of n-grams of symbols: logistic regression for classes, ridge regression for numbers. Adding a baseline means
adding one entry to `BASELINES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.machine import package_versions
from beyondtext.core.metrics import METRICS
from beyondtext.data.examples import read_examples
from beyondtext.data.splits import take_fraction
from beyondtext.training.cross_validation import cross_validate
from beyondtext.training.durations import Stopwatch, durations
from beyondtext.training.fitted import score_splits, write_fitted
from beyondtext.training.linear import predictions, refuse_one_class, select_penalty

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn")


@dataclass(frozen=True)
class Baseline:
    """A baseline.

    Attributes
    ----------
    name : str
        Its name in configurations.
    title : str
        Its name in the report.
    fit : callable
        ``fit(splits, info, settings)`` returns ``(predict, selected)``. ``splits`` are the rows of the examples by
        split, a dict of str to pandas.DataFrame; ``info`` is the description of the task from the same place
        (`beyondtext.data.examples`); ``settings`` are those of the job. ``predict(rows)`` returns the predictions for
        any rows, shape (n,), and their natural log-probabilities, shape (n, classes), or None for a numeric target.
        ``selected`` is a dict of what was selected while fitting, for the record. Only the training and the
        validation split may be used; in a cross-validation, there are no others.
    line : str or tuple
        Its line style in figures, as Matplotlib accepts it.
    description : str
        One sentence for the report's list of terms; empty for none.
    short : str
        Its name within a figure; empty for its title.
    targets : tuple of {"class", "number"}
        The kinds of target that it can predict.
    """

    name: str
    title: str
    fit: Callable
    line: str | tuple = "-."
    description: str = ""
    short: str = ""
    targets: tuple = ("class", "number")

    def unsuitable(self, task, kind):
        """Return None if it can be fitted on a task with targets of this kind, or else a clause that says why not."""
        if kind in self.targets:
            return None
        return f"{self.name} predicts targets of kind {', '.join(self.targets)}, but those of {task} are of kind {kind}"


def fit_baseline(settings, examples_path, output, code):
    """Fit and score one baseline, and write the run's folder.

    If the settings ask for it, it is cross-validated as well; see `beyondtext.training.cross_validation`.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.baseline_settings`.
    examples_path : path
        The task's examples file.
    output : path
        The run's folder.
    code : str
        The digest of the code, for the record.

    Returns
    -------
    dict
        The content of ``run.json``; see `beyondtext.training.run_files`.

    Raises
    ------
    InputError
        If the examples are missing, if the baseline does not predict such targets, or if there is nothing to learn.
    """
    stopwatch = Stopwatch()
    baseline = BASELINES[settings["model"]]
    examples, info = read_examples(examples_path, settings["task"])
    if reason := baseline.unsuitable(settings["task"], info["target"]["kind"]):
        raise InputError(f"{reason}; choose another baseline or another task")
    splits = dict(list(examples.groupby("split")))
    splits["train"] = take_fraction(splits["train"], settings["fraction"], settings["seed"])
    load_seconds = stopwatch.lap()

    predict, selected = baseline.fit(splits, info, settings)
    train_seconds = stopwatch.lap()

    scored = score_splits(lambda name: predict(splits[name]), splits, info)
    out_of_fold = _cross_validated(settings, examples, info, baseline.fit)

    own = {
        "examples": {name: len(rows) for name, rows in splits.items()},
        "seeds": None,
        "code": code,
        "versions": package_versions(PACKAGES),
        "device": "cpu",
        "precision": "float64",
        "seconds": durations(load_seconds, train_seconds, stopwatch.lap()),
    }
    return write_fitted(output, settings, selected, info, scored, out_of_fold, own)


def _cross_validated(settings, examples, info, fit):
    """What a cross-validation adds to the run (`beyondtext.training.cross_validation.OutOfFold`)."""

    def refit(train, validation):
        predict, _ = fit({"train": examples.iloc[train], "validation": examples.iloc[validation]}, info, settings)
        return lambda places: predict(examples.iloc[places])

    return cross_validate(settings, examples, info, refit)


def fit_trivial(splits, info, settings):
    """The largest class with smoothed class shares as probabilities, or the mean; see `Baseline`."""
    target = splits["train"]["target"]
    if info["target"]["kind"] == "number":
        mean = target.mean()
        return lambda rows: (np.full(len(rows), mean), None), {}
    # Add-one smoothing: a class without training rows must not have probability 0.
    classes = info["target"]["classes"]
    counts = np.array([(target == name).sum() + 1 for name in classes], dtype=float)
    log_shares = np.log(counts / counts.sum())
    largest = classes[int(counts.argmax())]
    return lambda rows: (np.full(len(rows), largest, dtype=object), np.tile(log_shares, (len(rows), 1))), {}


def fit_kmer(splits, info, settings):
    """A linear model on tf-idf weighted n-grams; see `Baseline`.

    The validation split selects the longest n-grams, whether counts or their logarithms are weighted, and the penalty.
    In long sequences of few symbols, logarithms hide how often each symbol occurs; in short ones, counts hide what is
    rare. Of equal scores, the first wins: that of the shortest n-grams.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline

    train, validation = splits["train"], splits["validation"]
    classes = info["target"].get("classes", [])
    if classes:
        refuse_one_class(train["target"], settings)
    # A symbol may have more than one character, so n-grams are made from lists of symbols and not from strings.
    shortest, longest = settings["ngrams"]
    metric, targets = METRICS[info["metric"]], (train["target"], validation["target"].to_numpy())
    best_score = best = None
    for length in range(shortest, longest + 1):
        counter = CountVectorizer(analyzer=partial(ngrams, shortest=shortest, longest=length), dtype=float)
        counts = counter.fit_transform(train["symbols"]), counter.transform(validation["symbols"])
        for logarithms in (True, False):
            weights = TfidfTransformer(sublinear_tf=logarithms).fit(counts[0])
            features = [weights.transform(part) for part in counts]
            model, penalty = select_penalty(features, targets, metric, bool(classes))
            score = metric(targets[1], model.predict(features[1]))
            if best_score is None or score > best_score:
                selected = {"longest": length, "logarithms": logarithms}
                best_score, best = score, (make_pipeline(counter, weights), model, penalty, selected)
    vectorizer, model, penalty, selected = best

    def predict(rows):
        return predictions(model, vectorizer.transform(rows["symbols"]), classes)

    return predict, {"penalty": float(penalty), "features": model.n_features_in_, **selected}


def ngrams(symbols, shortest, longest):
    """All n-grams of a list of symbols, for n from ``shortest`` to ``longest``, as tuples."""
    return [tuple(symbols[i : i + n]) for n in range(shortest, longest + 1) for i in range(len(symbols) - n + 1)]


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline(
            "trivial",
            "trivial baseline",
            fit_trivial,
            (0, (1, 2)),
            "Predicts the most frequent class, or the mean, of the training split.",
            "trivial",
        ),
        Baseline(
            "kmer",
            "linear model on n-grams",
            fit_kmer,
            (0, (5, 2)),
            "A logistic or ridge regression on weighted counts of n-grams (up to three consecutive symbols); the "
            "validation split selects the longest n-grams and the weighting.",
            "n-grams",
        ),
    )
}

"""Baselines without a network, as runs like any other.

``trivial`` predicts the training split's largest class, or its mean. ``kmer`` is a linear model on
weighted counts of short runs of symbols: logistic regression for classes, ridge regression for numbers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.machine import package_versions, peak_memory_mb
from beyondtext.core.metrics import METRICS
from beyondtext.data.examples import read_examples
from beyondtext.data.splits import take_fraction
from beyondtext.training.run_files import LOG_PROBABILITY, run_identity, seconds, write_run

STRENGTHS = np.logspace(3, -3, 7)  # of the penalty; the best on validation is taken, the strongest of equals
PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn")


def fit_baseline(settings, examples_path, output, code):
    """Fit and score one baseline and write its run folder; returns what ``run.json`` holds.

    ``settings`` come from `beyondtext.study.job_settings.baseline_settings`.
    """
    clock = [time.monotonic()]
    examples, info = read_examples(examples_path, settings["task"])
    parts = dict(list(examples.groupby("split")))
    parts["train"] = take_fraction(parts["train"], settings["fraction"], settings["seed"])
    clock.append(time.monotonic())

    predict, chosen = BASELINES[settings["model"]].fit(parts, info, settings)
    clock.append(time.monotonic())

    scores = {}
    for name in ("validation", "test"):
        predicted, logs = predict(parts[name])
        scores[name] = float(METRICS[info["metric"]](parts[name]["target"].to_numpy(), predicted))
    predictions = parts["test"][["id", "group", "target"]].assign(prediction=predicted).reset_index(drop=True)
    for place, name in enumerate(info["target"].get("classes", [])):
        predictions[LOG_PROBABILITY + name] = logs[:, place]
    clock.append(time.monotonic())

    record = {
        **run_identity(settings, info),
        "scores": scores,
        "best_step": None,
        "steps": None,
        "parameters": None,
        "examples": {name: len(part) for name, part in parts.items()},
        "settings": {**settings, **chosen},
        "seeds": None,
        "data_sha256": info["sha256"],
        "code": code,
        "versions": package_versions(PACKAGES),
        "device": "cpu",
        "precision": "float64",
        "seconds": seconds(*np.diff(clock).tolist()),
        "peak_memory_mb": peak_memory_mb(),
    }
    write_run(output, record, predictions, None)
    return record


def fit_trivial(parts, info, settings):
    """The largest class with the training split's class shares as probabilities, or the mean."""
    target = parts["train"]["target"]
    if info["target"]["kind"] == "number":
        mean = target.mean()
        return lambda part: (np.full(len(part), mean), None), {}
    # One more of each class, so that one which the training rows lack has a probability too.
    shares = np.array([(target == name).sum() + 1 for name in info["target"]["classes"]], dtype=float)
    logs = np.log(shares / shares.sum())
    largest = info["target"]["classes"][int(shares.argmax())]
    return lambda part: (np.full(len(part), largest, dtype=object), np.tile(logs, (len(part), 1))), {}


def fit_kmer(parts, info, settings):
    """A linear model on tf-idf weighted symbol n-grams, its penalty chosen on validation."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    # Symbols may be longer than one character, so the lists are handed over as they are.
    shortest, longest = settings["ngrams"]
    vectorizer = TfidfVectorizer(analyzer=lambda symbols: ngrams(symbols, shortest, longest), sublinear_tf=True)
    train = vectorizer.fit_transform(parts["train"]["symbols"])
    validation = vectorizer.transform(parts["validation"]["symbols"])
    classes = info["target"].get("classes")
    if classes and parts["train"]["target"].nunique() == 1:
        raise InputError(
            f"task {settings['task']}: the {len(parts['train'])} training sequences are all of the class "
            f"{parts['train']['target'].iloc[0]!r}; raise the fraction or the cap of the training split"
        )
    best_score = best_model = best_strength = None
    for strength in STRENGTHS:
        model = LogisticRegression(C=1 / strength, max_iter=1000) if classes else Ridge(alpha=strength)
        model.fit(train, parts["train"]["target"])
        score = METRICS[info["metric"]](parts["validation"]["target"].to_numpy(), model.predict(validation))
        if best_score is None or score > best_score:
            best_score, best_model, best_strength = score, model, strength

    def predict(part):
        features = vectorizer.transform(part["symbols"])
        if not classes:
            return best_model.predict(features), None
        known = list(best_model.classes_)
        logs = np.full((len(part), len(classes)), -np.inf)
        logs[:, [classes.index(name) for name in known]] = best_model.predict_log_proba(features)
        return best_model.predict(features).astype(object), logs

    return predict, {"penalty": float(best_strength), "features": len(vectorizer.vocabulary_)}


def ngrams(symbols, shortest, longest):
    """All runs of ``shortest`` to ``longest`` symbols, as tuples."""
    return [tuple(symbols[i : i + n]) for n in range(shortest, longest + 1) for i in range(len(symbols) - n + 1)]


@dataclass(frozen=True)
class Baseline:
    """A baseline: its name in configurations, its title in the report, and the function that fits it.

    ``fit(parts, info, settings)`` takes the splits of `beyondtext.data.examples`, what goes with them, and the job's
    settings; it returns a function from a split to predictions and log-probabilities (None for numbers), and a dict of
    what was chosen.
    """

    name: str
    title: str
    fit: Callable


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline("trivial", "largest class or mean", fit_trivial),
        Baseline("kmer", "linear model on n-grams", fit_kmer),
    )
}

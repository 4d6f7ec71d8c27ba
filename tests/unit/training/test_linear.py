"""Linear models on fixed features: what is fitted, and which penalty is chosen."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.training import linear
from beyondtext.training.linear import PENALTIES, predictions, refuse_one_class, select_penalty

CLASSES = ["p", "q", "r"]


def planted(kind, scale=1.0, size=60):
    """Features and targets of two splits: the first of five features decides, the others are noise."""
    generator = np.random.default_rng(3)
    features = [generator.standard_normal((size, 5)) * [scale, 1, 1, 1, 1] for _ in range(2)]
    values = [part[:, 0] / scale + 0.7 * generator.standard_normal(size) for part in features]
    if kind == "class":
        values = [np.where(part > 0.3, "q", "p").astype(object) for part in values]
    return features, values


@pytest.mark.parametrize(("kind", "metric"), [("class", "accuracy"), ("number", "spearman")])
def test_the_strongest_penalty_with_the_best_validation_score_is_chosen(kind, metric):
    features, values = planted(kind)
    scores = {}
    for penalty in PENALTIES:
        model = LogisticRegression(C=1 / penalty) if kind == "class" else Ridge(alpha=penalty)
        scores[penalty] = METRICS[metric](values[1], model.fit(features[0], values[0]).predict(features[1]))
    _, penalty = select_penalty(features, values, METRICS[metric], kind == "class")
    assert scores[penalty] == max(scores.values()) > min(scores.values())
    assert penalty == max(candidate for candidate in PENALTIES if scores[candidate] == scores[penalty])


@pytest.mark.parametrize(("kind", "metric"), [("class", "accuracy"), ("number", "spearman")])
def test_standardized_features_have_no_unit(kind, metric):
    fitted = {}
    for scale in (1.0, 1e-4):
        features, values = planted(kind, scale)
        for standardize in (True, False):
            model, _ = select_penalty(features, values, METRICS[metric], kind == "class", standardize)
            values_of = model.decision_function if kind == "class" else model.predict
            fitted[scale, standardize] = values_of(features[1])
    assert fitted[1.0, True] == pytest.approx(fitted[1e-4, True], rel=1e-4)
    assert fitted[1.0, False] != pytest.approx(fitted[1e-4, False], rel=0.1)


def test_the_training_split_alone_standardizes():
    features, values = planted("number")
    model, _ = select_penalty(features, values, METRICS["spearman"], False, standardize=True)
    assert model[0].mean_ == pytest.approx(features[0].mean(0))
    assert model[0].scale_ == pytest.approx(features[0].std(0))


def test_a_constant_feature_changes_nothing():
    features, values = planted("number")
    more = [np.hstack([part, np.full((len(part), 1), 7.0)]) for part in features]
    expected, _ = select_penalty(features, values, METRICS["spearman"], False, standardize=True)
    model, _ = select_penalty(more, values, METRICS["spearman"], False, standardize=True)
    assert model.predict(more[1]) == pytest.approx(expected.predict(features[1]))


def test_a_class_without_training_rows_has_probability_zero():
    features, values = planted("class")
    model, _ = select_penalty(features, values, METRICS["accuracy"], True)
    predicted, log_probabilities = predictions(model, features[1], CLASSES)
    assert np.exp(log_probabilities).sum(1) == pytest.approx(np.ones(60))
    assert (log_probabilities[:, 2] == -np.inf).all()
    assert (np.array(CLASSES)[log_probabilities.argmax(1)] == predicted).all()


@pytest.mark.parametrize("count", [2, 3])
def test_log_probabilities_are_scikit_learns_where_these_are_finite_and_always_finite(count):
    generator = np.random.default_rng(4)
    features = generator.standard_normal((90, 4))
    targets = np.array(CLASSES, dtype=object)[np.clip(np.round(features[:, 0] + 1), 0, count - 1).astype(int)]
    model = LogisticRegression().fit(features, targets)
    _, log_probabilities = predictions(model, features, CLASSES[:count])
    assert log_probabilities == pytest.approx(model.predict_log_proba(features), rel=1e-6, abs=1e-9)
    with np.errstate(divide="raise"):
        _, log_probabilities = predictions(model, 1e4 * features, CLASSES[:count])
    assert np.isfinite(log_probabilities).all() and log_probabilities.min() < -1000


def test_numbers_have_no_probabilities():
    features, values = planted("number")
    model, _ = select_penalty(features, values, METRICS["spearman"], False)
    predicted, log_probabilities = predictions(model, features[1], [])
    assert predicted.shape == (60,) and log_probabilities is None


def test_a_model_that_does_not_converge_is_reported_in_one_line_per_penalty(monkeypatch, capsys, recwarn):
    monkeypatch.setattr(linear, "MAX_ITERATIONS", 1)
    monkeypatch.setattr(linear, "PENALTIES", [0.01])
    features, values = planted("class")
    select_penalty(features, values, METRICS["accuracy"], True)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: penalty 0.01: lbfgs failed to converge after 1 iteration")
    assert not list(recwarn)


def test_one_class_is_refused():
    refuse_one_class(["p", "q"], {})
    with pytest.raises(InputError, match="task demo: all 2 training sequences have the class 'p', but at least two"):
        refuse_one_class(["p", "p"], {"task": "demo"})

"""The metrics against scikit-learn's and SciPy's, and by hand where those return no number."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import accuracy_score, balanced_accuracy_score, matthews_corrcoef

from beyondtext.core.metrics import METRICS, accuracy, balanced_accuracy, matthews, spearman


def pairs(values):
    """Targets and predictions of the same length."""
    return st.lists(st.tuples(values, values), min_size=1, max_size=30).map(
        lambda rows: tuple(np.array(side) for side in zip(*rows, strict=True))
    )


CLASSES = pairs(st.sampled_from(["EI", "IE", "N"]))  # short lists often lack one of the three
NUMBERS = pairs(st.integers(-3, 3).map(float))  # few values: ties are common, constants occur


@pytest.mark.parametrize(
    ("metric", "reference"),
    [(accuracy, accuracy_score), (balanced_accuracy, balanced_accuracy_score), (matthews, matthews_corrcoef)],
)
@settings(deadline=None)  # a slow machine is not a failure
@given(rows=CLASSES)
def test_metrics_of_classes_agree_with_scikit_learn(metric, reference, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns about missing classes
        assert metric(*rows) == pytest.approx(reference(*rows), abs=1e-12)


@settings(deadline=None)
@given(rows=NUMBERS)
def test_spearman_agrees_with_scipy_and_is_0_for_a_constant(rows):
    if min(len(set(side)) for side in rows) == 1:
        assert spearman(*rows) == 0
    else:
        assert spearman(*rows) == pytest.approx(spearmanr(*rows).statistic, abs=1e-12)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "matthews"])
def test_lists_and_arrays_of_objects_have_the_same_score(name):
    target, prediction = ["a", "b", "b", "c"], ["a", "b", "c", "c"]
    as_objects = [np.array(side, dtype=object) for side in (target, prediction)]
    assert METRICS[name](target, prediction) == METRICS[name](*as_objects)


def test_balanced_accuracy_gives_every_class_the_same_weight():
    target = ["many"] * 8 + ["few"] * 2
    assert balanced_accuracy(target, ["many"] * 10) == 1 / 2
    assert balanced_accuracy(target, ["many"] * 9 + ["few"]) == 3 / 4


def test_balanced_accuracy_ignores_a_class_that_the_target_lacks():
    assert balanced_accuracy(["a", "a", "b"], ["a", "c", "b"]) == pytest.approx((1 / 2 + 1) / 2)


def test_matthews_by_hand():
    # TP 3, TN 2, FP 1, FN 1: (3·2 - 1·1) / sqrt(4·4·3·3)
    assert matthews([1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0, 1]) == pytest.approx(5 / 12)
    assert matthews(["a", "b", "a"], ["a", "a", "a"]) == 0


def test_spearman_by_hand():
    assert spearman([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert spearman([1, 2, 3], [3.0, 2.0, -100.0]) == pytest.approx(-1)
    assert spearman([1, 2, 2], [1, 2, 3]) == pytest.approx(1.5 / np.sqrt(1.5 * 2))  # ranks 1, 2.5, 2.5


def test_spearman_is_0_if_a_value_is_missing():
    assert spearman([1, 2, 3], [1, np.nan, 3]) == 0
    assert spearman([1, np.nan, 3], [1, 2, 3]) == 0


def test_matthews_is_exact_for_many_examples():
    target = np.repeat([0, 1], 10**5)  # the products of its counts exceed 64-bit integers
    prediction = np.where(np.arange(len(target)) % 4, target, 1 - target)
    assert matthews(target, prediction) == pytest.approx(1 / 2)


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_prediction_scores_1_as_a_float(name):
    score = METRICS[name](np.array([0, 1, 1, 2]), np.array([0, 1, 1, 2]))
    assert type(score) is float
    assert score == pytest.approx(1)

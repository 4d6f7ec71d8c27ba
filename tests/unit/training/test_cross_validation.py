"""Grouped cross-validation: folds of whole groups, out-of-fold predictions, and too few groups for any."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.training.cross_validation import assign_folds, cross_validate, on_one_scale, turns

CLASSES = {"target": {"kind": "class", "classes": ["a", "b"]}, "metric": "accuracy"}
NUMBERS = {"target": {"kind": "number"}, "metric": "spearman"}
SETTINGS = {"cross_validation": {"folds": 5, "below": 50}}


def series(groups, rows, targets):
    """Groups of several rows each, of which each has one target."""
    names = pd.Series([f"g{number:02}" for number in range(groups) for _ in range(rows)])
    return pd.Series([targets[number] for number in range(groups) for _ in range(rows)]), names


def made(groups=30, rows=3, test=6):
    """Examples whose target is the class of their group; the first groups are the test split."""
    targets, names = series(groups, rows, ["ab"[number % 2] for number in range(groups)])
    split = ["test" if number < test * rows else ("train", "validation")[number % 2] for number in range(groups * rows)]
    ids = [f"r{number}" for number in range(groups * rows)]
    return pd.DataFrame({"id": ids, "split": split, "group": names, "target": targets})


def test_folds_are_whole_groups_with_every_class_in_equal_shares():
    targets, groups = series(30, 4, ["b" if number % 3 == 0 else "a" for number in range(30)])
    fold, reason = assign_folds(targets, groups, 5)
    assert reason == "" and (pd.Series(fold).groupby(groups).nunique() == 1).all()
    assert pd.crosstab(fold, targets).to_dict() == {"a": dict.fromkeys(range(5), 16), "b": dict.fromkeys(range(5), 8)}
    again, _ = assign_folds(targets, groups, 5)
    assert (again == fold).all()


def test_folds_of_numbers_are_whole_groups_of_equal_number():
    targets, groups = series(20, 3, np.linspace(0, 1, 20))
    fold, reason = assign_folds(targets, groups, 5)
    assert reason == "" and (pd.Series(fold).groupby(groups).nunique() == 1).all()
    assert np.bincount(fold).tolist() == [12] * 5
    assert groups[fold == 0].tolist() != groups[:12].tolist()  # drawn, not in the order of the file


def test_each_turn_predicts_selects_and_fits_on_other_groups():
    fold = np.array([0, 1, 2, 3, 0, 1, 2, 3])
    found = [[part.tolist() for part in parts] for parts in turns(fold, 4)]
    assert found[0] == [[0, 4], [1, 5], [2, 3, 6, 7]]
    assert found[3] == [[3, 7], [0, 4], [1, 2, 5, 6]]


@pytest.mark.parametrize(
    ("targets", "rows", "number", "reason"),
    [
        (["a"] * 10 + ["b"] * 4, 5, 4, "the class 'b' is in only 4 groups"),
        (
            ["a"] * 10 + ["b"] * 2,
            5,
            0,
            "the class 'b' is in only 2 groups, and a cross-validation needs at least 3 folds",
        ),
        ([0.1, 0.2, 0.3, 0.4], 3, 4, "there are only 4 groups"),
        ([0.1, 0.2], 8, 0, "there are only 2 groups, and a cross-validation needs at least 3 folds"),
        ([0.5] * 20, 1, 0, "the groups are too unequal, and a cross-validation needs at least 3 folds"),
    ],
)
def test_too_few_groups_mean_fewer_folds_or_none_with_the_reason(targets, rows, number, reason):
    fold, given = assign_folds(*series(len(targets), rows, targets), 5)
    assert (0 if fold is None else len(set(fold)), given) == (number, reason)


def fitted(examples, calls):
    """A model that predicts the commonest target of what it is fitted to, and remembers the rows."""

    def fit(train, validation):
        commonest = examples["target"].iloc[train].mode()[0]

        def predict(rows):
            calls.append((set(train), set(validation), set(rows)))
            logs = None if examples["target"].dtype == float else np.log(np.full((len(rows), 2), 0.5))
            return np.full(len(rows), commonest, dtype=object if logs is not None else float), logs

        return predict

    return fit


def test_every_example_is_predicted_once_without_its_group():
    examples, calls = made(), []
    found = cross_validate(SETTINGS, examples, CLASSES, fitted(examples, calls))
    assert sorted(row for _, _, rows in calls for row in rows) == list(range(90)) and len(calls) == 5
    assert all([len(part) for part in parts] == [54, 18, 18] for parts in calls)  # three folds are fitted to, not one
    for parts in calls:
        groups = [set(examples["group"].iloc[list(part)]) for part in parts]
        assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
        assert set.union(*parts) == set(range(90))
    assert list(found.table) == ["id", "group", "target", "prediction", "log_probability_a", "log_probability_b"]
    assert found.table["id"].tolist() == examples["id"].tolist()
    assert found.record == {"folds": {"number": 5, "reason": ""}}
    assert found.scores == {"cross_validation": (found.table["prediction"] == found.table["target"]).mean()}


def test_the_scales_of_folds_do_not_matter():
    targets, fold = np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 0, 1, 1, 1])
    found = on_one_scale(np.array([0.001, 0.002, 0.003, 50, 40, 60]), fold, targets)
    expected = targets.mean() + targets.std() * np.sqrt(1.5) * np.array([-1, 0, 1, 0, -1, 1])
    assert found == pytest.approx(expected)
    assert on_one_scale(np.repeat([0.1, 7.3], 3), fold, targets).tolist() == [3.5] * 6
    rounded = np.array([0.3, 0.1 + 0.2, 0.3, 7.3, 7.3 * (1 + 3e-16), 7.3])
    assert on_one_scale(rounded, fold, targets) == pytest.approx([3.5] * 6, abs=1e-12)


def test_numbers_have_predictions_and_no_probabilities():
    examples = made().assign(target=np.linspace(0, 1, 90))
    found = cross_validate(SETTINGS, examples, NUMBERS, fitted(examples, []))
    assert found.table["prediction"].dtype == float and list(found.table) == ["id", "group", "target", "prediction"]


@pytest.mark.parametrize(("settings", "groups"), [({}, 6), (SETTINGS, 50)])
def test_nothing_is_added_unless_it_is_asked_for_and_the_test_split_is_small(settings, groups):
    examples, calls = made(groups=60, test=groups), []
    found = cross_validate(settings, examples, CLASSES, fitted(examples, calls))
    assert (found.scores, found.record, found.table, calls) == ({}, {}, None, [])


def test_too_few_groups_are_no_error():
    examples, calls = made(groups=4, test=1), []
    found = cross_validate(SETTINGS, examples, CLASSES, fitted(examples, calls))
    assert found.scores == {"cross_validation": None} and found.table is None and calls == []
    assert found.record["folds"]["number"] == 0 and "is in only 2 groups" in found.record["folds"]["reason"]

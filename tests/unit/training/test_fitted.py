"""What runs without training steps share."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.training.fitted import score_splits


def rows_of(split, targets):
    ids = [f"{split}-{number}" for number in range(len(targets))]
    return pd.DataFrame({"id": ids, "group": ids, "split": split, "target": targets})


def test_classes_are_scored_by_split_and_the_test_predictions_are_kept():
    splits = {"validation": rows_of("validation", ["a", "b"]), "test": rows_of("test", ["a", "b", "b", "b"])}
    guesses = {"validation": ["b", "b"], "test": ["b", "b", "b", "a"]}
    logs = np.log([[0.4, 0.6]] * 3 + [[0.7, 0.3]])

    def predict(name):
        return np.array(guesses[name], dtype=object), logs[: len(guesses[name])]

    info = {"metric": "accuracy", "target": {"kind": "class", "classes": ["a", "b"]}}
    scores, table = score_splits(predict, splits, info)
    assert scores == {"validation": 0.5, "test": 0.5}
    assert table["id"].tolist() == splits["test"]["id"].tolist() and table["prediction"].tolist() == guesses["test"]
    assert (table[["log_probability_a", "log_probability_b"]].to_numpy() == logs).all()


def test_numbers_have_no_probabilities():
    splits = {name: rows_of(name, [1.0, 2.0, 3.0]) for name in ("train", "validation", "test")}
    guesses = {"validation": [1.0, 3.0, 2.0], "test": [3.0, 2.0, 1.0]}
    info = {"metric": "spearman", "target": {"kind": "number"}}
    scores, table = score_splits(lambda name: (np.array(guesses[name]), None), splits, info)
    assert scores == pytest.approx({"validation": 0.5, "test": -1})
    assert list(table) == ["id", "group", "target", "prediction"]

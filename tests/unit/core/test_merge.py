"""Merging nested settings."""

import pytest

from beyondtext.core.merge import deep_merge, with_numbers


def test_dicts_are_merged_at_every_depth_and_everything_else_is_replaced():
    base = {"a": {"b": {"c": 1, "d": 2}, "e": [1, 2]}, "f": 3, "g": {"h": 1}}
    changes = {"a": {"b": {"d": 4}, "e": [5]}, "g": None, "i": {"j": 6}}
    assert deep_merge(base, changes) == {
        "a": {"b": {"c": 1, "d": 4}, "e": [5]},
        "f": 3,
        "g": None,
        "i": {"j": 6},
    }


def test_neither_side_is_changed():
    base, changes = {"a": {"b": 1}}, {"a": {"c": 2}}
    deep_merge(base, changes)
    assert (base, changes) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_the_keys_keep_the_order_of_the_base():
    assert list(deep_merge({"a": 1, "b": {"c": 1}}, {"d": 1, "b": {"e": 1}})) == ["a", "b", "d"]


def test_numbers_in_lists_and_mappings_of_the_command_line_are_numbers():
    given = {
        "seeds": ["7", "+8"],
        "fractions": ["0.5", "1"],
        "training": {"steps": "40", "learning_rate": ["1e-4", ".002"], "precision": "float32"},
        "tasks": ["gb1", "h3"],
        "name": "s2",
        "checkpoint_seconds": 5,
    }
    training = {"steps": 9, "clip_norm": None}
    merged = with_numbers({**given, "training": {**training, **given["training"]}, "caps": {"h3": 2}}, given)
    assert (merged["seeds"], merged["fractions"], merged["tasks"]) == ([7, 8], [0.5, 1], ["gb1", "h3"])
    assert merged["training"] == {
        "clip_norm": None,
        "steps": 40,
        "learning_rate": [0.0001, 0.002],
        "precision": "float32",
    }
    assert all(type(seed) is int for seed in merged["seeds"]) and type(merged["fractions"][1]) is int
    assert (merged["name"], merged["checkpoint_seconds"], merged["caps"]) == ("s2", 5, {"h3": 2})


@pytest.mark.parametrize("text", ["1_000", "nan", "0x10", "1e", "-", "", "h3", "1 2", "٣"])
def test_other_texts_of_the_command_line_stay_texts(text):
    assert with_numbers({"tasks": [text]}, {"tasks": [text]})["tasks"] == [text]

"""Merging nested settings."""

from beyondtext.core.merge import deep_merge


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

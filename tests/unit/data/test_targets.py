"""Targets: the file's own classes, renamed classes, bins of numbers, and numbers."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.tally import Tally
from beyondtext.data.targets import parse_targets
from demo_task import CLASSES, table


def test_labels_rename_the_files_values_all_at_once():
    rule = {**CLASSES, "labels": {"0": "p", "p": "q"}}
    tally = Tally()
    parsed = parse_targets(table(3, target=["0", "p", "q"]), rule, tally)
    assert (parsed["target"].tolist(), tally.count("outside_bins")) == (["p", "q", "q"], 0)


def test_bins_make_classes_of_numbers_and_exclude_the_others():
    rule = {**CLASSES, "bins": {"p": [None, -1], "q": [1, 2.5]}}
    tally = Tally()
    parsed = parse_targets(table(7, target=["-1", "-0.99", "0", "1", "2.5", "2.51", "-1e9"]), rule, tally)
    assert dict(zip(parsed["id"], parsed["target"], strict=True)) == {"r0": "p", "r3": "q", "r4": "q", "r6": "p"}
    assert tally.count("outside_bins") == 3


def test_bins_that_overlap_are_refused():
    rule = {**CLASSES, "bins": {"p": [None, 1], "q": [1, None]}}
    with pytest.raises(InputError, match=r"q overlaps another bin at 1"):
        parse_targets(table(2, target=["1", "2"]), rule, Tally())


def test_numbers_are_floats():
    tally = Tally()
    parsed = parse_targets(table(3, target=["1", "-2.5", "1e3"]), {"kind": "number"}, tally)
    assert (parsed["target"].tolist(), parsed["target"].dtype, tally.count("outside_bins")) == (
        [1.0, -2.5, 1000.0],
        "float64",
        0,
    )


@pytest.mark.parametrize("rule", [{"kind": "number"}, {**CLASSES, "bins": {"p": [None, 0], "q": [1, None]}}])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e999", "high", "1,5", ""])
def test_a_target_that_is_not_a_finite_number_is_refused(rule, bad):
    message = rf"record 'r1' has the target '{bad}', where a number was expected; .*\(1 such records\)"
    with pytest.raises(InputError, match=message):
        parse_targets(table(3, target=["1", bad, "2"]), rule, Tally())


@pytest.mark.parametrize("labels", [{}, {"labels": {"z": "y"}}])
def test_an_unknown_class_is_reported(labels):
    value = "y" if labels else "z"
    with pytest.raises(InputError, match=rf"record 'r2' has the target '{value}', but target\.classes are p, q; "):
        parse_targets(table(3, target=["p", "q", "z"]), {**CLASSES, **labels}, Tally())


def test_without_classes_every_value_is_a_class():
    tally = Tally()
    parsed = parse_targets(table(3, target=["x", "y", "z"]), {"kind": "class"}, tally)
    assert (parsed["target"].tolist(), tally.count("outside_bins")) == (["x", "y", "z"], 0)

"""Argument types: what they accept and what they refuse."""

import argparse

import pytest

from beyondtext.core import cli


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (cli.fraction, "1", 1.0),
        (cli.fraction, "0.05", 0.05),
        (cli.positive, "1e-5", 1e-5),
        (cli.seconds, "0", 0.0),
        (cli.margin, "0", 0.0),
        (cli.margin, "0.999", 0.999),
        (cli.seed, "0", 0),
        (cli.seed, "103", 103),
        (cli.seed, "4294967295", 4294967295),
        (cli.count, "2", 2),
        (cli.settings, '{"task": "splice"}', {"task": "splice"}),
    ],
)
def test_values_are_read(kind, text, value):
    assert kind(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (cli.fraction, "0", "'0' is not a number above 0 and at most 1"),
        (cli.fraction, "1.5", "'1.5' is not a number above 0 and at most 1"),
        (cli.fraction, "nan", "'nan' is not a number above 0 and at most 1"),
        (cli.fraction, "half", "'half' is not a number above 0 and at most 1"),
        (cli.positive, "0", "'0' is not a finite number above 0"),
        (cli.positive, "inf", "'inf' is not a finite number above 0"),
        *[
            (cli.margin, text, "is not a margin for scores; give a number from 0 to below 1")
            for text in ("1", "2", "1e400", "-0.1", "nan", "inf", "5%", "")
        ],
        (cli.seconds, "-1", "'-1' is not a number of seconds, 0 or more"),
        (cli.seconds, "inf", "'inf' is not a number of seconds, 0 or more"),
        (cli.seed, "-1", "'-1' is not a whole number, 0 or more"),
        (cli.seed, "1.0", "'1.0' is not a whole number, 0 or more"),
        (cli.count, "0", "'0' is not a whole number, 1 or more"),
        (cli.count, "1_0", "'1_0' is not a whole number, 1 or more"),
        (cli.seed, "4294967296", "'4294967296' is not a whole number, 0 or more and at most 4294967295"),
        (cli.seed, "1" * 5000, "is not a whole number, 0 or more"),
        (cli.seed, "1\n", "is not a whole number, 0 or more"),
        (cli.count, "1" * 5000, "is not a whole number, 1 or more, of at most 15 digits"),
        (cli.count, "2\n", "is not a whole number, 1 or more"),
        (cli.json_object, "[]", "not a JSON object with keys and values, but a list"),
        (cli.json_object, "[" * 100_000, "nested too deep"),
        (cli.settings, '{"task": "a", "task": "b"}', "the key 'task' is given twice"),
        (cli.settings, "{", "not valid JSON"),
        (cli.settings, "[]", "not the settings of a job"),
        (cli.settings, '{"model": "a"}', "not the settings of a job"),
    ],
)
def test_other_values_are_refused(kind, text, message):
    with pytest.raises(argparse.ArgumentTypeError, match=message) as caught:
        kind(text)
    assert len(str(caught.value)) < 400

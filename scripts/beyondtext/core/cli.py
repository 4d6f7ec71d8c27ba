"""Argument types that several command-line programs share.

Each function takes the text of one argument and returns its value; ``argparse`` turns an ``ArgumentTypeError`` into the
program's usage message.
"""

import argparse
import math
import re

from beyondtext.core.parsing import load_json
from beyondtext.core.printing import kind_of, quoted

LARGEST_SEED = 4294967295  # of NumPy's and scikit-learn's generators; config.schema.yaml has it as well


def json_object(text):
    """One JSON object, as a dict."""
    value = _json(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"not a JSON object with keys and values, but {kind_of(value)}")
    return value


def settings(text):
    """The settings of a job as one JSON object, as the workflow passes them."""
    value = _json(text)
    if not isinstance(value, dict) or "task" not in value:
        raise argparse.ArgumentTypeError("not the settings of a job; leave --settings out and name the task instead")
    return value


def _json(text):
    try:
        return load_json(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not valid JSON ({error})") from None


def fraction(text):
    """A number above 0 and at most 1."""
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a number above 0 and at most 1")
    return value


def positive(text):
    """A finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a finite number above 0")
    return value


def margin(text):
    """The smallest difference in a score that is worth having: a number from 0 to below 1, the best possible score."""
    value = _number(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a margin for scores; give a number from 0 to below 1")
    return value


def seconds(text):
    """A finite number of seconds, 0 or more."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a number of seconds, 0 or more")
    return value


def seed(text):
    """A whole number from 0 to `LARGEST_SEED`."""
    if not re.fullmatch("[0-9]{1,20}", text) or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number, 0 or more and at most {LARGEST_SEED}")
    return int(text)


def count(text):
    """A whole number, 1 or more, of at most 15 digits."""
    if not re.fullmatch("0*[1-9][0-9]{0,14}", text):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number, 1 or more, of at most 15 digits")
    return int(text)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan

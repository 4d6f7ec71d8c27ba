"""Argument types that several command-line programs share.

Each function takes the text of one argument and returns its value; ``argparse`` turns an ``ArgumentTypeError`` into the
program's usage message.
"""

import argparse
import json
import math
import re


def settings(text):
    """The settings of a job as one JSON object, as the workflow passes them."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not valid JSON ({error})") from None
    if not isinstance(value, dict) or "task" not in value:
        raise argparse.ArgumentTypeError("not the settings of a job; leave --settings out and name the task instead")
    return value


def fraction(text):
    """A number above 0 and at most 1."""
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and at most 1")
    return value


def positive(text):
    """A finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number above 0")
    return value


def amount(text):
    """A finite number, 0 or more."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number, 0 or more")
    return value


def seconds(text):
    """A finite number of seconds, 0 or more."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return value


def seed(text):
    """A whole number, 0 or more."""
    if not re.fullmatch("[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def count(text):
    """A whole number, 1 or more."""
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan

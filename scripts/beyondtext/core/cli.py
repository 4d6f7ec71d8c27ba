"""What the programs have in common on the command line."""

import argparse
import json
import math
import re


def settings(text):
    """An argparse type: settings as one JSON object (the workflow's way)."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not valid JSON ({error})") from None
    if not isinstance(value, dict) or "task" not in value:
        raise argparse.ArgumentTypeError("not the settings of a job; leave it out and name the task instead")
    return value


def share(text):
    """An argparse type: a number above 0 and at most 1."""
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 1")
    return value


def positive(text):
    """An argparse type: a finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def seconds(text):
    """An argparse type: a finite number from 0 on."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 on")
    return value


def seed(text):
    """An argparse type: a whole number from 0 on, as the configuration has it."""
    if not re.fullmatch("[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def count(text):
    """An argparse type: a whole number above 0."""
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _number(text):
    try:
        return float(text)
    except ValueError:
        return math.nan

"""Targets that are numbers with something else, such as ``>100``, ``12.3 nM`` or ``1'234``: what to do about them."""

import math
import re

from beyondtext.core.printing import quoted
from beyondtext.data.normalize import QUOTES
from beyondtext.data.targets import with_plain_minus

SIGN = "[+\N{MINUS SIGN}-]?"
QUOTE = f"[{re.escape(QUOTES)}]"
NUMBER = rf"{SIGN}(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE]{SIGN}\d+)?"
UNIT = r"[^\W\d_%‰°][^\s,;:_]{0,11}|[%‰°][^\W\d_]?"
# The forms, and what to do about each.
FORMS = {
    rf"[<>≤≥~≈=]+\s*{NUMBER}\s*(?:{UNIT})?": "replace them with numbers, such as the limit itself, "
    "or delete these records",
    rf"{SIGN}\d{{1,3}}(?:[.,'’\s]\d{{3}})+(?:[.,]\d+)?|{NUMBER}": "write all numbers with a decimal point and without "
    "signs between thousands",
    rf"{NUMBER}\s*(?:±|\+/-)\s*{NUMBER}": "delete what follows the numbers",
    rf"{NUMBER}\s*(?:{UNIT})": "delete what follows the numbers, such as the unit",
    rf"{QUOTE}{NUMBER}{QUOTE}": "delete the quotation marks around the numbers",
}
# With those of C, of Windows and of spreadsheets.
NOT_FINITE = re.compile(rf"{SIGN}(?:inf(?:inity)?|∞|nan(?:\(\w*\))?|1\.#\w+)|#[A-Z0-9/]+[!?]", re.IGNORECASE)
PATTERNS = {re.compile(form, re.IGNORECASE): advice for form, advice in FORMS.items()}
LAST_UNIT = re.compile(rf"(?<=[\d.,\s])(?:{UNIT})$")
MOST_UNITS = 3  # different ones: with more, these are names such as 1ABC
LEAST = 0.9  # of the values are numbers, alone or with something else
LEAST_ALONE = 0.5  # or so many are numbers alone, whatever the others are
FINITE = "replace them with finite numbers, such as the limit of the measurement, or delete these records"
MOST_NAMED = 3  # different values in a message


def number_problem(field):
    """What keeps a field's values from being numbers, and what to do about it, in a sentence.

    Parameters
    ----------
    field : Field

    Returns
    -------
    str
        Empty if all known values are numbers, or if most are nothing of the kind.
    """
    known, alone = field.known, field.numbers.notna()
    others = known[~alone]
    if others.empty:
        return ""
    advice = others.map(_advice)
    decorated = others[advice != ""]
    if alone.mean() < LEAST_ALONE and (
        len(decorated) + alone.sum() < LEAST * len(known) or decorated.map(_unit).nunique() > MOST_UNITS
    ):
        return ""
    remedy = advice.mode().iloc[0] or "correct them, or delete these records"
    return f"{_count(field, alone, others)}; {remedy}"


def finite_problem(field):
    """Which values of a field are numbers that are not finite, and what to do about it, in a sentence.

    Empty if there are none, or if numbers of any kind are fewer than half of the known values.
    """
    known = field.known
    others = known[field.numbers.isna()]
    infinite = others[with_plain_minus(others).map(is_not_finite)] if len(others) else others
    if infinite.empty or field.numbers.notna().sum() + len(infinite) < LEAST_ALONE * len(known):
        return ""
    counts = infinite.value_counts()
    shown = ", ".join(f"{quoted(value, 24)} ({count:,})" for value, count in counts.iloc[:MOST_NAMED].items())
    shown += f" and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
    found = f"{len(infinite):,} of {len(known):,} values of `{field.name}`"
    return f"{found} {'is' if len(infinite) == 1 else 'are'} not finite: {shown}; {FINITE}"


def is_not_finite(text):
    """Whether a text stands for infinity or NaN, or for a number too large for floating-point arithmetic."""
    if NOT_FINITE.fullmatch(text):
        return True
    try:
        return math.isinf(float(text.replace(",", ".")))
    except ValueError:
        return False


def _count(field, alone, others):
    """How many values are numbers, and which are not."""
    counts = others.value_counts()
    first = quoted(others.iloc[0], 24)
    if not alone.any():
        return f"the values of `{field.name}` are not plain numbers, such as {first}"
    numbers = f"{alone.sum():,} of {len(alone):,} values of `{field.name}` are numbers"
    if len(counts) > 2:
        return f"{numbers}, the others, such as {first}, are not"
    shown = " and ".join(f"{quoted(value, 24)} ({count:,})" for value, count in counts.items())
    return f"{numbers}, {shown} {'is' if len(counts) == 1 else 'are'} not"


def _advice(text):
    if is_not_finite(text):
        return FINITE
    return next((advice for pattern, advice in PATTERNS.items() if pattern.fullmatch(text)), "")


def _unit(text):
    found = LAST_UNIT.search(text)
    return found[0] if found else ""

"""Targets that are numbers with something else, such as ``>100``, ``12.3 nM`` or ``1'234``: what to do about them."""

import re

from beyondtext.core.printing import quoted

SIGN = "[+\N{MINUS SIGN}-]?"
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
    rf"{SIGN}inf(?:inity)?": "replace them with finite numbers, or delete these records",
}
PATTERNS = {re.compile(form, re.IGNORECASE): advice for form, advice in FORMS.items()}
LAST_UNIT = re.compile(rf"(?<=[\d.,\s])(?:{UNIT})$")
MOST_UNITS = 3  # different ones: with more, these are names such as 1ABC
LEAST = 0.9  # of the values are numbers, alone or with something else
LEAST_ALONE = 0.5  # or so many are numbers alone, whatever the others are


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
    return next((advice for pattern, advice in PATTERNS.items() if pattern.fullmatch(text)), "")


def _unit(text):
    found = LAST_UNIT.search(text)
    return found[0] if found else ""

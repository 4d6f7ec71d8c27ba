"""Texts of data and of configurations in the cells of CSV files and LaTeX tables.

A spreadsheet runs a cell that begins like a formula, even one that it reads from a CSV file. Such a text gets an
apostrophe in front, which `unescaped` removes; numbers, also negative ones, stay as they are.
"""

import re

from beyondtext.core.errors import CONTROL, printable

# What may begin a formula, also in full width; after any apostrophes, so that those of a text itself are kept apart.
FORMULA = re.compile("'*[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def escaped(value):
    """A cell of a CSV file: a text that a spreadsheet could run as a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    value = printable(value, CONTROL)
    return f"'{value}" if FORMULA.match(value) and not NUMBER.fullmatch(value) else value


def unescaped(value):
    """A text as it was before `escaped`, except that its control characters are still escapes."""
    is_escaped = isinstance(value, str) and value.startswith("'") and FORMULA.match(value)
    return value[1:] if is_escaped else value


def protected(text):
    """A cell of a LaTeX table whose special characters are escaped already.

    At the beginning of a row, a star or a bracket would belong to the command that ends the row before.
    """
    return f"{{}}{text}" if text.startswith(("[", "*")) else text

"""The report's tables as CSV and as LaTeX, whatever texts of data and of configurations they have.

A spreadsheet runs a cell that begins like a formula, even one that it reads from a CSV file. Such a text gets an
apostrophe in front, which `unescaped` removes; numbers, also negative ones, stay as they are.
"""

import re

import pandas as pd

from beyondtext.core.parsing import DECIMAL
from beyondtext.core.printing import CONTROL, visible

# What may begin a formula, also in full width; after any apostrophes, so that those of a text itself are kept apart.
FORMULA = re.compile("'*[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]")

# Versions and digests such as 2.10 or 12e4 are not numbers, nor is a task that is named 2, or NA.
TEXT_COLUMNS = ("task", "model", "init", "mapping", "rate", "code", "model_a", "model_b", "experiment", "source")


def as_csv(table):
    """A table as the text of a CSV file, with six significant digits."""
    return _with_texts(table, escaped).to_csv(index=False, float_format="%.6g")


def from_csv(source, only_texts=False):
    """A table from a file that `as_csv` filled, by its path or as a stream; ``only_texts``: no column has numbers."""
    dtype = str if only_texts else dict.fromkeys(TEXT_COLUMNS, str)
    return _with_texts(pd.read_csv(source, dtype=dtype, keep_default_na=False, na_values=[""]), unescaped)


def as_latex(table):
    """A table as LaTeX, with three decimals."""
    shown = _with_texts(table, lambda value: visible(value, CONTROL))
    return shown.to_latex(index=False, formatters=dict.fromkeys(shown, _latex), na_rep="", escape=True)


def _with_texts(table, change):
    """A table whose texts are changed by a function."""
    texts = table.select_dtypes(include=["object", "str"])
    changed = {
        name: texts[name].map(lambda value: change(value) if isinstance(value, str) else value) for name in texts
    }
    return table.assign(**changed)


def _latex(value):
    """A value of a LaTeX table, whose special characters are escaped already."""
    if isinstance(value, float):
        return f"{value:z.3f}"
    return protected(value) if isinstance(value, str) else value


def escaped(value):
    """A cell of a CSV file: a text that a spreadsheet could run as a formula begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    value = visible(value, CONTROL)
    return f"'{value}" if FORMULA.match(value) and not DECIMAL.fullmatch(value) else value


def unescaped(value):
    """A text as it was before `escaped`, except that its control characters are still escapes."""
    is_escaped = isinstance(value, str) and value.startswith("'") and FORMULA.match(value)
    return value[1:] if is_escaped else value


def protected(text):
    """A cell of a LaTeX table whose special characters are escaped already.

    At the beginning of a row, a star or a bracket would belong to the command that ends the row before.
    """
    return f"{{}}{text}" if text.startswith(("[", "*")) else text

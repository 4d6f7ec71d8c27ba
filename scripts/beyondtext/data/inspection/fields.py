"""The fields of a file's records, columns or parts of a header, and what their values look like."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from beyondtext.data.inspection.alphabets import OTHER, alphabet_of, count_symbols, is_three_letter_code
from beyondtext.data.missing import MISSING, without_missing_words
from beyondtext.data.normalize import without_quotes
from beyondtext.data.targets import with_plain_minus

# Words that may stand for a missing value, or be the name of a class.
MAYBE_MISSING = {"none", "nil", "nat", "unknown", "missing", "unk", "nd", "n.d.", "n/d", "n.a.", "n.a", ".", "?", "--"}
MAYBE_MISSING |= {"not available", "not applicable", "not determined", "not known", "no data", "undefined", "tbd"}
MAYBE_MISSING |= {"#value!", "#div/0!", "#ref!", "#name?", "#num!"}  # of spreadsheets

# What a field's values look like.
EMPTY, CONSTANT, NUMBER, CATEGORY = "empty", "constant", "number", "category"
RESIDUES, TEXT, IDENTIFIER, VARIOUS = "residues", "text", "identifier", "various"
PER_CLASS = 3  # records: a field with fewer for each of its values, on average, has no classes
RESIDUES_AT_LEAST = 8  # median length of a sequence; shorter words are also names
WORDS_AT_LEAST = 3  # mean number of words of a text
GROUPS = {"group", "groups", "groupid", "cluster", "clusterid", "family", "superfamily", "patient", "patientid"}
GROUPS |= {"subject", "subjectid", "donor", "piece", "speaker", "author"}
SAMPLE = 2000  # values from which the alphabet of a field is judged


def plain(name):
    """A field's name in lower case, without signs."""
    return re.sub(r"[\W_]+", "", name.lower())


def is_group(name):
    """Whether a field's name says that its values are groups of records that belong together."""
    return plain(name) in GROUPS


@dataclass(frozen=True)
class Field:
    """A field of all records.

    Attributes
    ----------
    name : str
    values : pandas.Series of str
        One for each record; empty where the record has none.
    aside : str
        Why the field has no role unless the user names it; empty if nothing speaks against it.
    decimal : str
        The decimal sign of its numbers; empty if it may be a point, or points may be between thousands.
    may_be_lists : bool
        Whether its numbers with a comma may be two labels each.
    blank_ends : tuple of str
        The values, as written, that equal others only without blanks at their ends; one for each record.
    """

    name: str
    values: pd.Series
    aside: str = ""
    decimal: str = "."
    may_be_lists: bool = False
    blank_ends: tuple = ()

    @cached_property
    def present(self):
        """The values that are not empty."""
        return self.values[self.values != ""]

    @cached_property
    def counts(self):
        """How often each value occurs, the commonest first; of equally common ones, in alphabetical order."""
        return self.present.value_counts().sort_index().sort_values(ascending=False, kind="stable")

    @cached_property
    def known(self):
        """The values that are neither empty nor a word for a missing value."""
        return self.present[~self.present.str.lower().isin(MISSING)]

    @cached_property
    def missing_words(self):
        """The words for missing values that occur, with their numbers of records, as a dict."""
        return {word: int(count) for word, count in self.counts.items() if word.lower() in MISSING}

    @cached_property
    def numbers(self):
        """The known values as finite numbers, NaN where one is none."""
        text = with_plain_minus(self.known)
        text = text.str.replace(",", ".", regex=False) if self.decimal == "," else text
        return pd.to_numeric(text, errors="coerce").replace([np.inf, -np.inf], np.nan)

    def in_role(self, role):
        """The field as the readers see one of this role: empty where a word stands for a missing value."""
        return replace(self, values=without_missing_words(self.values, role))

    @property
    def empty_share(self):
        """The share of records without a value."""
        return 1 - len(self.present) / max(1, len(self.values))

    @property
    def is_unique(self):
        """Whether every record has a value of its own."""
        return len(self.present) == len(self.values) and len(self.counts) == len(self.values)

    @property
    def is_count(self):
        """Whether the values are consecutive whole numbers, which only number the records."""
        numbers = self.numbers
        return (
            len(numbers) > 1
            and len(numbers) == len(self.values)
            and numbers.is_unique
            and numbers.max() - numbers.min() == len(numbers) - 1
        )

    @cached_property
    def looks(self):
        """What the values look like: one of the words at the top of this module."""
        if self.present.empty:
            return EMPTY
        if len(self.counts) == 1:
            return CONSTANT
        if len(self.known) and self.numbers.notna().mean() >= 0.9:
            return NUMBER
        if len(self.counts) > 0.3 * len(self.present):
            if self._mean_words() >= WORDS_AT_LEAST:
                return TEXT
            if self.median_length >= RESIDUES_AT_LEAST and self.is_residues:
                return RESIDUES
        if len(self.counts) * PER_CLASS <= len(self.present):
            return CATEGORY
        return IDENTIFIER if self.is_unique else VARIOUS

    @cached_property
    def median_length(self):
        """The median length of the values, in characters."""
        return float(self.present.str.len().median())

    @cached_property
    def is_residues(self):
        """Whether the values are made of the letters of DNA, RNA or protein, whatever their length."""
        sample = self.present.iloc[:SAMPLE].map(without_quotes)
        return alphabet_of(count_symbols(sample)).kind != OTHER or is_three_letter_code(sample)

    def _mean_words(self):
        return float(self.present.iloc[:SAMPLE].str.split().str.len().mean())

    def examples(self, most=3, width=24):
        """The first different values, shortened."""
        values = self.present.drop_duplicates().iloc[:most]
        return [value if len(value) <= width else f"{value[: width - 1]}…" for value in values]

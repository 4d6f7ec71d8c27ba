"""How FASTA headers are divided into fields, and the regular expression that finds the fields with a role.

The values of the fields are found by the same expressions, so that an inspection sees what the reader will see.
"""

import re
from dataclasses import dataclass, field

import pandas as pd

BEFORE_DIGITS = ""  # stands for the separator of a word such as pos17


@dataclass(frozen=True)
class Positions:
    """Fields by position.

    Attributes
    ----------
    separator : str
        A regular expression.
    excluded : str
        What no field contains, as the inside of ``[^…]``.
    fewest, most : int
        The number of fields in a header.
    """

    separator: str
    excluded: str
    fewest: int = 1
    most: int = 1

    @property
    def is_prose(self):
        """Whether the number of fields varies as in a description; one optional field at the end does not count."""
        return self.most > self.fewest + 1

    def value(self, also=""):
        """The expression of a field, without ``also``; it begins and ends with something other than a blank."""
        if self.excluded + also == r"\s":
            return r"\S+"
        inside = f"[^{self.excluded}{also}]"
        return f"{inside}+" if r"\s" in self.excluded else rf"{inside}*[^{self.excluded}\s{also}]"


@dataclass(frozen=True)
class Layout:
    """How the headers of a file are divided.

    The fields are called ``id`` (the first), ``field2``, ``field3`` …, ``last`` (the last word, if their number
    varies), those with a separator inside also ``field2.start`` and ``field2.end``, and the named ones as in the file.

    Attributes
    ----------
    positions : Positions
    keys : dict of str to (str, str)
        The expressions of what precedes the value of each named field, from the beginning, and of the value.
    partial : frozenset of str
        The named fields that some headers lack.
    inner : dict of str to str
        The separator inside fields that have a start and an end.
    validation : tuple of str
        The expressions of two fields that decide the split together, as biotrainer writes it: a record is in the
        validation split if both of the first two match, and otherwise in that of the third. Empty otherwise.
    cut : dict of str to list of str
        What the headers have after the names of fields whose values end at the first blank although words follow.
    ended : dict of str to list of str
        What the headers have after the names of fields whose values end at a sign, such as |, although more follows.
    """

    positions: Positions
    keys: dict = field(default_factory=dict)
    partial: frozenset = frozenset()
    inner: dict = field(default_factory=dict)
    validation: tuple = ()
    cut: dict = field(default_factory=dict)
    ended: dict = field(default_factory=dict)

    @property
    def names(self):
        """The names of all fields."""
        numbered = ["id", *(f"field{number}" for number in range(2, self.positions.most + 1))]
        if self.positions.is_prose:
            numbered = [*numbered[: self.positions.fewest], "last"]
        parts = [f"{name}.{part}" for name in self.inner for part in _parts(self.inner[name])]
        return [*numbered, *parts, *self.keys]

    def expression(self, roles):
        """The regular expression for the reader's option ``header``.

        Parameters
        ----------
        roles : dict of str to str
            The field of each role: ``target``, ``split``, ``group`` and ``id``.
        """
        placed = {name: role for role, name in roles.items() if name not in self.keys}
        ahead = [self._named(role, name) for role, name in roles.items() if name in self.keys]
        return f"^{''.join(ahead)}{self._by_position(placed)}"

    def values(self, headers, name, role="value"):
        """The values of one field, as a Series of str; empty where a header lacks the field."""
        pattern = re.compile(self.expression({role: name}))
        found = (pattern.search(header) for header in headers)
        return pd.Series([(match[role] or "") if match else "" for match in found], dtype=str)

    def _named(self, role, name):
        if role == "split" and name == "SET" and self.validation:
            in_train, is_validation, its_set = self.validation
            both = f"(?={in_train}){is_validation}"
            return rf"(?=(?:{both}|(?!{both}){its_set})(?P<split>\w+))"
        key, value = self.keys[name]
        found = f"(?={key}(?P<{role}>{value}))"
        return f"(?:{found}|)" if name in self.partial else found

    def _by_position(self, placed):
        """The expression of the fields up to the last one that has a role."""
        positions = self.positions
        numbered = [_number(name) for name in placed if name != "last"]
        wanted = max(numbered, default=1)
        pieces = [self._piece(number, placed) for number in range(1, min(wanted, positions.fewest) + 1)]
        text = positions.separator.join(pieces)
        if wanted > positions.fewest:
            text += f"(?:{positions.separator}{self._piece(wanted, placed)})?$"
        if "last" in placed:
            text += rf"\s(?:.*\s)?(?P<{placed['last']}>\S+)\s*$"
        return text

    def _piece(self, number, placed):
        name = "id" if number == 1 else f"field{number}"
        if name in placed:
            return f"(?P<{placed[name]}>{self.positions.value()})"
        for part in ("start", "end"):
            if f"{name}.{part}" in placed:
                return self._part(self.inner[name], part, placed[f"{name}.{part}"])
        return self.positions.value()

    def _part(self, separator, part, role):
        """The expression of a field that is divided at its last separator, with a group for one of its parts."""
        if separator == BEFORE_DIGITS:
            return rf"(?P<{role}>[^{self.positions.excluded}\d]+)\d+"
        start, end = self.positions.value(), self.positions.value(literal(separator))
        if part == "start":
            return f"(?P<{role}>{start}){literal(separator)}{end}"
        return f"{start}{literal(separator)}(?P<{role}>{end})"


def literal(separator):
    """A separator as part of an expression."""
    return separator if separator in "-_/:~#" else re.escape(separator)


def _parts(separator):
    return ("start",) if separator == BEFORE_DIGITS else ("start", "end")


def _number(name):
    stem = name.split(".")[0]
    return 1 if stem == "id" else int(stem.removeprefix("field"))

"""A task of short DNA sequences in two classes, and tables as its reader would return them."""

import itertools

import pandas as pd

from beyondtext.data import prepare
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.tally import Tally

CLASSES = {"kind": "class", "classes": ["p", "q"]}
TASK = {
    "domain": "dna",
    "title": "Demo",
    "description": "Which half?",
    "source": "demo",
    "reader": "delimited",
    "options": {"path": "t.csv", "columns": {"sequence": "s", "target": "t"}},
    "target": CLASSES,
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": "ACGT", "unknown": "refuse"},
    "max_length": 8,
    "too_long": "drop",
    "split": {"method": "random", "seed": 0, "fractions": {"train": 0.5, "validation": 0.25, "test": 0.25}},
    "caps": {},
}
PUBLISHED = {"method": "published", "seed": 0, "values": {"train": "1", "validation": "2", "test": "3"}}
WORDS = ["".join(letters) for letters in itertools.product("ACGT", repeat=3)]


def table(size=40, **columns):
    """Distinct sequences of three letters, alternately of the classes p and q."""
    numbers = range(size)
    default = {"id": [f"r{n}" for n in numbers], "sequence": WORDS[:size], "target": ["pq"[n % 2] for n in numbers]}
    return pd.DataFrame({**default, **columns})


def published(*rows):
    """A table of (split, target, sequence)."""
    split, target, sequence = zip(*rows, strict=True)
    return table(len(rows), sequence=sequence, target=target, split=split)


def with_symbols(*rows):
    """A table of (sequence, target) with its symbols; N is an unknown symbol."""
    sequences, targets = zip(*rows, strict=True)
    symbols = [[UNKNOWN if letter == "N" else letter for letter in sequence] for sequence in sequences]
    unknown = [["N"] * sequence.count("N") for sequence in sequences]
    return table(len(rows), sequence=sequences, target=targets, symbols=symbols, unknown=unknown)


def build(task, rows, vocabulary=None):
    """`beyondtext.data.prepare.build` with a new tally, which may lose all of its records."""
    return prepare.build(task, rows, Tally(limit=1.0), vocabulary)


def counted(counts):
    """The counts of what was left out or changed, by reason; the classes of tests are all small."""
    return {change["reason"]: change["count"] for change in counts["changes"] if change["reason"] != "small_classes"}


def full_disk(self, path, **options):
    """In place of `pandas.DataFrame.to_parquet`: write a part of the file, then run out of space."""
    path.write_bytes(b"PAR1 half")
    raise OSError(28, "No space left on device", str(path))

"""Small tasks of text files, and how they are given to scripts/make_examples.py: what the families of text share.

The right answer of an input follows from its `Record`: what a family changes about the file must not change them.
"""

import bz2
import gzip
import importlib
import json
import lzma
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import make_examples
from beyondtext.core.printing import CONTROL
from beyondtext.data.examples import read_examples
from sources import write_source
from trying import Input

SLOW = ("pandas", "pyarrow.parquet", "sklearn.model_selection", "scipy.sparse.csgraph", "zstandard", "Bio.SeqIO")
NUCLEOTIDES, AMINO_ACIDS = "ACGT", "ACDEFGHIKLMNPQRSTVWY"
SPLITS = ("train", "train", "train", "validation", "test")  # of five records
NOTED = {"small_classes", "related_tests"}  # counts that follow from the size of the tasks, not from what is tried
COLUMNS = {"id": "id", "sequence": "seq", "target": "kind", "split": "set"}
FASTA = {"path": "f.fasta", "header": r"^(?P<id>\S+) (?P<target>\S+) (?P<split>\S+)$"}
TASK = {
    "domain": "text",
    "title": "Trial",
    "description": "Which of two?",
    "source": "demo",
    "reader": "delimited",
    "options": {"path": "t.csv", "columns": COLUMNS},
    "target": {"kind": "class", "classes": ["p", "q"]},
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": NUCLEOTIDES, "unknown": "refuse"},
    "max_length": 400,
    "too_long": "drop",
    "split": {"method": "published", "seed": 0, "values": {name: name for name in ("train", "validation", "test")}},
    "caps": {},
}
FASTA_TASK = {**TASK, "reader": "fasta", "options": FASTA}


@dataclass(frozen=True)
class Record:
    """A record as it is meant; ``second`` is the other sequence of a pair."""

    id: str
    sequence: str
    target: object
    split: str
    second: str = ""


def preload():
    """Import what is slow to import, so that the processes that are forked for the inputs need not do it."""
    for name in SLOW:
        importlib.import_module(name)


def draw_records(random, size=20, alphabet=NUCLEOTIDES, lengths=(8, 40), targets=("p", "q"), prefix="r"):
    """Records with different sequences, each target in every split; ``size`` is a multiple of ten."""
    sequences = set()
    while len(sequences) < size:
        sequences.add("".join(random.choices(alphabet, k=random.randint(*lengths))))
    sequences = random.sample(sorted(sequences), size)
    return [
        Record(f"{prefix}{row}", sequence, targets[row // 5 % len(targets)], SPLITS[row % 5])
        for row, sequence in enumerate(sequences)
    ]


def with_pairs(records, random):
    """The records with a second sequence each."""
    seconds = [one.sequence for one in draw_records(random, len(records))]
    return [replace(record, second=second) for record, second in zip(records, seconds, strict=True)]


def meant(records, read=None, **changes):
    """What the program has to write for these records; ``changes`` are the counts by reason."""
    examples = {}
    for one in records:
        symbols = [*one.sequence, *(["[SEP]", *one.second] if one.second else [])]
        examples[one.id] = [one.split, one.target, symbols]
    return same({"examples": examples, "read": read or len(records), "changes": changes, "unprintable": []})


def same(expected):
    """A check that a dict is this one, that names the first difference."""

    def check(found):
        for key, value in expected.items():
            other = found[key]
            if isinstance(value, dict) and value != other:
                lost, new = sorted(value.keys() - other.keys()), sorted(other.keys() - value.keys())
                differing = [name for name in value if name in other and value[name] != other[name]]
                name = next(iter(differing), None)
                raise AssertionError(
                    f"{key}: lacks {lost[:3]}, has also {[(one, other[one]) for one in new[:3]]}; {len(differing)} "
                    f"differ, {name}: {other.get(name)} instead of {value.get(name)}"
                )
            assert other == value, f"{key}: {other!r:.200} instead of {value!r:.200}"

    return check


def make(work, task=None, name="trial", arguments=()):
    """Make the examples of ``work/raw`` by the definition or, without one, by the task's file; return what is there."""
    definition = ["--definition", json.dumps(task)] if task else []
    output = work / "out" / "trial.parquet"
    paths = ["--raw", str(work / "raw"), "--cache", str(work / "cache"), "--output", str(output)]
    make_examples.main([name, *definition, *paths, *arguments])
    return written(work, output, name)


def written(work, output, name):
    """The examples by their ids, the counts, and the control characters that were printed."""
    table, info = read_examples(output, name)
    columns = (table[name].tolist() for name in ("id", "split", "target", "symbols"))
    changes = {change["reason"]: change["count"] for change in info["counts"]["changes"]}
    return {
        "examples": {one: [split, target, list(symbols)] for one, split, target, symbols in zip(*columns, strict=True)},
        "groups": dict(zip(table["id"], table["group"], strict=True)),
        "read": info["counts"]["read"],
        "splits": info["counts"]["splits"],
        "changes": {reason: count for reason, count in changes.items() if reason not in NOTED},
        "unprintable": unprintable(work),
    }


def unprintable(work):
    """The control characters that the program has printed so far."""
    sys.stdout.flush()
    text = (Path(work).parent / "output").read_text(encoding="utf-8", errors="surrogateescape")
    return sorted(Counter(CONTROL.findall(text)))


def given(kind, name, files, task, expected=None, **options):
    """An `Input` of a source's files (or a function that writes them into its folder), to be read with this task."""

    def prepare(work):
        folder = work / "raw" / "demo"
        folder.mkdir(parents=True)
        contents = files(folder) if callable(files) else files
        if contents is not None:
            write_source(folder, contents)

    if expected is not None:
        options["expected"] = expected
    return Input(kind, name, prepare, lambda work: make(work, task), **options)


def changed(task, **changes):
    """A task with other options, symbols, target or split: dicts are merged, other values replaced."""
    merged = {
        key: {**task[key], **value} if isinstance(value, dict) and isinstance(task.get(key), dict) else value
        for key, value in changes.items()
    }
    return {**task, **merged}


def fasta(records, header="{id} {target} {split}", width=60):
    """The text of a FASTA file."""
    lines = []
    for one in records:
        starts = range(0, len(one.sequence), width)
        lines += [">" + header.format(**vars(one)), *(one.sequence[start : start + width] for start in starts)]
    return "\n".join(lines) + "\n"


def rows(records, columns=COLUMNS):
    """The cells of a table, with its header."""
    fields = {"seq": "sequence", "kind": "target", "set": "split", "other": "second"}
    names = list(columns.values())
    return [names, *([str(getattr(one, fields.get(name, name))) for name in names] for one in records)]


def csv(cells, delimiter=","):
    """The text of a table in which no cell needs quotation marks."""
    return "".join(delimiter.join(row) + "\n" for row in cells)


# --- What may be done to the bytes of any text file.

LINE_ENDS = {"CRLF": "\r\n", "CR": "\r"}
ENCODINGS = {
    "a BOM of UTF-8": "utf-8-sig",
    "UTF-16": "utf-16",
    "UTF-32": "utf-32",
    "big-endian UTF-16": "utf-16-be",
    "big-endian UTF-32": "utf-32-be",
}


def pack_zstd(content):
    """A frame of zstd."""
    import zstandard

    return zstandard.compress(content)


PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": pack_zstd}


def in_parts(pack, content):
    """Content that is compressed in two parts, one behind the other."""
    return pack(content[: len(content) // 2]) + pack(content[len(content) // 2 :])


def as_file(text, random, share=0.6):
    """Write a text in some way that means the same; return the words for it, and the bytes."""
    words = []

    def one_of(known):
        return random.choice(list(known)) if random.random() < share else None

    if end := one_of(LINE_ENDS):
        words.append(end)
        text = text.replace("\n", LINE_ENDS[end])
    encoding = one_of(ENCODINGS)
    if encoding:
        words.append(encoding)
        text = ("\ufeff" if encoding.startswith("big") else "") + text
    content = text.encode(ENCODINGS.get(encoding, "utf-8"))
    if kind := one_of(PACK):
        in_two = random.random() < 0.3
        words.append(f"{kind} in two parts" if in_two else kind)
        content = in_parts(PACK[kind], content) if in_two else PACK[kind](content)
    return words, content


def distinct(draw, number):
    """So many inputs from a function, without those whose name another one has."""
    inputs = {}
    for _ in range(50 * number):
        one = draw()
        inputs.setdefault(one.name, one)
        if len(inputs) == number:
            return list(inputs.values())
    raise AssertionError(f"only {len(inputs)} different inputs were drawn")

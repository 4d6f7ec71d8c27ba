"""Trials of music: one odd piece among good ones, and the notes that the examples have of it."""

import json
import os
from pathlib import Path

from midi_bytes import off, on, scale, smf
from trying import REFUSED, Input

GOOD = 6  # pieces of each of two classes
NOTES = (100, 99, 98, 97)  # of the odd piece; they fall, so that another order is another answer
LEFT_OUT = "left out and counted"
TASK = {
    "domain": "music",
    "title": "Demo",
    "source": "demo",
    "reader": "midi",
    "options": {"window": 64, "classes": {"p": ["p*.mid"], "q": ["q*.mid"]}},
    "target": {"kind": "class", "classes": ["p", "q"]},
    "metric": "accuracy",
    "symbols": {"kind": "pitches"},
    "max_length": 64,
    "too_long": "drop",
    "split": {"method": "random", "seed": 0, "fractions": {"train": 0.6, "validation": 0.2, "test": 0.2}},
    "caps": {},
}


def import_once():
    """Import what every child needs, in the process that starts them."""
    import pandas  # noqa: F401
    import pretty_midi  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    import make_examples  # noqa: F401
    from beyondtext.data.readers import midi, scores  # noqa: F401


def melody(*pitches, **options):
    """A track."""
    return scale(*pitches, **options)


def good_pieces(number=GOOD):
    """Pieces by their names, each of other notes."""
    return {f"{name}{place}.mid": smf(melody(*pitches_of(name, place))) for name in "pq" for place in range(number)}


def pitches_of(name, place):
    start = 30 + 6 * place + 3 * (name == "q")
    return start, start + 2, start + 1, start + 5


def notes(*pitches):
    """Notes without the end of the track."""
    return b"".join(on(pitch) + off(pitch) for pitch in pitches)


def trial(kind, name, content, expected=LEFT_OUT, file="podd.mid", files=None, good=None, **changes):
    """The trial of a task with an odd piece.

    ``content`` is its bytes, or None; ``files`` are further files of the source, or None for those that are missing;
    ``good`` are other good pieces, by their names; ``changes`` are of the task.
    What is compared are the notes of the piece in the examples, or `LEFT_OUT`; the good pieces must be as ever.
    """
    from sources import write_source

    pieces = {**(good or good_pieces()), **({} if content is None else {file: content}), **(files or {})}

    def write(work):
        write_source(work / "data/raw/demo", {key: value for key, value in pieces.items() if value is not None})

    def run(work):
        return notes_in_examples(work, {**TASK, **changes}, file)

    return Input(kind, name, write, run, expected, keeps=("cache", "cache/*", "midi/*", "midi/*/*"))


def notes_in_examples(work, task, file):
    """Make the examples, and return the notes of one piece."""
    import make_examples as program
    from beyondtext.data.examples import read_examples

    os.environ["OMP_NUM_THREADS"] = "1"  # the workers that read scores
    places = {"--raw": "data/raw", "--cache": "cache", "--output": "data/examples/trial.parquet"}
    words = [word for option, place in places.items() for word in (option, str(work / place))]
    program.main(["trial", "--definition", json.dumps(task), *words])
    examples, info = read_examples(Path(places["--output"]), "trial")
    of_pieces = {}
    for number, symbols in zip(examples["id"], examples["symbols"], strict=True):
        piece, _, window = number.rpartition("#")
        of_pieces.setdefault(piece, []).append((int(window), [int(symbol) for symbol in symbols]))
    joined = {piece: [pitch for _, part in sorted(windows) for pitch in part] for piece, windows in of_pieces.items()}
    for piece in [piece for piece in joined if piece != file and piece[0] in "pq" and piece[1:-4].isdigit()]:
        assert joined[piece] == list(pitches_of(piece[0], int(piece[1:-4]))), piece
    if file in joined:
        return joined[file]
    counts = {change["reason"]: change["count"] for change in info["counts"]["changes"]}
    return LEFT_OUT if counts.get("failed_pieces") else f"it is not there: {counts}"


def either(*pitches):
    """What may be read in two ways: these notes, or none, which is counted."""

    def check(value):
        assert value in (list(pitches), LEFT_OUT), list(pitches)

    return check


def something(value):
    """Any notes, or none: a file has no checksum of its own."""
    assert value == LEFT_OUT or (isinstance(value, list) and all(0 <= pitch < 128 for pitch in value))


__all__ = [
    "LEFT_OUT",
    "NOTES",
    "REFUSED",
    "TASK",
    "either",
    "good_pieces",
    "import_once",
    "melody",
    "notes",
    "something",
    "trial",
]

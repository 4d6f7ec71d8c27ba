"""MIDI files, by pretty_midi: pitches in the order in which they start, cut into windows."""

import warnings
from pathlib import PurePosixPath

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import select
from beyondtext.data.raw import only_file
from beyondtext.data.readers import delimited


def read(files, options, cache):
    """Read files and cut each into windows; see `beyondtext.data.readers` for what is returned.

    Options: ``window``, notes a window; ``instruments``, ``all`` (without drums) or ``first``; and either
    ``classes``, which gives for each target its files' glob patterns, or ``table``, the options of
    `beyondtext.data.readers.delimited` for a table whose ``sequence`` column names the files, as paths in the source or
    in the table's own folder. A piece is a group.
    """
    if "classes" in options:
        pieces = by_class(files, options["classes"])
    else:
        pieces, _ = delimited.read(files, options["table"], cache)
        pieces = pieces.rename(columns={"sequence": "path"}).drop(columns="id")
        folder = PurePosixPath(options["table"]["path"]).parent
        pieces["path"] = [path if path in files else str(folder / path) for path in pieces["path"]]
        twice = pieces.loc[pieces["path"].duplicated(), "path"]
        if len(twice):
            raise InputError(f"{options['table']['path']} names {twice.iloc[0]} twice; delete one of the records")
    notes = [
        piece_pitches(only_file(files, path), options.get("instruments", "all")) for path in pieces["path"].tolist()
    ]
    return windows(pieces, notes, options["window"]), {"pieces": len(pieces)}


def by_class(files, classes):
    """A table of ``path`` and ``target`` from glob patterns; `InputError` if a file is in two classes."""
    where = "the source's files"
    rows = [(path, name) for name, patterns in classes.items() for path in select(files, patterns, where)]
    table = pd.DataFrame(rows, columns=["path", "target"])
    twice = table.loc[table["path"].duplicated(), "path"]
    if len(twice):
        raise InputError(f"{twice.iloc[0]} matches the patterns of two classes; make options.classes disjoint")
    return table


def piece_pitches(path, instruments):
    """The note numbers of a MIDI file, sorted by onset, then by pitch.

    Raises `InputError` if the file does not parse or has no notes.
    """
    import pretty_midi

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # tempo changes outside track 0, which no pitch depends on
            midi = pretty_midi.PrettyMIDI(str(path))
    except Exception as error:  # whatever the bytes provoke
        problem = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} does not parse as MIDI: {problem}; replace the file or leave it out") from None
    pitched = [instrument for instrument in midi.instruments if not instrument.is_drum]
    if instruments == "first":
        pitched = pitched[:1]
    notes = sorted((note.start, note.pitch) for instrument in pitched for note in instrument.notes)
    if not notes:
        raise InputError(f"{path} has no pitched notes; replace the file or leave it out")
    return [pitch for _, pitch in notes]


def windows(pieces, notes, size):
    """Cut each piece into windows of ``size`` notes, the last of them as long as what is left.

    Parameters
    ----------
    pieces : pandas.DataFrame
        ``path``, ``target`` and other columns that every window of a piece inherits. A piece without a
        ``group`` is its own group.
    notes : list of list of int
        The pitches of each piece.
    size : int
    """
    groups = pieces["group"] if "group" in pieces else pieces["path"]
    shared = pieces.drop(columns=["path", "group"], errors="ignore").to_dict("records")
    return pd.DataFrame(
        [
            {"id": f"{path}#{number}", "sequence": pitches[start : start + size], "group": group, **columns}
            for path, group, columns, pitches in zip(pieces["path"], groups, shared, notes, strict=True)
            for number, start in enumerate(range(0, len(pitches), size), start=1)
        ]
    )

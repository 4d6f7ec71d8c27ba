"""MIDI files, by pretty_midi: pitches in the order of their onsets, cut into windows."""

import warnings
from pathlib import PurePosixPath

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import select
from beyondtext.data.raw import require_file
from beyondtext.data.readers import delimited


def read(files, options, cache, tally):
    """Read files and cut each into windows.

    Options: ``window``, the number of notes in a window; ``instruments``, ``all`` (without drums, the default) or
    ``first``; and either ``classes``, the glob patterns of each target's files, or ``table``, the options of
    `beyondtext.data.readers.delimited` for a table whose ``sequence`` column has the paths of the files, in the source
    or in the table's own folder.

    A piece is a group. See `beyondtext.data.readers` for the parameters and what is returned.
    """
    if "classes" in options:
        pieces = files_by_class(files, options["classes"])
    else:
        pieces = _files_by_table(files, options["table"], cache, tally)
    instruments = options.get("instruments", "all")
    pitches = [read_pitches(require_file(files, path), instruments) for path in pieces["path"].tolist()]
    return cut_windows(pieces, pitches, options["window"])


def files_by_class(files, classes):
    """Find the files of each class.

    Parameters
    ----------
    files : iterable of str
        The paths of the source's files.
    classes : dict of str to list of str
        Glob patterns by class.

    Returns
    -------
    pandas.DataFrame
        ``path`` and ``target``.

    Raises
    ------
    InputError
        For a pattern that matches no file, and for a file in two classes.
    """
    rows = [
        (path, name) for name, patterns in classes.items() for path in select(files, patterns, "the source's files")
    ]
    pieces = pd.DataFrame(rows, columns=["path", "target"])
    repeated = pieces.loc[pieces["path"].duplicated(), "path"]
    if len(repeated):
        raise InputError(f"{repeated.iloc[0]} matches the patterns of two classes; make options.classes disjoint")
    return pieces


def _files_by_table(files, options, cache, tally):
    """Like `files_by_class`, from a table, which may also give ``group`` and ``split``."""
    pieces = delimited.read(files, options, cache, tally)
    pieces = pieces.rename(columns={"sequence": "path"}).drop(columns="id")
    folder = PurePosixPath(options["path"]).parent
    pieces["path"] = [path if path in files else str(folder / path) for path in pieces["path"]]
    repeated = pieces.loc[pieces["path"].duplicated(), "path"]
    if len(repeated):
        raise InputError(f"{options['path']} lists {repeated.iloc[0]} twice; delete one of the records")
    return pieces


def read_pitches(path, instruments):
    """Read the notes of a MIDI file.

    Parameters
    ----------
    path : path
    instruments : {"all", "first"}
        Drums are always excluded.

    Returns
    -------
    list of int
        Note numbers, sorted by onset, then by pitch.

    Raises
    ------
    InputError
        If the file is not valid MIDI or has no notes.
    """
    import pretty_midi

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about tempo changes outside track 0, which do not affect pitches
            midi = pretty_midi.PrettyMIDI(str(path))
    except Exception as error:  # pretty_midi raises many kinds of exceptions for invalid bytes
        problem = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} is not valid MIDI: {problem}; replace the file or exclude it") from None
    pitched = [instrument for instrument in midi.instruments if not instrument.is_drum]
    if instruments == "first":
        pitched = pitched[:1]
    notes = sorted((note.start, note.pitch) for instrument in pitched for note in instrument.notes)
    if not notes:
        raise InputError(f"{path} has no pitched notes; replace the file or exclude it")
    return [pitch for _, pitch in notes]


def cut_windows(pieces, pitches, size):
    """Cut each piece into windows of ``size`` notes; the last one has the remaining notes.

    Parameters
    ----------
    pieces : pandas.DataFrame
        ``path``, ``target`` and other columns that every window of a piece inherits. A piece without a ``group`` is its
        own group.
    pitches : list of list of int
        The pitches of each piece.
    size : int

    Returns
    -------
    pandas.DataFrame
        ``id``, ``sequence``, ``group`` and the columns of ``pieces`` other than ``path``.
    """
    groups = pieces["group"] if "group" in pieces else pieces["path"]
    inherited = pieces.drop(columns=["path", "group"], errors="ignore").to_dict("records")
    return pd.DataFrame(
        [
            {"id": f"{path}#{number}", "sequence": sequence[start : start + size], "group": group, **columns}
            for path, group, columns, sequence in zip(pieces["path"], groups, inherited, pitches, strict=True)
            for number, start in enumerate(range(0, len(sequence), size), start=1)
        ]
    )

"""MIDI files: pitches in the order of their onsets, cut into windows."""

from collections import Counter
from pathlib import PurePosixPath
from posixpath import dirname

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.data.midi_notes import read_notes
from beyondtext.data.patterns import add_unused, folders_of_globs, same_path, select
from beyondtext.data.raw import require_file
from beyondtext.data.readers import delimited

LARGE = 0.1  # of the windows: a piece with more is noted
EXPLAINED = 10  # of the pieces that a message lists
ADVICE = "; replace the file or exclude it"


def read(files, options, cache, tally):
    """Read files and cut each into windows.

    Options: ``window``, the number of notes in a window; ``windows_per_piece``, the largest number of windows of a
    piece, spread evenly over it (by default all); ``fewest_notes``, below which a window is left out (by default 1);
    ``instruments``, ``all`` (without drums, the default) or ``first``;
    and either ``classes``, the glob patterns of each target's files, or ``table``, the options of
    `beyondtext.data.readers.delimited` for a table whose ``sequence`` column has the paths of the files, in the source
    or in the table's own folder.

    A piece is a group. A file that cannot be read, or has no pitched notes, is left out and counted. See
    `beyondtext.data.readers` for the parameters and what is returned.
    """
    if "classes" in options:
        pieces = files_by_class(files, options["classes"], tally)
    else:
        pieces = _files_by_table(files, options["table"], cache, tally)
    pitches, problems = {}, {}
    for path in pieces["path"].tolist():
        changes = Counter()
        try:
            pitches[path] = read_pitches(files[path], options.get("instruments", "all"), changes)
        except InputError as error:
            problems[path] = what_is_wrong(error, files[path])
        else:
            for reason, count in changes.items():
                tally.add(reason, count, path)
    is_read = pieces["path"].isin(list(pitches))
    if "classes" in options:
        check_classes(options["classes"], pieces[is_read], problems, files)
    count_failed(problems, len(pieces), files, tally)
    return cut_pieces(pieces[is_read], list(pitches.values()), options, tally)


def files_by_class(files, classes, tally=None):
    """Find the files of each class.

    Parameters
    ----------
    files : iterable of str
        The paths of the source's files.
    classes : dict of str to list of str
        Glob patterns by class.
    tally : beyondtext.data.tally.Tally, optional
        To which files of no class are added that are in a folder with files of one.

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
    if tally is not None:
        globs = [pattern for patterns in classes.values() for pattern in patterns]
        add_unused(tally, files, pieces["path"], folders_of_globs(files, globs))
    return pieces


def _files_by_table(files, options, cache, tally):
    """Like `files_by_class`, from a table, which may also give ``group`` and ``split``."""
    pieces = delimited.read(files, options, cache, tally)
    pieces = pieces.rename(columns={"sequence": "path"}).drop(columns="id")
    tables = [options["path"]] if "path" in options else list(options["files"].values())
    folder = PurePosixPath(tables[0]).parent
    pieces["path"] = [find(files, path, folder) or require_file(files, str(folder / path)) for path in pieces["path"]]
    repeated = pieces.loc[pieces["path"].duplicated(), "path"]
    if len(repeated):
        raise InputError(f"{' and '.join(tables)} lists {repeated.iloc[0]} twice; delete one of the records")
    add_unused(tally, files, {*pieces["path"], *tables}, set(map(dirname, pieces["path"])))
    return pieces


def find(files, path, folder):
    r"""The name of a file that a table lists by its path in the source or in the table's folder; None if it has none.

    Backslashes may divide folders, as on Windows.

    Parameters
    ----------
    files : set or dict of str
    path : str
    folder : pathlib.PurePosixPath
        Of the table.
    """
    names = dict.fromkeys([path, path.replace("\\", "/")])
    places = [str(PurePosixPath(place, name)) for name in names for place in (".", folder)]
    return next((name for name in places if name in files), None) or next(
        (found for name in places if (found := same_path(files, name))), None
    )


def read_pitches(path, instruments, changes=None):
    """Read the notes of a MIDI file.

    Parameters
    ----------
    path : path
    instruments : {"all", "first"}
        Drums are always excluded. The first instrument is that of the first track with pitched notes whose note ends
        first or, in a file with notes without an end, begins first.
    changes : collections.Counter, optional
        To which is added, by the reasons of a tally, what is left out or repaired.

    Returns
    -------
    list of int
        Note numbers, sorted by onset, then by pitch. A note without an end has an onset, and is kept.

    Raises
    ------
    InputError
        If the file cannot be read or has no pitched notes.
    """
    changes = Counter() if changes is None else changes
    complete, begun = read_notes(path)
    changes["endless_notes"] += len(pitched(begun)) - len(pitched(complete))
    return order_pitches(complete if len(complete) == len(begun) else begun, instruments, path, changes)


def pitched(notes):
    """The notes that are not of drums."""
    return [note for note in notes if not note.is_drum]


def order_pitches(notes, instruments, path, changes):
    """The pitches of notes read from ``path``, as `read_pitches` returns them."""
    candidates = pitched(notes)
    drums = len(notes) - len(candidates)
    if not candidates:
        remark = f", only {drums:,} of drums" if drums else ""
        raise InputError(f"{path} has no pitched notes{remark}{ADVICE}")
    chosen = [note for note in candidates if instruments == "all" or note.instrument == candidates[0].instrument]
    changes.update(drums=drums, other_instruments=len(candidates) - len(chosen))
    return [note.pitch for note in sorted(chosen)]


def what_is_wrong(error, path):
    """The part of an error's message that says what is wrong with the file at ``path``."""
    return str(error).removeprefix(f"{path} ").removesuffix(ADVICE)


def check_classes(classes, pieces, problems, files):
    """Raise `InputError` if none of the ``pieces`` that could be read is of one of the ``classes``."""
    for name in classes:
        if not (pieces["target"] == name).any():
            raise InputError(
                f"none of the pieces of class {name!r} can be used ({_listed(problems, files)}); replace them, or "
                "correct options.classes"
            )


def count_failed(problems, pieces, files, tally):
    """Count the pieces that cannot be read, and name the first three.

    Parameters
    ----------
    problems : dict of str to str
        What is wrong, by path.
    pieces : int
        How many were tried.
    files : dict of str to pathlib.Path
        Their locations.
    tally : beyondtext.data.tally.Tally

    Raises
    ------
    InputError
        If they are more than the share that the task allows.
    """
    if len(problems) > tally.limit * pieces:
        raise InputError(
            f"{len(problems):,} of {pieces:,} pieces cannot be used, but at most {tally.limit:.0%} may be left out "
            f"({_listed(problems, files)}); replace or exclude them, or raise the task's max_affected"
        )
    named = [f"{path} {problem}" for path, problem in problems.items()]
    tally.add("failed_pieces", len(problems), "; ".join(named[:3]))


def _listed(problems, files):
    """All problems in one line, except that of many only the first ones are explained."""
    named = [f"{files[path]} {problem}" for path, problem in problems.items()]
    return "; ".join([*named[:EXPLAINED], *list(problems)[EXPLAINED:]])


def cut_pieces(pieces, pitches, options, tally):
    """Cut pieces as the options ``window``, ``windows_per_piece`` and ``fewest_notes`` say; see `cut_windows`.

    Pieces with a large share of the windows are counted, unless ``windows_per_piece`` limits it.
    """
    size, most = options["window"], options.get("windows_per_piece")
    numbers = {path: -(-len(sequence) // size) for path, sequence in zip(pieces["path"], pitches, strict=True)}
    total = sum(numbers.values())
    for path, number in numbers.items():
        if most is not None:
            tally.add("other_windows", max(number - most, 0), path)
        elif number > LARGE * total:
            tally.add("large_pieces", 1, f"{path} with {number:,} of {total:,}")
    return without_short(cut_windows(pieces, pitches, size, most), options.get("fewest_notes", 1), tally)


def without_short(windows, fewest, tally):
    """The windows with at least so many notes; the others are counted, and so are pieces that have no others."""
    if windows.empty:
        return windows
    is_short = windows["sequence"].map(len) < fewest
    for name in windows.loc[is_short, "id"]:
        tally.add("short_windows", 1, name)
    pieces = pieces_of(windows)
    lost = pieces[~pieces.isin(pieces[~is_short])].drop_duplicates()
    if len(lost):
        tally.add("short_pieces", len(lost), lost.iloc[0])
    return windows[~is_short].reset_index(drop=True)


def pieces_of(windows):
    """The path of the piece of each window; several pieces may be in one group."""
    return windows["id"].str.rpartition("#")[0]


def cut_windows(pieces, pitches, size, most=None):
    """Cut each piece into windows of ``size`` notes; the last one has the remaining notes.

    Parameters
    ----------
    pieces : pandas.DataFrame
        ``path``, ``target`` and other columns that every window of a piece inherits. A piece without a ``group`` is its
        own group.
    pitches : list of list of int
        The pitches of each piece.
    size : int
    most : int, optional
        The largest number of windows of a piece. They are spread evenly over it, since its beginning alone is not like
        the rest.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``sequence``, ``group`` and the columns of ``pieces`` other than ``path``. The ids count all windows of
        a piece from 1.
    """
    groups = pieces["group"] if "group" in pieces else pieces["path"]
    inherited = pieces.drop(columns=["path", "group"], errors="ignore").to_dict("records")
    return pd.DataFrame(
        [
            {"id": f"{path}#{number + 1}", "sequence": sequence[number * size :][:size], "group": group, **columns}
            for path, group, columns, sequence in zip(pieces["path"], groups, inherited, pitches, strict=True)
            for number in spread(-(-len(sequence) // size), most)
        ]
    )


def spread(number, most):
    """The numbers from 0 to ``number`` - 1 or, if they are more than ``most``, so many at equal distances."""
    if most is None or number <= most:
        return range(number)
    return [(2 * place + 1) * number // (2 * most) for place in range(most)]

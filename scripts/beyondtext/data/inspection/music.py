"""A folder of MIDI files: the class of each, from the folder that it is in or from a table, and its windows."""

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable, quoted
from beyondtext.data.fetch.local import list_files
from beyondtext.data.inspection.fields import Field
from beyondtext.data.inspection.findings import NONE, Notes, Wishes
from beyondtext.data.inspection.formats import source_paths
from beyondtext.data.inspection.names import address_of
from beyondtext.data.inspection.published import SPLITS, published_values
from beyondtext.data.inspection.records import Material, Records, absent_splits, leave_out
from beyondtext.data.inspection.roles import choose_roles, in_roles
from beyondtext.data.inspection.tables import Dialect, read_table
from beyondtext.data.patterns import matches
from beyondtext.data.readers import midi
from beyondtext.data.tally import Tally
from beyondtext.data.text import PACKED, read_text

ENDINGS = (".mid", ".midi", ".kar", ".smf", ".rmi")
SCORES = (".mxl", ".musicxml", ".krn", ".mei", ".abc", ".mscz")
TABLES = (".csv", ".tsv", ".txt")
FOLDER = "folder"  # the field with the name of a file's folder
LEAST_LISTED = 0.5  # of the values of a column end like MIDI files
WINDOWS = (128, 64, 32)  # notes; the first of which a typical piece has two
MOST_PIECES = 300  # that are read for an inspection, or a few more
FEWEST_PIECES = 10  # of a class
MUCH = 0.2  # of all windows: a piece with more decides the score
FRACTIONS = {"train": 0.6, "validation": 0.15, "test": 0.25}


@dataclass(frozen=True)
class Pieces:
    """The MIDI files of a folder.

    Attributes
    ----------
    folder : pathlib.Path
    paths : pandas.Series of str
        In the folder.
    fields : dict of str to Field
        What is known about each file.
    table : dict or None
        The reader's options for the table that lists the files; its ``columns`` have the ``sequence`` only.
    has_folders : bool
        Whether the field `FOLDER` has the folder of each file; a table may have a column of that name.
    whole : bool
        Whether they are all MIDI files of the folder.
    depth : int
        How many folders are above those of the field `FOLDER`.
    """

    folder: Path
    paths: pd.Series
    fields: dict
    table: dict | None = None
    has_folders: bool = True
    whole: bool = True
    depth: int = 0


def read_folder(folder, wishes, notes, scratch):
    """Find the class of every MIDI file in a folder, and read the files.

    Parameters
    ----------
    folder : pathlib.Path
    wishes : Wishes
    notes : Notes
    scratch : pathlib.Path
        A folder for temporary files.

    Returns
    -------
    Material

    Raises
    ------
    InputError
        If there are no MIDI files, or no classes, or several ways to find these (`AmbiguousError`).
    """
    names = _visible_files(folder)
    files = [name for name in names if _is_midi(name)]
    _check_files(folder, names, files)
    pieces = _listed(folder, names, files, wishes, notes) or _in_folders(folder, files, wishes)
    _note_unread(names, files, pieces, notes)
    roles = choose_roles(pieces.fields, replace(wishes, id=NONE), notes, has_sequence=False)
    _check_roles(pieces, roles.names)
    if pieces.has_folders and roles.names["target"] == FOLDER:
        options = {"classes": _patterns(pieces)}
        notes.seen["options.classes"] = "each folder is a class"
    else:
        columns = pieces.table["columns"] | roles.names
        pieces = replace(pieces, fields=in_roles(pieces.fields, roles.names, notes))
        absent = absent_splits(pieces.fields, roles.names, notes)
        used = [pieces.fields[name] for role, name in roles.names.items() if role not in absent]
        more = leave_out(used, pieces.fields[roles.names["target"]], wishes, notes)
        more |= {"absent": absent} if absent else {}
        options = {"table": {**pieces.table, **more, "columns": columns}}
        notes.seen["options.table"] = f"{pieces.table['path']} lists the files"
    windows = _read(pieces, options, roles.names, wishes, notes, scratch)
    _note_windows(windows.table, notes)
    target = Field(roles.names["target"], windows.table["target"].astype(str).reset_index(drop=True))
    fields = {**pieces.fields, target.name: target}
    options = {**windows.cut, "instruments": "all", **options}
    source = {"address": address_of(folder), "paths": _source_patterns(files, options)}
    return Material(
        Records("midi", options, fields, roles),
        windows.table,
        windows.tally,
        source,
        {"kind": "pitches"},
        FRACTIONS,
        windows.share,
        windows.failed,
        windows.short,
    )


def _visible_files(folder):
    """The paths of all files inside, without hidden ones, sorted; folders that are links are followed."""
    visible = [name for name in list_files(folder, ["**"]) if matches(name, "**")]
    return sorted(name for name in visible if (folder / name).is_file())


def _is_midi(name):
    """Whether a file has the ending of a MIDI file, compressed or not."""
    path = PurePosixPath(name.lower())
    return (path.with_suffix("") if path.suffix in PACKED else path).suffix in ENDINGS


def _ending(name):
    """The ending of a file's name, with the one before it if the file is compressed."""
    path = PurePosixPath(name)
    return "".join(path.suffixes[-2:]) if path.suffix.lower() in PACKED else path.suffix


def _note_unread(names, files, pieces, notes):
    """Say how many files are neither MIDI files nor the table that lists these."""
    table = [pieces.table["path"]] if pieces.table else []
    others = sorted(set(names).difference(files, table))
    if others:
        what = "1 other file is not read" if len(others) == 1 else f"{len(others):,} other files are not read"
        notes.add(what, f"{', '.join(map(printable, others[:3]))}; only MIDI files are pieces")


def _check_files(folder, names, files):
    if not files:
        scores = [name for name in names if name.lower().endswith(SCORES)]
        if scores:
            raise InputError(
                f"{folder} has {len(scores):,} scores, such as {scores[0]}, but no MIDI files; export them as MIDI, or "
                "write a task with the reader scores (config/tasks/composer.yaml is one)"
            )
        if not names:
            raise InputError(f"{folder} is an empty folder; give a file, or a folder of MIDI files")
        some = ", ".join(names[:5])
        advice = _advice_on_splits(names)
        raise InputError(
            f"{folder} has no MIDI files, but {some}; give one of its files, or a folder of MIDI files{advice}"
        )


def _advice_on_splits(names):
    """How to use files that are named for the splits, in words; empty if there are no such files."""
    named = {split: name for name in names if (split := _split_in(name))}
    files = {split: named[split] for split in SPLITS if split in named}
    if len(files) < 2:
        return ""
    if all(name.lower().endswith(TABLES) for name in files.values()):
        shown = ", ".join(f"{split}: {name}" for split, name in files.items())
        return (
            f"; for all splits of a table, give {next(iter(files.values()))}, and then set options.files to "
            f"{{{shown}}} instead of options.path in the task, its split to the method published, and the source's "
            "paths to these files"
        )
    return "; to use files for several splits, join them, with the split in each header"


def _split_in(name):
    """The split that a file is named for, as in data_train.csv; None if there is none."""
    words = re.split(r"[\W_]+", PurePosixPath(name.lower()).name)
    return next((split for split, known in SPLITS.items() if known.intersection(words[:-1])), None)


# --- Where the classes are.


def _listed(folder, names, files, wishes, notes):
    """The `Pieces` that a table in the folder lists, or None if there is no such table.

    A table with names of MIDI files is one, even if there are no such files; one with files that are there goes first.
    """
    known = set(files)
    listings = [found for name in names if (found := _listing(folder, name, known))]
    if not listings:
        return None
    listing = max(listings, key=lambda listing: listing.paths.ne("").mean())
    name, column, listed, fields = listing.name, listing.column, listing.paths, listing.fields
    folders = _folders(files)
    if wishes.target == FOLDER and FOLDER not in fields and folders and (listed == "").any():
        return None
    notes.add(f"files listed in {name}", f"its column `{column}` has their paths")
    notes.remarks += listing.remarks
    has_folders = bool(folders) and FOLDER not in fields
    _check_listed(listed, fields.pop(column), folder / name, files, has_folders)
    left = known - set(listed)
    if left:
        what = "1 MIDI file is not used" if len(left) == 1 else f"{len(left):,} MIDI files are not used"
        notes.add(what, f"{name} does not list {'' if len(left) == 1 else 'them, such as '}{min(left)}")
    if has_folders:
        fields[FOLDER] = Field(FOLDER, listed.map(folders).fillna(""))
    options = {"path": name, **listing.dialect.options, "columns": {"sequence": column}}
    return Pieces(folder, listed, fields, options, has_folders, not left, _depth(files))


@dataclass(frozen=True)
class Listing:
    """A table that lists MIDI files.

    Attributes
    ----------
    name : str
        Its path in the folder.
    dialect : Dialect
    fields : dict of str to Field
    column : str
        The one with the paths.
    paths : pandas.Series of str
        The path of each file in the folder; empty where there is none.
    remarks : list of Remark
    """

    name: str
    dialect: Dialect
    fields: dict
    column: str
    paths: pd.Series
    remarks: list


def _listing(folder, name, known):
    """The `Listing` that a file is, or None."""
    if not name.lower().endswith(TABLES):
        return None
    trial = Notes()
    try:
        dialect, fields = read_table(folder / name, read_text(folder / name, Tally()), Wishes(), trial)
    except InputError:
        return None
    beside = PurePosixPath(name).parent
    paths = {
        column: field.values.map(lambda value: (value and midi.find(known, value, beside)) or "")
        for column, field in fields.items()
        if len(field.present) and field.present.map(_is_midi).mean() >= LEAST_LISTED
    }
    if not paths:
        return None
    column = max(paths, key=lambda column: paths[column].ne("").mean())
    return Listing(name, dialect, fields, column, paths[column], trial.remarks)


def _check_listed(paths, field, table, files, has_folders):
    """Check that each record of a table names one of the files; `InputError` if not."""
    missing = field.values[paths == ""]
    if len(missing):
        advice = f", or give --target {FOLDER} to take the classes from the folders" if has_folders else ""
        raise InputError(
            f"{table} has {quoted(missing.iloc[0])} in its column {field.name}, which is none of the {len(files):,} "
            f"MIDI files in {table.parent} (such as {files[0]}; {len(missing):,} such records); correct or delete the "
            f"records{advice}"
        )


def _in_folders(folder, files, wishes):
    """The `Pieces` whose class is the name of their folder."""
    folders = _folders(files)
    if not folders:
        raise InputError(
            f"{folder} has {len(files):,} MIDI files, such as {files[0]}, but neither a folder for each class nor a "
            "table that lists the files and their classes; make one of these"
        )
    paths = pd.Series(files, dtype=str)
    names = paths.map(folders).fillna("")
    _check_have_folders(folder, paths, names)
    field = Field(FOLDER, names)
    if wishes.target != FOLDER and (splits := published_values(field)):
        raise InputError(
            f"{folder} has its files in folders for splits ({' and '.join(splits.values())}), not in one for each "
            "class; make the folders of the classes the uppermost ones, or add a table that lists the files with their "
            f"classes and splits; with --target {FOLDER}, these folders are the classes"
        )
    return Pieces(folder, paths, {FOLDER: field}, depth=_depth(files))


def _check_have_folders(folder, paths, names):
    """Check that each file is in the folder of a class; `InputError` if not."""
    outside = paths[names == ""]
    if len(outside):
        raise InputError(f"{folder / outside.iloc[0]} is in none of the folders of the classes; move or delete it")


def _folders(files):
    """The folder of each file that is not that of all files; empty if there are no two such folders."""
    parts, depth = [PurePosixPath(name).parent.parts for name in files], _depth(files)
    folders = {name: part[depth] for name, part in zip(files, parts, strict=True) if len(part) > depth}
    return folders if len(set(folders.values())) > 1 else {}


def _depth(files):
    """How many folders all files have in common."""
    parts, depth = [PurePosixPath(name).parent.parts for name in files], 0
    while all(len(part) > depth for part in parts) and len({part[depth] for part in parts}) == 1:
        depth += 1
    return depth


def _patterns(pieces):
    """Patterns of the files of each class: of its folder, or of each file if there are others next to them."""
    classes, names = {}, pieces.fields[FOLDER].values
    _check_have_folders(pieces.folder, pieces.paths, names)
    for path, name in sorted(zip(pieces.paths, names, strict=True), key=lambda pair: pair[::-1]):
        parts = PurePosixPath(path).parts
        above = "/".join(parts[: pieces.depth + 1])
        [pattern] = source_paths([above if pieces.whole else path])
        if pieces.whole:
            pattern += f"/**/*{_ending(path)}"
        if pattern not in classes.setdefault(name, []):
            classes[name].append(pattern)
    return classes


def _source_patterns(files, options):
    endings = sorted({_ending(name) for name in files})
    table = [options["table"]["path"]] if "table" in options else []
    return [f"**/*{ending}" for ending in endings] + source_paths(table)


def _check_roles(pieces, names):
    """Check that all roles are those of columns, or that there is a class only, by the folder; `InputError` if not.

    The reader takes everything from the table, or nothing.
    """
    role = next((role for role, name in names.items() if name == FOLDER), None)
    others = [other for other in names if other != role]
    if role is None or not pieces.has_folders or (role == "target" and not others):
        return
    table = pieces.folder / pieces.table["path"]
    if role != "target":
        raise InputError(
            f"the {role} could only be the folder of each file, but {table} says everything else about the files; add "
            f"a column with the {role} to it, or give --{role} none"
        )
    columns = " and ".join(f"the {other} in its column {quoted(names[other])}" for other in others)
    raise InputError(
        f"{table} gives {columns}, but the class would be the folder of each file, and both cannot be used; add a "
        f"column with the class to the table, or give {' '.join(f'--{other} none' for other in others)}"
    )


# --- What the files contain.


@dataclass(frozen=True)
class Windows:
    """The windows of the pieces that were read.

    Attributes
    ----------
    table : pandas.DataFrame
        From the reader.
    tally : beyondtext.data.tally.Tally
    cut : dict
        The reader's options for cutting pieces.
    share : float
        The share of the files that were read.
    failed : float
        The share of these that cannot be used.
    short : float
        The share of these that have no window with enough notes.
    """

    table: pd.DataFrame
    tally: Tally
    cut: dict
    share: float
    failed: float
    short: float


def _read(pieces, options, names, wishes, notes, scratch):
    """Read the files, or a sample of many, and choose the window; return the `Windows`."""
    share = 1.0
    files = {path: pieces.folder / path for path in pieces.paths}
    if "table" in options:
        files[options["table"]["path"]] = pieces.folder / options["table"]["path"]
    if len(pieces.paths) > MOST_PIECES:
        kept = {key: value for key, value in options.get("table", {}).items() if key in ("absent", "empty")}
        options, number = _sample(pieces, names, files, scratch)
        options["table"] |= kept
        share = number / len(pieces.paths)
        why = "to save time; counts are of these, and the numbers of records in the task are estimated from them"
        notes.add(f"{number:,} of {len(pieces.paths):,} files read", why)
    for window in [wishes.window] if wishes.window else WINDOWS:
        tally = Tally(1)
        table = midi.read(files, {"window": window, "instruments": "all", **options}, scratch, tally)
        _check_read(table, pieces, tally)
        lengths = table["sequence"].map(len).groupby(midi.pieces_of(table)).sum()
        typical, failed = float(lengths.median()), tally.count("failed_pieces")
        if typical >= 2 * window:
            break
    why = f"a typical piece has {typical:,.0f} notes"
    notes.add(f"windows of {window} notes", why, "--window NOTES", "options.window")
    cut = {"window": window}
    if typical >= window:
        cut["fewest_notes"] = max(1, window // 2)
        table = midi.without_short(table, cut["fewest_notes"], tally)
        notes.seen["options.fewest_notes"] = "half a window; the last one of a piece may have any number"
        _note_short(tally, len(lengths), cut["fewest_notes"], notes)
    tried = failed + len(lengths)
    return Windows(table, tally, cut, share, failed / tried, tally.count("short_pieces") / tried)


def _note_short(tally, pieces, fewest, notes):
    """Say how many whole pieces are left out because they are short."""
    if number := tally.count("short_pieces"):
        example = tally.entries["short_pieces"].example
        has, what = ("has", "is") if number == 1 else ("have", "are")
        why = (
            f"{'it' if number == 1 else 'they'} {has} fewer than {fewest} notes, half a window, such as {example}; to "
            "keep them, choose a shorter window, or fewer options.fewest_notes in the task"
        )
        notes.add(f"{number:,} of {pieces:,} pieces {what} left out", why, "--window NOTES")


def _check_read(table, pieces, tally):
    """Raise `InputError` if there is not a single window."""
    if table.empty:
        raise InputError(
            f"none of the {len(pieces.paths):,} MIDI files that are listed in {pieces.folder} can be used "
            f"({tally.sentence()}); replace them"
        )


def _sample(pieces, names, files, scratch):
    """The reader's options for some of the files, and how many these are; a table in ``scratch`` lists them.

    They are spread over the files of each class. A class has at least `FEWEST_PIECES` of them, or an equal share if
    there are many classes, or all of its files.
    """
    targets = pieces.fields[names["target"]].values.reset_index(drop=True)
    classes = [rows.to_numpy() for _, rows in targets.index.to_series().groupby(targets)]
    if len(classes) > MOST_PIECES:  # numbers, perhaps
        classes = [targets.index.to_numpy()]
    fewest = min(FEWEST_PIECES, MOST_PIECES // len(classes))
    wanted = [max(round(MOST_PIECES * len(rows) / len(targets)), min(fewest, len(rows))) for rows in classes]
    chosen = zip(classes, wanted, strict=True)
    rows = np.sort(np.concatenate([rows[np.linspace(0, len(rows) - 1, count).astype(int)] for rows, count in chosen]))
    known = {role: pieces.fields[name].values for role, name in names.items()}
    listing = pd.DataFrame({"sequence": pieces.paths, **known})
    files["sample.csv"] = scratch / "sample.csv"
    listing.iloc[rows].to_csv(files["sample.csv"], index=False)
    return {"table": {"path": "sample.csv", "columns": {name: name for name in listing.columns}}}, len(rows)


def _note_windows(table, notes):
    """Say how many pieces and windows each class has, and whether one piece has too large a share."""
    paths = midi.pieces_of(table)
    pieces = paths.groupby(table["target"]).nunique()
    windows = table["target"].value_counts()
    shown = ", ".join(f"{name}: {pieces[name]:,} with {windows[name]:,}" for name in pieces.index[:8])
    why = f"{shown}; the windows of a piece are never in different splits"
    notes.add("pieces and windows of each class", why)
    sizes = paths.value_counts()
    share = sizes.iloc[0] / len(table)
    if share > MUCH:
        why = (
            f"{sizes.index[0]} has {share:.0%} of all windows, so the score depends on its split; shorten it, or limit "
            "its windows with options.windows_per_piece"
        )
        notes.add("one piece is very long", why)

"""Glob patterns for the paths of a source's files.

Paths are compared in Unicode's normal form C, since systems differ in how they store an accented letter. The ending of
a file's name, with the one before it if the file is compressed, is compared without regard to case: ``K525.MID`` is as
much a MIDI file as ``K525.mid``. Everything else must have the pattern's case.
"""

import re
from fnmatch import fnmatchcase
from posixpath import dirname
from unicodedata import normalize

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.data.text import PACKED

CHARACTER = r"(?:\[[^]/]*\]|[^][./])"  # or several in brackets
ENDING = re.compile(rf"(\.{CHARACTER}+)?({'|'.join(map(re.escape, PACKED))})$|\.{CHARACTER}+$", re.IGNORECASE)
WILDCARDS = re.compile(r"[*?[]")


def matches(path, pattern):
    """Whether a path matches a glob pattern, or has the same characters.

    ``*`` matches within one folder, ``**`` any number of folders. Neither matches a name with a leading dot. ``[…]``
    matches one of several characters.
    """
    path, pattern = normalize("NFC", path), normalize("NFC", pattern)
    return _matches_parts(path.split("/"), pattern.split("/")) or _matches_parts(
        _lower_ending(path).split("/"), _lower_ending(pattern).split("/")
    )


def reaches(folder, pattern):
    """Whether a pattern may match the path of a file inside a folder."""
    return _matches_parts([*normalize("NFC", folder).split("/"), None], normalize("NFC", pattern).split("/"))


def _lower_ending(path):
    return ENDING.sub(lambda ending: ending[0].lower(), path)


def _matches_parts(parts, patterns):
    """Whether the parts of a path match those of a pattern; None stands for one or more parts that do."""
    # The places in the pattern that the parts so far may have led to. There are as many as it has parts, so that the
    # time is that of the product of both numbers; trying each way through several ** would take for ever.
    places = _with_skipped({0}, patterns)
    for part in parts:
        if part is None:
            return any(place < len(patterns) for place in places)
        places = _with_skipped(
            {
                place + (patterns[place] != "**")
                for place in places
                if place < len(patterns) and _matches_part(part, patterns[place])
            },
            patterns,
        )
    return len(patterns) in places


def _with_skipped(places, patterns):
    """Places in a pattern, and those after a ``**`` that matches no further folder."""
    reached = set(places)
    for place in range(len(patterns)):
        if place in reached and patterns[place] == "**":
            reached.add(place + 1)
    return reached


def _matches_part(part, pattern):
    """Whether one part of a path matches one of a pattern."""
    # Some systems put files such as ._score.mid next to the real ones.
    if part.startswith(".") and not pattern.startswith("."):
        return False
    return pattern == "**" or part == pattern or fnmatchcase(part, pattern)


def same_path(paths, path):
    """The one of several paths that is ``path``, but for Unicode form and case of the ending; None if there is none.

    Of several, the one with the same characters or, if there is none, the first.
    """
    if path in paths:
        return path
    wanted = _lower_ending(normalize("NFC", path))
    return next((other for other in paths if _lower_ending(normalize("NFC", other)) == wanted), None)


def select(paths, patterns, location):
    """Select the paths that match any of the patterns.

    A pattern that is a path itself means that path. Brackets mean themselves if that matches any path, and one of
    several characters otherwise.

    Parameters
    ----------
    paths : iterable of str
    patterns : list of str
    location : str or path
        Where the paths come from, for the error message.

    Returns
    -------
    list of str
        Sorted, without repeats.

    Raises
    ------
    InputError
        For a pattern that matches no path, for a path that is not Unicode, and for two paths that differ only in
        their Unicode form.
    """
    paths = sorted(set(paths))
    selected = set()
    for pattern in patterns:
        matching = _matching(paths, pattern)
        if not matching:
            raise InputError(f"{location}: no file matches the pattern {pattern!r}; {_hint(paths, pattern)}")
        selected.update(matching)
    _check_names(selected, location)
    return sorted(selected)


def _matching(paths, pattern):
    """The paths that a pattern means."""
    same = {path for path in paths if normalize("NFC", path) == normalize("NFC", pattern)}
    if same:
        return same
    forms = [pattern.replace("[", "[[]"), pattern] if "[" in pattern else [pattern]
    for form in forms:
        if matching := {path for path in paths if matches(path, form)}:
            return matching
    return set()


def _hint(paths, pattern):
    """What there is instead, and what to do."""
    if any(path.startswith(f"{pattern.rstrip('/')}/") for path in paths):
        return f"it is a folder: write '{pattern.rstrip('/')}/**' for all files in it"
    if "\\" in pattern and _matching(paths, pattern.replace("\\", "/")):
        return "write / instead of \\ between folders"
    close = [path for path in paths if matches(path.lower(), pattern.lower())]
    if close:
        return f"{printable(close[0])} differs from it in upper and lower case; correct the pattern"
    examples = ", ".join(map(printable, paths[:5])) + (", …" if len(paths) > 5 else "") if paths else "none"
    return f"available are {examples} ({len(paths)} in all); correct the pattern"


def _check_names(paths, location):
    """Refuse names that cannot be told apart, or cannot be written to a text file."""
    seen = {}
    for path in sorted(paths):
        try:
            path.encode()
        except UnicodeEncodeError:
            raise InputError(f"{location}: the name {printable(path)} is not UTF-8; rename the file") from None
        other = seen.setdefault(normalize("NFC", path), path)
        if other != path:
            raise InputError(
                f"{location}: the names {other!a} and {path!a} differ only in their Unicode form; rename one "
                "of the files"
            )


def twin(path, others):
    """Another path that a system may take for the same, since it differs in case or Unicode form only; or None."""

    def fold(name):
        return normalize("NFC", normalize("NFC", name).casefold())

    return next((other for other in others if other != path and fold(other) == fold(path)), None)


def folders_of_globs(paths, patterns):
    """The folders of the paths that a pattern with wildcards matches.

    A pattern that names one file is a choice, and says nothing about the file's neighbours.
    """
    paths = set(paths)
    globs = [pattern for pattern in patterns if WILDCARDS.search(pattern) and pattern not in paths]
    return {dirname(path) for pattern in globs for path in _matching(paths, pattern)}


def add_unused(tally, paths, used, folders):
    """Count the files of some folders that are not used, and name the first three."""
    unused = sorted(path for path in set(paths).difference(used) if dirname(path) in folders)
    tally.add("unused", len(unused), ", ".join(map(printable, unused[:3])))

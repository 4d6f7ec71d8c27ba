"""Glob patterns for the paths of a source's files."""

from fnmatch import fnmatchcase

from beyondtext.core.errors import InputError


def matches(path, pattern):
    """Whether a path matches a glob pattern.

    ``*`` matches within one folder, ``**`` any number of folders. Neither matches a name with a leading dot.
    """
    return _match_parts(path.split("/"), pattern.split("/"))


def _match_parts(parts, patterns):
    if not patterns:
        return not parts
    if patterns[0] == "**":
        matches_deeper = bool(parts) and not parts[0].startswith(".") and _match_parts(parts[1:], patterns)
        return matches_deeper or _match_parts(parts, patterns[1:])
    # Some systems put files such as ._score.mid next to the real ones.
    if not parts or (parts[0].startswith(".") and not patterns[0].startswith(".")):
        return False
    return fnmatchcase(parts[0], patterns[0]) and _match_parts(parts[1:], patterns[1:])


def select(paths, patterns, location):
    """Select the paths that match any of the patterns.

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
        For a pattern that matches no path.
    """
    paths = sorted(set(paths))
    selected = set()
    for pattern in patterns:
        matching = [path for path in paths if matches(path, pattern)]
        if not matching:
            examples = ", ".join(paths[:5]) + (", …" if len(paths) > 5 else "") if paths else "none"
            raise InputError(
                f"{location}: no file matches the pattern {pattern!r}; available are {examples} ({len(paths)} in all); "
                "correct the pattern"
            )
        selected.update(matching)
    return sorted(selected)

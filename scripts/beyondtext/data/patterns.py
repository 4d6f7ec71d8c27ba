"""Glob patterns over the paths of a source."""

from fnmatch import fnmatchcase

from beyondtext.core.errors import InputError


def matches(path, pattern):
    """Whether a path fits a glob pattern.

    ``*`` stays inside one folder, ``**`` is any number of folders; neither fits a name with a leading dot.
    """
    return _parts_match(path.split("/"), pattern.split("/"))


def _parts_match(parts, wanted):
    if not wanted:
        return not parts
    if wanted[0] == "**":
        deeper = bool(parts) and not parts[0].startswith(".") and _parts_match(parts[1:], wanted)
        return deeper or _parts_match(parts, wanted[1:])
    # Names like ._score.mid are left beside the real files by some systems.
    if not parts or (parts[0].startswith(".") and not wanted[0].startswith(".")):
        return False
    return fnmatchcase(parts[0], wanted[0]) and _parts_match(parts[1:], wanted[1:])


def select(paths, patterns, where):
    """The paths that fit any of the patterns, sorted.

    Raises `InputError`, naming ``where`` the paths are, for a pattern that fits none of them.
    """
    paths = sorted(set(paths))
    chosen = set()
    for pattern in patterns:
        found = [path for path in paths if matches(path, pattern)]
        if not found:
            held = ", ".join(paths[:5]) + (", …" if len(paths) > 5 else "") if paths else "no files"
            raise InputError(
                f"{where}: nothing there fits the pattern {pattern!r}; it holds {held} ({len(paths)} in all): "
                "mend the pattern"
            )
        chosen.update(found)
    return sorted(chosen)

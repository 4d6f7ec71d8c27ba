"""Sources of kind ``path``: a file or folder on the disk."""

import errno
import os
import shutil
from contextlib import contextmanager

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.data.fetch.verify import verify
from beyondtext.data.patterns import matches, reaches, twin

LONGEST = 1000  # characters of a path that a message prints


@contextmanager
def retrieve(source, partial):
    """Yield a local file or folder; a relative address starts at the project's root."""
    path = paths.written(source["address"])
    with readable(path):
        if not path.is_dir():
            check_file(path)
            if path.stat().st_size == 0:  # also the size that endless files in /proc report
                raise InputError(f"{path} is empty; replace it")
            verify(source, files.sha256(path), path.stat().st_size, path)
    yield path, source.get("version")


def check_file(path):
    """Raise `InputError` if there is no regular file at ``path``; a link to one will do."""
    if path.is_file():
        return
    if path.is_symlink():
        problem = f"is a link to {os.readlink(path)}, which does not exist or is not a file"
    elif path.is_dir():
        problem = "is a folder, not a file"
    else:
        problem = "is neither a file nor a folder" if path.exists() else "does not exist"
    raise InputError(f"{printable(path, LONGEST)} {problem}; put the data there, or correct the address or paths")


@contextmanager
def readable(path):
    """Raise an `InputError` if the body cannot read ``path``, or if files change while it reads them."""
    try:
        yield
    except PermissionError as error:
        raise InputError(
            f"{error.filename or path} cannot be read ({error.strerror}); change its permissions"
        ) from None
    except (FileNotFoundError, shutil.SpecialFileError):
        raise InputError(f"{path} was changed while it was read; run the same command again") from None
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise InputError(f"{path} cannot be read ({error.strerror}); check the disk") from None


def list_files(folder, patterns):
    """List what is in a folder, as far as any of the patterns reaches.

    Parameters
    ----------
    folder : pathlib.Path
    patterns : list of str
        As for `beyondtext.data.patterns.select`.

    Returns
    -------
    list of str
        The paths, relative to the folder, of all files in the folders that are reached. Folders that are links are
        followed. Devices and links to nothing are listed like files: `copy` refuses them. A folder that no pattern
        reaches is listed with a slash at its end, for the messages of `select`.

    Raises
    ------
    InputError
        For a folder that cannot be read, for a link to a folder that contains the link, and for a link to nothing where
        a pattern takes any folder.
    """

    def walk(path, inside, above):
        with readable(path):
            entries = sorted(path.iterdir())
            folders = {entry for entry in entries if entry.is_dir()}
        for entry in entries:
            relative = inside + entry.name
            is_reached = any(reaches(relative, pattern) for pattern in patterns)
            if entry not in folders:
                if is_reached and entry.is_symlink():
                    check_file(entry)  # it may be meant to be a folder, whose files would be missed
                yield relative
            elif is_reached:
                real = os.path.realpath(entry)
                if real in above:
                    raise InputError(
                        f"{entry} is a link to a folder that it is in, so that its files would never end; delete the "
                        "link, or narrow the patterns"
                    )
                yield from walk(entry, f"{relative}/", above | {real})
            else:
                yield f"{relative}/"

    return list(walk(folder, "", {os.path.realpath(folder)}))


def copy(folder, names, destination):
    """Copy files of a folder, by their paths in it.

    Raises
    ------
    InputError
        For what is not a file or cannot be read, for more than fits on the disk, and for two names that are one where
        they are copied to.
    """
    _check_space(folder, names, destination)
    for name in names:
        with readable(folder / name):
            check_file(folder / name)
            if (destination / name).exists():
                pair = f"{printable(twin(name, names))} and {printable(name)}"
                raise InputError(f"{folder} has both {pair}, which are one file on this system; rename one")
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, destination / name)


def _check_space(folder, names, destination):
    """Raise `InputError` if files are larger than the disk has room for; one with holes may be of any size."""
    size = sum(path.stat().st_size for path in (folder / name for name in names) if path.is_file())
    free = shutil.disk_usage(destination).free
    if size > free:
        raise InputError(
            f"the files asked for in {folder} have {size:,} bytes, but {free:,} are free on the disk of {destination}; "
            "free some space, or narrow the patterns"
        )


def requested_files(source):
    """The locations of the files that a source of kind ``path`` asks for, without those that cannot be read.

    `retrieve` and `copy` say what is wrong with the others.
    """
    try:
        path = paths.written(source["address"])
        names = list_files(path, source["paths"]) if path.is_dir() else [""]
    except (ValueError, OSError):  # an `InputError`, or a path that no system can have
        return []
    asked = [path / name for name in sorted(names) if not name or any(matches(name, glob) for glob in source["paths"])]
    return [file for file in asked if _is_readable(file)]


def _is_readable(file):
    try:
        return os.access(file, os.R_OK) and file.is_file()
    except (ValueError, OSError):
        return False


def as_local(source, path):
    """Point a source at a local copy of its data.

    Parameters
    ----------
    source : dict
        The definition of a source of any kind.
    path : path
        The downloaded file, whose checksum is verified as usual; or a folder, for which no checksum is known. The
        folder is the one that the archive would be unpacked into, or the folder inside it that has all requested files.

    Returns
    -------
    dict
        The definition of a source of kind ``path``.
    """
    definition = {key: value for key, value in source.items() if key not in ("mirrors", "repository", "revision")}
    path = paths.written(path).resolve()
    definition |= {"kind": "path", "address": str(path)}
    if path.is_dir():
        for key in ("sha256", "size", "inner_archive"):
            definition.pop(key, None)
        is_inner_folder = all(pattern.startswith(f"{path.name}/") for pattern in source["paths"])
        if is_inner_folder and not requested_files(definition):
            definition["address"] = str(path.parent)
    return definition

"""Extracting the requested files of an archive, and nothing else.

An archive from the web may have members with paths outside the folder, links, devices, or files that expand beyond the
size of the disk. All members are therefore checked before anything is written.

The standard library writes the files, tar members with its data filter (PEP 706). The filter is a second line of
defence and replaces none of the checks here: it reads ``/etc/passwd`` as a relative path, accepts links inside the
folder, counts neither members nor bytes, and does not exist for zip.
"""

import errno
import re
import zipfile
from pathlib import Path, PurePosixPath

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable, quoted
from beyondtext.data.archive_members import UTF_8, check_size, holds_archive, opened, too_many
from beyondtext.data.patterns import add_unused, folders_of_globs, select, twin
from beyondtext.data.tally import Tally

__all__ = ["holds_archive", "is_named_archive", "unpack"]

SUFFIXES = (".zip", ".whl", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
MAX_BYTES = 20 * 10**9
MAX_RATIO = 500  # of what is unpacked to the archive itself, beyond SMALL; texts and scores have less than 100
SMALL = 10**8  # bytes
MAX_MEMBERS = 200_000  # the largest collections of music have nearly so many files
MAX_DEPTH = 100  # folders in the path of a member


def is_named_archive(path):
    """Whether a file has the name of an archive."""
    return Path(path).name.lower().endswith(SUFFIXES)


def unpack(path, patterns, folder, tally=None, max_bytes=MAX_BYTES):
    """Extract the files that match glob patterns.

    Zip, wheel and tar (plain, gzip, bzip2, xz) are recognized by content. Links and devices that match no pattern
    are ignored. In a zip, a backslash separates folders, as some programs write it. A name that the zip does not
    declare as UTF-8 is read as UTF-8 if it can be, as macOS writes it, and otherwise as code page 437, as the format
    demands.

    Parameters
    ----------
    path : path
        The archive.
    patterns : list of str
        See `beyondtext.data.patterns.select`.
    folder : path
        Where the files are written, at their paths inside the archive, with the permissions of any new file.
    tally : beyondtext.data.tally.Tally, optional
        To which the names that are read otherwise, and the files left out of a folder, are added.
    max_bytes : int
        The largest total size of the requested files, and of the whole of a tar archive. It is also limited by the
        size of the archive, of which something that unpacks to `MAX_RATIO` times as much is a trap.

    Returns
    -------
    list of str
        The files' paths relative to ``folder``, sorted.

    Raises
    ------
    InputError
        For a file that is empty, truncated or not an archive; for any member whose path leaves the folder; for a
        requested member that is not a regular file; for a pattern that matches nothing; for an archive beyond
        ``max_bytes`` or `MAX_MEMBERS`.
    """
    path, folder, tally = Path(path), Path(folder), tally or Tally()
    max_bytes = min(max_bytes, max(SMALL, MAX_RATIO * path.stat().st_size))
    with opened(path, max_bytes, MAX_MEMBERS) as (members, extract):
        wanted = _wanted(members, patterns, path, tally, max_bytes)
        for relative, member in wanted.items():
            try:
                _write(member, relative, folder, extract)
            except FileExistsError:
                other = twin(relative, wanted)
                if other:
                    pair = f"{printable(other)} and {printable(relative)}"
                    raise InputError(f"{path} has both {pair}, which are one file on this system") from None
                place = folder / relative
                raise InputError(f"{path}: {place} already exists; extract into an empty folder") from None
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                raise InputError(
                    f"{path}: the name {quoted(member.path)}, of {len(member.path)} characters, is too long for this "
                    "system; rename the file in the archive, or request others"
                ) from None
    return list(wanted)


def _write(member, relative, folder, extract):
    """Extract one file; a `FileExistsError` if there is one already."""
    if (folder / relative).exists():
        raise FileExistsError(relative)
    extract(member.info, relative, folder)
    if (folder / relative).stat().st_size != member.size:
        raise zipfile.BadZipFile(
            f"{quoted(member.path)} does not have the {member.size} bytes that the archive declares"
        )


def _wanted(members, patterns, archive, tally, max_bytes):
    """Check every member; map the paths of the requested files to their members, sorted."""
    listed = []
    for count, member in enumerate(members, start=1):
        if count > MAX_MEMBERS:
            raise too_many(archive, MAX_MEMBERS)
        relative = _relative_path(member, archive)
        if relative == "." and member.kind != "folder":
            raise InputError(f"{archive} has a file without a name; check where the archive comes from")
        if member.kind != "folder":
            listed.append((relative, member))
    available = [relative for relative, _ in listed]
    selected = set(select(available, patterns, archive))
    files = {}
    for relative, member in listed:
        if relative not in selected:
            continue
        if member.kind != "file":
            raise InputError(
                f"{archive}: the requested member {quoted(member.path)} is a {member.kind}, not a file; "
                "check where the archive comes from"
            )
        if relative in files:
            raise InputError(f"{archive} has two members {quoted(relative)}; check where the archive comes from")
        files[relative] = member
        if isinstance(member.info, zipfile.ZipInfo):
            tally.add("zip_names", not (relative.isascii() or member.info.flag_bits & UTF_8), relative)
            tally.add("zip_folders", "\\" in member.path, relative)
    check_size(sum(member.size for member in files.values()), max_bytes, archive)
    for relative in files:
        for parent in PurePosixPath(relative).parents:
            if str(parent) in files:
                raise InputError(f"{archive}: {quoted(str(parent))} is both a file and a folder; check the archive")
    add_unused(tally, available, files, folders_of_globs(available, patterns))
    return {relative: files[relative] for relative in sorted(files)}


def _relative_path(member, archive):
    """The member's normalized path; `InputError` if it leaves the folder."""
    # Backslashes and drive letters are harmless on Unix, but not on Windows. Splitting is much faster than pathlib.
    unix = member.path.replace("\\", "/")
    parts = _parts(unix)
    if "\0" in member.path or len(parts) > MAX_DEPTH:
        problem = "has a NUL character" if "\0" in member.path else f"has more than {MAX_DEPTH} folders"
        raise InputError(f"{archive}: the name {quoted(member.path)} {problem}; check where the archive comes from")
    if unix.startswith("/") or ".." in parts or re.match("[A-Za-z]:", member.path):
        raise InputError(
            f"{archive}: the member {quoted(member.path)} has a path outside the folder; do not trust this archive, "
            "and check where it comes from"
        )
    return "/".join(parts if isinstance(member.info, zipfile.ZipInfo) else _parts(member.path)) or "."


def _parts(path):
    """The names in a path, without empty ones and those that stand for the same folder."""
    return [part for part in path.split("/") if part not in ("", ".")]

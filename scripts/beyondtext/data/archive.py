"""Unpacking the wanted files of an archive, and nothing else.

Archives come from strangers: a member may name a place outside the folder, be a link or a device,
or expand to more than the disk holds. Every member is judged here before a byte of it is written,
and files are written by this module alone, with the permissions of any new file.
"""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import matches, select

SUFFIXES = (".zip", ".whl", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # what a zip begins with; the second, if it holds nothing
MOST_BYTES = 20 * 10**9
MOST_MEMBERS = 1_000_000
CHUNK = 1 << 20
# What the standard library raises for damaged archives; EOFError is a compressed stream cut short.
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError)
# What it raises for a zip that is encrypted, or compressed in a way it cannot read.
UNREADABLE = (NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Member:
    """One member of an archive: its path, ``file``, ``folder`` or another kind, and its size in bytes."""

    path: str
    kind: str
    size: int
    handle: object


def is_named_archive(path):
    """Whether a file's name says that it is an archive."""
    return Path(path).name.lower().endswith(SUFFIXES)


def holds_archive(path):
    """Whether a file's content is that of a zip or tar archive, whatever its name."""
    return _begins(path).startswith(ZIP) or tarfile.is_tarfile(path)


def unpack(path, patterns, folder, most_bytes=MOST_BYTES):
    """Write the files of an archive that fit the glob patterns into ``folder``, at their path inside it.

    Reads zip, wheel and tar (plain, gzip, bzip2, xz), told by their content. Returns the files' paths
    relative to ``folder``, sorted. Unwanted links and devices are passed over, as nothing of them is
    written. Raises `InputError` for a file that is empty, cut short or no archive; for any member
    whose path leaves the folder; for a wanted member that is no plain file; for a pattern that fits
    nothing; and where the wanted files, or all of a tar, would take more than ``most_bytes``.
    """
    path, folder = Path(path), Path(folder)
    with _opened(path, most_bytes) as (members, open_member):
        files = _wanted(members, patterns, path, most_bytes)
        for relative, member in files.items():
            _write(member, open_member, folder / relative, path)
    return list(files)


@contextmanager
def _opened(path, most_bytes):
    """Yield an archive's members and the function that opens one; damage becomes an `InputError`."""
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty where an archive was expected; delete it and fetch it again")
    try:
        if _begins(path).startswith(ZIP):
            with zipfile.ZipFile(path) as opened:
                yield _zip_members(opened), opened.open
        else:
            with tarfile.open(path, "r:*") as opened:
                yield _tar_members(opened, path, most_bytes), opened.extractfile
    except DAMAGE as error:
        raise _damaged(path, error) from None
    except OSError as error:
        # gzip and bzip2 report damage as an OSError too, but without an error number.
        if error.errno is not None:
            raise
        raise _damaged(path, error) from None
    except UNREADABLE as error:
        raise InputError(f"{path} cannot be unpacked: {_one_line(error)}; pack it again without encryption") from None


def _zip_members(opened):
    for info in opened.infolist():
        mode = info.external_attr >> 16
        kind = "folder" if info.is_dir() else _mode_kind(mode)
        yield Member(info.filename, kind, info.file_size, info)


def _mode_kind(mode):
    """The kind of a zip member from its Unix mode; archives made elsewhere leave it zero."""
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "device"


def _tar_members(opened, path, most_bytes):
    for info in opened:
        if info.isdir():
            kind = "folder"
        elif info.issym() or info.islnk():
            kind = "link"
        else:
            kind = "file" if info.isreg() else "device"
        yield Member(info.name, kind, info.size, info)
        # Passing over an unwanted member means reading it, where the archive is compressed.
        _bound(opened.offset, most_bytes, path)
    # tarfile takes a damaged header, or the end of a file cut between two members, for the end of the archive.
    opened.fileobj.seek(opened.offset)
    if opened.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end mark is missing")
    # A compressed stream compares its checksum only when it is read to its end.
    while opened.fileobj.read(CHUNK):
        _bound(opened.fileobj.tell(), most_bytes, path)


def _wanted(members, patterns, archive, most_bytes):
    """Map the wanted files' paths to their members, sorted, having judged every member."""
    held, files, total = [], {}, 0
    for count, member in enumerate(members, start=1):
        if count > MOST_MEMBERS:
            raise InputError(f"{archive} has more than {MOST_MEMBERS} members, which no data set needs; check it")
        relative = _inside(member, archive)
        if member.kind == "folder":
            continue
        held.append(relative)
        if not any(matches(relative, pattern) for pattern in patterns):
            continue
        if member.kind != "file":
            raise InputError(
                f"{archive}: the wanted member {member.path!r} is a {member.kind}, not a file; "
                "check where the archive comes from"
            )
        if relative in files:
            raise InputError(f"{archive} holds {relative!r} twice; check where the archive comes from")
        files[relative] = member
        total += member.size
        _bound(total, most_bytes, archive)
    for relative in files:
        for parent in PurePosixPath(relative).parents:
            if str(parent) in files:
                raise InputError(f"{archive}: {str(parent)!r} is both a file and a folder; check the archive")
    return {relative: files[relative] for relative in select(held, patterns, archive)}


def _bound(size, most_bytes, archive):
    if size > most_bytes:
        raise InputError(f"{archive} would take more than {most_bytes} bytes unpacked; check where it comes from")


def _inside(member, archive):
    """The member's path in its plain form; refused if it leaves the folder."""
    # Backslashes and drive letters are harmless here, but not where somebody runs this on Windows.
    parts = PurePosixPath(member.path.replace("\\", "/")).parts
    if member.path.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", member.path):
        raise InputError(
            f"{archive}: the member {member.path!r} would be written outside the folder; "
            "the archive is not to be trusted, check where it comes from"
        )
    return str(PurePosixPath(member.path))


def _write(member, open_member, target, archive):
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with open_member(member.handle) as stream, open(target, "xb") as out:
        while chunk := stream.read(CHUNK):
            written += len(chunk)
            if written > member.size:
                break
            out.write(chunk)
    if written != member.size:
        raise InputError(
            f"{archive}: {member.path!r} does not have the {member.size} bytes that the archive declares; "
            "delete the archive and fetch it again"
        )


def _damaged(path, error):
    return InputError(
        f"{path} is not a whole zip or tar archive ({_one_line(error)}; it begins with {_begins(path)!r}); "
        "delete it and fetch it again"
    )


def _begins(path):
    with open(path, "rb") as stream:
        return stream.read(16)


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__

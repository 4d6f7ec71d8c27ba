"""Extracting the requested files of an archive, and nothing else.

An archive from the web may have members with paths outside the folder, links, devices, or files that expand beyond the
size of the disk. All members are therefore checked before anything is written.

The standard library writes the files, tar members with its data filter (PEP 706). The filter is a second line of
defence and replaces none of the checks here: it reads ``/etc/passwd`` as a relative path, accepts links inside the
folder, counts neither members nor bytes, and does not exist for zip.
"""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from beyondtext.core.errors import InputError
from beyondtext.data.patterns import add_unused, folders_of_globs, select, twin
from beyondtext.data.tally import Tally

SUFFIXES = (".zip", ".whl", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the first bytes of a zip; the second, of an empty one
UTF_8 = 0x800  # the flag of a zip's member whose name is UTF-8
MAX_BYTES = 20 * 10**9
MAX_MEMBERS = 1_000_000
CHUNK = 1 << 20
JOINED = "has more than one archive in it, of which only one would be read; unpack it and pack it again"
# What the standard library raises for corrupt archives; EOFError is a truncated compressed stream.
CORRUPT = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError)
# What it raises for a zip that is encrypted, or compressed by a method that it does not know.
UNSUPPORTED = (NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Member:
    """One member of an archive.

    Attributes
    ----------
    path : str
    kind : {"file", "folder", "link", "device"}
    size : int
        In bytes, as the archive declares it.
    info
        The standard library's own record of the member.
    """

    path: str
    kind: str
    size: int
    info: zipfile.ZipInfo | tarfile.TarInfo


def is_named_archive(path):
    """Whether a file has the name of an archive."""
    return Path(path).name.lower().endswith(SUFFIXES)


def holds_archive(path):
    """Whether a file has the content of a zip or tar archive, whatever its name."""
    return _first_bytes(path).startswith(ZIP) or tarfile.is_tarfile(path)


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
        The largest total size of the requested files, and of the whole of a tar archive.

    Returns
    -------
    list of str
        The files' paths relative to ``folder``, sorted.

    Raises
    ------
    InputError
        For a file that is empty, truncated or not an archive; for any member whose path leaves the folder; for a
        requested member that is not a regular file; for a pattern that matches nothing; for an archive beyond
        ``max_bytes``.
    """
    path, folder, tally = Path(path), Path(folder), tally or Tally()
    with _opened(path, max_bytes) as (members, extract):
        wanted = _wanted(members, patterns, path, tally, max_bytes)
        for relative, member in wanted.items():
            if (folder / relative).exists():
                other = twin(relative, wanted)
                if other:
                    raise InputError(f"{path} has both {other} and {relative}, which are one file on this system")
                raise InputError(f"{path}: {folder / relative} already exists; extract into an empty folder")
            extract(member.info, relative, folder)
            if (folder / relative).stat().st_size != member.size:
                raise InputError(
                    f"{path}: {member.path!r} does not have the {member.size} bytes that the archive declares; delete "
                    "the archive and fetch it again"
                )
    return list(wanted)


@contextmanager
def _opened(path, max_bytes):
    """Yield an archive's members and the function that extracts one; raise `InputError` if the archive is corrupt."""
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty, but an archive was expected; delete it and fetch it again")
    try:
        if _first_bytes(path).startswith(ZIP):
            with zipfile.ZipFile(path) as archive:

                def extract(info, relative, folder):
                    info.filename = relative
                    archive.extract(info, folder)

                yield _zip_members(archive), extract
        else:
            with tarfile.open(path, "r:*", encoding="utf-8") as archive:

                def extract(info, relative, folder):
                    archive.extract(info, folder, set_attrs=False, filter="data")

                yield _tar_members(archive, path, max_bytes), extract
    except tarfile.FilterError as error:
        raise InputError(f"{path} was refused: {_one_line(error)}; check where the archive comes from") from None
    except CORRUPT as error:
        raise _corrupt(path, error) from None
    except OSError as error:
        # gzip and bzip2 report corrupt data as an OSError too, but without an error number.
        if error.errno is not None:
            raise
        raise _corrupt(path, error) from None
    except UNSUPPORTED as error:
        raise InputError(f"{path} cannot be unpacked: {_one_line(error)}; pack it again without encryption") from None


def _zip_members(archive):
    if min((info.header_offset for info in archive.infolist()), default=0) > 0:
        raise InputError(f"{archive.filename} {JOINED}")
    for info in archive.infolist():
        name = _zip_name(info)
        # The Unix mode; archives made on other systems leave it zero.
        mode = info.external_attr >> 16
        if name.endswith(("/", "\\")):
            kind = "folder"
        elif stat.S_ISLNK(mode):
            kind = "link"
        else:
            kind = "file" if stat.S_IFMT(mode) in (0, stat.S_IFREG) else "device"
        yield Member(name, kind, info.file_size, info)


def _zip_name(info):
    """The path of a member as it was meant; zipfile cuts it at a NUL character and takes it for code page 437."""
    name = info.orig_filename
    if "\0" in name:
        raise zipfile.BadZipFile(f"the name {name!r} has a NUL character")
    if not info.flag_bits & UTF_8:
        with suppress(UnicodeDecodeError):
            return name.encode("cp437").decode()
    return name


def _tar_members(archive, path, max_bytes):
    for info in archive:
        if info.isdir():
            kind = "folder"
        elif info.issym() or info.islnk():
            kind = "link"
        else:
            kind = "file" if info.isreg() else "device"
        yield Member(info.name, kind, info.size, info)
        # Skipping a member of a compressed archive means reading it.
        _check_size(archive.offset, max_bytes, path)
    # tarfile takes a corrupt header, or a file truncated between two members, for the end of the archive.
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end marker is missing")
    # A compressed stream verifies its checksum only when it is read to its end.
    while chunk := archive.fileobj.read(CHUNK):
        if chunk.strip(b"\0"):
            raise InputError(f"{path} {JOINED}")
        _check_size(archive.fileobj.tell(), max_bytes, path)


def _wanted(members, patterns, archive, tally, max_bytes):
    """Check every member; map the paths of the requested files to their members, sorted."""
    listed = []
    for count, member in enumerate(members, start=1):
        if count > MAX_MEMBERS:
            raise InputError(f"{archive} has more than {MAX_MEMBERS} members, which no data set needs; check it")
        relative = _relative_path(member, archive)
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
                f"{archive}: the requested member {member.path!r} is a {member.kind}, not a file; "
                "check where the archive comes from"
            )
        if relative in files:
            raise InputError(f"{archive} has two members {relative!r}; check where the archive comes from")
        files[relative] = member
        if isinstance(member.info, zipfile.ZipInfo):
            tally.add("zip_names", not (relative.isascii() or member.info.flag_bits & UTF_8), relative)
            tally.add("zip_folders", "\\" in member.path, relative)
    _check_size(sum(member.size for member in files.values()), max_bytes, archive)
    for relative in files:
        for parent in PurePosixPath(relative).parents:
            if str(parent) in files:
                raise InputError(f"{archive}: {str(parent)!r} is both a file and a folder; check the archive")
    add_unused(tally, available, files, folders_of_globs(available, patterns))
    return {relative: files[relative] for relative in sorted(files)}


def _check_size(size, max_bytes, archive):
    if size > max_bytes:
        raise InputError(f"{archive} would unpack to more than {max_bytes} bytes; check where it comes from")


def _relative_path(member, archive):
    """The member's normalized path; `InputError` if it leaves the folder."""
    # Backslashes and drive letters are harmless on Unix, but not on Windows.
    parts = PurePosixPath(member.path.replace("\\", "/")).parts
    if member.path.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", member.path):
        raise InputError(
            f"{archive}: the member {member.path!r} has a path outside the folder; do not trust this archive, and "
            "check where it comes from"
        )
    return str(PurePosixPath(*parts)) if isinstance(member.info, zipfile.ZipInfo) else str(PurePosixPath(member.path))


def _corrupt(path, error):
    problem = f"{_one_line(error)}; its first bytes are {_first_bytes(path)!r}"
    return InputError(f"{path} is not a complete zip or tar archive ({problem}); delete it and fetch it again")


def _first_bytes(path):
    with open(path, "rb") as stream:
        return stream.read(16)


def _one_line(error):
    return " ".join(str(error).split()) or type(error).__name__

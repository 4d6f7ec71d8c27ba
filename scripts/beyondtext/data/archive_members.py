"""The members of zip and tar archives: opening an archive, listing what is in it, and refusing what is corrupt.

An archive is recognized by its content. What is wrong with one ends in a sentence, whatever the standard library
raises for it.
"""

import errno
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from beyondtext.core.errors import InputError
from beyondtext.core.printing import printable
from beyondtext.data.text import ZIP

ENTRY = b"PK\x01\x02"  # the first bytes of each entry in its directory
MAX_DIRECTORY = 200 * 10**6  # bytes; of a tar, those of long names and attributes
UTF_8 = 0x800  # the flag of a zip's member whose name is UTF-8
MAX_HEADER = 1 << 20  # bytes of a tar's header with a long name or attributes of the next member
USUAL_HEADERS = 3 * tarfile.BLOCKSIZE  # of a member with attributes such as its time
ABOUT_NEXT = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
CHUNK = 1 << 20
JOINED = "has more than one archive in it, of which only one would be read; unpack it and pack it again"
# What the standard library raises for corrupt archives; EOFError is a truncated compressed stream.
CORRUPT = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    OverflowError,
    IndexError,
)
# gzip and bzip2 report corrupt data as an OSError without a number, and a place before the beginning is EINVAL.
NOT_OF_SYSTEM = (None, errno.EINVAL)


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


def holds_archive(path):
    """Whether a file has the content of a zip or tar archive, whatever its name."""
    if _first_bytes(path).startswith(ZIP):
        return True
    try:
        with tarfile.open(path, tarinfo=_Header):
            return True
    except (*CORRUPT, RecursionError):
        return False
    except OSError as error:
        if error.errno not in NOT_OF_SYSTEM:
            raise
        return False


@contextmanager
def opened(path, max_bytes, max_members):
    """Yield an archive's members, and the function ``extract(member.info, relative, folder)``.

    Raises
    ------
    InputError
        If the archive is corrupt, at any time until the body ends; if a whole tar has more than ``max_bytes``, or long
        names and attributes of more than `MAX_DIRECTORY`; or if a zip has more than ``max_members``, of which none is
        then looked at.
    """
    if path.stat().st_size == 0:
        raise InputError(f"{path} is empty, but an archive was expected; delete it and fetch it again")
    try:
        if _first_bytes(path).startswith(ZIP):
            with _ZipFile(path, max_members) as file, zipfile.ZipFile(file) as archive:

                def extract(info, relative, folder):
                    info.filename = relative
                    archive.extract(info, folder)

                yield _zip_members(archive, path), extract
        else:
            with tarfile.open(path, "r:*", tarinfo=_Header, encoding="utf-8") as archive:

                def extract(info, relative, folder):
                    archive.extract(info, folder, set_attrs=False, filter="data")

                yield _tar_members(archive, path, max_bytes), extract
    except InputError:
        raise
    except UnicodeDecodeError:
        raise InputError(f"{path} declares the names in it as UTF-8, but one of them is not; pack it again") from None
    except tarfile.FilterError as error:
        raise InputError(f"{path} was refused: {_one_line(error)}; check where the archive comes from") from None
    except CORRUPT as error:
        raise _corrupt(path, error) from None
    except OSError as error:
        if error.errno not in NOT_OF_SYSTEM:
            raise
        raise _corrupt(path, error) from None
    except NotImplementedError as error:
        raise InputError(f"{path} cannot be unpacked ({_one_line(error)}); pack it again as an ordinary zip") from None
    except RecursionError:
        raise _corrupt(path, "headers without a file") from None
    except RuntimeError:  # whose message has the name of a Python class
        raise InputError(f"{path} cannot be unpacked without a password; pack it again without encryption") from None


class _ZipFile(io.BufferedReader):
    """The bytes of a zip. zipfile reads its directory at once, and makes a record of each entry before it returns."""

    def __init__(self, path, max_members):
        super().__init__(io.FileIO(path))
        self.path, self.max_members = path, max_members

    def read(self, size=-1, /):
        if size is not None and size > MAX_DIRECTORY:
            raise zipfile.BadZipFile(f"its directory has {size} bytes")
        content = super().read(size)
        if content.startswith(ENTRY) and content.count(ENTRY) > self.max_members:
            raise too_many(self.path, self.max_members)
        return content


def _zip_members(archive, path):
    if min((info.header_offset for info in archive.infolist()), default=0) > 0:
        raise InputError(f"{path} {JOINED}")
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
    if not info.flag_bits & UTF_8:
        with suppress(UnicodeDecodeError):
            return name.encode("cp437").decode()
    return name


def _tar_members(archive, path, max_bytes):
    offset = directory = 0
    for info in archive:
        directory += max(info.offset_data - offset - USUAL_HEADERS, 0)
        if directory > MAX_DIRECTORY:  # which stay in memory
            raise InputError(
                f"{path} has more than {MAX_DIRECTORY} bytes of long names and attributes, which no data set needs; "
                "check where it comes from"
            )
        if info.size < 0 or archive.offset <= offset:  # attributes may set another size, and lead backwards
            raise tarfile.ReadError(f"a member has {info.size} bytes")
        offset = archive.offset
        if info.isdir():
            kind = "folder"
        elif info.issym() or info.islnk():
            kind = "link"
        else:
            kind = "file" if info.isreg() else "device"
        yield Member(info.name, kind, info.size, info)
        # Skipping a member of a compressed archive means reading it.
        check_size(archive.offset, max_bytes, path)
    # tarfile takes a corrupt header, or a file truncated between two members, for the end of the archive.
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("its end marker is missing")
    # A compressed stream verifies its checksum only when it is read to its end.
    while chunk := archive.fileobj.read(CHUNK):
        if chunk.strip(b"\0"):
            raise InputError(f"{path} {JOINED}")
        check_size(archive.fileobj.tell(), max_bytes, path)


class _Header(tarfile.TarInfo):
    """A header of a tar archive, whose size is checked before tarfile believes it.

    tarfile reads the headers for long names and attributes into memory, whatever their size.
    """

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in ABOUT_NEXT and header.size > MAX_HEADER):
            raise tarfile.ReadError(f"one of its headers has {header.size} bytes")
        return header


def check_size(size, max_bytes, archive):
    """Raise `InputError` if an archive would unpack to too much."""
    if size > max_bytes:
        raise InputError(
            f"{archive}, of {archive.stat().st_size} bytes, would unpack to more than {max_bytes} bytes; check where "
            "it comes from"
        )


def too_many(archive, max_members):
    """The error for an archive with too many members."""
    return InputError(f"{archive} has more than {max_members} members, which no data set needs; check it")


def _corrupt(path, error):
    problem = f"{_one_line(error)}; its first bytes are {_first_bytes(path)!r}"
    return InputError(f"{path} is not a complete zip or tar archive ({problem}); delete it and fetch it again")


def _first_bytes(path):
    with open(path, "rb") as stream:
        return stream.read(16)


def _one_line(error):
    """The first line of an error's message; tarfile has a line for each kind of compression that it has tried."""
    return printable(str(error).strip().partition("\n")[0].rstrip(":") or type(error).__name__)

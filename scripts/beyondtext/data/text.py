"""Text files as people have them: compressed or not, in several encodings, with any line ends."""

import bz2
import lzma
import re
import zlib
from pathlib import Path

from beyondtext.core.errors import InputError

# How compressed files begin, whatever their names; only the digit tells bzip2 from a text with the three letters.
COMPRESSED = re.compile(rb"(?P<gzip>\x1f\x8b)|(?P<bzip2>BZh[0-9])|(?P<xz>\xfd7zXZ\0)|(?P<zstd>\x28\xb5\x2f\xfd)")
PACKED = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}  # by how their names end
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # the second is empty, the third in parts
IN_ZIP = {  # by the name of a member, which follows 42 bytes of its entry in the directory of a zip
    rb"PK\x01\x02.{42}xl/": ("an Excel workbook (.xlsx)", "save the sheet as CSV"),
    rb"PK\x01\x02.{42}word/": ("a Word document (.docx)", "save it as plain text, or the table as CSV"),
    rb"PK\x01\x02.{42}ppt/": ("a PowerPoint file", "copy the table into a CSV file"),
    rb"PK\x01\x02.{42}content\.xml": ("an OpenDocument file", "save the sheet as CSV"),
}
BINARY = {  # by the first bytes; letters alone may be those of a text, such as the name of the protein PAR1_HUMAN
    **dict.fromkeys(ZIP, ("a zip archive", "unpack it and give the file or folder inside")),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an old Office file (.xls or .doc)", "save the table as CSV"),
    b"%PDF-": ("a PDF", "copy the table into a CSV file"),
    b"PAR1\x15": ("a Parquet file", "save it as CSV"),
    b"\x89HDF": ("an HDF5 file", "save it as CSV"),
    b"\x93NUMPY": ("a NumPy file", "save it as CSV"),
    b"\x80\x04": ("a pickle", "save it as CSV, since unpickling runs whatever the file says"),
    b"SQLite format 3\0": ("an SQLite database", "export the table as CSV"),
    b"MThd\0": ("one MIDI file", "give the folder with the files of all classes"),
}
NOTE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # how a frame of zstd begins that has no data
MOST_BYTES = 2**30  # of a text; reading it takes several times as much memory
MOST_MEMORY = 2**30  # bytes that unpacking xz may take; its highest level takes a sixteenth of that
CHUNK = 4096  # bytes to decompress at a time: some formats pack a hundred million bytes into so many
MARKS = {  # byte order marks; that of UTF-32 begins with that of UTF-16
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
HIGH = bytes(range(128, 256))
LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")  # of UTF-8
ONLY_WINDOWS = re.compile(rb"[\x80-\x9f]")  # dashes, curly quotation marks and the like; nothing in Latin-1
LINE_BREAK = re.compile(r"[ \t]*\n\s*")
ENCODINGS = {"latin1": "latin-1", "windows1252": "cp1252"}


def read_text(path, tally):
    """The text of a file, unpacked and decoded, with ``\\n`` at the end of every line.

    The encoding is that of a byte order mark, otherwise UTF-8. A file that is not is read as Latin-1 or, if it has
    signs that only Windows-1252 has, as that, and counted.

    Parameters
    ----------
    path : path
    tally : beyondtext.data.tally.Tally

    Returns
    -------
    str
        Without its byte order mark. Only ``\\n`` ends a line: split it there, not with `str.splitlines`, for which
        other characters do, too.

    Raises
    ------
    InputError
        If the file is damaged, or is not text.
    """
    return read_content(path, unpack(path), tally)


def read_content(path, content, tally):
    """As `read_text`, of the bytes that `unpack` has returned."""
    path = Path(path)
    refuse_binary(path, content)
    text = _decode(path, content, tally)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{path}, line {line} has a NUL character, so it is not a text file; convert or replace it")
    return _without_marks(path, text.replace("\r\n", "\n").replace("\r", "\n"), tally)


def _without_marks(path, text, tally):
    """A text without further byte order marks at its beginning, which a file gets that is saved with one twice."""
    left = text.lstrip("\ufeff")
    if left != text:
        tally.add("extra_marks", len(text) - len(left), path.name)
    return left


def refuse_binary(path, content):
    """Raise `InputError` if the unpacked bytes of a file are those of a format that is no text, with what to do."""
    directory = _directory(content) if content.startswith(ZIP) else b""
    kinds = [kind for entry, kind in IN_ZIP.items() if re.search(entry, directory, re.DOTALL)]
    kinds += [kind for start, kind in BINARY.items() if content.startswith(start)]
    if kinds:
        name, remedy = kinds[0]
        raise InputError(f"{path} is {name}; {remedy}")


def _directory(content):
    """The directory of a zip, whose size is in the record behind it; all that there is if the zip is cut off.

    zipfile would make an object of each entry.
    """
    end = content.rfind(b"PK\x05\x06")
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    return content[max(end - size, 0) : end]


def on_one_line(text):
    """Text without blanks at its ends, and with one blank for each line break: how a label or a name is read."""
    return LINE_BREAK.sub(" ", text.strip()) if "\n" in text else text.strip()


def unpack(path):
    """The bytes of a file, decompressed if it begins like a file of gzip, bzip2, xz or zstd.

    Raises
    ------
    InputError
        If the file cannot be read, is damaged, is compressed twice, or has more than `MOST_BYTES`, unpacked or not.
    """
    path = Path(path)
    if path.stat().st_size > MOST_BYTES:
        _refuse_size(path)
    content = path.read_bytes()
    kind = compression(content)
    if kind is None:
        return content
    import zstandard

    new = {
        "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY),
        "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    }[kind]
    try:
        parts = list(_parts(path, content, new))
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{path} is not a whole {kind} file: {problem}; download it again or replace it") from None
    content = b"".join(parts)
    if inner := compression(content):
        raise InputError(f"{path} is compressed twice, with {inner} and then with {kind}; unpack it once")
    return content


def compression(content, place=0):
    """The kind of compression of a file's bytes, from ``place`` on, as in `PACKED`; None if they are not compressed."""
    found = COMPRESSED.match(content, place)
    return found and found.lastgroup


def _parts(path, content, new):
    """Decompress a file of one or several streams; ``new`` makes a decompressor for each of them.

    Unlike the functions of the standard library, it refuses what follows a stream and is none: a damaged stream would
    otherwise be lost, with all that follow it.
    """
    place, size, stream = 0, 0, None
    while place < len(content):
        if stream is None:
            place = _skip(content, place)
            if not content[place : place + CHUNK].strip(b"\0") and not content[place:].strip(b"\0"):
                return  # nothing, or padding
            if compression(content, place) is None:
                raise EOFError("something else follows its end")
            stream = new()
        chunk = content[place : place + CHUNK]
        part = stream.decompress(chunk)
        size += len(part)
        if size > MOST_BYTES:
            _refuse_size(path)
        yield part
        place += len(chunk)
        if stream.eof:
            place -= len(stream.unused_data)
            stream = None
    if stream is not None:
        raise EOFError("it ends too early")


def _skip(content, place):
    """Where the next frame of data begins: zstd has frames with notes, such as an index, that readers skip."""
    while NOTE.match(content, place):
        place += 8 + int.from_bytes(content[place + 4 : place + 8], "little")
    return place


def _refuse_size(path):
    raise InputError(f"{path} has more than {MOST_BYTES // 2**30} GiB; replace it by the part of it that is needed")


def _decode(path, content, tally):
    mark = next((mark for mark in MARKS if content.startswith(mark)), b"")
    encoding = MARKS.get(mark, "utf-8")
    content = content[len(mark) :]
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        if mark:
            raise InputError(
                f"{path}, line {line} is not {encoding.upper()}, as the file's byte order mark says; save it as UTF-8"
            ) from None
        where = f"{path}, line {line}"
        if _is_partly_utf8(content):
            raise InputError(
                f"{where} is not UTF-8, but other letters of the file are; save all of it as UTF-8"
            ) from None
        kind = "windows1252" if ONLY_WINDOWS.search(content) else "latin1"
        tally.add(kind, 1, f"{path.name}, line {line}")
        try:
            return content.decode(ENCODINGS[kind])
        except UnicodeDecodeError:
            raise InputError(f"{where} is neither UTF-8, Latin-1 nor Windows-1252; save the file as UTF-8") from None


def _is_partly_utf8(content):
    """Whether at least half of what is not ASCII is UTF-8, in a text that is not all UTF-8.

    Two bytes of another encoding are rarely a letter of UTF-8.
    """
    others, letters = LETTER.subn(b"", content)
    return letters > 0 and letters >= len(others) - len(others.translate(None, HIGH))

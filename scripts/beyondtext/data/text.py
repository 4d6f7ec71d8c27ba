"""Text files as people have them: compressed or not, in several encodings, with any line ends."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path

from beyondtext.core.errors import InputError

# By the first bytes of a file, whatever its name.
COMPRESSIONS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
MARKS = {  # byte order marks; that of UTF-32 begins with that of UTF-16
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def read_text(path, tally):
    """The text of a file, unpacked and decoded, with ``\\n`` at the end of every line.

    The encoding is that of a byte order mark, otherwise UTF-8; a file that is not is read as Latin-1, and counted.

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
    path = Path(path)
    text = _decode(path, unpack(path), tally)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputError(f"{path}, line {line} has a NUL character, so it is not a text file; convert or replace it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unpack(path):
    """The bytes of a file, decompressed if it begins like a file of gzip, bzip2, xz or zstd."""
    content = Path(path).read_bytes()
    kind = next((kind for start, kind in COMPRESSIONS.items() if content.startswith(start)), None)
    if kind is None:
        return content
    import zstandard

    try:
        if kind == "zstd":
            return _unpack_zstd(zstandard, content)
        return {"gzip": gzip, "bzip2": bz2, "xz": lzma}[kind].decompress(content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{path} is not a whole {kind} file: {problem}; download it again or replace it") from None


def _unpack_zstd(zstandard, content):
    """All frames of a zstd file; the reader itself does not notice that the last one is cut."""
    parts = []
    while content:
        frame = zstandard.ZstdDecompressor().decompressobj()
        parts.append(frame.decompress(content))
        if not frame.eof:
            raise EOFError("it ends within a frame")
        content = frame.unused_data
    return b"".join(parts)


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
        tally.add("latin1", 1, f"{path.name}, line {line}")
        return content.decode("latin-1")

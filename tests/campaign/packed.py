"""Archives written byte by byte, so that they can be invalid in every way."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from dataclasses import dataclass, replace

UTF_8 = 0x800  # the flag of a zip's member whose name is UTF-8
COMPRESS = {"tar": bytes, "tar.gz": gzip.compress, "tar.bz2": bz2.compress, "tar.xz": lzma.compress}


@dataclass(frozen=True)
class Entry:
    """A member of a zip; what is None is as it should be."""

    name: bytes | str
    content: bytes = b""
    method: int = 8
    mode: int = 0o100644
    flags: int | None = None
    size: int | None = None  # that it declares
    checksum: int | None = None
    local: bytes | None = None  # its name in front of the content
    packed: bytes | None = None  # the content as it is stored
    offset: int | None = None

    @property
    def raw_name(self):
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def raw_content(self):
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.content
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(self.content) + packer.flush()

    def fields(self):
        """What both of its headers say: version, flags, method, time, checksum and sizes."""
        flags = UTF_8 if self.flags is None else self.flags
        size = len(self.content) if self.size is None else self.size
        checksum = zlib.crc32(self.content) if self.checksum is None else self.checksum
        return struct.pack("<HHHIIII", 20, flags, self.method, 0x21 << 16, checksum, len(self.raw_content), size)


def zipped(*entries, before=b"", after=b"", comment=b"", **end):
    """A zip of entries; ``end`` changes the ``count``, ``size``, ``offset`` or ``disk`` in its last record."""
    body, directory = bytearray(before), b""
    for entry in entries:
        place = len(body) - len(before) if entry.offset is None else entry.offset
        local = entry.raw_name if entry.local is None else entry.local
        body += b"PK\x03\x04" + entry.fields() + struct.pack("<HH", len(local), 0) + local + entry.raw_content
        directory += b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + entry.fields()
        directory += struct.pack("<HHHHHII", len(entry.raw_name), 0, 0, 0, 0, entry.mode << 16, place) + entry.raw_name
    last = {"disk": 0, "count": len(entries), "size": len(directory), "offset": len(body) - len(before), **end}
    record = struct.pack("<HHHHIIH", last["disk"], 0, *[last["count"]] * 2, last["size"], last["offset"], len(comment))
    return bytes(body) + directory + b"PK\x05\x06" + record + comment + after


def zip_of(files, **changes):
    """A zip of files, by their paths."""
    return zipped(*(Entry(name, content, **changes) for name, content in files.items()))


def overlapping(number, size):
    """A zip whose members all have the same bytes, which unpack to ``size``."""
    one = Entry("0.txt", bytes(size))
    return zipped(one, *(replace(one, name=f"{place}.txt", offset=0, packed=b"") for place in range(1, number)))


def member(name, content=b"", kind=tarfile.REGTYPE, **changes):
    """A member of a tar and its content."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content)
    for key, value in changes.items():
        setattr(info, key, value)
    return info, content


def tarred(*members, form=tarfile.PAX_FORMAT, end=bytes(1024)):
    """A tar of what `member` gives, or of blocks as bytes."""
    blocks = b""
    for one in members:
        if isinstance(one, bytes):
            blocks += one
            continue
        info, content = one
        blocks += info.tobuf(form, errors="surrogateescape") + content + bytes(-len(content) % 512)
    return blocks + end


def tar_of(files, **options):
    """A tar of files, by their paths."""
    return tarred(*(member(name, content) for name, content in files.items()), **options)


def pack(container, files):
    """The files as a zip or a tar, compressed or not, by the usual ending of its name."""
    return zip_of(files) if container == "zip" else COMPRESS[container](tar_of(files))


def attributes(pairs, size=None):
    """A header of a tar with attributes of the next member, which need not have the size that it declares."""
    content = b""
    for key, value in pairs.items():
        rest = b" " + key + b"=" + value + b"\n"
        length = next(number for number in range(len(rest), len(rest) + 9) if len(str(number)) + len(rest) == number)
        content += str(length).encode() + rest
    info, _ = member("attributes", kind=tarfile.XHDTYPE)
    info.size = len(content) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)


def stream(pieces, compressor):
    """Many bytes, compressed piece by piece."""
    out = io.BytesIO()
    for piece in pieces:
        out.write(compressor.compress(piece))
    out.write(compressor.flush())
    return out.getvalue()

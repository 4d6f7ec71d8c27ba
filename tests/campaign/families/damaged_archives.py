"""Archives that unpack to too much, damaged ones, what only looks like one, and archives in archives."""

import bz2
import gzip
import lzma
import struct
import zlib
from functools import partial

import zstandard

from fetching import definition, download, import_once, local, make_room
from packed import COMPRESS, Entry, attributes, member, overlapping, pack, stream, tar_of, zip_of, zipped
from trying import REFUSED, Input

KIND = "damaged archives"
FILES = {"set/a.txt": b"alpha\n" * 200, "b.csv": b"1,2\n", "set/c.bin": bytes(range(256)) * 8}
ONE = {"a.txt": b"x"}
MEGABYTE = 10**6
LARGE = 120  # megabytes: more than what may unpack to any size
CUTS = 4  # random ones of each kind of archive
one = partial(local, KIND)


def inputs(shared, random):
    import_once()
    return [*bombs(), *claims(), *damage(random), *unusual(), *others(), *inner(), *from_a_folder()]


def bombs():
    """Much from little, in bytes and in members; they are made where they are tried."""
    zeros = {"a.txt": LARGE * MEGABYTE}
    yield one("zip that unpacks to a thousand times its size", lambda work: zip_of_zeros(zeros))
    yield one("zip of whose members all have the same bytes", lambda work: overlapping(300, MEGABYTE))
    large = [Entry(f"{number}.txt", b"x", size=4 * 10**9) for number in range(6)]
    yield one("zip whose members declare 24 GB", zipped(*large))
    compressors = {"tar.gz": gzip_stream, "tar.xz": lzma.LZMACompressor, "tar.bz2": bz2.BZ2Compressor}
    for ending, compressor in compressors.items():
        empty, full = (member("a.txt", size=size)[0].tobuf() for size in (0, LARGE * MEGABYTE))
        after, inside = (partial(tar_of_zeros, head, compressor) for head in (empty, full))
        yield one(f"{ending} with more than a hundred megabytes after its only member", after)
        yield one(f"{ending} that unpacks to thousands of times its size", inside)
    head = member("a.txt", size=25 * 10**9)[0].tobuf()
    yield one("tar with a member of 25 GB", head + bytes(1024))
    header = attributes({b"path": b"a"}, size=10**8)
    yield one("tar.gz with a header of 100 MB", partial(tar_of_zeros, header, gzip_stream))
    many = member("a.txt")[0].tobuf() * 20_000
    yield one("tar.gz with 20,000 members, with their limit at 10,000", gzip.compress(many, 1), most=10_000)
    many = member("a.txt")[0].tobuf() * 1000
    yield one("tar.gz with 300,000 members", lambda work: stream([many] * 300, gzip_stream()))
    noted = attributes({b"comment": bytes(MEGABYTE)}) + member("a.txt")[0].tobuf()
    yield one("tar.gz with a megabyte about each of 250 members", lambda work: stream([noted] * 250, gzip_stream()))
    yield one("tar.gz with headers and no file", gzip.compress(attributes({b"comment": b"x"}) * 5000))
    yield one("zip with three million members", partial(write_many_members, 3_000_000))
    packed = partial(pack_many_members, 5_000_000)
    yield one("tar.gz with a zip with five million members in it", packed, inner_archive="given.zip")


def zip_of_zeros(sizes):
    return zip_of({name: bytes(size) for name, size in sizes.items()})


def tar_of_zeros(head, compressor, work):
    """A tar that begins so, and goes on with zeros."""
    return stream([head, *[bytes(MEGABYTE)] * LARGE, bytes(1024)], compressor())


def gzip_stream():
    return zlib.compressobj(9, wbits=31)


def claims():
    """What an archive says of itself and is not true."""
    yield one("zip with a member larger than it declares", zipped(Entry("a.txt", bytes(MEGABYTE), size=10)))
    yield one("zip with a member smaller than it declares", zipped(Entry("a.txt", b"x", size=10)))
    yield one("zip with a wrong checksum", zipped(Entry("a.txt", b"x", checksum=7)))
    entry = Entry("a.txt", b"x")
    yield one("zip that claims to have 65,535 members", zipped(entry, count=65535), ONE, or_refused=True)
    yield one("zip that claims to have no members", zipped(entry, count=0), ONE, or_refused=True)
    yield one("zip whose directory claims to have 4 GB", zipped(entry, size=2**32 - 2))
    yield one("zip whose directory is said to be elsewhere", zipped(entry, offset=7))
    yield one("zip on several disks", zipped(entry, disk=3), ONE, or_refused=True)
    yield one("zip with a member beyond its end", zipped(entry, Entry("b.txt", b"x", offset=10**6)))
    yield one("zip with a member inside another one", zipped(entry, Entry("b.txt", b"x", offset=9)))
    yield one("zip that ends twice", zipped(entry) + zipped(entry)[-22:])
    small = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**63, 2**63, 2**63, 2**63)
    locator = struct.pack("<IQI", 0, 31, 1)
    end = struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    whole = b"PK\x03\x04" + bytes(27) + b"PK\x06\x06" + small + b"PK\x06\x07" + locator + b"PK\x05\x06" + end
    yield one("small zip that claims to have 9 quintillion members", whole)


def damage(random):
    """Archives cut and changed at random: what is found later must be all of it, or the archive is refused."""
    for container in ("zip", "tar", "tar.gz", "tar.bz2", "tar.xz"):
        content = pack(container, FILES)
        # Half of a tar's end is an end, too: what follows it may be missing.
        last = len(content) - (1024 if container == "tar" else 1)
        for number in range(CUTS):
            cut = random.randrange(1, last)
            yield one(f"{container} cut at a random place ({number + 1})", content[:cut])
        if container == "tar":
            continue  # which has no checksum of its content; the definition's is for it
        for number in range(CUTS):
            changed = bytearray(content)
            for _ in range(random.choice([1, 1, 3])):
                changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
            name = f"{container} with random bits flipped ({number + 1})"
            yield one(name, bytes(changed), FILES, or_refused=True)
        joined = content + pack(container, {"d.txt": b"more"})
        yield one(f"{container} followed by another one", joined)
        yield one(f"{container} followed by random bytes", content + random.randbytes(3000), FILES, or_refused=True)
    yield one("zip behind a program", b"#!/bin/sh\ntouch $CAMPAIGN_CANARY\n" + zip_of(FILES), FILES, or_refused=True)
    blocks = tar_of(FILES)
    yield one("tar with a wrong checksum of its second header", blocks.replace(b"b.csv\0", b"x.csv\0", 1))
    yield one("tar without its end", tar_of(FILES, end=b""))
    yield one("tar with an empty block between two members", tar_of({"a.txt": b"x"}, end=bytes(512)) + tar_of(FILES))
    yield one("tar with a whole tar behind its end", tar_of(ONE) + tar_of(FILES))
    yield one("tar of several compressed parts", gzip.compress(blocks[:700]) + gzip.compress(blocks[700:]), FILES)
    packed = gzip.compress(blocks)
    yield one("tar.gz with a wrong checksum", packed[:-8] + b"\0\0\0\0" + packed[-4:])
    yield one("tar.gz with a wrong length", packed[:-4] + b"\0\0\0\0")
    yield one("tar.gz without its last bytes", packed[:-8])


def unusual():
    """What the format allows and few programs write."""
    secret = Entry("a.txt", b"x" * 30, flags=0x801)
    yield one("zip with a password", zipped(secret))
    yield one(
        "zip with a password, of which another file is asked for",
        zipped(secret, Entry("b.csv", b"1")),
        {"b.csv": b"1"},
        paths=["*.csv"],
    )
    methods = {
        1: "shrunk",
        6: "imploded",
        9: "of a larger window",
        14: "by LZMA",
        93: "by zstd",
        98: "by PPMd",
        99: "by AES",
        65535: "unknown",
    }
    for method, words in methods.items():
        yield one(
            f"zip with a compression that is {words}",
            zipped(Entry("a.txt", b"x", method=method, packed=b"\0\0\5\0]\0")),
        )
    files = zip_of(FILES)
    yield one("zip with a comment of 65,535 bytes", zipped(*entries(), comment=b"c" * 65535), FILES)
    yield one(
        "zip with the end of another one as comment", zipped(*entries(), comment=files[-22:]), FILES, or_refused=True
    )
    yield one("zip without compression", zip_of(FILES, method=0), FILES)
    yield one("zip whose headers leave the sizes to the directory", streamed(), ONE)
    for container in COMPRESS:
        yield one(f"{container} that is called zip", pack(container, FILES), FILES)
    yield one("zip that is called tar.gz", zip_of(FILES), FILES, file="given.tar.gz")
    yield one(
        "zip that is called csv",
        zip_of(FILES),
        FILES,
        file="given.csv",
        paths=["**/*.txt", "*.csv", "set/*.bin"],
        or_refused=True,
    )
    archived = zstandard.ZstdCompressor().compress(tar_of(FILES))
    yield one("tar.zst, which is not unpacked", archived, file="given.tar.zst", paths=["set/*"])


def entries():
    return [Entry(name, content) for name, content in FILES.items()]


def streamed():
    """A zip as programs write it that do not know a file's size before they have written it."""
    content = bytearray(zipped(Entry("a.txt", b"x", flags=0x808)))
    content[14:26] = bytes(12)
    return bytes(content)


def others():
    """What is no archive."""
    pages = {
        "nothing": b"",
        "a web page": b"<!DOCTYPE html><html>Please log in</html>",
        "a message in JSON": b'{"error": "not found"}',
        "zeros": bytes(5000),
        "a zip's first four bytes": b"PK\x03\x04",
        "a zip's end without a zip": zipped()[-10:],
        "a 7-Zip file": b"7z\xbc\xaf\x27\x1c" + bytes(100),
        "a RAR file": b"Rar!\x1a\x07\x01\x00" + bytes(100),
        "a compressed text": gzip.compress(b"not a tar\n" * 100),
        "a pickle that runs code": b"cos\nsystem\n(S'touch $CAMPAIGN_CANARY'\ntR.",
    }
    for title, content in pages.items():
        yield one(f"{title} called zip", content)
        yield one(f"{title} called tar.gz", content, file="given.tar.gz")


def inner():
    """Archives in archives; only one that is named is opened."""
    small, options = zip_of(ONE), {"inner_archive": "*.zip"}
    yield one("zip in a zip", zip_of({"in.zip": small}), ONE, **options)
    yield one("zip in a tar.gz", gzip.compress(tar_of({"in.zip": small})), ONE, **options)
    yield one("zip in a zip that is not named", zip_of({"in.zip": small}), {"in.zip": small})
    yield one("two inner archives that fit", zip_of({"in.zip": small, "on.zip": small}), **options)
    yield one("no inner archive that fits", zip_of({"in.tar": small}), **options)
    yield one("inner archive that is none", zip_of({"in.zip": b"not a zip"}), **options)
    yield one("inner archive that is empty", zip_of({"in.zip": b""}), **options)
    yield one("inner archive with a path to the folder above", zip_of({"in.zip": zip_of({"../x": b"evil"})}), **options)
    yield one("inner archive with a path to the folder above around it", zip_of({"../in.zip": small}), **options)
    yield one("inner archive that lacks the file", zip_of({"in.zip": small}), paths=["b.txt"], **options)
    yield one("inner archive cut", zip_of({"in.zip": small[:-5]}), **options)
    yield one("inner archive that is a link", tar_with_link(), **options)
    yield one(
        "inner archive that unpacks to a thousand times its size",
        lambda work: zip_of({"in.zip": zip_of_zeros({"a": LARGE * MEGABYTE})}),
        **options,
    )
    yield one("inner archive with a pattern that goes up", zip_of({"in.zip": small}), inner_archive="../given.zip")
    yield one("inner archive of a text", b"text\n", **options)


def tar_with_link():
    import tarfile

    from packed import tarred

    return tarred(member("in.zip", kind=tarfile.SYMTYPE, linkname="/etc/hostname"))


def from_a_folder():
    """A checksum of the archive is compared before anything of it is unpacked."""
    content = zip_of(FILES)
    wrong = {"sha256": "0" * 64, "size": len(content)}
    yield one("zip with another checksum than that of its definition", content, **wrong)
    yield one("zip with another size than that of its definition", content, size=len(content) + 1)

    def prepare(work):
        make_room(work)
        for name, inside in {"in/a.zip": content, "in/b.zip": content}.items():
            (work / name).parent.mkdir(exist_ok=True)
            (work / name).write_bytes(inside)

    def run(work):
        return download(definition(address=str(work / "in"), inner_archive="*.zip"))

    yield Input(KIND, "folder of archives with an inner archive", prepare, run, REFUSED)


def write_many_members(number, work, place="given.zip"):
    """A zip with so many members that its directory has hundreds of megabytes."""
    first = zipped(Entry("", b""))
    start = first.index(b"PK\x01\x02")
    listed = first[start:-22]
    size = number * len(listed)
    with open(work / place, "wb") as out:
        out.write(first[:start])
        for _ in range(number // 1000):
            out.write(listed * 1000)
        out.write(b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, number, number, size, start))
        out.write(b"PK\x06\x07" + struct.pack("<IQI", 0, start + size, 1))
        out.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def pack_many_members(number, work):
    """Such a zip in a tar of some kilobytes."""
    write_many_members(number, work, "large")
    size = (work / "large").stat().st_size
    head = member("given.zip", size=size)[0].tobuf()
    compressor = zlib.compressobj(1, wbits=31)
    with open(work / "large", "rb") as content, open(work / "given.zip", "wb") as out:
        out.write(compressor.compress(head))
        while piece := content.read(1 << 20):
            out.write(compressor.compress(piece))
        out.write(compressor.compress(bytes(-size % 512 + 1024)))
        out.write(compressor.flush())
    (work / "large").unlink()

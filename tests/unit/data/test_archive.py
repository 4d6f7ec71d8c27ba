"""Unpacking: the requested files are complete, and nothing is written outside the folder."""

import bz2
import gzip
import io
import os
import random
import stat
import tarfile
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from unicodedata import normalize

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import archive, archive_members
from beyondtext.data.tally import Tally

FILES = {"set/a.txt": b"alpha\n" * 1000, "set/b.csv": b"1,2\n", "set/deep/c.txt": b"gamma", "other/d.txt": b"delta"}


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def make_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as out:
        for name, data in members.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(data, bytes):
                info.size = len(data)
            out.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def on_disk(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["x.zip", "x.whl", "x.tar", "x.tar.gz", "x.tar.bz2", "x.tar.xz"])
def test_only_the_requested_files_are_written(tmp_path, name):
    mode = {"tar": "w", "gz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}.get(name.rpartition(".")[2])
    path = make_tar(tmp_path / name, FILES, mode) if mode else make_zip(tmp_path / name, FILES)
    names = archive.unpack(path, ["set/*.txt", "other/d.txt"], tmp_path / "out")
    assert names == ["other/d.txt", "set/a.txt"]
    assert on_disk(tmp_path / "out") == {name: FILES[name] for name in names}


def test_no_requested_file_is_executable(tmp_path):
    info = tarfile.TarInfo("run.sh")
    info.mode = 0o6777
    archive.unpack(make_tar(tmp_path / "x.tar", {"run.sh": info}, "w"), ["run.sh"], tmp_path / "out")
    assert os.stat(tmp_path / "out/run.sh").st_mode & 0o7111 == 0


@pytest.mark.parametrize("bad", ["../evil.txt", "set/../../evil.txt", "/tmp/evil.txt", "C:\\evil.txt", "..\\evil.txt"])
@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("wanted", ["**", "set/a.txt"])
def test_a_path_that_leaves_the_folder_is_refused_even_if_not_requested(tmp_path, bad, make, wanted):
    path = make(tmp_path / "x.bin", {"set/a.txt": b"a", bad: b"evil"})
    with pytest.raises(InputError, match="outside the folder") as error:
        archive.unpack(path, [wanted], tmp_path / "in/out")
    assert repr(bad) in str(error.value)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["x.bin"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [(tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "link"), (tarfile.CHRTYPE, "device"), (tarfile.FIFOTYPE, "device")],
)
def test_a_requested_link_or_device_is_refused_and_an_unrequested_one_ignored(tmp_path, kind, name):
    path = make_tar(tmp_path / "x.tar.gz", {"a.txt": b"a", "b.txt": special("b.txt", kind, "/etc/passwd")})
    with pytest.raises(InputError, match=rf"'b.txt' is a {name}, not a file"):
        archive.unpack(path, ["*.txt"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert archive.unpack(path, ["a.txt"], tmp_path / "out") == ["a.txt"]


def test_a_requested_link_in_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        info = zipfile.ZipInfo("b.txt")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match=r"'b.txt' is a link, not a file"):
        archive.unpack(tmp_path / "x.zip", ["b.txt"], tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>not here</html>", "<!DOCTYPE html>"),
        (gzip.compress(b"a table, not a tar archive" * 99, mtime=0), "not a complete zip or tar archive"),
        (bz2.compress(b"neither is this")[:-8], "not a complete zip or tar archive"),
        (b"PK\x03\x04 and then nothing", "not a complete zip or tar archive"),
    ],
)
def test_a_file_that_is_not_an_archive_is_refused(tmp_path, content, message):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        archive.unpack(path, ["**"], tmp_path / "out")
    assert message in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.85])
def test_a_truncated_archive_is_refused(tmp_path, mode, fraction):
    members = {f"{n}.bin": os.urandom(3000) for n in range(10)}
    path = tmp_path / "x.bin"
    make_zip(path, members) if mode == "zip" else make_tar(path, members, mode)
    content = path.read_bytes()
    path.write_bytes(content[: int(fraction * len(content))])
    with pytest.raises(InputError, match="not a complete zip or tar archive"):
        archive.unpack(path, ["*.bin"], tmp_path / "out")


def test_a_tar_truncated_between_two_members_is_refused(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"a.bin": b"a" * 512, "b.bin": b"b" * 512}, "w")
    path.write_bytes(path.read_bytes()[:1024])
    with pytest.raises(InputError, match="end marker is missing"):
        archive.unpack(path, ["*.bin"], tmp_path / "out")


@pytest.mark.parametrize("mode", ["zip", "w:gz"])
def test_a_corrupt_byte_is_detected(tmp_path, mode):
    path = tmp_path / "x.bin"
    data = {"a.bin": os.urandom(50_000)}
    make_zip(path, data) if mode == "zip" else make_tar(path, data, mode)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a complete zip or tar archive"):
        archive.unpack(path, ["a.bin"], tmp_path / "out")


def test_a_pattern_that_matches_nothing_is_reported_with_the_files_available(tmp_path):
    path = make_zip(tmp_path / "x.zip", FILES)
    with pytest.raises(InputError, match=r"matches the pattern 'set/\*\.tsv'.*4 in all") as error:
        archive.unpack(path, ["set/*.txt", "set/*.tsv"], tmp_path / "out")
    assert str(path) in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_the_unpacked_size_is_limited(tmp_path, make):
    path = make(tmp_path / "x.bin", {"a.bin": bytes(600_000), "b.bin": bytes(600_000)})
    assert path.stat().st_size < 10_000
    with pytest.raises(InputError, match="more than 1000000 bytes"):
        archive.unpack(path, ["*.bin"], tmp_path / "out", max_bytes=1_000_000)
    assert not (tmp_path / "out").exists()
    assert archive.unpack(path, ["b.bin"], tmp_path / "out", max_bytes=1_300_000) == ["b.bin"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_an_archive_that_unpacks_to_very_much_more_than_its_size_is_refused(tmp_path, monkeypatch, make):
    monkeypatch.setattr(archive, "SMALL", 10**6)
    path = make(tmp_path / "x.bin", {"a.bin": bytes(10**6 - 10_000)})
    assert archive.unpack(path, ["*.bin"], tmp_path / "out") == ["a.bin"]
    size = make(path, {"a.bin": bytes(2 * 10**6)}).stat().st_size
    with pytest.raises(
        InputError, match=rf"x\.bin, of {size} bytes, would unpack to more than {max(10**6, 500 * size)} bytes"
    ):
        archive.unpack(path, ["*.bin"], tmp_path / "again")
    monkeypatch.setattr(archive, "MAX_RATIO", 2000)
    assert archive.unpack(path, ["*.bin"], tmp_path / "again") == ["a.bin"]


def test_zeros_behind_the_end_of_a_tar_are_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "SMALL", 10**6)
    path = make_tar(tmp_path / "x.tar", {"a.txt": b"a"}, "w")
    path.write_bytes(gzip.compress(path.read_bytes() + bytes(3 * 10**6)))
    with pytest.raises(InputError, match="would unpack to more than"):
        archive.unpack(path, ["*.txt"], tmp_path / "out")


def test_two_members_with_one_path_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr("a.txt", "one")
        out.writestr("a.txt", "two")
    with pytest.raises(InputError, match=r"has two members 'a.txt'"):
        archive.unpack(tmp_path / "x.zip", ["a.txt"], tmp_path / "out")


def test_a_file_that_is_also_a_folder_is_refused(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a": b"1", "a/b": b"2"})
    with pytest.raises(InputError, match="both a file and a folder"):
        archive.unpack(path, ["**"], tmp_path / "out")


def test_an_encrypted_zip_is_refused(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a.txt": b"a"})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the encryption flag, in the member's header and in the directory
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.zip cannot be unpacked without a password; pack it again without encr"):
        archive.unpack(path, ["a.txt"], tmp_path / "out")


def test_an_unknown_compression_is_named(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a.txt": b"a"})
    content = bytearray(path.read_bytes())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = 98
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"cannot be unpacked \(That compression.*\); pack it again as an ordinary zip"
    ):
        archive.unpack(path, ["a.txt"], tmp_path / "out")


def test_a_leading_dot_folder_in_a_tar_is_dropped(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"./set/a.txt": b"a"}, "w")
    assert archive.unpack(path, ["set/a.txt"], tmp_path / "out") == ["set/a.txt"]


def test_a_plain_tar_that_ends_with_a_zip_is_read_as_a_tar(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", {"z.txt": b"z"}).read_bytes()
    path = make_tar(tmp_path / "x.tar", {"a.txt": b"a", "inner.zip": inner}, "w")
    assert archive.unpack(path, ["*"], tmp_path / "out") == ["a.txt", "inner.zip"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_an_existing_file_is_not_overwritten(tmp_path, make):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b.txt").write_text("mine")
    with pytest.raises(InputError, match=r"out/b\.txt already exists; extract into an empty folder"):
        archive.unpack(make(tmp_path / "x.bin", {"b.txt": b"b"}), ["*.txt"], tmp_path / "out")
    assert (tmp_path / "out/b.txt").read_text() == "mine"


def test_a_tar_is_not_extracted_through_a_link_that_leaves_the_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/set").symlink_to(tmp_path / "elsewhere")
    path = make_tar(tmp_path / "x.tar.gz", {"set/a.txt": b"a"})
    with pytest.raises(InputError, match=r"was refused: .*outside the destination"):
        archive.unpack(path, ["set/a.txt"], tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_number_of_members_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(InputError, match="more than 3 members"):
        archive.unpack(make_zip(tmp_path / "x.zip", FILES), ["**"], tmp_path / "out")


class Endless(io.RawIOBase):
    """The members of a tar without an end, made when they are read; and how many were."""

    def __init__(self, content):
        super().__init__()
        self.content, self.read_bytes = content, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=0):
        self.read_bytes = offset + (self.read_bytes if whence == 1 else 0)
        return self.read_bytes

    def tell(self):
        return self.read_bytes

    def readinto(self, buffer):
        start = self.read_bytes % len(self.content)
        part = (self.content[start:] + self.content)[: len(buffer)]
        buffer[: len(part)] = part
        self.read_bytes += len(part)
        return len(part)


def header_of(name, **attributes):
    """The blocks of an empty member of a tar."""
    info = tarfile.TarInfo(name)
    info.pax_headers = attributes
    return info.tobuf(tarfile.PAX_FORMAT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (header_of("a"), "has more than 2000 members, which no data set needs; check it"),
        (header_of("a", comment="x" * 9000), "has more than 100000 bytes of long names and attributes, which no data"),
        (header_of("a" * 9000), "has more than 100000 bytes of long names and attributes, which no data set needs"),
    ],
)
def test_a_tar_without_an_end_is_refused_before_much_of_it_is_read(tmp_path, monkeypatch, content, message):
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    stream = Endless(content)
    actual = tarfile.open

    def from_stream(name, mode="r", **options):
        return actual(fileobj=stream, mode="r:", **options)

    monkeypatch.setattr(archive, "MAX_MEMBERS", 2000)
    monkeypatch.setattr(archive_members, "MAX_DIRECTORY", 100_000)
    monkeypatch.setattr(archive_members.tarfile, "open", from_stream)
    with pytest.raises(InputError, match=rf"x\.tar {message}"):
        archive.unpack(path, ["a"], tmp_path / "out")
    assert stream.read_bytes < 2_000_000 and not (tmp_path / "out").exists()


def test_the_usual_attributes_of_many_members_are_no_reason_to_refuse_a_tar(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_members, "MAX_DIRECTORY", 0)
    path = tmp_path / "x.tar"
    blocks = [header_of(f"{number}", mtime="1700000000.123456789") for number in range(20)]
    path.write_bytes(b"".join(blocks) + bytes(1024))
    assert archive.unpack(path, ["7"], tmp_path / "out") == ["7"]


def test_the_members_of_a_zip_are_counted_before_any_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    path = make_zip(tmp_path / "x.zip", FILES)
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # what zipfile makes of each
    with pytest.raises(InputError, match=r"x\.zip has more than 3 members, which no data set needs"):
        archive.unpack(path, ["**"], tmp_path / "out")


def test_a_directory_of_a_zip_is_not_read_into_memory_whatever_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_members, "MAX_DIRECTORY", 20)
    with pytest.raises(InputError, match=r"is not a complete zip or tar archive \(its directory has \d+ bytes"):
        archive.unpack(make_zip(tmp_path / "x.zip", FILES), ["**"], tmp_path / "out")


def test_a_member_smaller_than_declared_is_refused(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a.txt": b"a" * 100})
    content = bytearray(path.read_bytes())
    size = content.index(b"PK\x01\x02") + 24  # the uncompressed size in the directory
    content[size : size + 4] = (200).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(InputError, match="does not have the 200 bytes that the archive declares"):
        archive.unpack(path, ["a.txt"], tmp_path / "out")


def zip_with_names(path, names, flag=False):
    """A zip whose members have these names, as bytes; the flag declares them as UTF-8."""
    with zipfile.ZipFile(path, "w") as out:
        for number, name in enumerate(names):
            out.writestr("x" * (len(name) - 2) + f"{number:02}", name)
    content = path.read_bytes()
    for number, name in enumerate(names):
        content = content.replace(b"x" * (len(name) - 2) + f"{number:02}".encode(), name)
    if flag:
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            parts = content.split(signature)
            content = signature.join(
                [parts[0], *(part[: offset - 4] + b"\0\x08" + part[offset - 2 :] for part in parts[1:])]
            )
    path.write_bytes(content)
    return path


def unpacked(path, pattern, folder):
    """The files that a pattern extracts, and the tally's counts and examples by reason."""
    tally = Tally()
    names = archive.unpack(path, [pattern], folder, tally)
    assert names == sorted(on_disk(folder))
    return names, {change["reason"]: (change["count"], change["example"]) for change in tally.as_list()}


@pytest.mark.parametrize(
    ("name", "flag", "expected"),
    [
        ("Dvořák/é.txt".encode(), True, "Dvořák/é.txt"),
        ("Dvořák/é.txt".encode(), False, "Dvořák/é.txt"),  # as macOS writes it
        ("日本語.txt".encode(), False, "日本語.txt"),
        ("Größe.txt".encode("cp437"), False, "Größe.txt"),  # as the format demands
        ("Größe.txt".encode("latin-1"), False, "Gr÷▀e.txt"),  # cannot be told from the one before
        (b"plain.txt", False, "plain.txt"),
    ],
)
def test_names_in_a_zip_are_read_as_utf_8_or_else_as_code_page_437_and_counted(tmp_path, name, flag, expected):
    path = zip_with_names(tmp_path / "x.zip", [name, b"other.txt"], flag)
    names, counted = unpacked(path, "**/*.txt", tmp_path / "out")
    assert names == sorted([expected, "other.txt"])
    assert (tmp_path / "out" / expected).read_bytes() == name
    assert counted == ({} if flag or name.isascii() else {"zip_names": (1, expected)})


def test_a_name_in_a_zip_that_is_declared_as_utf_8_and_is_not_is_refused(tmp_path):
    path = zip_with_names(tmp_path / "x.zip", ["Größe.txt".encode("latin-1")], flag=True)
    for pattern in ("**", "other.txt"):
        with pytest.raises(InputError, match=r"x\.zip declares the names in it as UTF-8, but one of them is not; pack"):
            archive.unpack(path, [pattern], tmp_path / "out")


def test_a_name_in_a_tar_that_is_not_utf_8_is_refused_only_if_it_is_requested(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as out:
        for name in ("Größe.mid", "b.txt"):
            out.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(InputError, match=r"x\.tar: the name Gr\\xf6\\xdfe\.mid is not UTF-8; rename the file"):
        archive.unpack(path, ["*.mid"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert archive.unpack(path, ["*.txt"], tmp_path / "out") == ["b.txt"]


def test_backslashes_in_a_zip_separate_folders(tmp_path):
    path = zip_with_names(tmp_path / "x.zip", [b"set\\deep\\a.txt", b"set/b.txt", b"set\\empty\\"])
    names, counted = unpacked(path, "set/**/*.txt", tmp_path / "out")
    assert names == ["set/b.txt", "set/deep/a.txt"]
    assert counted == {"zip_folders": (1, "set/deep/a.txt")}


def test_one_path_written_in_two_ways_is_refused(tmp_path):
    path = zip_with_names(tmp_path / "x.zip", [b"set\\a.txt", b"set/a.txt"])
    with pytest.raises(InputError, match=r"has two members 'set/a\.txt'"):
        archive.unpack(path, ["set/*"], tmp_path / "out")
    path = make_zip(tmp_path / "y.zip", {normalize("NFC", "é.txt"): b"1", normalize("NFD", "é.txt"): b"2"})
    with pytest.raises(InputError, match="differ only in their Unicode form"):
        archive.unpack(path, ["*"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_two_names_that_are_one_on_this_system_are_refused(tmp_path, monkeypatch, make):
    path = make(tmp_path / "x.bin", {"a.txt": b"1", "A.txt": b"2"})
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: exists(path) or exists(path.with_name("A.txt")))
    with pytest.raises(InputError, match=r"x\.bin has both A\.txt and a\.txt, which are one file on this system"):
        archive.unpack(path, ["*.txt"], tmp_path / "out")


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_endings_brackets_and_files_left_out_are_as_in_a_folder(tmp_path, make):
    members = {"x/[1].MID": b"1", "x/1.mid": b"2", "x/a.bak": b"3", "y/b.txt": b"4"}
    path = make(tmp_path / "x.bin", members)
    assert unpacked(path, "x/[1].mid", tmp_path / "1") == (["x/[1].MID"], {"unused": (2, "x/1.mid, x/a.bak")})
    assert unpacked(path, "**/*.mid", tmp_path / "2") == (["x/1.mid", "x/[1].MID"], {"unused": (1, "x/a.bak")})


def pax(fields, *blocks):
    """A tar archive as bytes whose first member has these attributes, by their names as bytes."""
    records = b""
    for name, value in fields.items():
        rest = b" " + name + b"=" + value + b"\n"
        length = next(n for n in range(len(rest), len(rest) + 9) if len(str(n)) + len(rest) == n)
        records += str(length).encode() + rest
    return header("x", len(records)) + records + bytes(-len(records) % 512) + b"".join(blocks) + bytes(1024)


def header(kind, size, name="a.txt"):
    """The header of a member of a tar archive as bytes, whatever its size."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"\xff" + size.to_bytes(11, "big", signed=True) if size < 0 else b"\x80" + size.to_bytes(11, "big")
    block[156:157] = kind.encode()
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


MEMBER = header("0", 4) + b"data" + bytes(508)


@pytest.mark.parametrize("name", ["a.txt\0.mid", "é\0/../../evil.txt"])
def test_a_name_with_a_nul_character_is_refused(tmp_path, name):
    zip_with_names(tmp_path / "x.zip", [name.encode()])
    (tmp_path / "x.tar").write_bytes(pax({b"path": name.encode()}, MEMBER))
    for path in (tmp_path / "x.zip", tmp_path / "x.tar"):
        with pytest.raises(InputError, match=r"x\.(zip|tar): the name '\S*\\x00\S*' has a NUL character; check where"):
            archive.unpack(path, ["*"], tmp_path / "out")
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a" * 300 + ".txt", "/".join(["d" * 100] * 60) + ".txt", "é" * 200, "x" * 6000])
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_name_that_is_too_long_is_refused_only_if_it_is_requested(tmp_path, make, name):
    path = make(tmp_path / "x.bin", {"a.csv": b"1", name: b"2"})
    with pytest.raises(
        InputError, match=rf"x\.bin: the name '.*, of {len(name)} characters, is too long for this"
    ) as error:
        archive.unpack(path, ["**"], tmp_path / "out")
    assert len(str(error.value)) < 600
    assert archive.unpack(path, ["a.csv"], tmp_path / "again") == ["a.csv"]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_path_of_very_many_folders_is_refused(tmp_path, make):
    path = make(tmp_path / "x.bin", {"a.csv": b"1", "a/" * 2000 + "b.txt": b"2"})
    with pytest.raises(InputError, match="has more than 100 folders; check where the archive comes from"):
        archive.unpack(path, ["**"], tmp_path / "out")


@pytest.mark.parametrize("name", ["", ".", "./", "././."])
def test_a_file_without_a_name_is_refused(tmp_path, name):
    path = make_tar(tmp_path / "x.tar", {"a.csv": b"1", name: b"2"})
    for pattern in ("**", "a.csv"):
        with pytest.raises(InputError, match=r"x\.tar has a file without a name"):
            archive.unpack(path, [pattern], tmp_path / "out")


@pytest.mark.parametrize("name", [".", "a/.", "./."])
def test_a_dot_in_a_zip_is_no_file(tmp_path, name):
    path = make_zip(tmp_path / "x.zip", {"a.csv": b"1", name: b"2"})
    if name == "a/.":
        assert archive.unpack(path, ["**"], tmp_path / "out") == ["a", "a.csv"]
        return
    with pytest.raises(InputError, match=r"x\.zip has a file without a name"):
        archive.unpack(path, ["a.csv"], tmp_path / "out")


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("name", ["a\x1b[2J.txt", "a\nerror: b.txt", "a\u202etxt.exe", "a\r.txt"])
def test_names_with_control_characters_are_printed_escaped(tmp_path, make, name):
    path = make(tmp_path / "x.bin", {name: b"1", "b.csv": b"2"})
    messages = []
    for pattern, members in (("*.mid", [name]), ("**", [name, f"../{name}"]), ("**", [name, f"{name}/c.txt"])):
        path = make(tmp_path / "x.bin", dict.fromkeys(members, b"1"))
        with pytest.raises(InputError) as error:
            archive.unpack(path, [pattern], tmp_path / "out")
        messages.append(str(error.value))
    assert all(message.isprintable() and "a\\" in message for message in messages)
    assert archive.unpack(make(tmp_path / "x.bin", {name: b"1"}), ["*"], tmp_path / "out") == [name]


@pytest.mark.parametrize(
    "content",
    [
        header("0", -512) + bytes(1024),
        MEMBER + header("0", -1024) + bytes(1024),
        pax({b"size": b"-2048"}, MEMBER),
        MEMBER + pax({b"size": b"-1024"}, MEMBER),
        pax({b"size": b"9" * 5000}, MEMBER),
        header("x", 10**12) + bytes(1024),
        MEMBER + header("L", 4 * 10**9) + bytes(1024),
        pax({b"GNU.sparse.map": b"0,5,-1,7", b"GNU.sparse.size": b"20"}, MEMBER),
        b"".join(pax({b"comment": b"x"})[:1024] for _ in range(3000)) + MEMBER + bytes(1024),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_that_lies_about_sizes_is_refused(tmp_path, content, pack):
    path = tmp_path / "x.tar"
    path.write_bytes(pack(content))
    with pytest.raises(InputError, match="not a complete zip or tar archive"):
        archive.unpack(path, ["**"], tmp_path / "out")
    archive.holds_archive(path)  # nor does asking what the file is fail


def test_a_header_is_not_read_into_memory_whatever_its_size(tmp_path):
    path = tmp_path / "x.tar.gz"
    path.write_bytes(gzip.compress(MEMBER + header("L", 10**8) + bytes(10**8) + bytes(1024), compresslevel=1))
    tracemalloc.start()
    with pytest.raises(InputError, match="not a complete zip or tar archive"):
        archive.unpack(path, ["**"], tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**7


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_changed_bytes_never_end_in_a_traceback(tmp_path, mode):
    path, changed = tmp_path / "x.bin", random.Random(0)
    make_zip(path, FILES) if mode == "zip" else make_tar(path, FILES, mode)
    content = path.read_bytes()
    for number in range(60):
        wrong = bytearray(content)
        for _ in range(changed.choice([1, 2, 9])):
            end = min(len(wrong), changed.choice([200, 600, len(wrong)]))
            wrong[changed.randrange(end)] = changed.randrange(256)
        path.write_bytes(wrong)
        with suppress(InputError):
            archive.unpack(path, ["**"], tmp_path / f"out{number}")
    assert {item.name.rstrip("0123456789") for item in tmp_path.iterdir()} <= {"x.bin", "out"}


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz"])
def test_two_archives_in_one_file_are_refused(tmp_path, mode):
    parts = [{"a.txt": b"a"}, {"b.txt": b"b"}]
    paths = [tmp_path / f"{number}.bin" for number in range(2)]
    for path, members in zip(paths, parts, strict=True):
        make_zip(path, members) if mode == "zip" else make_tar(path, members, mode)
    both = tmp_path / "both.bin"
    both.write_bytes(b"".join(path.read_bytes() for path in paths))
    with pytest.raises(InputError, match=r"both\.bin has more than one archive in it, of which only one would be read"):
        archive.unpack(both, ["**"], tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""Unpacking: the requested files are complete, and nothing is written outside the folder."""

import bz2
import gzip
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from unicodedata import normalize

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import archive
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
    with pytest.raises(InputError, match="cannot be unpacked"):
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


def test_a_name_with_a_nul_character_is_refused(tmp_path):
    path = zip_with_names(tmp_path / "x.zip", [b"a.txt\0.mid"])
    with pytest.raises(InputError, match="has a NUL character"):
        archive.unpack(path, ["*"], tmp_path / "out")


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

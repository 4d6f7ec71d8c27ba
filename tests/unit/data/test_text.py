"""Text files: compression by the first bytes, encodings, line ends."""

import bz2
import gzip
import lzma

import pytest
import zstandard

from beyondtext.core.errors import InputError
from beyondtext.data.tally import Tally
from beyondtext.data.text import read_text

TEXT = "Größe\tGNS\nünï\u2028code\tΔ\n"
PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstandard.compress}


def read(folder, content):
    tally = Tally()
    path = folder / "a.anything"
    path.write_bytes(content)
    return read_text(path, tally), tally.sentence()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("pack", [lambda content: content, *PACK.values()])
def test_compression_and_encoding_are_recognized(encoding, pack, tmp_path):
    assert read(tmp_path, pack(TEXT.encode(encoding))) == (TEXT, "")


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_the_mark_says_the_order_of_the_bytes(mark, tmp_path):
    assert read(tmp_path, ("\ufeff" + TEXT).encode(mark)) == (TEXT, "")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_every_line_end_becomes_a_newline(end, tmp_path):
    assert read(tmp_path, TEXT.replace("\n", end).encode()) == (TEXT, "")


def test_a_file_that_is_not_utf_8_is_read_as_latin_1_and_counted(tmp_path):
    found = read(tmp_path, b">a\nACGT\n>caf\xe9\nACGT\n")
    assert found == (
        ">a\nACGT\n>café\nACGT\n",
        "1 not UTF-8, read as Latin-1 (such as 'a.anything, line 3')",
    )


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("damage", [lambda packed: packed[:-7], lambda packed: packed[:10] + b"U" * 30 + packed[40:]])
def test_a_damaged_file_is_one_sentence(kind, damage, tmp_path):
    packed = PACK[kind](TEXT.encode() * 50)
    with pytest.raises(InputError, match=rf"a\.anything is not a whole {kind} file: .+; download it again"):
        read(tmp_path, damage(packed))


@pytest.mark.parametrize("kind", PACK)
def test_files_of_several_parts_are_read_whole(kind, tmp_path):
    assert read(tmp_path, PACK[kind](b"a\n") + PACK[kind](b"b\n")) == ("a\nb\n", "")


@pytest.mark.parametrize("content", [b"\x00\x01\x02", "text".encode("utf-16-le")])
def test_a_file_that_is_not_text_is_refused(content, tmp_path):
    with pytest.raises(InputError, match=r"line 1 has a NUL character"):
        read(tmp_path, content)


def test_text_that_breaks_the_promise_of_its_mark_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2 is not UTF-8, as the file's byte order mark says"):
        read(tmp_path, b"\xef\xbb\xbfa\n\xff\n")

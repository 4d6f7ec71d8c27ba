"""Text files: compression by the first bytes, encodings, line ends."""

import bz2
import gzip
import lzma
import zipfile

import pytest
import zstandard

from beyondtext.core.errors import InputError
from beyondtext.data import text as module
from beyondtext.data.tally import Tally
from beyondtext.data.text import on_one_line, read_text
from inputs import assert_refused
from sources import zipped

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


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["xl/workbook.xml"], "an Excel workbook (.xlsx); save the sheet as CSV"),
        (["[Content_Types].xml", "word/document.xml"], "a Word document (.docx); save it as plain text, or the table"),
        (["mimetype", "content.xml"], "an OpenDocument file; save the sheet as CSV"),
        (["my.fasta"], "a zip archive; unpack it and give the file or folder inside"),
        (["pixl/my.fasta"], "a zip archive; unpack it"),
        ([], "a zip archive; unpack it"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_zip_is_named_by_what_is_in_it(names, said, pack, tmp_path):
    assert_refused([f"a.anything is {said}"], read, tmp_path, pack(zipped(dict.fromkeys(names, "x"))))


def test_a_workbook_in_a_zip_does_not_make_it_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:  # not compressed
        archive.writestr("my.xlsx", zipped({"xl/workbook.xml": "x"}))
        archive.writestr("my.fasta", ">a\nACGT\n")
    assert_refused(["a zip archive; unpack it"], read, tmp_path, (tmp_path / "zip").read_bytes())


def test_a_workbook_that_is_cut_off_is_one(tmp_path):
    assert_refused(["an Excel workbook (.xlsx)"], read, tmp_path, zipped({"xl/workbook.xml": "x"})[:-30])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx", "an old Office file (.xls or .doc); save the table as CSV"),
        (b"%PDF-1.5\n", "a PDF; copy the table into a CSV file"),
        (b"PAR1\x15\x04\x15\x14", "a Parquet file; save it as CSV"),
        (b"SQLite format 3\0\x10\0", "an SQLite database; export the table as CSV"),
        (b"MThd\0\0\0\x06", "one MIDI file; give the folder with the files of all classes"),
    ],
)
def test_a_format_that_is_no_text_is_named_with_what_to_do(content, said, tmp_path):
    assert_refused([f"a.anything is {said}"], read, tmp_path, content)


@pytest.mark.parametrize("text", ["PAR1_HUMAN,MKV\n", "PKA,MKV\n", "MThd,MKV\n", "%PDF, a comment\n"])
def test_a_text_may_begin_with_the_letters_of_another_format(text, tmp_path):
    assert read(tmp_path, text.encode()) == (text, "")


@pytest.mark.parametrize("content", [b"\x00\x01\x02", "text".encode("utf-16-le")])
def test_a_file_that_is_not_text_is_refused(content, tmp_path):
    with pytest.raises(InputError, match=r"line 1 has a NUL character"):
        read(tmp_path, content)


def test_text_that_breaks_the_promise_of_its_mark_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2 is not UTF-8, as the file's byte order mark says"):
        read(tmp_path, b"\xef\xbb\xbfa\n\xff\n")


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("end", [b"rubbish", b"a\tb\n", b"\x1f\x8b"])
def test_what_follows_a_compressed_part_and_is_none_is_refused(kind, end, tmp_path):
    with pytest.raises(InputError, match=rf"a\.anything is not a whole {kind} file: "):
        read(tmp_path, PACK[kind](b"a\n") + end)


@pytest.mark.parametrize("kind", PACK)
def test_a_second_part_that_is_damaged_is_not_lost(kind, tmp_path):
    second = PACK[kind](b"b\n")
    with pytest.raises(InputError, match=r"not a whole \w+ file: something else follows its end"):
        read(tmp_path, PACK[kind](b"a\n") + b"U" + second[1:])


@pytest.mark.parametrize("kind", PACK)
def test_a_part_may_be_empty_and_zeros_may_follow(kind, tmp_path):
    assert read(tmp_path, PACK[kind](b"a\n") + PACK[kind](b"") + bytes(5000)) == ("a\n", "")


def test_frames_of_notes_are_skipped(tmp_path):
    frame = zstandard.compress(b"a\n")
    assert read(tmp_path, frame + b"\x5e\x2a\x4d\x18\x03\0\0\0xyz" + frame) == ("a\na\n", "")


def test_a_text_may_begin_like_bzip2(tmp_path):
    assert read(tmp_path, b"BZhao\tx\n") == ("BZhao\tx\n", "")


@pytest.mark.parametrize("pack", [lambda content: content, *PACK.values()])
def test_a_file_that_is_too_large_is_refused_before_it_fills_the_memory(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    assert len(read(tmp_path, pack(b"a" * 2**20))[0]) == 2**20
    with pytest.raises(InputError, match=r"a\.anything has more than .+; replace it by the part of it that is needed"):
        read(tmp_path, pack(b"a" * 2**20) + pack(b"a"))


def test_xz_that_asks_for_too_much_memory_is_refused(tmp_path, monkeypatch):
    assert read(tmp_path, lzma.compress(b"a\n")) == ("a\n", "")
    monkeypatch.setattr(module, "MOST_MEMORY", 2**20)  # of which the usual level takes nine times as much
    with pytest.raises(InputError, match=r"a\.anything is not a whole xz file: Memory usage limit exceeded"):
        read(tmp_path, lzma.compress(b"a\n"))


def test_curly_quotation_marks_are_those_of_windows(tmp_path):
    found = read(tmp_path, "a\n“don’t” – façon\n".encode("cp1252"))
    said = "1 not UTF-8, read as Windows-1252 (such as 'a.anything, line 2')"
    assert found == ("a\n“don’t” – façon\n", said)


@pytest.mark.parametrize("content", ["é\nè".encode() + b"\xe9", "日本".encode()[:-1] + "ü".encode()])
def test_a_file_of_which_a_part_is_utf_8_is_refused(content, tmp_path):
    with pytest.raises(InputError, match=r"line [12] is not UTF-8, but other letters of the file are"):
        read(tmp_path, content)


def test_a_file_of_another_encoding_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2 is neither UTF-8, Latin-1 nor Windows-1252"):
        read(tmp_path, b"a\n\x81\x40")


@pytest.mark.parametrize(("outer", "inner"), [("gzip", "gzip"), ("xz", "bzip2"), ("zstd", "gzip")])
def test_a_file_that_is_compressed_twice_is_refused(outer, inner, tmp_path):
    with pytest.raises(InputError, match=f"compressed twice, with {inner} and then with {outer}; unpack it once"):
        read(tmp_path, PACK[outer](PACK[inner](TEXT.encode())))


@pytest.mark.parametrize("written", ["a b", " a b ", "a\nb", "a \n\n\t b\n"])
def test_a_line_break_of_a_label_is_one_blank(written):
    assert on_one_line(written) == "a b"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("number", [1, 2])
def test_more_byte_order_marks_than_one_are_removed_and_counted(encoding, number, tmp_path):
    text = "\ufeff" * number + "a\nb\ufeffc\n\ufeffd\n"
    read_as, said = read(tmp_path, text.encode(encoding))
    assert read_as == "a\nb\ufeffc\n\ufeffd\n"
    assert said == f"{number} byte order mark{'s' * (number > 1)} after the first one, removed (such as 'a.anything')"

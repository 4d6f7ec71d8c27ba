"""Answers that are not the file, where no checksum tells."""

import bz2
import gzip
import lzma

import pytest
import zstandard
from requests.structures import CaseInsensitiveDict

from beyondtext.data.fetch import content

COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.compress}


def headers(**values):
    return CaseInsensitiveDict({name.replace("_", "-"): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("train.tsv", headers()),
        ("train.tsv", headers(Content_Type="text/plain; charset=utf-8")),
        ("train.tsv", headers(Content_Type="application/octet-stream", Content_Encoding="identity")),
        ("config.json", headers(Content_Type="application/json")),
        ("download", headers(Content_Type="application/json")),  # of an address such as /get?name=set
        ("rows.JSON.gz", headers(Content_Type="application/json")),
        ("rows.ndjson", headers(Content_Type="application/json")),
        ("seqs.fasta", headers(Content_Type="text/x-fasta")),
        ("train.csv", headers(Content_Type="text/csv")),
        ("train.csv", headers(Content_Type="application/vnd.ms-excel")),
        ("download", headers(Content_Type="application/octet-stream")),
        ("page.html", headers(Content_Type="text/html")),
        ("x.csv.gz", headers(Content_Type="text/csv", Content_Encoding="gzip")),
    ],
)
def test_headers_that_may_be_those_of_the_file(name, sent):
    assert content.wrong_headers(name, sent) is None


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("train.tsv", headers(Content_Type="Text/HTML; charset=utf-8"), "a web page (text/html), perhaps for a login"),
        ("download", headers(Content_Type="application/xhtml+xml"), "a web page (application/xhtml+xml)"),
        ("a.csv", headers(Content_Type="application/problem+json"), "a message (application/problem+json)"),
        ("download", headers(Content_Type="application/problem+json"), "a message (application/problem+json)"),
        ("a.csv.gz", headers(Content_Type="text/json; charset=utf-8"), "a message (text/json), not the file a.csv.gz"),
        ("a.zip", headers(Content_Type="text/xml"), "a message (text/xml), not the file a.zip"),
        ("a.csv", headers(Content_Encoding="gzip"), "compresses the file (Content-Encoding: gzip), although"),
        ("a.csv", headers(Content_Encoding="br"), "(Content-Encoding: br)"),
        ("a.csv.gz", headers(Content_Encoding="br"), "(Content-Encoding: br)"),
        ("a.csv", headers(Content_Encoding="\x1b[2J"), r"(Content-Encoding: \x1b[2j)"),
    ],
)
def test_headers_that_are_not_those_of_the_file(name, sent, said):
    assert said in content.wrong_headers(name, sent)[0]


@pytest.mark.parametrize("head", [b"a\tb\n", b"<MIDI>", b">P1 <html>\nMKV\n", b"PK\x03\x04", b"<a>html</a>"])
def test_bytes_that_may_be_those_of_the_file(tmp_path, head):
    (tmp_path / "part").write_bytes(head)
    assert content.wrong_beginning("train.tsv", tmp_path / "part") is None


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html><title>Log in</title>",
        b"\xef\xbb\xbf\r\n  <HTML lang='en'>",
        b"<!-- a --><!-- b -->\n<html>",
        b'<?xml version="1.0"?><html xmlns="x">',
        b"<head><meta/></head>",
        b"<!doctype  html" + b" " * 100_000,
    ],
)
def test_a_web_page_is_not_the_file(tmp_path, head):
    (tmp_path / "part").write_bytes(head)
    assert "a web page, perhaps for a login" in content.wrong_beginning("train.tsv", tmp_path / "part")[0]
    assert content.wrong_beginning("page.html", tmp_path / "part") is None


MESSAGE = b'\xef\xbb\xbf\n{"error":\n "quota exceeded",\r\n "next": "http://a.org/?token=hush-1"}\n'


@pytest.mark.parametrize("name", ["train.tsv", "download", "a.zip", "a.fasta.gz", "json"])
def test_a_message_in_json_is_not_the_file(tmp_path, name):
    (tmp_path / "part").write_bytes(MESSAGE)
    said, _ = content.wrong_beginning(name, tmp_path / "part")
    expected = '{"error": "quota exceeded", "next": "http://a.org/?token=***"}'
    assert said == f"the server sends a message in JSON ({expected}), not the file {name}"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("config.json", MESSAGE),
        ("rows.jsonl", MESSAGE),
        ("notebook.ipynb", b"{}"),
        ("rows.txt", b'{"a": 1}\n{"a": 2}\n'),
        ("download", b'[{"a": 1}]'),
        ("train.tsv", b"{a}\tb\n"),
        ("train.tsv", b"42"),
        ("train.tsv", b'"word"\n'),
        ("train.tsv", b"{" * 100_000),
        ("train.tsv", b'{"a": \xff}'),
        ("train.tsv", b'{"a": "' + b"x" * 2**20 + b'"}'),
    ],
)
def test_json_that_may_be_the_file_is_taken(tmp_path, name, body):
    (tmp_path / "part").write_bytes(body)
    assert content.wrong_beginning(name, tmp_path / "part") is None


def test_an_empty_answer_is_not_the_file(tmp_path):
    (tmp_path / "part").write_bytes(b"")
    assert "an empty file for train.tsv" in content.wrong_beginning("train.tsv", tmp_path / "part")[0]


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_compressed_file_begins_as_its_name_says(tmp_path, ending):
    (tmp_path / "part").write_bytes(COMPRESS[ending](b"a\tb\n"))
    assert content.wrong_beginning(f"a.tsv{ending.upper()}", tmp_path / "part") is None
    for body in (b"please log in", b"BZhao\tb\n"):
        (tmp_path / "part").write_bytes(body)
        assert f"as the name a.tsv{ending} says" in content.wrong_beginning(f"a.tsv{ending}", tmp_path / "part")[0]

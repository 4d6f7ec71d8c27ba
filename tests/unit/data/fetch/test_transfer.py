"""Servers that send too much, too slowly, or something else: each ends in one sentence, and nothing is kept or locked.

Sources have no checksum here unless a test says so; with one, the bytes decide.
"""

import gzip
import json
import time
from collections import defaultdict

import pytest
import yaml

import download as program
from beyondtext.core.errors import InputError
from beyondtext.data import archive, locks
from beyondtext.data.fetch import body, fetch, session
from beyondtext.data.raw import raw_files
from sources import assert_fetched, definition, without_checksum
from web import BODY, endless, raw, serve, status

CUT = 100_000
OK = b"HTTP/1.1 200 OK\r\n"
PAGE = b"<!DOCTYPE html>\n<title>Please log in</title>"


def sentence(server, tmp_path, **changes):
    """The message with which a fetch of the server's train.tsv fails."""
    source = {**without_checksum(address=f"{server.url}/train.tsv"), **changes}
    with pytest.raises(InputError) as error:
        fetch(source, tmp_path / "demo")
    assert str(error.value).isprintable()
    assert not (tmp_path / "demo").exists()
    return str(error.value)


@pytest.mark.parametrize(
    "answer",
    [
        endless(bytes(1 << 16)),
        endless(b"10000\r\n" + bytes(1 << 16) + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    ],
)
def test_an_endless_body_ends_at_the_limit(server, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(body, "MAX_BYTES", 10**6)
    server.answers["/train.tsv"] = [answer]
    said = sentence(server, tmp_path)
    assert "sends more than the 1,000,000 bytes that are accepted; if the file is so large, give the `size`" in said
    assert list(tmp_path.iterdir()) == []


def test_a_body_that_is_declared_too_large_is_not_begun(server, tmp_path):
    server.answers["/train.tsv"] = [raw(OK + b"Content-Length: 5000000001\r\n\r\n")]
    assert "more than the 5,000,000,000 bytes" in sentence(server, tmp_path)
    server.answers["/train.tsv"] = [raw(OK + b"Content-Length: 300\r\n\r\n" + bytes(300))]
    assert "more than the 299 bytes expected" in sentence(server, tmp_path, size=299)
    assert list(tmp_path.iterdir()) == []


def test_the_size_of_several_files_is_the_most_that_they_may_have_together(server, tmp_path):
    server.answers |= {"/a.txt": [serve(b"a" * 600)], "/b.txt": [serve(b"b" * 500)]}
    addresses = [f"{server.url}/a.txt", f"{server.url}/b.txt"]
    assert "more than the 400 bytes that are accepted" in sentence(server, tmp_path, address=addresses, size=1000)
    fetch({**without_checksum(address=addresses), "size": 1100}, tmp_path / "demo")
    assert len(raw_files(tmp_path / "demo")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        endless(b"x", OK + b"Content-Length: 300000\r\n\r\n", pause=0.02),
        endless(b"1\r\nx\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n", pause=0.02),
        endless(b";x", OK + b"Transfer-Encoding: chunked\r\n\r\n10", pause=0.02),  # a chunk's header
        endless(b"A: b\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", pause=0.02),  # a trailer
        endless(b"x", pause=0.02),
    ],
)
def test_a_drip_is_given_up(server, tmp_path, monkeypatch, answer):
    monkeypatch.setattr(body, "SPEED_TIME", 0.3)
    server.answers["/train.tsv"] = [answer]
    began = time.monotonic()
    said = sentence(server, tmp_path)
    assert "the server sends fewer than 1000 bytes a second, in the last of 3 attempts" in said
    assert time.monotonic() - began < 10


def test_a_drip_is_resumed_where_a_checksum_tells(server, tmp_path, monkeypatch):
    monkeypatch.setattr(body, "SPEED_TIME", 0.3)
    header = OK + b"Content-Length: 300000\r\n\r\n"
    server.answers["/data.bin"] = [raw(header + BODY[:5000], *(BODY[n : n + 1] for n in range(5000, 5999)), pause=0.05)]
    server.answers["/data.bin"].append(serve())
    fetch(definition(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")
    assert int(server.seen[1][1]["Range"][6:-1]) > 5000


@pytest.mark.parametrize("start", [b"", OK, OK + b"X: "])
def test_a_header_that_drips_is_given_up(server, tmp_path, monkeypatch, start):
    monkeypatch.setattr(session, "ANSWER_TIME", 0.3)
    server.answers["/train.tsv"] = [endless(b"a", start, pause=0.02, most=200)]
    assert "did not answer within 0 s), in the last of 3 attempts" in sentence(server, tmp_path)


def test_a_part_that_nobody_asked_for_is_refused(server, tmp_path):
    part = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello"
    server.answers["/train.tsv"] = [raw(part)]
    assert "sends a part of the file (HTTP 206), although all of it was asked for" in sentence(server, tmp_path)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("answer", "advice", "known"),
    [
        (raw(OK.replace(b"200", b"206") + b"Content-Length: 1\r\n\r\na"), "on another one under `mirrors`", {}),
        (serve(PAGE), "open the address in a browser", {}),
        (serve(PAGE, Content_Type="text/html"), "open the address in a browser", {}),
        (serve(b'{"a": 1}'), "if this is the file, give its `sha256`", {}),
        (serve(b"x", Content_Encoding="gzip"), "on another one under `mirrors`", {}),
        (serve(b"x"), "the file at the address may have changed", {"sha256": "0" * 64}),
        (serve(b"xyz"), "the file at the address may have changed", {"size": 2}),
    ],
)
def test_what_another_attempt_cannot_mend_gets_advice_that_may_help(server, tmp_path, answer, advice, known):
    server.answers["/train.tsv"] = [answer]
    said = sentence(server, tmp_path, **known)
    assert advice in said and "give its path under `paths`" in said
    assert "check the connection" not in said and "again, which resumes" not in said


def test_where_one_address_may_be_reached_later_the_connection_is_to_be_checked(server, tmp_path):
    server.answers |= {"/train.tsv": [serve(PAGE)], "/mirror": [status(503)]}
    said = sentence(server, tmp_path, mirrors=[f"{server.url}/mirror"])
    assert "check the connection" in said and "open the address" not in said


@pytest.mark.parametrize("place", ["bytes 7-299999/300000", "bytes x-y/z", "items 100000-299999/300000", ""])
def test_a_part_from_another_place_is_not_appended(server, tmp_path, place):
    other = b"HTTP/1.1 206 Partial Content\r\nContent-Range: %s\r\nContent-Length: 3\r\n\r\nabc" % place.encode()
    server.answers["/data.bin"] = [serve(stop=CUT), raw(other), serve()]
    fetch(definition(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")


def test_a_part_that_is_shorter_than_was_asked_for_is_continued(server, tmp_path):
    def shorter(handler):
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {CUT - body.OVERLAP}-{CUT + 9}/{len(BODY)}")
        handler.send_header("Content-Length", str(body.OVERLAP + 10))
        handler.send_header("ETag", '"one"')
        handler.end_headers()
        handler.wfile.write(BODY[CUT - body.OVERLAP : CUT + 10])

    server.answers["/data.bin"] = [serve(stop=CUT), shorter, serve()]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")
    assert server.seen[2][1]["Range"] == f"bytes={CUT + 10 - body.OVERLAP}-"


@pytest.mark.parametrize("first", [bytes(len(BODY)), BODY[:50_000] + bytes(250_000), BODY[: CUT - 1] + b"\0" * 200_001])
def test_another_file_behind_the_same_tag_is_not_appended(server, tmp_path, first):
    assert first[:CUT] != BODY[:CUT]
    server.answers["/data.bin"] = [serve(first, stop=CUT), serve()]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")


def test_few_bytes_without_a_checksum_are_not_continued(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=1000), serve()]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")
    assert "Range" not in server.seen[1][1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (serve(PAGE, Content_Type="text/html; charset=utf-8"), "a web page (text/html), perhaps for a login"),
        (serve(PAGE, Content_Type="text/plain"), "a web page, perhaps for a login, not the file train.tsv"),
        (serve(b'{"error": "log in"}', Content_Type="application/json"), "a message (application/json)"),
        (serve(b""), "an empty file"),
        (serve(gzip.compress(b"a\tb\n"), Content_Encoding="gzip"), "compresses the file (Content-Encoding: gzip)"),
        (status(204), "HTTP 204 No Content"),
    ],
)
def test_what_is_not_the_file_is_neither_kept_nor_locked(server, tmp_path, monkeypatch, answer, said):
    lock = tmp_path / "sources.lock.yaml"
    monkeypatch.setattr(locks, "LOCK", lock)
    source = without_checksum(address=f"{server.url}/train.tsv")
    monkeypatch.setattr(program.definitions, "source", lambda name: source)
    server.answers["/train.tsv"] = [answer]
    with pytest.raises(SystemExit) as error:
        program.main(["demo", "--destination", str(tmp_path / "demo")])
    assert said in str(error.value.code)
    assert list(tmp_path.iterdir()) == []
    server.answers["/train.tsv"] = [serve(b"a\tb\n")]
    program.main(["demo", "--destination", str(tmp_path / "demo")])
    assert yaml.safe_load(lock.read_text())["demo"]["size"] == 4


def test_a_checksum_decides_whatever_the_headers_say(server, tmp_path):
    server.answers["/train.tsv"] = [serve(PAGE, Content_Type="text/html", Content_Encoding="gzip")]
    fetch(definition(body=PAGE, address=f"{server.url}/train.tsv"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "train.tsv", PAGE)


def test_after_a_login_page_the_mirror_is_used(server, tmp_path):
    server.answers |= {"/train.tsv": [serve(PAGE)], "/mirror": [serve(b"a\tb\n")]}
    source = without_checksum(address=f"{server.url}/train.tsv", mirrors=[f"{server.url}/mirror"])
    fetch(source, tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "train.tsv", b"a\tb\n")


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "5, 6", "abc", "²"])
def test_a_length_that_is_none_is_no_traceback(server, tmp_path, length):
    server.answers["/train.tsv"] = [raw(OK + b"Content-Length: " + length.encode("latin-1") + b"\r\n\r\na\tb\n")]
    try:
        fetch(without_checksum(address=f"{server.url}/train.tsv"), tmp_path / "demo")
    except InputError as error:
        assert str(error).isprintable()
    else:
        assert_fetched(tmp_path / "demo", "train.tsv", b"a\tb\n")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (raw(b"HTTP/1.1 404 \x1b[2Jgone\r\nContent-Length: 0\r\n\r\n"), r"HTTP 404 \x1b[2Jgone"),
        (status(403, X_Error_Message="a\x1b[31m" + "b" * 5000), r"HTTP 403 Forbidden (a\x1b[31mbbb"),
        (raw(b"\x1b[2J\xff nothing like HTTP\r\n\r\n"), "the transfer was interrupted"),
        (raw(b""), "the transfer was interrupted"),
        (raw(OK + b"A: b\r\n" * 300 + b"\r\n"), "the transfer was interrupted"),
        (raw(OK + b"A: " + b"b" * 100_000 + b"\r\n\r\n"), "the transfer was interrupted"),
    ],
)
def test_an_odd_answer_is_one_printable_sentence(server, tmp_path, answer, said):
    server.answers["/train.tsv"] = [answer]
    message = sentence(server, tmp_path)
    assert said in message and len(message) < 1500


@pytest.mark.parametrize("wait", ["1e3", "\xb2", "nan", "None", "3 hours"])
def test_a_wait_that_is_no_number_is_ignored(server, tmp_path, monkeypatch, wait):
    server.answers["/train.tsv"] = [status(503, Retry_After=wait), serve(b"a\tb\n")]
    fetch(without_checksum(address=f"{server.url}/train.tsv"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "train.tsv", b"a\tb\n")


@pytest.mark.parametrize("path", ["a%00b", "x" * 300, "%2e%2e%2fx", "%0a%1b[2J", "a/" * 3000, "%ff%fe", "%"])
def test_an_address_whose_last_part_is_no_name_is_fetched_as_download(server, tmp_path, path):
    server.answers = defaultdict(lambda: [serve(b"a\tb\n")])
    fetch(without_checksum(address=f"{server.url}/{path}"), tmp_path / "demo")
    [(name, file)] = raw_files(tmp_path / "demo").items()
    assert name.isprintable() and len(name) < 200 and file.read_bytes() == b"a\tb\n"
    assert file.resolve().parent == tmp_path / "demo"


@pytest.mark.parametrize("address", ["http://127.0.0.1/\x1b[2J", "http://127.0.0.1/\ud800", "http://a.org/x\nb"])
def test_an_address_with_strange_characters_is_refused(tmp_path, address):
    with pytest.raises(InputError, match=r"not a web address|has the control character") as error:
        fetch(without_checksum(address=address), tmp_path / "demo")
    assert str(error.value).isprintable()


def test_no_password_or_token_is_printed(server, tmp_path, capsys):
    server.answers["/x.tsv?token=hunter2"] = [status(503), status(404)]
    base = server.url.removeprefix("http://")
    address, mirror = f"http://me:hunter2@{base}/x.tsv?token=hunter2", f"http://me:hunter2@{base}1/x.tsv"
    with pytest.raises(InputError) as error:
        fetch(without_checksum(address=address, mirrors=[mirror, "http://me:hun/ter2@a.org/x"]), tmp_path / "demo")
    said = str(error.value) + capsys.readouterr().err
    assert f"http://***@{base}/x.tsv?token=***: HTTP 404" in said
    assert "hunter2" not in said and "ter2" not in said
    assert server.seen[0][1]["Authorization"].startswith("Basic ")
    assert all("hunter2" not in path.read_text() for path in tmp_path.rglob("*.json"))


def test_no_password_is_locked(tmp_path):
    source = without_checksum(address="https://me:hunter2@a.org/x.tsv")
    downloaded = {"sha256": "0" * 64, "size": 1}
    locks.record(source, downloaded, tmp_path / "lock.yaml")
    assert "https://***@a.org/x.tsv" in (tmp_path / "lock.yaml").read_text()
    assert locks.locked(source, tmp_path / "lock.yaml")["sha256"] == "0" * 64


def test_a_schema_does_not_print_a_password(tmp_path):
    with pytest.raises(InputError) as error:
        definition(address=[7, "https://me:hunter2@a.org/x"], mirrors=["https://me:hunter2@a.org/x"])
    assert "hunter2" not in str(error.value)


def test_an_incomplete_record_of_an_earlier_transfer_is_no_traceback(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(404)]
    source = without_checksum(address=f"{server.url}/data.bin")
    with pytest.raises(InputError):
        fetch(source, tmp_path / "demo")
    [record] = tmp_path.rglob("*.json")
    server.answers["/data.bin"] = [serve()]
    for content in ("[]", "null", json.dumps({"address": 1, "tag": []}), "[" * 100_000):
        record.write_text(content)
        fetch(source, tmp_path / "demo")
        assert_fetched(tmp_path / "demo")
        record.parent.mkdir(parents=True)
        record.with_suffix("").write_bytes(bytes(CUT))


def test_the_default_limits_are_those_of_the_documentation():
    assert (body.MAX_BYTES, body.SLOWEST, body.SPEED_TIME, session.ANSWER_TIME) == (5 * 10**9, 1000, 60, 150)
    assert (body.OVERLAP, session.MOST_REDIRECTS, archive.MAX_DEPTH, archive.MAX_BYTES) == (65536, 20, 100, 20 * 10**9)

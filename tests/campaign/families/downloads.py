"""Servers that misbehave; waits are shortened, and the limit of size is 1 MB."""

import gzip
from functools import partial

from fetching import RESUMABLE, checksum, import_once, served
from trying import REFUSED
from web import BODY, drip, endless, raw, serve, status

KIND = "downloads"
EXPECTED = {"data.bin": BODY}
KNOWN = checksum(BODY)
HALF = 150_000
PAGE = b"<!DOCTYPE html>\n<html><body>Please log in.</body></html>"
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = f"Content-Length: {len(BODY)}\r\n".encode()
CANARY = b"cos\nsystem\n(S'touch $CAMPAIGN_CANARY'\ntR."
one = partial(served, KIND, constants={"body.MAX_BYTES": 10**6})
kept = partial(one, keeps=RESUMABLE)


def inputs(shared, random):
    import_once()
    return [*answers(), *lengths(), *slow(), *statuses(), *waits(), *resumed(random)]


def at(answer, path="/data.bin"):
    """A server that answers so."""
    return {path: answer}


def answers():
    """Bodies and headers."""
    yield one("good file with its checksum", at(serve()), EXPECTED, **KNOWN)
    yield one("good file without a checksum", at(serve()), EXPECTED)
    other = serve(BODY[::-1])
    yield one("other bytes of the same length", at(other), **KNOWN)
    yield one("endless body of a known size", at(endless(b"x" * 9999)), **KNOWN)
    yield one("endless body of an unknown size", at(endless(b"x" * 9999)))
    chunk = b"2710\r\n" + b"x" * 10000 + b"\r\n"
    yield one("endless chunks", at(endless(chunk, OK + b"Transfer-Encoding: chunked\r\n\r\n")))
    yield one("empty body", at(serve(b"")))
    for title, kind in {"as a page": "text/html; charset=utf-8", "as bytes": "application/octet-stream"}.items():
        yield one(f"login page sent {title}", at(serve(PAGE, Content_Type=kind)))
    yield one("login page in place of a file of a known checksum", at(serve(PAGE, Content_Type="text/html")), **KNOWN)
    yield one("message in JSON with status 200", at(serve(b'{"error": 1}', Content_Type="application/json")))
    yield from messages()
    packed = serve(gzip.compress(BODY), Content_Encoding="gzip")
    yield one("compressed without being asked, with a checksum", at(packed), **KNOWN)
    yield one("compressed without being asked, without a checksum", at(packed))
    yield one("compressed in a way that nobody knows", at(serve(Content_Encoding="\x1b]2;x\x07")))
    stored = gzip.compress(b"1,2\n")
    gz = at(serve(stored, Content_Encoding="gzip"), "/data.csv.gz")
    yield one("stored compressed and said to be so", gz, {"data.csv.gz": stored}, address="{url}/data.csv.gz")
    text = at(serve(b"not compressed\n"), "/data.csv.gz")
    yield one("text that is called gz", text, address="{url}/data.csv.gz")
    yield one("part of the file without being asked, with a checksum", at(part(0)), **KNOWN)
    yield one("part of the file without being asked, without a checksum", at(part(1000)))
    pickle = serve(CANARY)
    yield one("pickle that runs code", at(pickle), {"data.bin": CANARY})
    other_name = serve(Content_Disposition='attachment; filename="../../evil"')
    yield one("another name in a header", at(other_name), EXPECTED, **KNOWN)
    for title, tag in {
        "a path": '"../../evil"',
        "60,000 letters": f'"{"e" * 60000}"',
        "one quotation mark": '"',
    }.items():
        yield one(f"tag of {title}", at(serve(tag=tag)), EXPECTED, **KNOWN)
    cookies = serve(Set_Cookie="../../evil=1; Path=/; Domain=.", Link='<file:///etc/passwd>; rel="next"')
    yield one("strange cookie and link", at(cookies), EXPECTED)
    yield one("header of 100,000 letters", at(raw(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n")), **KNOWN)
    yield one("endless headers", at(endless(b"X: y\r\n", OK)), **KNOWN)
    yield one(
        "header without a colon", at(raw(OK + b"nonsense\r\n" + LENGTH + b"\r\n" + BODY)), EXPECTED, or_refused=True
    )
    yield one("no status line", at(raw(BODY)), **KNOWN)
    yield one("status line of another protocol", at(raw(b"ICY 200 OK\r\n\r\n" + BODY)), **KNOWN)
    yield one("nothing at all", at(raw()), **KNOWN)


def messages():
    """Messages in JSON with status 200, and files that look a little like them."""
    quota = b'{"error": "quota exceeded"}'
    types = ("text/plain", "application/octet-stream", "application/json", "application/problem+json")
    for kind in types:
        for path in ("/x.tsv", "/get"):
            answer = at(serve(quota, Content_Type=kind), path)
            yield one(f"message in JSON sent as {kind} for {path}", answer, address="{url}" + path)
    files = {
        "/x.json": ("application/json", quota),
        "/x.jsonl": ("application/json", quota),
        "/lines.txt": ("text/plain", b'{"a": 1}\n{"a": 2}\n'),
        "/rows": ("application/json", b'[{"a": 1}]'),
        "/x.csv": ("text/csv", b'{"a"},1\n'),
        "/x.fasta": ("application/octet-stream", b">{a}\nMKV\n"),
    }
    for path, (kind, content) in files.items():
        answer = at(serve(content, Content_Type=kind), path)
        yield one(f"right file sent as {kind} for {path}", answer, {path[1:]: content}, address="{url}" + path)


def part(start):
    """Answer with a part of the file that was not asked for."""
    head = f"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{len(BODY) - 1}/{len(BODY)}\r\n"
    return raw(head.encode() + f"Content-Length: {len(BODY) - start}\r\n\r\n".encode() + BODY[start:])


def whole_or(known):
    """The file where a checksum tells that it is whole; a refusal where nothing does."""
    return EXPECTED if known else REFUSED


def lengths():
    """What a server says about the length, and what comes."""
    for title, more in {"with": KNOWN, "without": {}}.items():
        too_long = raw(OK + b"Content-Length: 400000\r\n\r\n" + BODY)
        yield kept(f"shorter than announced, {title} a checksum", at(too_long), **more)
        chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        whole = chunks + b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
        yield one(f"chunks, {title} a checksum", at(raw(whole)), EXPECTED, **more)
        yield kept(f"chunks that are cut, {title} a checksum", at(raw(whole[:-9])), **more)
        lies = chunks + b"%x\r\n" % (len(BODY) + 5) + BODY + b"\r\n0\r\n\r\n"
        yield kept(f"chunk with a wrong length, {title} a checksum", at(raw(lies)), **more)
        nonsense = chunks + b"zebra\r\n" + BODY + b"\r\n0\r\n\r\n"
        yield kept(f"chunk without a length, {title} a checksum", at(raw(nonsense)), **more)
        huge = chunks + b"F" * 30 + b"\r\n" + BODY
        yield kept(
            f"chunk of astronomical length, {title} a checksum", at(raw(huge)), whole_or(more), or_refused=True, **more
        )
    yield one("shorter than its true length", at(raw(OK + b"Content-Length: 1000\r\n\r\n" + BODY)), **KNOWN)
    for title, value in {
        "negative": b"-5",
        "no number": b"many",
        "of 5,000 digits": b"9" * 5000,
        "huge": b"9" * 15,
    }.items():
        answer = raw(OK + b"Content-Length: " + value + b"\r\n\r\n" + BODY)
        yield kept(f"length that is {title}", at(answer), EXPECTED, or_refused=True, **KNOWN)
    twice = raw(OK + LENGTH + b"Content-Length: 7\r\n\r\n" + BODY)
    yield kept("two lengths", at(twice), EXPECTED, or_refused=True, **KNOWN)
    yield one("definition with too small a size", at(serve()), size=1000)
    yield one("definition with too large a size", at(serve()), size=10**6, keeps=RESUMABLE)


def slow():
    yield kept("a byte now and then", at(drip(BODY, 1, 0.05)), **KNOWN)
    yield kept("a byte now and then, of an unknown size", at(drip(BODY, 1, 0.05)))
    yield kept(
        "chunks of a byte now and then", at(endless(b"1\r\nx\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n", 0.05))
    )
    yield one("header of a byte now and then", at(raw(*[bytes([byte]) for byte in OK * 99], pause=0.05)), **KNOWN)
    yield kept("silence after half of the file", at(serve(stop=HALF, pause=9)), **KNOWN)
    yield one("silence before the answer", at(raw(b"", b"", pause=9)), **KNOWN)
    yield one(
        "silence once, then half, then the rest", {"/data.bin": [serve(stop=HALF, pause=2), serve()]}, EXPECTED, **KNOWN
    )
    again = b"HTTP/1.1 100 Continue\r\n\r\n"
    yield one("asked to continue for ever", at(endless(again, again, 0.01)), **KNOWN)


def statuses():
    for code in (201, 204, 205, 300, 304, 400, 401, 403, 404, 407, 410, 416, 418, 429, 451, 500, 503, 599, 999):
        yield one(f"status {code}", at(status(code)), **KNOWN)
    for title, line in {
        "letters": b"HTTP/1.1 abc",
        "0": b"HTTP/1.1 0 no",
        "5,000 digits": b"HTTP/1.1 " + b"2" * 5000,
    }.items():
        yield one(f"status of {title}", at(raw(line + b"\r\n\r\n" + BODY)), **KNOWN)
    evil = raw(b"HTTP/1.1 404 \x1b]2;x\x07gone\xff\r\nContent-Length: 0\r\n\r\n")
    yield one("reason that is a command for the terminal", at(evil), **KNOWN)
    long = raw(b"HTTP/1.1 403 " + b"r" * 60_000 + b"\r\nX-Error-Message: " + b"m" * 60_000 + b"\r\n\r\n")
    yield one("reason and message of 60,000 letters", at(long), **KNOWN)


def waits():
    """What a server may ask to wait: nonsense is ignored, and so long that nobody waits is refused."""
    nonsense = ["soon", "-5", "nan", "", "0x10", "1e3", "Wed, 99 Foo 2026 25:61:61 GMT", "\xb2", "5, 5", "1 000"]
    for value in nonsense:
        busy = [status(503, Retry_After=value), serve()]
        yield one(f"request to wait {value!a}", {"/data.bin": busy}, EXPECTED, **KNOWN)
    for value in ("1000000000", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"):
        busy = [status(429, Retry_After=value), serve()]
        yield one(f"request to wait {value[:40]}", {"/data.bin": busy}, EXPECTED, or_refused=True, **KNOWN)


def resumed(random):
    """A file that is cut, and what comes for the rest of it."""
    cut = random.randrange(70_000, HALF)
    start = serve(stop=cut)
    yield one(f"rest of a file cut after {cut} bytes", {"/data.bin": [start, serve()]}, EXPECTED, **KNOWN)
    yield one("rest without a checksum", {"/data.bin": [start, serve()]}, EXPECTED)
    other = BODY[:1000] + bytes(len(BODY) - 1000)
    changed = {
        "another file with another tag": serve(other, tag='"two"'),
        "another file with the same tag": serve(other),
        "another file with a weak tag": serve(other, tag='W/"one"'),
    }
    for title, answer in changed.items():
        yield kept(f"rest of {title}, with a checksum", {"/data.bin": [start, answer]}, **KNOWN)
        yield one(f"rest of {title}, without a checksum", {"/data.bin": [start, answer]}, {"data.bin": other})
    wrong = {
        "that begins elsewhere": "bytes 7-299999/300000", "that ends elsewhere": f"bytes {cut}-7/300000",
        "of another size": f"bytes {cut}-299999/400000", "of nonsense": "bytes a-b/c", "of other units": "lines 1-2/3",
        "of 5,000 digits": f"bytes {'1' * 5000}-2/3", "of an unknown size": f"bytes {cut}-299999/*",
    }  # fmt: skip
    for title, place in wrong.items():
        head = f"HTTP/1.1 206 Partial Content\r\nContent-Range: {place}\r\nContent-Length: {len(BODY) - cut}\r\n\r\n"
        answer = raw(head.encode() + BODY[cut:])
        yield kept(
            f"rest with a range {title}", {"/data.bin": [start, answer, serve()]}, EXPECTED, or_refused=True, **KNOWN
        )
    yield one("rest that cannot be had", {"/data.bin": [start, status(416), serve()]}, EXPECTED, **KNOWN)
    yield one("rest that is the whole file again", {"/data.bin": [start, serve(ranges=False)]}, EXPECTED, **KNOWN)
    parts = serve(Content_Type="multipart/byteranges; boundary=x")
    yield one("rest in several parts", {"/data.bin": [start, parts]}, EXPECTED, **KNOWN)

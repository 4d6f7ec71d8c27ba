"""Addresses that are none or lead elsewhere, names that files get from them, and several addresses of one source."""

from functools import partial

from fetching import RESUMABLE, checksum, import_once, served
from web import BODY, raw, serve, status

KIND = "addresses"
EXPECTED = {"data.bin": BODY}
KNOWN = checksum(BODY)
HALF = 150_000
one = partial(served, KIND)
kept = partial(one, keeps=RESUMABLE)


def inputs(shared, random):
    import_once()
    return [*redirects(), *addresses(), *several()]


def at(answer, path="/data.bin"):
    """A server that answers so."""
    return {path: answer}


def redirects():
    good = {
        "/data.bin": status(302, Location="/b"),
        "/b": status(307, Location="c"),
        "/c": status(308, Location="/d?x#y"),
    }
    yield one("three redirections", {**good, "/d?x": serve()}, EXPECTED, **KNOWN)
    yield one("redirection to itself", at(status(302, Location="/data.bin")), **KNOWN)
    yield one(
        "two redirections to each other",
        {"/data.bin": status(302, Location="/b"), "/b": status(301, Location="/data.bin")},
        **KNOWN,
    )
    chain = {f"/{number}": status(302, Location=f"/{number + 1}") for number in range(60)}
    yield one("chain of 60 redirections", {"/data.bin": status(302, Location="/0"), **chain}, **KNOWN)
    for place in (
        "file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "javascript:alert(1)", "http://", "http://[::1",
        "http://127.0.0.1:99999/x", "http://127.0.0.1:abc/x", "gopher://127.0.0.1/", "\\\\server\\share", "http://%00/",
    ):  # fmt: skip
        yield one(f"redirection to {place}", at(status(302, Location=place)), **KNOWN)
    yield one("redirection without a place", at(status(302)), **KNOWN)
    yield one("redirection to an empty place", at(status(302, Location="")), **KNOWN)
    far = {"/data.bin": status(302, Location="/" + "x" * 5000), "/" + "x" * 5000: serve()}
    yield one("redirection to 5,000 letters", far, EXPECTED, **KNOWN)
    space = {"/data.bin": status(302, Location="/a b"), "/a%20b": serve()}
    yield one("redirection to a place with a space", space, EXPECTED, **KNOWN)
    bytes_of = raw(b"HTTP/1.1 302 Found\r\nLocation: /\xe9\xff\r\nContent-Length: 0\r\n\r\n")
    yield one("redirection to bytes that are no text", at(bytes_of), **KNOWN)
    large = raw(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", *[b"x" * 9999] * 10_000)
    yield one("redirection with an endless body", {"/data.bin": large, "/b": serve()}, EXPECTED, **KNOWN)


def addresses():
    """Addresses that cannot be, and names that files get from them."""
    for title, address in {
        "a port of 99999": "http://127.0.0.1:99999/x", "port 0": "http://127.0.0.1:0/x",
        "a port of letters": "http://127.0.0.1:abc/x",
        "no server": "http:///x", "nothing after its scheme": "http://", "an open bracket": "http://[::1/x",
        "another scheme": "ftp://127.0.0.1/x", "a file": "file:///etc/passwd", "an option": "-rf",
        "JavaScript": "javascript:x",
        "a space in its server": "http://a b/x", "a line end": "{url}/data.bin\nX: y", "a NUL": "{url}/data\0.bin",
        "a command for the terminal": "{url}/\x1b]2;x\x07", "only spaces": "   ", "a user as server": "http://user@/x",
        "a label of 300 letters": f"http://{'a' * 300}/x",
    }.items():  # fmt: skip
        yield one(f"address with {title}", {}, address=address, **KNOWN)
    named = {
        "300 letters": ("/" + "n" * 300, "download"), "an escaped NUL": ("/a%00b", "download"),
        "a drive": ("/C%3A%5Cx", "C:\\x"),
        "an escaped slash": ("/..%2F..%2Fevil.bin", "evil.bin"),
        "escaped bytes that are no text": ("/%FF.bin", "\ufffd.bin"),
        "an escaped line end": ("/a%0Ab", "download"), "a folder": ("/folder/", "folder"),
        "no path": ("/", "download"),
        "a command for the shell": ("/$(touch%20ran)", "$(touch ran)"),
        "a query with a path": ("/a.bin?x=/../../evil", "a.bin"),
        "a backslash": ("/x%5Cevil", "x\\evil"), "an accent": ("/%C3%A9.bin", "é.bin"),
        "a percent sign": ("/100%25.bin", "100%.bin"),
    }  # fmt: skip
    for title, (path, name) in named.items():
        yield one(f"address whose file has {title}", at(serve(), path), {name: BODY}, address="{url}" + path, **KNOWN)
    yield one(
        "address of the record's name",
        at(serve(), "/source.json"),
        address="{url}/source.json",
        keeps=RESUMABLE,
        **KNOWN,
    )
    yield one("address of a hidden file", at(serve(), "/.bashrc"), address="{url}/.bashrc", keeps=RESUMABLE, **KNOWN)
    yield one("address in upper case", at(serve()), EXPECTED, address="HTTP://{host}/data.bin", **KNOWN)
    for title, address in {
        "a password": "http://user:hush-1@{host}/x",
        "a password with a slash": "http://u:hush-1/p@{host}/x",
    }.items():
        yield one(f"address with {title} of a file that is missing", {}, secret="hush-1", address=address, **KNOWN)
    yield one(
        "address with a token of a file that is missing",
        {},
        secret="hush-1",
        address="{url}/x?access_token=hush-1",
        **KNOWN,
    )
    lost = at(status(302, Location="ftp://user:hush-1@host/x"))
    yield one("redirection with a password", lost, secret="hush-1", **KNOWN)
    yield one("encrypted address of a server that is not", at(serve()), address="https://{host}/data.bin", **KNOWN)


def several():
    """Several addresses, of files of one source or of mirrors."""
    two = {"/a.bin": serve(b"one"), "/b.bin": serve(b"two")}
    both = ["{url}/a.bin", "{url}/b.bin"]
    yield one("two files", two, {"a.bin": b"one", "b.bin": b"two"}, address=both)
    same = {"/1/x": serve(b"one"), "/2/x": serve(b"two"), "/2/X": serve(b"two")}
    yield one("two files with the same last part", same, address=["{url}/1/x", "{url}/2/x"])
    yield one("two files that differ in case", same, address=["{url}/1/x", "{url}/2/X"])
    forms = {"/%C3%A9": serve(b"one"), "/e%CC%81": serve(b"two")}
    yield one("two files that differ in their Unicode form", forms, address=["{url}/%C3%A9", "{url}/e%CC%81"])
    yield one("two files without a name", {"/1/": serve(b"one"), "/": serve(b"two")}, address=["{url}/%00", "{url}/"])
    yield kept("two files of which one is missing", at(serve(), "/a.bin"), address=both)
    yield kept("two files with the size of one", two, address=both, size=3)
    yield kept("two files with another checksum", two, address=both, **KNOWN)
    yield one("the same address twice", two, address=["{url}/a.bin"] * 2)
    mirror = {"/data.bin": status(404), "/m": serve()}
    yield one("mirror of a missing file", mirror, EXPECTED, mirrors=["{url}/m"], **KNOWN)
    broken = {"/data.bin": serve(BODY[::-1]), "/m": serve()}
    yield one("mirror of a changed file", broken, EXPECTED, mirrors=["{url}/m"], **KNOWN)
    yield one("mirror that is none", {}, mirrors=["javascript:x"], **KNOWN)
    yield one("mirrors that are lists", at(serve()), mirrors=[["{url}/m"]], **KNOWN)
    yield one("mirror of one of two files", two, address=both, mirrors=[["{url}/m"]])
    half = {"/data.bin": [serve(stop=HALF), status(404)], "/m": serve()}
    yield one("mirror of half a file", half, EXPECTED, mirrors=["{url}/m"], **KNOWN)

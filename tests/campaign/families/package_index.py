"""Package indexes that lie, and packages whose build scripts would run code: nothing is ever built or run."""

import gzip
import json
import os

from fetching import RESUMABLE, checksum, definition, download, filled, hurry, import_once, make_room
from packed import member, pack, tarred, zip_of
from trying import CANARY, REFUSED, Input
from web import endless, running, serve, status

KIND = "package index"
EVIL = f"import os\nopen(os.environ[{CANARY!r}], 'w')\nfrom setuptools import setup\nsetup(name='demo-data')\n".encode()
DATA = b"1,2\n"
WHEEL = zip_of({"demo_data/set.csv": DATA, "demo_data-1.0.dist-info/METADATA": b"Name: demo-data\nVersion: 1.0\n"})
SOURCES = {
    "demo_data-1.0/demo_data/set.csv": DATA,
    "demo_data-1.0/setup.py": EVIL,
    "demo_data-1.0/pyproject.toml": b"[build-system]\nrequires = []\nbuild-backend = 'evil'\nbackend-path = ['.']\n",
    "demo_data-1.0/evil.py": EVIL,
}
SDIST = pack("tar.gz", SOURCES)
NAME, SDIST_NAME = "demo_data-1.0-py3-none-any.whl", "demo_data-1.0.tar.gz"
EXPECTED = {"demo_data/set.csv": DATA}
PAGE = "/simple/demo-data/"


def inputs(shared, random):
    import_once()
    return [*pages(), *files(), *names(), *settings()]


def one(
    name,
    answers,
    expected=REFUSED,
    or_refused=False,
    keeps=(),
    secret=None,
    body=WHEEL,
    environment=None,
    constants=None,
    **changes,
):
    """A trial with an index; ``environment`` has settings of pip, which are else replaced since pip takes a second."""

    def run(work):
        hurry(**(constants or {}))
        from beyondtext.data.fetch import pip_settings

        with running() as server:
            server.handle_error = lambda *about: None
            server.answers |= {path: [one] for path, one in filled_answers(answers, server.url).items()}
            if environment is None:
                index = filled(changes.pop("index", "{url}/simple"), server.url)
                pip_settings.read = lambda: pip_settings.Settings(indexes=(index,))
            else:
                os.environ.update(filled(environment, server.url))
            package = {
                "package": "demo-data",
                "version": "1.0",
                "paths": ["demo_data/*.csv"],
                **checksum(body),
                **changes,
            }
            try:
                return download(definition("pypi", **filled(package, server.url)))
            except SystemExit as end:
                assert secret is None or secret not in str(end.code), "the message has the secret"
                raise

    return Input(KIND, name, make_room, run, expected, or_refused, keeps)


def filled_answers(answers, url):
    """The answers by path; a text is a page, in which ``{url}`` is the server's address."""
    made = {}
    for path, answer in answers.items():
        made[path] = (
            serve(filled(answer, url).encode(), Content_Type="text/html") if isinstance(answer, str) else answer
        )
    return made


def page(*links):
    return "<!DOCTYPE html><html><body>" + "".join(f"<a href='{link}'>x</a>" for link in links) + "</body></html>"


def listed(body, name=NAME, link=None):
    """An index with a file."""
    digest = checksum(body)["sha256"]
    return {PAGE: page(link or f"/files/{name}#sha256={digest}"), f"/files/{name}": serve(body)}


def in_json(**file):
    return serve(
        json.dumps({"meta": {"api-version": "1.0"}, "name": "demo-data", "files": [file]}).encode(),
        Content_Type="application/vnd.pypi.simple.v1+json",
    )


def pages():
    digest = checksum(WHEEL)["sha256"]
    wheel = {f"/files/{NAME}": serve(WHEEL)}
    entry = {"filename": NAME, "url": f"/files/{NAME}", "hashes": {"sha256": digest}}
    yield one("good index", listed(WHEEL), EXPECTED)
    yield one("good index in JSON", {PAGE: in_json(**entry), **wheel}, EXPECTED)
    yield one("good file that was yanked", {PAGE: in_json(**entry, yanked="broken"), **wheel}, EXPECTED)
    yield one("file without a checksum", {PAGE: page(f"/files/{NAME}"), **wheel}, EXPECTED)
    yield one("file with a checksum of another kind", {PAGE: page(f"/files/{NAME}#md5=0"), **wheel}, EXPECTED)
    yield one("file with another checksum", {PAGE: page(f"/files/{NAME}#sha256={'0' * 64}"), **wheel})
    twice = page(f"/files/{NAME}#sha256={'0' * 64}", f"/files/{NAME}#sha256={digest}")
    yield one("file listed twice with two checksums", {PAGE: twice, **wheel}, EXPECTED)
    yield one("checksum that is nonsense", {PAGE: page(f"/files/{NAME}#sha256=\x1b]2;x\x07"), **wheel})
    for title, text in {
        "empty": b"", "of zeros": bytes(99), "corrupt JSON": b'{"files": [', "JSON without files": b"{}",
        "JSON with files of null": b'{"files": null}',
        "JSON with files of numbers": b'{"files": [1, null, {"url": 7}, {"hashes": []}]}',
        "JSON nested too deeply": b'{"files": ' + b"[" * 100_000,
        "HTML with 10,000 open brackets": b"<" * 10_000, "HTML that is not UTF-8": b"<a href='\xff\xfe'>x</a>",
        "HTML that is never closed": b"<!DOCTYPE html><!-- " + b"x" * 10_000,
        "compressed": gzip.compress(page("/x").encode()),
    }.items():  # fmt: skip
        yield one(f"page that is {title}", {PAGE: serve(text)})
    yield one("page that is said to be compressed", {PAGE: serve(gzip.compress(b"x"), Content_Encoding="gzip")})
    yield one(
        "page that never ends, with the limit of size at 1 MB",
        {PAGE: endless(b"<a href='x'>" * 99)},
        constants={"package_index.MOST_BYTES": 10**6},
    )
    yield one("page that is missing", {})
    yield one("page that needs a password", {PAGE: status(401)})
    yield one(
        "page that moved", {PAGE: status(301, Location="/other/"), "/other/": page(f"/files/{NAME}"), **wheel}, EXPECTED
    )
    yield one("page that moved to the disk", {PAGE: status(301, Location="file:///etc/")})
    for title, link in {
        "a file of the disk": f"file:///etc/{NAME}", "JavaScript": f"javascript:x/{NAME}",
        "an open bracket": f"http://[::1/{NAME}",
        "no server": f"http:///{NAME}", "a port of 99999": f"http://127.0.0.1:99999/{NAME}", "a NUL": f"/a%00/{NAME}",
    }.items():  # fmt: skip
        yield one(f"link to {title}", {PAGE: page(f"{link}#sha256={digest}")}, keeps=RESUMABLE)
    base = f"<base href='/files/'><a href='{NAME}#sha256={digest}'>x</a>"
    yield one("link from another place", {PAGE: base, **wheel}, EXPECTED)
    yield one(
        "mirror of a file that no index has", {"/m": serve(WHEEL)}, EXPECTED, mirrors=["{url}/m/" + NAME, "{url}/m"]
    )
    yield one("index with a password that is missing", {}, index="http://user:hush-1@{host}/simple", secret="hush-1")


def files():
    """What the file itself is."""
    options = {"body": SDIST, "paths": ["demo_data-1.0/demo_data/*.csv"]}
    yield one(
        "source distribution with scripts that run code",
        listed(SDIST, SDIST_NAME),
        {"demo_data-1.0/demo_data/set.csv": DATA},
        **options,
    )
    yield one(
        "source distribution whose scripts are asked for", listed(SDIST, SDIST_NAME), SOURCES, body=SDIST, paths=["**"]
    )
    up = tarred(member("demo_data-1.0/demo_data/set.csv", DATA), member("demo_data-1.0/../../evil.py", EVIL))
    yield one("source distribution with a path up", listed(up, SDIST_NAME), body=up, paths=["**"], keeps=RESUMABLE)
    start = zip_of(
        {
            "demo_data/set.csv": DATA,
            "evil.pth": b"import os; open(os.environ['CAMPAIGN_CANARY'], 'w')\n",
            "demo_data-1.0.data/scripts/pip": EVIL,
        }
    )
    yield one("wheel with a file that runs at the start of Python", listed(start), EXPECTED, body=start)
    other = zip_of({"demo_data/set.csv": b"9,9\n"})
    yield one("other bytes than those listed", {**listed(WHEEL), f"/files/{NAME}": serve(other)}, keeps=RESUMABLE)
    yield one(
        "login page in place of the wheel",
        {**listed(WHEEL), f"/files/{NAME}": serve(b"<html>log in</html>")},
        keeps=RESUMABLE,
    )
    yield one("wheel that is empty", {**listed(WHEEL), f"/files/{NAME}": serve(b"")}, keeps=RESUMABLE)
    yield one("wheel that is no zip", listed(EVIL), body=EVIL, keeps=RESUMABLE)
    yield one("wheel without the file", listed(WHEEL), paths=["demo_data/*.tsv"], keeps=RESUMABLE)
    yield one("wheel of the right checksum and another name", listed(WHEEL, "other-9-py3-none-any.whl"), EXPECTED)


def names():
    for title, name in {
        "a line end": "demo-data\n--index-url http://127.0.0.1:9", "an address": "demo-data @ http://127.0.0.1:9/x",
        "a variable": "${HOME}", "a path": "../evil",
        "an option": "--help", "spaces": " demo-data ", "nothing": "", "an extra": "demo-data[x]",
        "an accent": "démo", "300 letters": "d" * 300 + "/",
    }.items():  # fmt: skip
        yield one(f"package name that has {title}", listed(WHEEL), package=name)
    yield one("package name in another form", listed(WHEEL), EXPECTED, package="Demo_Data")
    for title, version in {
        "a line end": "1.0\n",
        "a range": ">=1.0",
        "a star": "1.*",
        "a path": "../1.0",
        "nothing": "",
        "a variable": "${HOME}",
        "letters": "new",
        "5,000 digits": "1" * 5000,
        "a word of a shell": "1.0; touch x",
    }.items():
        yield one(f"version that has {title}", listed(WHEEL), version=version)
    yield one("version in another form", listed(WHEEL), EXPECTED, version="1.0.0")
    yield one("no checksum", listed(WHEEL), sha256=None)


def settings():
    """pip's own settings, which are read by pip itself."""
    yield one("index from a setting of pip", listed(WHEEL), EXPECTED, environment={"PIP_INDEX_URL": "{url}/simple"})
    yield one("index that is none", {}, environment={"PIP_INDEX_URL": "nonsense"})
    yield one("index that is a line of shell", {}, environment={"PIP_INDEX_URL": "$(touch ran); `touch ran`"})
    yield one(
        "certificates that do not exist", {}, environment={"PIP_INDEX_URL": "{url}/simple", "PIP_CERT": "/nowhere"}
    )
    yield one("no index", {}, environment={"PIP_NO_INDEX": "1", "PIP_INDEX_URL": "{url}/simple"})

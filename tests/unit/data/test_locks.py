"""Checksums recorded at the first download."""

import hashlib

import pytest

import download as program
from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data import locks
from beyondtext.study import definitions
from sources import without_checksum
from web import BODY, serve

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_first_download_is_recorded_and_enforced(server, tmp_path, monkeypatch, capsys):
    lock = tmp_path / "sources.lock.yaml"
    monkeypatch.setattr(locks, "LOCK", lock)
    source = without_checksum(address=f"{server.url}/data.bin")
    monkeypatch.setattr(definitions, "source", lambda name: {**source, "id": name})
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


def test_an_entry_applies_only_to_the_origin_that_it_was_made_from(tmp_path):
    lock = tmp_path / "lock.yaml"
    source = {"id": "m", "kind": "hub", "repository": "some/model", "revision": "main"}
    locks.record(source, {"sha256": "a" * 64, "size": 3, "version": COMMIT}, lock)
    assert locks.locked(source, lock) == {**source, "sha256": "a" * 64, "size": 3, "revision": COMMIT}
    other = {**source, "revision": "v2"}
    assert locks.locked(other, lock) == other
    pinned = {**source, "sha256": "b" * 64}
    assert locks.locked(pinned, lock) == pinned


def test_a_folder_in_place_of_the_lock_is_refused(tmp_path):
    (tmp_path / ".lock.yaml.lock").mkdir()
    with pytest.raises(InputError, match=r"\.lock\.yaml\.lock is in the place of a lock, but is not a file; remove"):
        locks.record({"id": "m", "kind": "http"}, {"sha256": "a" * 64, "size": 3}, tmp_path / "lock.yaml")


def test_an_invalid_lock_file_is_refused(tmp_path):
    (tmp_path / "lock.yaml").write_text("demo: {sha256: abc}\n")
    with pytest.raises(InputError, match=r"lock\.yaml: at demo"):
        locks.locked({"id": "demo"}, tmp_path / "lock.yaml")

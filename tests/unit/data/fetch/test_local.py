"""Local files and folders, as sources of their own or in place of a download."""

import os

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch
from beyondtext.data.fetch.local import as_local
from beyondtext.data.raw import raw_files
from sources import assert_fetched, definition, local_definition, zipped
from web import BODY


def test_a_file_is_verified_if_its_checksum_is_given(tmp_path):
    (tmp_path / "data.bin").write_bytes(BODY)
    record = fetch(local_definition(tmp_path / "data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    fetch(local_definition(tmp_path / "data.bin", sha256=record["sha256"]), tmp_path / "raw/demo")
    with pytest.raises(
        InputError, match=rf"data\.bin: the size is 300000 bytes and the sha256 {record['sha256']}.*{'0' * 64}"
    ):
        fetch(local_definition(tmp_path / "data.bin", sha256="0" * 64), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    assert (tmp_path / "data.bin").read_bytes() == BODY


def test_the_requested_files_of_a_folder_are_copied_and_verified(tmp_path):
    for name in ("deep/a.csv", "deep/b.txt", ".hidden.csv"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(name)
    record = fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"]), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "deep/a.csv", b"deep/a.csv")
    fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")
    (tmp_path / "mine/deep/a.csv").write_text("changed")
    with pytest.raises(InputError, match=record["sha256"]):
        fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")


def test_an_address_is_relative_to_the_project(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "data.bin").write_bytes(BODY)
    fetch(local_definition("data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")


def test_an_address_without_a_file_or_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"source demo: .*nothing\.csv does not exist; put the data there"):
        fetch(local_definition(tmp_path / "nothing.csv"), tmp_path / "raw/demo")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        fetch(local_definition(tmp_path / "pipe"), tmp_path / "raw/demo")


def test_a_folder_replaces_an_archive(tmp_path):
    folder = tmp_path / "mine" / "RTE"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("x\n")
    source = definition(address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    for place in (folder, folder.parent):
        fetch(as_local(source, place), tmp_path / "raw/demo")
        assert list(raw_files(tmp_path / "raw/demo")) == ["RTE/train.tsv"]
    with pytest.raises(InputError, match=r"no file matches the pattern 'RTE/train\.tsv'"):
        fetch(as_local(source, tmp_path / "raw"), tmp_path / "raw/demo")


def test_an_archive_fetched_by_hand_is_verified(tmp_path):
    body = zipped({"RTE/train.tsv": "x\n"})
    (tmp_path / "RTE.zip").write_bytes(body)
    source = definition(body=body, address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    fetch(as_local(source, tmp_path / "RTE.zip"), tmp_path / "raw/demo")
    assert list(raw_files(tmp_path / "raw/demo")) == ["RTE/train.tsv"]
    (tmp_path / "RTE.zip").write_bytes(body + b"x")
    with pytest.raises(InputError, match="were expected"):
        fetch(as_local(source, tmp_path / "RTE.zip"), tmp_path / "raw/demo")


def test_a_local_source_has_one_address_and_no_mirrors(tmp_path):
    for changes in ({"mirrors": ["http://a.invalid"]}, {"address": ["a", "b"]}):
        with pytest.raises(InputError, match=f"at {next(iter(changes))}: "):
            definition("path", **{"address": "a", **changes})

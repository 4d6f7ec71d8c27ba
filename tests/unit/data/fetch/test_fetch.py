"""Writing a source's folder: verified, complete, or not at all."""

import errno
import os

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import fetch as fetch_module
from beyondtext.data.fetch import fetch
from beyondtext.data.raw import raw_record
from sources import assert_fetched, definition, fetch_data_bin, local_definition, tar_gz, zipped
from web import serve, status


def test_a_failed_fetch_keeps_the_folder_of_the_last_one(server, tmp_path):
    server.answers["/data.bin"] = [serve(), status(404)]
    fetch_data_bin(server, tmp_path)
    with pytest.raises(InputError):
        fetch_data_bin(server, tmp_path)
    assert_fetched(tmp_path / "demo")


def test_a_full_disk_leaves_nothing(server, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server.answers["/data.bin"] = [serve()]
    monkeypatch.setattr(fetch_module.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_data_bin(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["/set.zip", "/get?name=set"])
def test_an_archive_is_unpacked_whatever_its_address(server, tmp_path, address):
    body = zipped({"set/a.txt": b"a", "set/b.bin": b"b"})
    server.answers[address] = [serve(body)]
    source = definition(body=body, address=server.url + address, paths=["set/*.txt"])
    fetch(source, tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "set/a.txt", b"a")


def test_an_archive_inside_an_archive_is_unpacked(tmp_path):
    inner = tar_gz({"in/a.txt": b"a", "in/b.txt": b"b"})
    (tmp_path / "outer.zip").write_bytes(zipped({"x/inner.tar.gz": inner, "x/c.txt": b"c"}))
    source = local_definition(tmp_path / "outer.zip", inner_archive="x/inner.tar.gz", paths=["in/b.txt"])
    fetch(source, tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "in/b.txt", b"b")


def test_a_file_that_is_empty_or_not_what_its_name_says_is_refused(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"data\.csv is empty"):
        fetch(local_definition(tmp_path / "data.csv"), tmp_path / "raw/demo")
    (tmp_path / "data.zip").write_bytes(b"<html>")
    with pytest.raises(InputError, match="not a complete zip or tar archive"):
        fetch(local_definition(tmp_path / "data.zip"), tmp_path / "raw/demo")
    assert not (tmp_path / "raw/demo").exists()


def test_a_requested_file_may_not_have_the_name_of_the_record(tmp_path):
    (tmp_path / "source.json").write_text("{}")
    with pytest.raises(InputError, match=r"a requested file is called source\.json"):
        fetch(local_definition(tmp_path / "source.json"), tmp_path / "raw/demo")


def test_an_inner_archive_is_named_by_its_place_in_the_other(tmp_path):
    path = tmp_path / "outer.zip"
    path.write_bytes(zipped({"in/inner.zip": b"not a zip"}))
    with pytest.raises(InputError, match=r"outer\.zip: in/inner\.zip is not a complete zip or tar archive"):
        fetch(local_definition(path, inner_archive="**/*.zip"), tmp_path / "raw/demo")


def test_two_inner_archives_are_refused(tmp_path):
    inner = tar_gz({"a.txt": b"a"})
    (tmp_path / "outer.zip").write_bytes(zipped({"x/one.tar.gz": inner, "x/two.tar.gz": inner}))
    source = local_definition(tmp_path / "outer.zip", inner_archive="x/*.tar.gz", paths=["*.txt"])
    message = r"outer\.zip: inner_archive matches x/one\.tar\.gz and x/two\.tar\.gz; name one of them"
    with pytest.raises(InputError, match=message):
        fetch(source, tmp_path / "raw/demo")
    fetch({**source, "inner_archive": "x/[t]*.tar.gz"}, tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "a.txt", b"a")


@pytest.mark.parametrize("is_inner", [False, True])
def test_what_was_left_out_of_an_archive_is_recorded(tmp_path, is_inner):
    body = zipped({"in\\a.TXT": b"a", "in/b.csv": b"b"})
    (tmp_path / "x.zip").write_bytes(zipped({"inner.zip": body}) if is_inner else body)
    inner = {"inner_archive": "inner.zip"} if is_inner else {}
    record = fetch(local_definition(tmp_path / "x.zip", paths=["in/*.txt"], **inner), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "in/a.TXT", b"a")
    assert record["changes"] == [
        {"reason": "zip_folders", "count": 1, "example": "in/a.TXT", "symbols": {}},
        {"reason": "unused", "count": 1, "example": "in/b.csv", "symbols": {}},
    ]
    assert raw_record(tmp_path / "raw/demo") == record


def test_nothing_is_recorded_where_nothing_was_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    assert fetch(local_definition(tmp_path / "a.csv"), tmp_path / "raw/demo")["changes"] == []

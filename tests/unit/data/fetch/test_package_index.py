"""The files of a package in an index."""

import json
from pathlib import Path

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch.package_index import Link, links, release
from web import serve, status

DIGEST = "a" * 64


def served(server, content, path="/simple/demo/"):
    """The links of an index whose page for the package ``demo`` has this content."""
    server.answers[path] = [serve(content.encode() if isinstance(content, str) else content)]
    return links(f"{server.url}/simple/", "demo")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo_data-1.0-py3-none-any.whl", ("demo-data", "1.0")),
        ("Demo.Data-1.0.tar.gz", ("demo-data", "1.0")),
        ("demo-data-1.0.zip", ("demo-data", "1.0")),
        ("demo-data-1.0.tar.gz.asc", None),
        ("demo-data.tar.gz", None),
        ("demo_data-1.0-py3.whl", None),
        ("demo-one.tar.gz", None),
        ("", None),
        ("\n", None),
    ],
)
def test_a_files_name_says_its_release(name, expected):
    found = release(name)
    assert (found and (found[0], str(found[1]))) == expected


def test_a_page_in_html_is_read(server):
    page = f"""<!DOCTYPE html><html><body>
      <a href="../../files/demo-1.tar.gz#sha256={DIGEST}" data-requires-python="&gt;=3">demo-1.tar.gz</a>
      <A HREF='http://b.org/demo-2.tar.gz#md5=0'>x</A><a>y</a><a href="">z</a><a href="git+https://c.org/x">v</a>
      <a href="javascript:alert(1)">s</a><a href="file:///etc/passwd#sha256={DIGEST}">p</a></body>"""
    found = served(server, page)
    assert found == [Link(f"{server.url}/files/demo-1.tar.gz", DIGEST), Link("http://b.org/demo-2.tar.gz")]
    assert [link.name for link in found] == ["demo-1.tar.gz", "demo-2.tar.gz"]


def test_the_base_of_a_page_is_respected(server):
    found = served(server, '<base href="http://b.org/x/"><base href="http://c.org/"><a href="demo-1.zip">x</a>')
    assert found == [Link("http://b.org/x/demo-1.zip")]


def test_a_page_in_json_is_read(server):
    files = [
        {"filename": "demo-1.zip", "url": "/demo-1.zip", "hashes": {"sha256": DIGEST, "md5": "0"}, "yanked": True},
        {"url": "/demo-2.zip", "hashes": None},
        {"url": None},
        {"url": "/demo-3.zip", "hashes": {"sha256": 7}},
        None,
    ]
    found = served(server, json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": files}))
    assert found == [Link(f"{server.url}/demo-{n}.zip", DIGEST if n == 1 else None) for n in (1, 2, 3)]


def test_both_formats_are_accepted(server):
    served(server, "")
    accepted = server.seen[0][1]["Accept"]
    assert "simple.v1+json" in accepted and "text/html" in accepted


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 7}', b"\xff\xfe", "<a href='\x00'>x", "<" * 5000])
def test_a_page_without_links_has_none(server, content):
    assert served(server, content) == [] or b"\0" in content.encode()


@pytest.mark.parametrize("content", ["{", '{"files": ["}', '{"a":' * 100_000, "<a href='http://[::1/x'>x</a>"])
def test_a_corrupt_page_is_one_sentence(server, content):
    with pytest.raises(InputError, match=r"the page http://\S+/simple/demo/ of the package index is corrupt") as error:
        served(server, content)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("code", [404, 410])
def test_an_index_without_the_package_has_no_links(server, code):
    server.answers["/simple/demo/"] = [status(code)]
    assert links(f"{server.url}/simple", "demo") == []


def test_a_compressed_page_is_refused(server):
    server.answers["/simple/demo/"] = [serve(b"x", Content_Encoding="br")]
    with pytest.raises(InputError, match="Content-Encoding: br"):
        links(f"{server.url}/simple", "demo")


def test_the_password_of_an_index_is_used_for_its_own_files_only(server):
    base = server.url.removeprefix("http://")
    page = '<a href="/demo-1.zip">x</a><a href="http://b.org/demo-1.zip">y</a>'
    server.answers["/simple/demo/"] = [serve(page.encode())]
    found = links(f"http://me:hunter2@{base}/simple", "demo")
    assert [link.location for link in found] == [f"http://me:hunter2@{base}/demo-1.zip", "http://b.org/demo-1.zip"]
    assert server.seen[0][1]["Authorization"].startswith("Basic ")


def test_a_folder_of_find_links_lists_its_files_and_those_of_its_pages(tmp_path):
    (tmp_path / "demo-1.zip").write_bytes(b"x")
    (tmp_path / "more.html").write_text(f'<a href="sub/demo-2.zip#sha256={DIGEST}">x</a>')
    expected = [Link(tmp_path / "sub/demo-2.zip", DIGEST), Link(tmp_path / "demo-1.zip")]
    assert links(str(tmp_path), None) == links(tmp_path.as_uri(), None) == expected
    assert links(str(tmp_path / "more.html"), None) == expected[:1]
    assert links(str(tmp_path / "demo-1.zip"), None) == expected[1:]
    assert links(str(tmp_path / "nothing"), None) == links(str(tmp_path), "demo") == []


def test_a_relative_place_starts_at_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("with blank").mkdir()
    Path("with blank/demo-1.zip").write_bytes(b"x")
    assert links("with blank", None) == [Link(tmp_path / "with blank/demo-1.zip")]
    assert links((tmp_path / "with blank").as_uri(), None) == [Link(tmp_path / "with blank/demo-1.zip")]

"""Redirections: none leaves encryption, none carries a token to another server, and none is endless."""

import pytest
import requests

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch, session
from sources import assert_fetched, without_checksum
from web import endless, raw, serve, status


def test_a_redirection_from_https_to_http_is_refused():
    class Answer:
        url, is_redirect, headers = "https://a.org/x", True, {"location": "http://me:hunter2@b.org/x"}

    with requests.Session() as http:
        with pytest.raises(session.InsecureRedirectError, match=r"from https to http://\*\*\*@b\.org/x, which is not"):
            session._target(http, Answer)
        Answer.headers = {"location": "//b.org/x"}
        assert session._target(http, Answer) == "https://b.org/x"
        Answer.url = "http://a.org/x"
        Answer.headers = {"location": "https://b.org/x"}
        assert session._target(http, Answer) == "https://b.org/x"


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://a.org/x", "http://[::1", "javascript:alert(1)", "http://a.org:x/"],
)
def test_a_redirection_to_what_is_no_web_address_is_refused(server, tmp_path, location):
    server.answers["/x.tsv"] = [status(302, Location=location)]
    with pytest.raises(InputError, match="the address redirects to what is not a web address"):
        fetch(without_checksum(address=f"{server.url}/x.tsv"), tmp_path / "demo")
    assert len(server.seen) == 1


def test_a_redirection_whose_address_is_not_utf_8_is_refused(server, tmp_path):
    server.answers["/x.tsv"] = [raw(b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n")]
    with pytest.raises(InputError, match="the address redirects to what is not a web address"):
        fetch(without_checksum(address=f"{server.url}/x.tsv"), tmp_path / "demo")


def test_the_body_of_a_redirection_is_not_read(server, tmp_path):
    server.answers["/x.tsv"] = [endless(bytes(1 << 16), b"HTTP/1.1 302 Found\r\nLocation: /y.tsv\r\n\r\n")]
    server.answers["/y.tsv"] = [serve(b"a\tb\n")]
    fetch(without_checksum(address=f"{server.url}/x.tsv"), tmp_path / "demo")
    assert_fetched(tmp_path / "demo", "x.tsv", b"a\tb\n")


def test_redirections_that_never_end_are_given_up(server, tmp_path):
    server.answers |= {f"/{n}": [status(302, Location=f"/{n + 1}")] for n in range(99)}
    with pytest.raises(InputError, match=r"leads in a circle \(more than 20 redirections\)"):
        fetch(without_checksum(address=f"{server.url}/0"), tmp_path / "demo")
    assert len(server.seen) == session.MOST_REDIRECTS + 1


def test_a_token_is_not_carried_to_another_server(server, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    other = server.url.replace("127.0.0.1", "localhost")
    server.answers |= {"/a": [status(302, Location="/b")], "/b": [status(302, Location=f"{other}/c")], "/c": [serve()]}
    with session.answer("GET", f"{server.url}/a", {"authorization": "Bearer hf_x", "X": "y"}, (1, 1)) as (answer, _):
        assert answer.status_code == 200
    assert [headers.get("authorization") for _, headers in server.seen] == ["Bearer hf_x", "Bearer hf_x", None]
    assert [headers.get("X") for _, headers in server.seen] == ["y"] * 3


def test_cookies_of_a_redirection_are_sent(server):
    """Some servers send a file only to who has agreed, on the way, to a cookie."""
    server.answers |= {"/a": [status(302, Location="/b", Set_Cookie="seen=1")], "/b": [serve()]}
    with session.answer("GET", f"{server.url}/a", {}, (1, 1)) as (_, history):
        assert [answer.status_code for answer in history] == [302]
    assert server.seen[1][1]["Cookie"] == "seen=1"

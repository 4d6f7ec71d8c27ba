"""Addresses of files on the web."""

import pytest

from beyondtext.data.fetch import addresses


@pytest.mark.parametrize("address", ["http://a.org/x", "https://a.org:8443/Größe 1.csv?x=1#y", "http://[::1]:80/x"])
def test_an_address_on_the_web_has_no_problem(address):
    assert addresses.problem(address) is None


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "does not begin with http"),
        ("file:///etc/passwd", "does not begin with http"),
        ("//a.org/x", "does not begin with http"),
        ("a.org/x", "does not begin with http"),
        ("http:///x", "has no server"),
        ("http://a.org:70000/x", "server or its port cannot be read"),
        ("http://a.org:x/y", "server or its port cannot be read"),
        ("http://[::1/x", "server or its port cannot be read"),
        ("http://a.org/x\n", r"character '\n'"),
        ("http://a.org/\x00", r"character '\x00'"),
        ("http://a.org/\u202ex", r"character '\u202e'"),
        ("http://a.org/\ud800", r"character '\ud800'"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(address, problem):
    assert problem in addresses.problem(address)


def test_the_problem_of_an_address_does_not_tell_its_password():
    assert "hunter2" not in addresses.problem("http://me:hunter2/x@a.org/y")


@pytest.mark.parametrize("address", ["http://a.org/\ud800", "http://a.org/" + "x" * 100_000])
def test_every_text_has_a_digest(address):
    assert len(addresses.short_digest(address)) == 16

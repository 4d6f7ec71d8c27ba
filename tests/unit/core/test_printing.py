"""What messages print of names and addresses that others wrote."""

from collections import OrderedDict
from datetime import date

import pytest

from beyondtext.core.printing import kind_of, listed, printable, quoted, without_middle, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe 1.csv", "Größe 1.csv"),
        ("a\x1b[31mred\x1b[0m", r"a\x1b[31mred\x1b[0m"),
        ("a\nerror: all is well", r"a\nerror: all is well"),
        ("invoice\u202egpj.exe", r"invoice\u202egpj.exe"),
        ("a\x00\x7f\x9b\u2028\ufeff", r"a\x00\x7f\x9b\u2028\ufeff"),
        (b"Gr\xf6\xdfe".decode("utf-8", "surrogateescape"), r"Gr\xf6\xdfe"),
        ("\ud800", r"\ud800"),
        ("n" * 6000, "n" * 200 + "…"),
        (7, "7"),
    ],
)
def test_what_a_terminal_may_obey_or_hide_is_escaped(text, shown):
    assert printable(text) == shown
    assert printable(text).encode()


@pytest.mark.parametrize(
    ("value", "shown"), [("a'b", '"a\'b"'), ("\x1b", r"'\x1b'"), ("n" * 6000, f"'{'n' * 200}…'"), (0.5, "0.5")]
)
def test_values_are_quoted_and_cut(value, shown):
    assert quoted(value) == shown


def test_the_first_of_many_names_are_listed():
    assert listed(["a", "b\n", "c"], 3) == r"a, b\n, c"
    assert listed([f"c{number}" for number in range(2000)], 2) == "c0, c1 and 1,998 more"


def test_a_long_text_may_lose_its_middle():
    assert without_middle("abcdef", 6) == "abcdef"
    assert without_middle("abcdefg", 6) == "abc … efg"


def test_a_text_is_only_cut_where_that_is_wanted():
    assert printable("n" * 6000, None) == "n" * 6000
    assert printable("abcdef", 3) == "abc…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://a.org/x@y.csv", "http://a.org/x@y.csv"),
        ("http://a.org:8080/x@y.csv", "http://a.org:8080/x@y.csv"),
        ("https://me:hunter2@a.org/x", "https://***@a.org/x"),
        ("https://hunter2@a.org/x", "https://***@a.org/x"),
        ("https://me:1234@a.org/x", "https://***@a.org/x"),
        ("https://me:hunter2%40@a.org", "https://***@a.org"),
        ("https://me:hun/ter2@a.org/x", "https://***@a.org/x"),  # a slash that should have been %2F
        ("two: ftp://a:hunter2@b and HTTP://c:hunter2@d.", "two: ftp://***@b and HTTP://***@d."),
        ("https://a.org/x?access_token=hunter2&n=1", "https://a.org/x?access_token=***&n=1"),
        ("https://a.org/x?n=1&X-Amz-Signature=hunter2", "https://a.org/x?n=1&X-Amz-Signature=***"),
        ("('https://a.org/x?sig=hunter2')", "('https://a.org/x?sig=***')"),
        ("https://a.org/x?name=set&monkey=1", "https://a.org/x?name=set&monkey=1"),
        ("me@a.org has no password", "me@a.org has no password"),
    ],
)
def test_passwords_and_tokens_in_addresses_are_hidden(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "true"),
        (0, "an integer"),
        (0.0, "a number"),
        ("", "a text"),
        ([], "a list"),
        (OrderedDict(), "an object"),
        (date(2020, 1, 1), "a date"),
    ],
)
def test_a_value_is_named_with_its_article(value, words):
    assert kind_of(value) == words

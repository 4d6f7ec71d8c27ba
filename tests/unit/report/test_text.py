"""Numbers and names as the report writes them."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.core.schema import _validator
from beyondtext.report import text
from beyondtext.report.text import between, listed, score, side_of_zero, signed
from beyondtext.study.grid import MAPPING

NAN = float("nan")


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (iter("ab"), "a and b")]
)
def test_listed(words, text):
    assert listed(words) == text


@pytest.mark.parametrize(
    ("value", "as_score", "as_difference"),
    [
        (0.12345, "0.123", "+0.123"),
        (-0.5, "−0.500", "−0.500"),
        (0.0, "0.000", "+0.000"),
        (NAN, "", ""),
        (np.float64(1), "1.000", "+1.000"),
    ],
)
def test_numbers_have_a_real_minus_and_differences_a_sign(value, as_score, as_difference):
    assert (score(value), signed(value)) == (as_score, as_difference)


def test_an_interval_in_words():
    assert between(-0.1, 0.25) == "−0.100 to 0.250"
    assert between(-0.1, 0.25, signed) == "−0.100 to +0.250"
    assert between(NAN, NAN) == ""


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.2, "higher"),
        (-0.2, -0.01, "lower"),
        (-0.1, 0.1, "open"),
        (0.0, 0.1, "open"),
        (-0.1, 0.0, "open"),
        (0.0, 0.0, "open"),
        (NAN, NAN, "none"),
    ],
)
def test_the_side_of_zero_that_an_interval_lies_on(low, high, expected):
    assert side_of_zero(low, high) == expected


@pytest.mark.parametrize(
    ("rate", "rates", "title"),
    [
        ("fixed", ["fixed", "frozen", "fixed"], "fine-tuned"),
        ("chosen", ["chosen", "frozen"], "fine-tuned"),
        ("frozen", ["fixed", "frozen"], "frozen features"),
        ("fixed", ["fixed", "chosen"], "a fixed learning rate"),
        ("chosen", ["fixed", "chosen", "frozen"], "each initialization at the best of the learning rates tried"),
        ("frozen", ["fixed", "chosen", "frozen"], "frozen features"),
    ],
)
def test_a_rule_is_called_fine_tuned_if_all_others_are_frozen_features(rate, rates, title):
    assert text.rate_title(rate, rates) == title
    table = pd.DataFrame({"rate": rates, "model": "minilm-l6", "mapping": "permutation", "fraction": 1})
    assert text.qualifiers({"rate": rate}, table) == [title]


def test_the_mappings_of_the_schema_are_those_of_the_grid():
    schema = _validator("config").schema
    assert schema["$defs"]["mapping"]["pattern"] == f"^({MAPPING})$"


def test_encoders_have_short_names():
    assert text.encoder_title("minilm-l6", "pretrained", "initial") == "MiniLM-L6"
    assert text.encoder_title("minilm-l6", "scratch", "initial", 100) == "MiniLM-L6, random initialization, seed 100"
    assert text.encoder_title("minilm-l6", "pretrained", "finetuned") == "MiniLM-L6, fine-tuned"


def test_no_number_is_minus_zero():
    assert text.score(-0.0002) == "0.000" and text.score(-0.02) == "−0.020"
    assert text.signed(-0.0002) == "+0.000"


def test_two_seeds_of_a_partly_random_encoder_have_different_names():
    titles = {text.encoder_title("minilm-l6", "rand_embed", "initial", seed) for seed in (100, 101)}
    assert len(titles) == 2


@pytest.mark.parametrize(
    "address",
    ["https://example.org", "http://example.org/a?b=c#d", "HTTPS://EXAMPLE.ORG", "https://example.org:8080/ä@b"],
)
def test_addresses_of_the_web_are_links(address):
    assert text.link(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "vbscript:x",
        "ftp://example.org",
        "mailto:a@example.org",
        "//example.org/x",
        "/etc/passwd",
        "tables/summary.csv",
        "https:example.org",
        "https:///example.org",
        "https://",
        "https://[::1",
        "https://exam\nple.org",
        "https:\\\\example.org",
        "https://example.org\\@evil.example",
        "http://a b",
        'https://example.org/"onclick="x',
        "https://example.org/<script>",
        "https://example.org/`x`",
        "https://example.org\x00",
        "http://user:hush-1@example.org/",
        "https://hush-1@example.org/",
        "https://***@example.org/",
        "https://example.org/?access_token=hush-1",
        "",
    ],
)
def test_no_other_address_is_a_link(address):
    assert text.link(address) == ""


def test_a_title_is_on_one_line(monkeypatch):
    monkeypatch.setattr(text.definitions, "task", lambda name: {"title": "a\n b\tc\x1b[1m\0"})
    assert text.task_title("x") == "a b c\\x1b[1m\\x00"

"""Text files that come with a model."""

import pytest

from beyondtext.core.errors import InputError
from beyondtext.models import published_files
from beyondtext.models.published_files import read_object, read_text, shortened


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"\xef\xbb\xbf[PAD]\r\n\xc3\xa9\n")
    assert read_text(path) == "[PAD]\r\né\n"


@pytest.mark.parametrize("content", [b"[PAD]\n\xff\xfe", "é".encode("latin-1"), "[PAD]".encode("utf-16")])
def test_text_in_another_encoding_is_refused(tmp_path, content):
    path = tmp_path / "vocab.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"vocab\.txt is not UTF-8 text: byte \d+ is 0x[ef][0-9a-f]; give the model's"):
        read_text(path)


def test_a_file_too_large_for_its_kind_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(published_files, "LARGEST", 1000)
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"a" * 1001)
    with pytest.raises(InputError, match=r"vocab\.txt has 1,001 bytes, more than 1,000; give"):
        read_text(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not valid JSON"),
        ("{", "is not valid JSON"),
        ('{"a": 1} x', "is not valid JSON"),
        ("[" * 100_000, r"is not valid JSON \(its lists and objects are nested too deep\)"),
        ('{"a": ' * 100_000 + "1" + "}" * 100_000, r"is not valid JSON \(its lists and objects are nested too deep\)"),
        ('{"a": ' + "9" * 5000 + "}", r"is not valid JSON \(a number is too long\)"),
        ("null", "holds None, not an object"),
        ('["hidden_size", 384]', r"holds \['hidden_size', 384\], not an object"),
        ('"' + "x" * 10**5 + '"', "holds 'xxx.*xxx', not an object"),
        ('{"hidden_size": 384, "hidden_size": 768}', r"is not valid JSON \(the key 'hidden_size' is given twice\)"),
        ('{"model": {"vocab": {"a": 0, "b": 1, "a": 1}}}', r"is not valid JSON \(the key 'a' is given twice\)"),
        ('{"a": 1e400}', r"is not valid JSON \(1e400 is too large a number\)"),
        (f'{{"{"k" * 10**5}": 1, "{"k" * 10**5}": 2}}', r"is not valid JSON \(the key 'kkk.*…' is given twice\)"),
    ],
)
def test_what_is_not_one_json_object_is_refused(tmp_path, text, message):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"config\.json {message}") as caught:
        read_object(path)
    assert len(str(caught.value)) < 400 and "\n" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_read(tmp_path, number):
    """Older versions of Transformers write them, and the values that are used are checked where they are used."""
    path = tmp_path / "config.json"
    path.write_text(f'{{"hidden_size": 384, "limit": {number}}}')
    assert str(read_object(path)["limit"]) == str(float(number))


def test_an_object_is_read(tmp_path):
    path = tmp_path / "config.json"
    path.write_text('\ufeff{"a": {"b": [1, null]}}', encoding="utf-8")
    assert read_object(path) == {"a": {"b": [1, None]}}


@pytest.mark.parametrize("value", ["x" * 1000, list(range(10**6)), {str(n): n for n in range(1000)}, 10**4000])
def test_long_values_are_cut(value):
    assert len(shortened(value)) < 200

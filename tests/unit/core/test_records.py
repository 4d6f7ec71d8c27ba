"""Records: JSON files with a checksum of their own content."""

import json

import pytest

from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record, write_record

RECORD = {"task": "splice", "scores": {"test": 0.1 + 0.2}, "labels": {10: "a", 9: "b"}, "names": ["é"], "none": None}


def read(path):
    return read_record(path, {"task", "scores"}, "make it again")


def test_a_record_is_read_as_it_was_written_however_it_is_laid_out(tmp_path):
    path = tmp_path / "r.json"
    write_record(path, RECORD)
    expected = {**RECORD, "labels": {"10": "a", "9": "b"}}
    assert read(path) == expected
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert read(path) == expected


@pytest.mark.parametrize(
    "content", [b"{}", b"[]", b"[{}]", b"null", b"7", b'"splice"', b"", b"{", b"\xff\xfe{}", b"\0"]
)
def test_what_is_no_record_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "r.json").write_bytes(content)
    with pytest.raises(
        InputError, match=r"r\.json (is not valid JSON|contains|lacks checksum, scores, task).*; make it"
    ):
        read(tmp_path / "r.json")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("null", "null"),
        ("true", "true"),
        ("false", "false"),
        ("7", "an integer"),
        ("7.0", "a number"),
        ('"splice"', "a text"),
        ("[{}]", "a list"),
    ],
)
def test_what_was_found_in_place_of_an_object_is_said_in_words(tmp_path, content, found):
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(
        InputError, match=rf"r\.json contains {found}, not an object with keys and values; make it again"
    ):
        read(tmp_path / "r.json")


@pytest.mark.parametrize(
    "content",
    ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, '{"task": 1, "task": 1}', '{"task": NaN}', '{"task": -Infinity}'],
)
def test_json_that_would_stop_the_parser_is_refused(tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(InputError, match=r"r\.json is not valid JSON \(.*\); make it again"):
        read(tmp_path / "r.json")


def test_every_changed_byte_is_found_or_changes_nothing(tmp_path):
    path = tmp_path / "r.json"
    write_record(path, RECORD)
    content, before, found = path.read_bytes(), read(path), 0
    for place in range(len(content)):
        for bit in (1, 4, 32):
            path.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            try:
                assert read(path) == before
            except InputError as error:
                assert "\n" not in str(error) and str(path) in str(error)
                found += 1
    assert found > len(content)


@pytest.mark.parametrize("change", [{"task": "gb1"}, {"scores": {"test": 0.3}}, {"more": 1}, {"none": False}])
def test_another_value_or_key_is_found(tmp_path, change):
    path = tmp_path / "r.json"
    write_record(path, RECORD)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputError, match=r"r\.json was changed after it was written: .*; make it again"):
        read(path)

"""JSON records."""

import json
import lzma

import pytest

from beyondtext.data.readers import records
from beyondtext.data.tally import Tally
from inputs import assert_refused, write
from sources import zipped

FIRST = '{"id": "0", "primary": "MK", "y": 1.5}'
SECOND = '{"id": "1", "primary": "ML", "y": 2}'


def read_records(folder, tally=None, **parts):
    files = {}
    for name, content in parts.items():
        files |= write(folder, f"{name}.json", content)
    options = {"files": {n: f"{n}.json" for n in parts}, "columns": {"id": "id", "sequence": "primary", "target": "y"}}
    return records.read(files, options, folder, tally or Tally()).to_dict("list")


def test_records_are_read_and_a_target_may_be_in_a_list_of_its_own(tmp_path):
    table = read_records(
        tmp_path,
        train='[{"id": "0", "primary": "MK", "y": [1.5]}, {"id": "1", "primary": "ML", "y": 2}]',
        test='[{"id": "0", "primary": "MV", "y": [-1]}]',
    )
    assert table == {
        "split": ["train", "train", "test"],
        "id": ["train-1-0", "train-2-1", "test-1-0"],
        "sequence": ["MK", "ML", "MV"],
        "target": ["1.5", "2", "-1"],
    }


@pytest.mark.parametrize("word", ["NA", "nan", "None", "n/a", "-"])
@pytest.mark.parametrize("key", ["primary", "family"])
def test_words_for_missing_values_are_refused(tmp_path, word, key):
    rows = [{"primary": "MKVLLAGHK", "family": "f", "y": 1}, {"primary": "MKVLLAGHKK", "family": "g", "y": 2}]
    rows[1][key] = word
    files = write(tmp_path, "train.json", json.dumps(rows))
    columns = {"sequence": "primary", "group": "family", "target": "y"}
    options = {"files": {"train": "train.json"}, "columns": columns}
    if (word, key) == ("None", "family"):
        assert list(records.read(files, options, tmp_path, Tally())["group"]) == ["f", "None"]
        return
    texts = [f"train.json: record 2 has {word!r} at {key!r}", "a missing value", "(1 such records)"]
    assert_refused(texts, records.read, files, options, tmp_path, Tally())


def test_words_among_short_sequences_are_counted(tmp_path):
    tally = Tally()
    entries = [{"id": 1, "primary": "NA", "y": 1}, {"id": 2, "primary": "KV", "y": 2}]
    table = read_records(tmp_path, tally, train=json.dumps(entries))
    assert table["sequence"] == ["NA", "KV"] and tally.count("likely_missing") == 1


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("{", ["not valid JSON"]),
        ("{}", ["contains an object, but a list of records was expected"]),
        ("7", ["contains an integer, but a list of records was expected"]),
        ('"M"', ["contains a text, but a list of records was expected"]),
        ("null", ["contains null, but a list of records was expected"]),
        ("[]", ["contains an empty list, but a list of records was expected"]),
        ('[{"id": 1, "primary": "M"}]', ["record 1 does not have a single value at 'y'", "options.columns"]),
        ('[{"id": 1, "primary": "M", "y": [1, 2]}]', ["record 1 does not have a single value at 'y'"]),
        ('[{"id": 1, "primary": "", "y": 1}]', ["record 1 does not have a single value at 'primary'"]),
        ("[3]", ["record 1 does not have a single value"]),
        ('[{"id": 1, "primary": "M", "y": null}]', ["record 1 does not have a single value at 'y'", "but null"]),
        ('[{"id": 1, "primary": "M", "y": NaN}]', ["record 1 does not have a single value at 'y'", "but NaN"]),
        ('[{"id": 1, "primary": "M", "y": -1e999}]', ["record 1 does not", "'y'", "but -Infinity"]),
        ('[{"id": 1, "primary": 12, "y": 1}]', ["record 1 does not have a single value at 'primary'", "but 12"]),
        ('[{"id": 1, "primary": true, "y": 1}]', ["record 1 does not have a single value at 'primary'", "but true"]),
        (f'[{FIRST}, {{"y": 1, "id": 1, "primary": "M", "y": 2}}]', ["record 2 has the key 'y' more than once"]),
        (f'{FIRST}\n{{"id": 1, "primary": "M"\n', ["train.json, line 2 is not valid JSON"]),
        (f"{FIRST}\n\n[{SECOND}]\n", ["record 2 does not have a single value", "but is a list;"]),
    ],
)
def test_the_problem_of_a_file_is_reported(tmp_path, content, texts):
    assert_refused(["train.json", *texts], read_records, tmp_path, train=content)


def test_each_line_may_have_a_record(tmp_path):
    lines = read_records(tmp_path, train=f"{FIRST}\n\n  {SECOND}")
    assert lines == read_records(tmp_path, train=f"[{FIRST},\n{SECOND}]") and len(lines["id"]) == 2


@pytest.mark.parametrize(("value", "target"), [("true", "true"), ("false", "false"), ("0", "0"), ("1.0", "1.0")])
def test_a_target_is_written_as_in_the_file(tmp_path, value, target):
    assert read_records(tmp_path, train=f'[{{"id": 1, "primary": "M", "y": {value}}}]')["target"] == [target]


def test_a_key_that_is_not_used_may_be_repeated(tmp_path):
    entry = '[{"note": 1, "id": 1, "primary": "M", "y": 2, "note": 3}]'
    assert read_records(tmp_path, train=entry)["target"] == ["2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_may_be_compressed_and_have_a_byte_order_mark(tmp_path, encoding):
    content = lzma.compress(f"[{FIRST}]".encode(encoding))
    assert read_records(tmp_path, train=content)["sequence"] == ["MK"]


def test_a_file_in_latin1_is_read_and_counted(tmp_path):
    tally = Tally()
    content = '[{"id": "\u00e9", "primary": "M\u2028K", "y": 1}]'
    assert read_records(tmp_path, tally, train=content.replace("\u2028", "").encode("latin-1"))["id"] == [
        "train-1-\u00e9"
    ]
    assert tally.count("latin1") == 1
    assert read_records(tmp_path, train=content)["sequence"] == ["M\u2028K"]


@pytest.mark.parametrize("content", ["[" * 100_000, FIRST + "\n" + '{"a":' * 100_000, '{"a":' * 100_000 + "\n[]"])
def test_lists_and_objects_that_are_nested_too_deep_are_refused(tmp_path, content):
    assert_refused(["lists or objects nested too deep"], read_records, tmp_path, train=content)


@pytest.mark.parametrize("key", ["id", "primary", "y"])
def test_half_of_a_character_is_refused(tmp_path, key):
    half = {"id": "0", "primary": "MK", "y": "p", key: "a\ud83d"}
    text = json.dumps([half])
    assert_refused(["record 1 has half of a character", f"at '{key}'"], read_records, tmp_path, train=text)


def test_a_workbook_is_refused(tmp_path):
    content = zipped({"xl/workbook.xml": "x"})
    assert_refused(["is an Excel workbook (.xlsx); save the sheet as CSV"], read_records, tmp_path, train=content)


@pytest.mark.parametrize("blank", [" ", "\n", "\u00a0", "\u3000"])
def test_blanks_at_the_ends_of_targets_are_counted_if_others_have_none(tmp_path, blank):
    targets = ["p", f"p{blank}", ["q"], [f"{blank}q"], 1, True, "r "]
    parts = [json.dumps([{"id": str(n), "primary": "MKVLLAGG", "y": y} for n, y in enumerate(targets)]), f"[{FIRST}]"]
    tally = Tally()
    table = read_records(tmp_path, tally, test=parts[1], train=parts[0])
    assert table["target"] == ["1.5", "p", "p", "q", "q", "1", "true", "r"]
    words = "with blanks at an end of the target, the split or the group, where others have none"
    assert tally.sentence() == f"2 {words} (such as 'train.json: record 2')"

"""What the schemas refuse, and how the mistake is named."""

import datetime

import pytest

from beyondtext.core import files, paths
from beyondtext.core.errors import InputError
from beyondtext.core.registries import registry
from beyondtext.core.schema import _validator, check

SOURCE = {
    "id": "demo",
    "title": "A demonstration",
    "kind": "path",
    "address": "data.csv",
    "licence": "CC0",
    "homepage": "https://example.org",
    "paths": ["data.csv"],
}


def test_a_valid_value_is_accepted():
    check(SOURCE, "source", "demo.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"licence": None},
            r"^demo\.yaml: at licence: None is not of type 'string'; see config/schemas/source\.schema",
        ),
        (
            {"license": "x"},
            r"at the top level: .*'license' was unexpected\) \(did you mean 'licence'\?\); the known keys",
        ),
        ({"colour": "x"}, r"'colour' was unexpected\); the known keys there are address, homepage, id"),
        (
            {"kind": "htpp"},
            r"at kind: 'htpp' is not one of \[.*\] \(did you mean 'http'\?\); see config/schemas/source",
        ),
        ({"size": True}, r"at size: True is not of type 'integer'"),
        ({"size": 3.0}, r"at size: 3\.0 is not of type 'integer'"),
        ({"paths": []}, r"at paths: \[\]"),
    ],
)
def test_a_mistake_is_named_with_its_key(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        check({**SOURCE, **changes}, "source", "demo.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"paths": ["a.csv", True]},
            r"at paths\.1: True is not of type 'string'; .* quote it: \"yes\", \"on\" or \"true\"",
        ),
        ({"licence": False}, r"at licence: False is not .* quote it: \"no\", \"off\" or \"false\""),
        ({"version": 1.1}, r"at version: 1\.1 is not of type 'string'; .* quote it: \"1\.1\"$"),
        ({"note": datetime.date(2024, 5, 1)}, r"at note: .* quote it: \"2024-05-01\""),
        ({"title": None}, r"at title: None is not of type 'string'; .* fill it in, or quote it"),
        (
            {"id": "my_data"},
            r"at id: 'my_data' does not match .*; use lower-case letters, digits and '-' only, such as",
        ),
        ({True: "x"}, r"at the top level: the key True was unexpected; quote it: \"yes\", \"on\" or \"true\""),
        ({"hub": [{"a": {False: 1, "b": 2}}]}, r"at hub\.0\.a: the key False was unexpected; quote it: \"no\""),
    ],
)
def test_what_yaml_does_not_read_as_text_is_to_be_quoted(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        check({**SOURCE, **changes}, "source", "demo.yaml")
    assert "\n" not in str(caught.value)


def test_a_key_that_is_not_text_is_named():
    with pytest.raises(InputError, match="1 was unexpected"):
        check({**SOURCE, 1: "x"}, "source", "demo.yaml")


@pytest.mark.parametrize(
    ("kind", "key", "place"),
    [
        ("task", "metric", lambda schema: schema["properties"]["metric"]),
        ("config", "init", lambda schema: schema["$defs"]["init"]),
        ("config", "baseline", lambda schema: schema["properties"]["baselines"]["items"]),
        ("config", "measure", lambda schema: schema["properties"]["similarity"]["properties"]["measures"]["items"]),
    ],
)
def test_names_come_from_the_registries(kind, key, place):
    reference = place(files.read_yaml(paths.CONFIG / "schemas" / f"{kind}.schema.yaml"))
    assert reference == {"$ref": f"names:{key}"}
    validator = _validator(kind).evolve(schema=reference)
    assert all(validator.is_valid(name) for name in registry(key)) and not validator.is_valid("magic")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "demo\n"}, r"at id: 'demo\\n' does not match .*; use lower-case letters"),
        ({"sha256": "0" * 64 + "\n"}, r"at sha256: '0+\\n' does not match"),
        ({"title": "a\x1b[2J"}, r"at title: 'a\\x1b\[2J' has the control character '\\x1b'; remove it"),
        ({"note": "a\0b"}, r"at note: .* has the control character '\\x00'; remove it"),
        ({"paths": ["a", "b\r"]}, r"at paths\.1: .* has the control character '\\r'; remove it"),
        ({"title": "\ud800"}, r"at title: .* has the control character '\\ud800'"),
        ({"a\x07": 1}, r"at the top level: the key 'a\\x07' has the control character"),
        ({"size": 10**30}, r"at size: whole numbers may have a size of at most 9,007,199,254,740,992"),
        ({"size": -(10**4000)}, r"at size: whole numbers may have a size of at most"),
    ],
)
def test_what_no_definition_may_have_is_named(changes, message):
    with pytest.raises(InputError, match=message) as caught:
        check({**SOURCE, **changes}, "source", "demo.yaml")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("text", ["(?P<target>", "(" * 950 + ")" * 950, "a{99999999999}", "[b-a]"])
def test_what_is_no_regular_expression_is_named(text):
    error = next(_validator("task").evolve(schema={"format": "regex"}).iter_errors(text))
    assert error.message.startswith(f"{text!r} is not a regular expression (")


def test_a_regular_expression_is_accepted():
    assert list(_validator("task").evolve(schema={"format": "regex"}).iter_errors(r"^\S+ (?P<target>\w+)$")) == []


def test_several_lines_and_tabs_are_texts_like_others():
    check({**SOURCE, "note": "two\nlines\tand a tab"}, "source", "demo.yaml")


def test_what_is_nested_without_end_is_refused():
    value = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(InputError, match=r"at note: more than 50 lists and mappings are nested"):
        check({**SOURCE, "note": value}, "source", "demo.yaml")


def test_a_message_does_not_contain_the_whole_file():
    with pytest.raises(InputError) as caught:
        check({**SOURCE, "title": [f"entry {k}" for k in range(10_000)]}, "source", "demo.yaml")
    assert len(str(caught.value)) < 500 and "is not of type 'string'" in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "repeated"),
    [
        ([1, 2, 1], "1"),
        ([1, 1.0], "1"),
        (["a", None, "a"], '"a"'),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], '{"a": 1, "b": 2}'),
        ([[1], [1]], "[1]"),
        ([1, True, "1", 1.5, None], None),
        ([k if k % 2 else str(k) for k in range(50_000)], None),  # which cannot be sorted, so that pairs were compared
    ],
)
def test_repeated_entries_are_found_in_any_list(entries, repeated):
    errors = list(_validator("config").evolve(schema={"uniqueItems": True}).iter_errors(entries))
    assert [error.message for error in errors] == [f"{repeated} is in the list twice"] * (repeated is not None)


@pytest.mark.parametrize("kind", ["config", "task", "model", "source", "lock", "settings"])
def test_every_pattern_is_about_the_whole_text(kind):
    def patterns(value):
        if isinstance(value, dict):
            yield from ([value["pattern"]] if isinstance(value.get("pattern"), str) else [])
            for entry in value.values():
                yield from patterns(entry)
        elif isinstance(value, list):
            for entry in value:
                yield from patterns(entry)

    for pattern in patterns(files.read_yaml(paths.CONFIG / "schemas" / f"{kind}.schema.yaml")):
        assert pattern.startswith("^") and pattern.endswith("$")
        assert "|" not in pattern or (pattern.startswith("^(") and pattern.endswith(")$"))

"""YAML and JSON that somebody wrote to do harm, or by mistake."""

import datetime

import pytest

from beyondtext.core.errors import InputError
from beyondtext.core.parsing import DEEPEST, MOST_CHARACTERS, load_json, load_yaml, repeated_keys

LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12))
OF_MAPPINGS = "a0: &a0 {k: v}\n" + "".join(
    f"a{k}: &a{k} {{{', '.join(f'k{n}: *a{k - 1}' for n in range(9))}}}\n" for k in range(1, 12)
)
OF_MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{k}: &a{k} {{<<: [{', '.join([f'*a{k - 1}'] * 9)}]}}\n" for k in range(1, 12)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{k}: &a{k} [*a{k - 1}]\n" for k in range(1, 200))
ITSELF = "a: &a [1, *a]\n"
MERGED_WITH_ITSELF = "a: &a {<<: *a, k: 1}\n"


def refused(text):
    with pytest.raises(InputError, match=r"^c\.yaml") as caught:
        load_yaml(text, "c.yaml")
    message = str(caught.value)
    assert "\n" not in message and len(message) < 400
    return message


@pytest.mark.parametrize("text", [LAUGHS, OF_MAPPINGS, OF_MERGES, CHAIN, ITSELF, MERGED_WITH_ITSELF])
def test_aliases_that_multiply_what_they_stand_for_are_refused(text):
    assert "once its aliases (*) are filled in" in refused(text)


def test_few_aliases_are_filled_in():
    assert load_yaml("a: &a [1, 2]\nb: [*a, *a]\n", "c.yaml") == {"a": [1, 2], "b": [[1, 2], [1, 2]]}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 100_000 + "]" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000 + "x",
        "? " * 100_000 + "x",
        "".join(" " * k + "a:\n" for k in range(500)),
    ],
)
def test_lists_that_are_nested_without_end_are_refused(text):
    assert f"more than {DEEPEST} lists and mappings are nested" in refused(text)


def test_what_is_nested_as_deep_as_allowed_is_read():
    depth = DEEPEST - 1  # the mapping around them is a level as well
    assert load_yaml("a: " + "[" * depth + "]" * depth, "c.yaml")["a"] is not None
    refused("a: " + "[" * (depth + 1) + "]" * (depth + 1))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("1" * 5000, r"1{40}… (5,000 characters) looks like a value of the type int but is none"),
        ("-" + "9" * 4400, "looks like a value of the type int"),
        ("2024-13-45", "2024-13-45 looks like a value of the type timestamp but is none"),
        ("!!float abc", "abc looks like a value of the type float"),
        ("!!bool perhaps", "perhaps looks like a value of the type bool"),
        ("!!timestamp soon", "soon looks like a value of the type timestamp"),
        ("!!int ''", "looks like a value of the type int"),
        ("010", "010 is the number 8 to YAML; write 8, or quote it"),
        ("0x1F", "0x1F is the number 31 to YAML"),
        ("12:30", "12:30 is the number 750 to YAML"),
        ("1:30.5", "1:30.5 is the number 90.5 to YAML; write 90.5, or quote it"),
        ("!!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("!!python/name:os.system", "has the tag 'tag:yaml.org,2002:python/name:os.system', which cannot be read"),
        ("!mine 1", "has the tag '!mine', which cannot be read; remove it"),
        ("=", "cannot be read; remove it, or quote it"),
    ],
)
def test_a_value_that_yaml_cannot_read_is_named(value, problem):
    message = refused(f"first: 1\nsecond: {value}\n")
    assert problem.replace("1{40}", "1" * 40) in message
    assert "line 2" in message


@pytest.mark.parametrize("text", ["12345: x", "2024-13-45: x"])
def test_keys_are_read_like_values(text):
    if text.startswith("2024"):
        assert "timestamp" in refused(text)
    else:
        assert load_yaml(text, "c.yaml") == {12345: "x"}


def test_usual_values_are_read():
    text = "{a: 1, b: -2, c: +3, d: 1_000, e: 1.5, f: 2024-05-01, g: yes, h: null, i: '010', j: !!str 5, k: 0, l: -0}"
    assert load_yaml(text, "c.yaml") == {
        **{"a": 1, "b": -2, "c": 3, "d": 1000, "e": 1.5, "f": datetime.date(2024, 5, 1), "g": True, "h": None},
        **{"i": "010", "j": "5", "k": 0, "l": 0},
    }


@pytest.mark.parametrize("text", ["a: \0", "a: \x1b[2J", "a: \ufffe", "? [a]\n: b", "a\n\tb: c", "--- a\n--- b"])
def test_what_is_no_yaml_is_refused(text):
    assert "not valid YAML" in refused(text)


def test_a_tab_is_called_one():
    assert refused("a:\n  b: 1\n\tc: 2\n").endswith("is not valid YAML: line 3 is indented with a tab; use spaces")
    assert "unicode string" not in refused("a: [1\n")


def test_a_text_of_many_megabytes_is_refused():
    assert "more than 5,000,000 characters" in refused("a: b\n" * (MOST_CHARACTERS // 5 + 1))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "the key 'b' is given twice"),
        ('{"a": [' + "1" * 5000 + "]}", "^a number is too long$"),
        ("-" + "9" * 5000, "^a number is too long$"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ('{"a": NaN}', "NaN is not a number of JSON"),
        ('{"a": -Infinity}', "-Infinity is not a number of JSON"),
        ('{"a": 1e999}', "1e999 is too large a number"),
        ('{"a": [-1.5E+400]}', r"-1\.5E\+400 is too large a number"),
        ("{'a': 1}", "Expecting property name"),
    ],
)
def test_json_that_cannot_be_read_rightly_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        load_json(text)


def test_a_repeated_key_among_many_is_found_in_time():
    pairs = ", ".join(f'"{number}": 0' for number in [*range(200_000), 199_999])
    with pytest.raises(ValueError, match="the key '199999' is given twice"):
        load_json(f"{{{pairs}}}")


def test_repeated_keys_are_named_once_and_in_their_order():
    assert repeated_keys([("b", 1), ("a", 1), ("c", 2), ("a", 1), ("b", 3), ("a", 4)]) == ["b", "a"]
    assert repeated_keys([("a", 1), ("b", 1)]) == []


def test_usual_json_is_read():
    assert load_json('{"a": [1, 2.5, null, {"b": "é"}]}') == {"a": [1, 2.5, None, {"b": "é"}]}

"""Values of another kind for every key of a YAML or JSON file, by what the file has there, and files with them."""

import copy
import datetime
import io
from contextlib import redirect_stderr, redirect_stdout

import yaml

from beyondtext.core.errors import InputError

HUGE = 2**60  # more than any whole number that a file may have
WRONG = {  # by the kind of the right value
    "text": {
        "a list": ["a"],
        "a mapping": {"a": "b"},
        "null": None,
        "a number": 7,
        "true": True,
        "a date": datetime.date(2026, 1, 1),
        "a text with a NUL": "a\0b",
        "a text with a bell": "a\x07b",
    },
    "whole number": {
        "a text": "many",
        "digits in quotation marks": "7",
        "a list": [7],
        "a mapping": {"a": 7},
        "null": None,
        "true": True,
        "a number with decimals": 1.5,
        "NaN": float("nan"),
        "infinite": float("inf"),
        "negative": -1,
        "2 to the 60th": HUGE,
        "a date": datetime.date(2026, 1, 1),
    },
    "number": {
        "a text": "many",
        "a list of one": [0.5],
        "a mapping": {"a": 0.5},
        "null": None,
        "false": False,
        "NaN": float("nan"),
        "infinite": float("inf"),
        "negative": -0.5,
        "minus 2 to the 60th": -HUGE,
    },
    "list": {
        "a text": "a",
        "a number": 7,
        "null": None,
        "a mapping": {"a": "b"},
        "true": True,
        "a list of null": [None],
        "a list of a list": [[["a"]]],
        "a list of a mapping": [{"a": {"b": "c"}}],
        "a list of a date": [datetime.date(2026, 1, 1)],
    },
    "mapping": {
        "a text": "a",
        "a number": 7,
        "null": None,
        "a list": ["a"],
        "true": True,
        "a mapping with a number as key": {7: "a"},
        "a mapping with null as key": {None: "a"},
        "a mapping with a control character in a key": {"a\x07": "b"},
    },
    "boolean": {"a text": "yes", "a number": 1, "null": None, "a list": [True], "a mapping": {"a": True}},
    "null": {"a text": "many", "a list": ["a"], "a mapping": {"a": 1}, "true": True, "NaN": float("nan")},
}


def kind_of(value):
    """The key of `WRONG` for a right value."""
    if value is None:
        return "null"
    kinds = {bool: "boolean", str: "text", int: "whole number", float: "number", list: "list", dict: "mapping"}
    return kinds[type(value)]


def keys_in(value, path=()):
    """Every place in nested mappings and in the first entries of lists of mappings, with its value; not the whole."""
    if path:
        yield path, value
    entries = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list) and value and isinstance(value[0], dict):
        entries = [(0, value[0])]
    for key, entry in entries:
        yield from keys_in(entry, (*path, key))


def with_value(whole, path, new):
    """A copy of nested mappings and lists with another value at one place."""
    changed = copy.deepcopy(whole)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return changed


def drawn_mistakes(whole, random, each, allowed=frozenset()):
    """Some mistakes for each key: triples of the key's path, words for the wrong value, and the file's content with it.

    ``allowed`` are pairs of the last key and words that are no mistake.
    """
    for path, value in keys_in(whole):
        fitting = [words for words in WRONG[kind_of(value)] if (path[-1], words) not in allowed]
        for words in random.sample(fitting, min(each, len(fitting))):
            yield path, words, with_value(whole, path, copy.deepcopy(WRONG[kind_of(value)][words]))


def as_yaml(value):
    """A YAML text."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)


def naming(words, call):
    """Call a function; if it refuses its input, its message must have one of these words, or the trial fails."""
    errors = io.StringIO()
    try:
        with redirect_stderr(errors):
            return call()
    except InputError as error:
        _check(words, str(error))
        raise
    except SystemExit as end:
        said = end.code if isinstance(end.code, str) else errors.getvalue().strip().rpartition("\n")[2]
        if end.code not in (0, None):
            _check(words, said)
            raise SystemExit(said) from None
        raise


def _check(words, message):
    assert any(word in message for word in words), f"refused, but for another reason than {words}: {message}"


def printed(main, *arguments):
    """What a program prints."""
    stream = io.StringIO()
    with redirect_stdout(stream):
        main([str(argument) for argument in arguments])
    return stream.getvalue()

"""Checking what users write against the schemas in ``config/schemas/``.

The schemas are JSON Schema with one addition: ``$ref: names:<key>`` stands for the names in a registry
(`beyondtext.core.registries`), so that a new metric or initialization needs no entry in a schema.
"""

import json
import math
import re
from collections import Counter
from functools import cache

from beyondtext.core import paths
from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.files import read_yaml
from beyondtext.core.parsing import DEEPEST
from beyondtext.core.printing import CONTROL, without_middle, without_secrets
from beyondtext.core.registries import registry

LARGEST = 2**53  # of whole numbers; larger ones are mistakes, and no longer exact in JSON and in tables
LONGEST = 300  # characters of jsonschema's messages, which may contain the whole file
MAY_HAVE_CONTROL_CHARACTERS = ("delimiter",)  # keys; some tables have such a character between their cells


def _is_number(checker, value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker, value):
    return isinstance(value, int) and not isinstance(value, bool)  # to JSON Schema, though not to Python, 200.0 is one


def _pattern(validator, pattern, instance, schema):
    """The keyword ``pattern``: to JSON Schema, though not to Python, $ is not also before a line feed at the end."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _format(validator, form, instance, schema):
    """The keyword ``format``: the only one in use is ``regex``, a regular expression of Python."""
    from jsonschema import ValidationError

    try:
        if isinstance(instance, str):
            re.compile(instance)
    except (re.error, RecursionError, OverflowError) as error:  # the last two: nested too deep, a{9999999999}
        yield ValidationError(f"{instance!r} is not a regular expression ({error})")


def _unique_items(validator, unique, instance, schema):
    """The keyword ``uniqueItems``; jsonschema's own takes a time that is quadratic in the length of some lists."""
    from jsonschema import ValidationError

    if unique and isinstance(instance, list):
        counts = Counter(json.dumps(_as_integer(entry), sort_keys=True, default=str) for entry in instance)
        repeated = [text for text, count in counts.items() if count > 1]
        if repeated:
            yield ValidationError(f"{repeated[0]} is in the list twice")


def _as_integer(value):
    """A number without decimals as an integer, since 1 and 1.0 are one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@cache
def _validator(kind, part=None):
    # Imported here, and in `check`: jobs get their settings from the workflow, which has checked them.
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer})
    keywords = {"pattern": _pattern, "format": _format, "uniqueItems": _unique_items}
    validator = validators.extend(Draft202012Validator, keywords, type_checker=types)

    @cache  # a registry asks again at each reference
    def read(name):
        return Resource.from_contents(read_yaml(paths.CONFIG / "schemas" / name))

    def retrieve(uri):
        if uri.startswith("names:"):
            return DRAFT202012.create_resource({"enum": list(registry(uri.removeprefix("names:")))})
        return read(uri)

    schema = {"$ref": f"{kind}.schema.yaml#/$defs/{part}"} if part else read(f"{kind}.schema.yaml").contents
    return validator(schema, registry=Registry(retrieve=retrieve))


def check(value, kind, where, part=None):
    """Check ``value`` against a schema.

    Parameters
    ----------
    value : dict
    kind : {"config", "task", "model", "source", "lock", "settings"}
    where : str or path
        Where ``value`` was read, for the message.
    part : str, optional
        A key below the schema's ``$defs``, if only that part applies.

    Raises
    ------
    InputError
        For the most relevant mistake; it names ``where``, the key, and the closest allowed key or value.
    """
    from jsonschema.exceptions import best_match

    _check_values(value, where, ())
    error = best_match(_validator(kind, part).iter_errors(value))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    message = without_middle(without_secrets(error.message), LONGEST)
    raise InputError(f"{where}: at {key}: {message}{_hint(error, kind)}")


def _hint(error, kind):
    """What to do about a mistake."""
    see = f"; see config/schemas/{kind}.schema.yaml"
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(map(str, error.instance.keys() - set(known)))
        return f"{suggestion(unknown[0], known)}; the known keys there are {', '.join(known)}"
    if error.validator == "enum" and isinstance(error.instance, str):
        return suggestion(error.instance, [value for value in error.validator_value if isinstance(value, str)]) + see
    if error.validator in ("pattern", "maxLength", "not") and "description" in error.schema:
        return f"; use {error.schema['description']}{see}"
    if error.validator == "type" and _is_exponent(error.instance):
        return f"; write it with a decimal point, as 1.0e-4{see}"
    if error.validator == "type" and "string" in error.validator_value and not isinstance(error.instance, list | dict):
        return see + _quote_it(error.instance)
    return see


def _check_values(value, where, path):
    """Raise `InputError` for what no schema allows, at any depth; ``path`` are the keys above the value.

    That is a key that YAML does not read as text, a text with control characters, a whole number that is too large, and
    more levels than a YAML file may have.
    """
    here = f"{where}: at {'.'.join(map(str, path)) or 'the top level'}"
    if len(path) > DEEPEST:
        raise InputError(f"{where}: at {path[0]}: more than {DEEPEST} lists and mappings are nested; remove some")
    if isinstance(value, str) and (found := CONTROL.search(value)) and path[-1:] != MAY_HAVE_CONTROL_CHARACTERS:
        raise InputError(f"{here}: {value!r} has the control character {found[0]!r}; remove it")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise InputError(f"{here}: whole numbers may have a size of at most {LARGEST:,}; give a smaller one")
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        if isinstance(value, dict) and not isinstance(key, str):
            raise InputError(f"{here}: the key {key} was unexpected{_quote_it(key)}")
        if isinstance(value, dict) and (found := CONTROL.search(key)):
            raise InputError(f"{here}: the key {key!r} has the control character {found[0]!r}; remove it")
        _check_values(entry, where, (*path, key))


def _quote_it(value):
    """What to do about a value that YAML does not read as text, such as yes, 1.0 or null."""
    if isinstance(value, bool):
        words = '"yes", "on" or "true"' if value else '"no", "off" or "false"'
        return f"; quote it: {words}, since without quotation marks YAML reads {value}"
    if value is None:
        return "; fill it in, or quote it"
    return f'; quote it: "{value}"'


def _is_exponent(value):
    """Whether YAML read a number without a decimal point, such as 1e-4, as text."""
    return isinstance(value, str) and re.fullmatch(r"[+-]?\d+e[+-]?\d+", value, re.IGNORECASE) is not None

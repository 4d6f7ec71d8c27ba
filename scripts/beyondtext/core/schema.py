"""Checking what users write against the schemas in ``config/schemas/``.

The schemas are JSON Schema with one addition: ``$ref: names:<key>`` stands for the names in a registry
(`beyondtext.core.registries`), so that a new metric or initialization needs no entry in a schema.
"""

import math
import re
from functools import cache

from beyondtext.core import paths
from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.files import read_yaml
from beyondtext.core.printing import without_secrets
from beyondtext.core.registries import registry


def _is_number(checker, value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker, value):
    return isinstance(value, int) and not isinstance(value, bool)  # to JSON Schema, though not to Python, 200.0 is one


@cache
def _validator(kind):
    # Imported here, and in `check`: jobs get their settings from the workflow, which has checked them.
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer})
    validator = validators.extend(Draft202012Validator, type_checker=types)

    def retrieve(uri):
        if uri.startswith("names:"):
            return DRAFT202012.create_resource({"enum": list(registry(uri.removeprefix("names:")))})
        return Resource.from_contents(read_yaml(paths.CONFIG / "schemas" / uri))

    schema = read_yaml(paths.CONFIG / "schemas" / f"{kind}.schema.yaml")
    return validator(schema, registry=Registry(retrieve=retrieve))


def check(value, kind, where):
    """Check ``value`` against a schema.

    Parameters
    ----------
    value : dict
    kind : {"config", "task", "model", "source", "lock"}
    where : str or path
        Where ``value`` was read, for the message.

    Raises
    ------
    InputError
        For the most relevant mistake; it names ``where``, the key, and the closest allowed key or value.
    """
    from jsonschema.exceptions import best_match

    _check_keys(value, where, ())
    error = best_match(_validator(kind).iter_errors(value))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    raise InputError(f"{where}: at {key}: {without_secrets(error.message)}{_hint(error, kind)}")


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


def _check_keys(value, where, path):
    """Raise `InputError` for a key, at any depth, that YAML does not read as text; ``path`` are the keys above it."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        if isinstance(value, dict) and not isinstance(key, str):
            above = ".".join(map(str, path)) or "the top level"
            raise InputError(f"{where}: at {above}: the key {key} was unexpected{_quote_it(key)}")
        _check_keys(entry, where, (*path, key))


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

"""Checking what users write against the schemas in ``config/schemas/``."""

import math
import re
from functools import cache

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from beyondtext.core.registries import registry


def _is_number(checker, value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(checker, value):
    return isinstance(value, int) and not isinstance(value, bool)  # 200.0 is one to JSON Schema, but not to Python


Validator = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_integer}),
)


@cache
def _validator(kind):
    def retrieve(uri):
        if uri.startswith("names:"):  # the names in a registry
            return DRAFT202012.create_resource({"enum": list(registry(uri.removeprefix("names:")))})
        return Resource.from_contents(read_yaml(paths.CONFIG / "schemas" / uri))

    schema = read_yaml(paths.CONFIG / "schemas" / f"{kind}.schema.yaml")
    return Validator(schema, registry=Registry(retrieve=retrieve))


def check(value, kind, where):
    """Check ``value`` against a schema (``config``, ``task``, ``model`` or ``source``).

    Raises `InputError` naming ``where`` it was read and the offending key.
    """
    error = best_match(_validator(kind).iter_errors(value))
    if error is None:
        return
    key = ".".join(str(part) for part in error.absolute_path) or "the top level"
    if error.validator == "additionalProperties":
        known = ", ".join(sorted(error.schema.get("properties", {})))
        raise InputError(f"{where}: at {key}: {error.message}; the keys known there are {known}")
    hint = "write it with a point, as 1.0e-4; " if error.validator == "type" and _is_exponent(error.instance) else ""
    raise InputError(f"{where}: at {key}: {error.message}; {hint}see config/schemas/{kind}.schema.yaml")


def _is_exponent(value):
    """Whether YAML took a number without a point, such as 1e-4, for text."""
    return isinstance(value, str) and re.fullmatch(r"[+-]?\d+e[+-]?\d+", value, re.IGNORECASE) is not None

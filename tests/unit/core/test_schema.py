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

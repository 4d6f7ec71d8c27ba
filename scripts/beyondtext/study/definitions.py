"""Tasks, models and sources, as ``config/`` defines them."""

import re
from functools import cache

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from beyondtext.core.registries import registry
from beyondtext.core.schema import check


@cache
def names(kind):
    """The names of all definitions of a kind: ``tasks``, ``models`` or ``sources``."""
    return sorted(path.stem for path in (paths.CONFIG / kind).glob("*.yaml"))


@cache
def _definition(kind, name):
    path = paths.CONFIG / kind / f"{name}.yaml"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise InputError(
            f"the name {name!r} of a {kind[:-1]} would not do as a folder's; use letters, digits, '.', '_' and '-' only"
        )
    if not path.exists():
        known = ", ".join(names(kind))
        raise InputError(
            f"there is no {kind[:-1]} named {name!r}: {path.relative_to(paths.ROOT)} does not exist; known: {known}"
        )
    value = read_yaml(path)
    check(value, kind[:-1], path.relative_to(paths.ROOT))
    return value


def source(name):
    """The checked definition of a source, as a dict."""
    value = _definition("sources", name)
    if value["id"] != name:
        raise InputError(f"config/sources/{name}.yaml: the id is {value['id']!r}; it must be the file's name, {name!r}")
    return value


def model(name):
    """The checked definition of a model, as a dict."""
    value = _definition("models", name)
    named_in(f"config/models/{name}.yaml", "sources", value["source"])
    source(value["source"])
    return value


def task(name, caps=None):
    """The checked definition of a task, as a dict, with ``caps`` laid over its own."""
    where = f"config/tasks/{name}.yaml"
    value = _definition("tasks", name)
    named_in(where, "sources", value["source"])
    source(value["source"])
    if "vocabulary" in value["symbols"]:
        named_in(where, "models", value["symbols"]["vocabulary"])
        model(value["symbols"]["vocabulary"])
    kind = registry("metric")[value["metric"]].targets
    if kind != value["target"]["kind"]:
        raise InputError(
            f"{where}: metric {value['metric']} needs a target of kind {kind}, but the target's kind is "
            f"{value['target']['kind']}; choose another metric or mend the target"
        )
    if value["split"]["method"] == "random" and abs(sum(value["split"]["fractions"].values()) - 1) > 1e-6:
        raise InputError(f"{where}: split.fractions add up to {sum(value['split']['fractions'].values()):g}, not to 1")
    published = value["split"].get("values")
    if published and ("validation" in published) == ("validation_fraction" in value["split"]):
        raise InputError(
            f"{where}: a validation split is either published or drawn from the training split; give one of "
            "split.values.validation and split.validation_fraction, not both or neither"
        )
    return {**value, "caps": {**value["caps"], **(caps or {})}}


def is_paired(task):
    """Whether a task's examples are pairs of sequences."""
    return task["reader"] == "mrpc" or "second" in task["options"].get("columns", {})


def named_in(where, kind, name):
    """Check that there is a definition with this name; the `InputError` says ``where`` it was asked for."""
    if name not in names(kind):
        known = ", ".join(names(kind))
        raise InputError(f"{where}: unknown {kind[:-1]} {name!r}; known: {known}")

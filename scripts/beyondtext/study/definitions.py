"""Tasks, models and sources, as the files in ``config/`` define them."""

import hashlib
import json
import re
from collections import Counter
from functools import cache

from beyondtext.core import paths
from beyondtext.core.errors import InputError, suggestion
from beyondtext.core.registries import registry
from beyondtext.core.schema import check
from beyondtext.study.definition_files import (
    clear_caches,
    defining_files,
    models_in,
    read_once,
    relative,
    task_in,
)

# Keys of definitions that do not affect the results.
DESCRIPTIVE = ("title", "description", "note", "licence", "homepage", "shape", "records", "length", "mirrors")
# Families that find padding or masks in their input by their ids: RoBERTa counts positions without padding, and ESM
# replaces the embeddings of both. BERT and ALBERT know padding by the attention mask alone.
KNOWN_BY_ID = ("roberta", "esm")
REPEATS = {"mean": "number", "median": "number", "majority": "class"}  # the kind of target that each rule is for
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"


def names(kind):
    """The names of all definitions of a kind (``tasks``, ``models`` or ``sources``), sorted."""
    return sorted(defining_files(kind))


def files(kind, name):
    """The files that a definition is read from, relative to the project's root, its own first."""
    path = _file(kind, name)
    parts = task_in(path)[1] if kind == "tasks" else (path,)
    return [relative(part).as_posix() for part in parts]


def named_in(where, kind, name):
    """Check that a definition has this name; if none has, the `InputError` says ``where`` the name was read."""
    known = names(kind)
    if name not in known:
        hint = suggestion(name, known)
        raise InputError(f"{where}: unknown {kind[:-1]} {name!r}{hint}; known: {', '.join(known)}")


@cache
def source(name):
    """The checked definition of a source, as a dict.

    The source of a model on the hub has the model's name; its ``paths`` are the files that the model names.
    """
    path = _file("sources", name)
    if path.parent.name == "models":
        model = models_in(path)[name]
        check(model, "model", relative(path))
        wanted = [model[key] for key in ("configuration", "weights", "vocabulary")]
        value = {"id": name, "kind": "hub", **model["hub"], "paths": wanted}
        check(value, "source", f"{relative(path)}: hub")
        return value
    value = read_once(path)
    check(value, "source", relative(path))
    if value["id"] != name:
        raise InputError(f"{relative(path)}: the id is {value['id']!r}; it must be the file's name, {name!r}")
    return value


@cache
def model(name):
    """The checked definition of a model, as a dict; ``source`` names its source."""
    path = _file("models", name)
    written = models_in(path)[name]
    check(written, "model", relative(path))
    if ("source" in written) == ("hub" in written):
        raise InputError(
            f"{relative(path)}: a model's files come either from a source or from the hub; give one of source (a name "
            "in config/sources) and hub (a repository), not both or neither"
        )
    value = {key: entry for key, entry in written.items() if key != "hub"}
    value.setdefault("source", name)
    named_in(relative(path), "sources", value["source"])
    source(value["source"])
    return value


def task(name, caps=None):
    """The checked definition of a task, as a dict, with ``caps`` (a dict of split to int) in place of its own."""
    value = _checked_task(name)
    return {**value, "caps": {**value["caps"], **(caps or {})}}


def unsuitable_mapping(mapping, special_ids, family):
    """Why a model of this family can't read a task's symbols through this mapping, or None.

    Parameters
    ----------
    mapping : {"permutation", "identity"} or str such as "shift-1000"
    special_ids : {"keep", "paper"}
        The task's.
    family : str
        The model's.
    """
    if special_ids == "paper" and mapping.startswith("shift-") and family in KNOWN_BY_ID:
        return (
            f"with special_ids: paper, the mapping {mapping} shifts symbols to the ids of special tokens, by which a "
            f"model of the family {family} finds padding and masks; use a BERT or ALBERT, the mapping permutation, or "
            "special_ids: keep"
        )
    return None


def given_task(name, definition):
    """A task's definition from a command line, checked; its title and description may be missing.

    Its source need not have a file.
    """
    _check_name("tasks", name)
    _check_task({"title": name, "description": "", **definition}, "--definition")
    return definition


@cache
def _checked_task(name):
    path = _file("tasks", name)
    where = relative(path)
    value, _ = task_in(path)
    _check_task(value, where)
    named_in(where, "sources", value["source"])
    source(value["source"])
    if "vocabulary" in value["symbols"]:
        named_in(where, "models", value["symbols"]["vocabulary"])
        model(value["symbols"]["vocabulary"])
    return value


def _check_task(value, where):
    """Check a task's definition but for the names in it; ``where`` is for messages."""
    check(value, "task", where)
    kind = registry("metric")[value["metric"]].targets
    if kind != value["target"]["kind"]:
        raise InputError(
            f"{where}: metric {value['metric']} needs a target of kind {kind}, but the target's kind is "
            f"{value['target']['kind']}; choose another metric or correct the target"
        )
    suited = REPEATS.get(value.get("repeats"), kind)
    if suited != kind:
        raise InputError(
            f"{where}: at repeats: {value['repeats']} needs a target of kind {suited}, not {kind}; use "
            f"{'majority' if kind == 'class' else 'mean, median'}, first or drop"
        )
    _check_split(value["split"], where)
    _check_symbols(value["symbols"], where)


def _check_symbols(symbols, where):
    """Check that no key is for another kind of symbol, and that an alphabet has no letter twice.

    A letter that it has twice would count as two symbols, one of which never occurs.
    """
    for key, kind in (("alphabet", "characters"), ("unknown", "characters"), ("vocabulary", "wordpieces")):
        if key in symbols and symbols["kind"] != kind:
            raise InputError(
                f"{where}: at symbols.{key}: it is for the kind {kind}, but symbols.kind is {symbols['kind']}; remove "
                "it, or correct the kind"
            )
    alphabet = symbols.get("alphabet", "")
    repeated = [letter for letter, count in Counter(alphabet).items() if count > 1]
    if repeated:
        raise InputError(f"{where}: at symbols.alphabet: {alphabet!r} has {repeated[0]!r} twice; remove one")


def _check_split(split, where):
    """Check what the schema cannot say about a task's ``split``."""
    if split["method"] == "random":
        total = sum(split["fractions"].values())
        if abs(total - 1) > 1e-6:
            raise InputError(f"{where}: split.fractions add up to {total:g}, not to 1")
    elif "groups" in split:
        raise InputError(
            f"{where}: split.groups is for random splits, but split.method is {split['method']}, whose splits stay as "
            "they are; remove it, or set split.method to random"
        )
    elif ("validation" in split["values"]) == ("validation_fraction" in split):
        raise InputError(
            f"{where}: a validation split is either published or drawn from the training split; give one of "
            "split.values.validation and split.validation_fraction, not both or neither"
        )


def without_descriptions(definition):
    """A definition of a task, model or source without the keys that do not affect the results."""
    return {key: value for key, value in definition.items() if key not in DESCRIPTIVE}


def digest(task):
    """A digest of a task's definition, by which its examples are recognized; caps and descriptions do not count."""
    kept = {key: value for key, value in without_descriptions(task).items() if key != "caps"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def is_paired(task):
    """Whether a task's examples are pairs of sequences."""
    return task["reader"] == "mrpc" or "second" in task["options"].get("columns", {})


def forget():
    """Forget everything that was read, so that changed files are read again."""
    clear_caches()
    for function in (source, model, _checked_task):
        function.cache_clear()


def _check_name(kind, name):
    """Check that a name can also be that of a folder."""
    if not re.fullmatch(NAME, name):
        raise InputError(
            f"{name!r} cannot be the name of a {kind[:-1]}, since folders also get that name; use letters, digits, "
            "'.', '_' and '-' only, at most 100, and start with a letter or a digit"
        )


def _file(kind, name):
    """The file that defines a name."""
    _check_name(kind, name)
    known = defining_files(kind)
    if name not in known:
        path = relative(paths.CONFIG / kind / f"{name}.yaml")
        hint = suggestion(name, known)
        raise InputError(
            f"there is no {kind[:-1]} named {name!r}: {path} does not exist{hint}; known: {', '.join(sorted(known))}"
        )
    return known[name]

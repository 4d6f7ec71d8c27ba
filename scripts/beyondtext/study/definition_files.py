"""Reading the files in ``config/tasks``, ``config/models`` and ``config/sources``.

The files are shorter than the definitions that the library uses, in four ways:

- a task's file may ``include`` a file with what several tasks share (``config/tasks/shared/``),
- a task may write classes and other texts of its data that are whole numbers without quotation marks,
- a model on the Hugging Face hub has its source in a section ``hub`` of its own file,
- a model's file with a list of ``checkpoints`` stands for several models, one for each number of pre-training steps.
"""

import os
import string
from functools import cache
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import InputError, located
from beyondtext.core.files import read_yaml
from beyondtext.core.merge import deep_merge
from beyondtext.core.printing import CONTROL
from beyondtext.core.schema import check

PLACEHOLDERS = {("steps", ""), ("steps", ","), ("thousands", "")}  # and their formats, in a model with checkpoints
TEXTS = {"classes", "labels", "values", "absent", "header", "columns"}  # keys of a task under which numbers are texts


@cache
def defining_files(kind):
    """The file that defines each name of a kind (``tasks``, ``models`` or ``sources``), as a dict of name to path."""
    own = {path.stem: path for path in sorted((paths.CONFIG / kind).glob("*.yaml"))}
    if kind == "tasks":
        return own
    if kind == "models":
        return _without_conflicts("model", *(dict.fromkeys(models_in(path), path) for path in own.values()))
    models = defining_files("models")
    on_hub = {name: path for name, path in models.items() if "hub" in models_in(path)[name]}
    return _without_conflicts("source", own, on_hub)


def clear_caches():
    """Forget all files, so that they are read again."""
    for function in (defining_files, read_once, task_in, models_in):
        function.cache_clear()


def relative(path):
    """A path relative to the project's root, for messages."""
    return path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path


@cache
def read_once(path):
    """The content of a YAML file, as a dict that callers must not change."""
    return read_yaml(path)


@cache
def task_in(path):
    """A task's definition, and the files that it was read from, the task's own first.

    The task's own keys win over those of the file that it includes; mappings are merged at every depth. An included
    file may include another one. ``include`` is a path relative to the file that it is written in.

    Raises
    ------
    InputError
        If a file is missing or is not a mapping, or if files include each other.
    """
    value, files = _task_file(path), [path]
    while "include" in value:
        where = f"{relative(files[-1])}: at include"
        own = {key: entry for key, entry in value.items() if key != "include"}
        if not isinstance(value["include"], str) or CONTROL.search(value["include"]):
            raise InputError(f"{where}: {value['include']!r} is not the path of a file, such as shared/glue.yaml")
        included = Path(os.path.normpath(files[-1].parent / value["include"]))
        if included in files:
            chain = " includes ".join(str(relative(file)) for file in [*files, included])
            raise InputError(f"{where}: {chain}; remove one of these includes")
        with located(where):
            value = deep_merge(_task_file(included), own)
        files.append(included)
    return value, tuple(files)


def _task_file(path):
    """The content of one file of a task."""
    written = read_once(path)
    with located(relative(path)):
        return whole_numbers_as_texts(written)


def whole_numbers_as_texts(value, is_text=False):
    """A copy of a part of a task in which whole numbers are texts wherever the data have texts.

    YAML reads ``classes: [0, 1]`` and ``labels: {0: low, 1: high}`` as numbers. This applies to the keys of all
    mappings, and, if ``is_text`` or under one of the keys `TEXTS`, to all values.
    """
    if isinstance(value, list):
        return [whole_numbers_as_texts(entry, is_text) for entry in value]
    if not isinstance(value, dict):
        return str(value) if is_text and type(value) is int else value
    texts = {}
    for key, entry in value.items():
        name = str(key) if type(key) is int else key
        if name in texts:
            raise InputError(f"the key {name} is given twice, with and without quotation marks; remove one of the two")
        texts[name] = whole_numbers_as_texts(entry, is_text or name in TEXTS)
    return texts


@cache
def models_in(path):
    """The models that a file defines, as a dict of name to what a file of its own would say.

    That is the file's content itself, unless it lists ``checkpoints``. Each of them is a model of its own, named
    ``<file>-step<thousands>k``, with ``pretraining_steps`` and the ``revision`` of its ``hub`` section from the list.
    In the file's other texts, ``{steps}`` and ``{thousands}`` stand for the number of steps, as in `str.format`.
    """
    written = read_once(path)
    if "checkpoints" not in written:
        return {path.stem: written}
    where = relative(path)
    check(written, "model", where)
    if "hub" not in written or "pretraining_steps" in written or "revision" in written["hub"]:
        raise InputError(
            f"{where}: a model with checkpoints needs a hub section, and has its revisions and pre-training steps in "
            "the list of checkpoints alone; remove hub.revision and pretraining_steps, or checkpoints"
        )
    shared = {key: value for key, value in written.items() if key != "checkpoints"}
    models = []
    for checkpoint in written["checkpoints"]:
        steps = checkpoint["steps"]
        with located(where):
            model = _filled_in(shared, {"steps": steps, "thousands": steps // 1000})
        own = {"pretraining_steps": steps, "hub": {"revision": checkpoint["revision"]}}
        models.append({f"{path.stem}-step{steps // 1000}k": deep_merge(model, own)})
    if len({name for model in models for name in model}) < len(models):
        raise InputError(f"{where}: at checkpoints: two have the same number of steps; remove one of them")
    return {name: value for model in models for name, value in model.items()}


def _filled_in(value, numbers):
    """``value`` with the placeholders in all its texts filled in."""
    if isinstance(value, dict):
        return {key: _filled_in(entry, numbers) for key, entry in value.items()}
    if not isinstance(value, str):
        return value
    try:
        parts = list(string.Formatter().parse(value))
    except ValueError:  # a brace without its counterpart
        parts = [("", "", "", None)]
    # Other formats could fill the memory with blanks, and read attributes of Python's objects.
    if any(name is not None and ((name, form) not in PLACEHOLDERS or sign) for _, name, form, sign in parts):
        raise InputError(
            f"{value!r} has a placeholder that cannot be filled in; those of a model with checkpoints are {{steps}}, "
            "{steps:,} and {thousands}"
        )
    return value.format(**numbers)


def _without_conflicts(what, *parts):
    """Several dicts of name to path as one; a name in two of them is an `InputError`."""
    joined = {}
    for part in parts:
        for name, path in part.items():
            if name in joined:
                raise InputError(
                    f"{relative(path)}: the {what} {name!r} is also defined in {relative(joined[name])}; remove one of "
                    "the two"
                )
            joined[name] = path
    return joined

"""File formats. Each module here reads one of them.

A reader is a module with ``read(files, options, cache)``:

files : dict of str to pathlib.Path
    The source's files by their paths inside it.
options : dict
    The task's ``options``, already checked against config/schemas/task.schema.yaml.
cache : pathlib.Path
    A folder for what is slow to make again.

It returns ``(table, notes)``: a pandas.DataFrame with the columns ``id`` (str, unique), ``sequence`` (str,
or a list of MIDI note numbers), ``target`` (str), and where there are any ``group`` and ``split`` (str);
and a dict of counts for the report. It raises `beyondtext.errors.InputError` for input that it cannot read.
"""

import importlib

from beyondtext.errors import InputError


def reader(name):
    """The reader module of a task's ``reader``."""
    return importlib.import_module(f"{__name__}.{name}")


def only_file(files, path):
    """The file at ``path`` in a source; `InputError` if the source lacks it."""
    if path not in files:
        raise InputError(f"the source has no file {path!r}; its files are {shown(files)}")
    return files[path]


def shown(files, limit=5):
    """The first few paths of a source, for an error message."""
    names = sorted(files)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more

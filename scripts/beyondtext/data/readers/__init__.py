"""File formats. Each module here reads one of them.

A reader is a module with ``read(files, options, cache)``:

files : dict of str to pathlib.Path
    The source's files by their paths inside it.
options : dict
    The task's ``options``, already checked against config/schemas/task.schema.yaml.
cache : pathlib.Path
    A folder for what is slow to make again.

It returns ``(table, notes)``: a pandas.DataFrame with the columns ``id`` (str, unique), ``sequence`` (str,
or a list of MIDI note numbers), ``target`` (str), and where there are any ``second`` (the second sequence of a
pair, like ``sequence``), ``group`` and ``split`` (str); and a dict of counts for the report. It raises
`beyondtext.core.errors.InputError` for input that it cannot read.
"""

import importlib


def reader(name):
    """The reader module of a task's ``reader``."""
    return importlib.import_module(f"{__name__}.{name}")

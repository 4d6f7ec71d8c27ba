"""File formats: each module reads one of them.

A reader is a module with a function ``read(files, options, cache, tally)``. Its parameters are

files : dict of str to pathlib.Path
    The source's files by their paths in the source.
options : dict
    The task's ``options``, already checked against config/schemas/task.schema.yaml. Each reader lists its own.
cache : pathlib.Path
    A folder for results that take long to compute.
tally : beyondtext.data.tally.Tally
    To which everything is added that the reader drops, replaces or repairs.

and it returns

table : pandas.DataFrame
    ``id`` (str, unique), ``sequence`` (str, or a list of MIDI note numbers) and ``target`` (str); where the format has
    them, ``second`` (the second sequence of a pair), ``group`` and ``split`` (str). ``attrs["delimiter"]`` is the
    delimiter of delimited text.

It raises `beyondtext.core.errors.InputError` for input that it cannot read.
"""

import importlib


def reader(name):
    """The module of a task's ``reader``."""
    return importlib.import_module(f"{__name__}.{name}")

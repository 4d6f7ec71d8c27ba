"""The campaign's inputs by family: each module has ``KIND``, ``inputs`` and, where they share something, ``share``.

``share(folder)``
    Write what all inputs of the family read, once. They copy what they change.
``inputs(shared, random)``
    A list of `trying.Input`, drawn with a ``random.Random``: the same list for the same seed.
"""

import importlib
from pathlib import Path


def families():
    """The modules of this package, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return [importlib.import_module(f"families.{name}") for name in names]

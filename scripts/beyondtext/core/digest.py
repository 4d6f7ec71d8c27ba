"""Digests of the code that makes a file.

Snakemake sees that a shell command changed, but not that the program it calls did. The workflow therefore passes each
job the digests of its program and of every module that the program imports, directly or not: an edit of one of them
runs the job again; an edit elsewhere, or a mere ``touch``, does not.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from beyondtext.core import paths

PACKAGE = "beyondtext"


def sources(program, *extra):
    """The program and the project's modules that it imports, directly or not, as sorted paths.

    Imports inside functions count. A module that is imported by a computed name does not: name it in ``extra``.

    Parameters
    ----------
    program : str
        The program's path, relative to ``scripts/``.
    *extra : str
        Other files that decide what the program does, relative to the project's root: environments, templates, modules
        that are imported by name. A module among them brings its own imports.
    """
    queue = [paths.SCRIPTS / program, *(paths.ROOT / name for name in extra)]
    covered = set()
    while queue:
        path = queue.pop()
        if path not in covered:
            covered.add(path)
            queue.extend(_imports(path) if path.suffix == ".py" else ())
    return sorted(covered)


@cache
def code_digest(program, *extra):
    """One digest of all `sources`, as twelve hexadecimal digits; what ``run.json`` records."""
    digest = hashlib.sha256()
    for path in sources(program, *extra):
        digest.update(str(path.relative_to(paths.ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@cache
def code_digests(program, *extra):
    """A digest of each of the `sources`, as sorted texts such as ``"training/loop.py:1f0c9a4e"``; what a rule tracks.

    Snakemake compares a job's params one by one and prints those that differ. Passed as separate params,
    ``*code_digests("finetune.py", "envs/train.yaml")``, they make it name exactly the modules that changed.

    Returns
    -------
    tuple of str
        Modules of the library are named relative to ``scripts/beyondtext/``, programs relative to ``scripts/``, and
        everything else relative to the project's root. A digest is the first eight hexadecimal digits of SHA-256.
    """
    return tuple(sorted(f"{_label(path)}:{_file_digest(path)}" for path in sources(program, *extra)))


def _label(path):
    for root in (paths.SCRIPTS / PACKAGE, paths.SCRIPTS):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.relative_to(paths.ROOT).as_posix()


def _file_digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


@cache
def _imports(path):
    modules = set()
    for node in _statements(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(path for name in modules if name.split(".")[0] == PACKAGE for path in _files(name))


def _statements(node):
    """All statements in a module, at any depth; expressions contain no imports."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for statement in getattr(node, block, ()):
            yield statement
            yield from _statements(statement)


def _files(module):
    """The files that importing ``module`` runs: itself and the packages above it, if they exist."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        base = paths.SCRIPTS.joinpath(*parts[:depth])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                yield Path(path)

"""A digest of the code that makes a file.

Snakemake sees that a shell command changed, but not that the program it calls did. The workflow
therefore passes each job a digest of its program and of every module that the program imports,
directly or not: an edit there runs the job again, an edit elsewhere, or a mere `touch`, does not.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from beyondtext.core import paths

PACKAGE = "beyondtext"


def sources(program):
    """The program and the project's modules that it imports, directly or not, as sorted paths.

    Imports inside functions count. A module that is imported by a computed name does not: name it
    in ``extra`` of `code_digest`.
    """
    found, queue = set(), [paths.SCRIPTS / program]
    while queue:
        path = queue.pop()
        if path not in found:
            found.add(path)
            queue.extend(_imports(path))
    return sorted(found)


@cache
def code_digest(program, *extra):
    """Twelve hexadecimal digits over the bytes of a program's `sources` and of ``extra`` files.

    ``extra`` are paths relative to the project's root: environment files, templates, modules that
    are imported by name. Modules among them bring their own imports.
    """
    files = set(sources(program))
    for name in extra:
        path = paths.ROOT / name
        files.update(sources(path.relative_to(paths.SCRIPTS)) if path.suffix == ".py" else [path])
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(paths.ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


@cache
def _imports(path):
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(path for name in modules if name.split(".")[0] == PACKAGE for path in _files(name))


def _files(module):
    """The files that importing ``module`` runs: itself and the packages above it, if they exist."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        base = paths.SCRIPTS.joinpath(*parts[:depth])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                yield Path(path)

"""The packages of the library import each other in one direction only."""

import ast

import pytest

from beyondtext.core import paths

ORDER = ["core", "study", "data", "models", "training", "similarity", "trainability", "report"]
LIBRARY = paths.SCRIPTS / "beyondtext"


def imported(path):
    """The packages of the library that a module imports, at its top level or inside functions."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                f"{path.name} has a relative import, which this test and the code digests do not see"
            )
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    parts = [module.split(".") for module in modules]
    return {part[1] for part in parts if part[0] == "beyondtext" and len(part) > 1} - {"__version__"}


def test_every_package_has_a_place_in_the_order():
    assert {path.name for path in LIBRARY.iterdir() if (path / "__init__.py").exists()} == set(ORDER)


@pytest.mark.parametrize("package", ORDER)
def test_a_package_imports_only_those_before_it(package):
    allowed = set(ORDER[: ORDER.index(package) + 1])
    for path in (LIBRARY / package).rglob("*.py"):
        later = imported(path) - allowed
        assert not later, (
            f"{path.relative_to(paths.ROOT)} imports {', '.join(sorted(later))}, after {package} in the order"
        )


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_every_package_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

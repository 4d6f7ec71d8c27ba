"""Versions are pinned in requirements.txt, what these depend on in constraints.txt, and every other file agrees."""

import ast
import platform
import re
import shutil
import sys
from importlib import metadata

import pytest
from packaging.utils import canonicalize_name

import pin_versions
from beyondtext.core import paths
from beyondtext.core.digest import sources
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from pin_versions import OF_TORCH, dependencies, direct_pins

REQUIREMENTS = sorted(paths.ROOT.glob("requirements*.txt"))
ENVIRONMENTS = sorted((paths.ROOT / "envs").glob("*.yaml"))


def pins_of(name):
    return direct_pins((paths.ROOT / name).read_text(encoding="utf-8"))


PINS, CONSTRAINTS = pins_of("requirements.txt"), pins_of("constraints.txt")
RULES = "".join(path.read_text(encoding="utf-8") for path in sorted((paths.ROOT / "rules").glob("*.smk")))
PACKAGES_OF = metadata.packages_distributions()


def imports(tree):
    """The packages that some statements of Python import, by their names on the package index."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    others = {name for name in names if name not in sys.stdlib_module_names and name in PACKAGES_OF}
    return {canonicalize_name(package) for name in others for package in PACKAGES_OF[name]}


def names(pins):
    return {canonicalize_name(name) for name in pins}


def test_every_requirement_is_pinned():
    for path in [*REQUIREMENTS, paths.ROOT / "constraints.txt"]:
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        for line in lines:
            assert re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line), line
        assert len(lines) == len(pins_of(path.name)) == len({canonicalize_name(name) for name in pins_of(path.name)})


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_the_constraints_have_every_requirement(path):
    for name, version in pins_of(path.name).items():
        assert CONSTRAINTS[name] == version, f"{path.name} pins {name}=={version}; run `make pins`"


def test_the_constraints_suit_every_platform():
    assert CONSTRAINTS["torch"] == PINS["torch"] and "+" not in CONSTRAINTS["torch"]
    assert not [name for name in CONSTRAINTS if OF_TORCH.match(name)]


def test_the_constraints_have_everything_that_is_installed_for_the_tests():
    heading = (paths.ROOT / "constraints.txt").read_text().partition("\n")[0]
    if f"Python {platform.python_version().rpartition('.')[0]} on {platform.system()}." not in heading:
        pytest.skip(f"what packages depend on differs between Python versions and platforms: {heading}")
    installed = dependencies([*PINS, *pins_of("requirements-test.txt")])
    missing = installed.keys() - CONSTRAINTS.keys()
    assert not missing, f"{missing} are missing; run `make pins`"
    assert installed == {name: CONSTRAINTS[name] for name in installed}, "install with -c constraints.txt"
    indirect = CONSTRAINTS.keys() - installed.keys()
    assert all(name.startswith("snakemake-executor-plugin-slurm") for name in indirect), f"nothing needs {indirect}"


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_environments_have_the_same_pins(path):
    environment = read_yaml(path)
    *conda, pip = environment["dependencies"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert [re.split("[=<>]", name)[0] for name in conda] == ["python", "pip"]
    text = path.read_text(encoding="utf-8")
    direct, indirect = (direct_pins(part) for part in text.split(pin_versions.INDIRECT))
    assert [f"{name}=={version}" for name, version in (*direct.items(), *indirect.items())] == pip["pip"]
    for name, version in direct.items():
        assert PINS[name] == version, f"{path.name} pins {name}=={version}, requirements.txt has {PINS[name]}"
    for name, version in indirect.items():
        assert CONSTRAINTS[name] == version, f"{path.name} pins {name}=={version}; run `make pins`"


def test_rules_use_every_environment():
    assert {path.name for path in ENVIRONMENTS} == set(re.findall(r"envs/([a-z]+\.yaml)\"\n    ", RULES))


def test_what_the_project_imports_is_a_requirement():
    for path in (paths.ROOT / "scripts").rglob("*.py"):
        assert imports(ast.parse(path.read_text(encoding="utf-8"))) <= names(PINS), path


@pytest.mark.parametrize(
    ("program", "name"), sorted(set(re.findall(r'code_digests\("(\w+\.py)", "envs/(\w+\.yaml)"', RULES)))
)
def test_what_a_program_imports_is_pinned_in_its_environment(program, name):
    """What it imports at once, and of the rest, what would otherwise be there only because another package needs it.

    The environment may lack the rest, since functions that import it may be those of other programs.
    """
    direct, indirect = (
        names(direct_pins(part))
        for part in (paths.ROOT / "envs" / name).read_text(encoding="utf-8").split(pin_versions.INDIRECT)
    )
    for path in sources(program):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        at_once = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        assert imports(at_once) <= direct, path
        assert not imports(tree) & indirect, path


@pytest.mark.parametrize(
    "command", re.findall(r".*PIP_INSTALL\).*", (paths.ROOT / "Makefile").read_text().partition("\npins:")[0])
)
def test_make_installs_with_the_constraints(command):
    assert " -c constraints.txt -r requirements" in command


@pytest.fixture
def project(tmp_path):
    """The files with versions, in a folder of their own."""
    for path in [*REQUIREMENTS, paths.ROOT / "constraints.txt"]:
        if "slurm" not in path.name:  # not installed for the tests
            shutil.copy(path, tmp_path)
    shutil.copytree(paths.ROOT / "envs", tmp_path / "envs")
    return tmp_path


def test_the_files_are_those_that_the_program_writes(project, capsys):
    pin_versions.main(["--folder", str(project)])
    assert capsys.readouterr().out.count(" written\n") == 1 + len(ENVIRONMENTS)
    written = direct_pins((project / "constraints.txt").read_text())
    assert written.items() <= CONSTRAINTS.items() and PINS.items() <= written.items()
    for path in ENVIRONMENTS:
        assert (project / "envs" / path.name).read_text() == path.read_text(), path.name


def test_a_package_that_is_not_installed_is_named(project):
    (project / "requirements.txt").write_text("no-such-package==1.0\n")
    with pytest.raises(SystemExit, match="error: no-such-package is not installed; run `make pins`"):
        pin_versions.main(["--folder", str(project)])


def test_a_folder_without_requirements_is_refused(tmp_path):
    with pytest.raises(SystemExit, match=r"error: .*/none has no requirements\.txt; give the project's folder"):
        pin_versions.main(["--folder", str(tmp_path / "none")])
    assert list(tmp_path.iterdir()) == []


class Package:
    def __init__(self, name, version, requires=None):
        self.name, self.version, self.requires = name, version, requires


PACKAGES = [
    Package("Torch", "2.1.0+cu12", ["nvidia-cublas==1; platform_system != ''", "triton>=3", "a_b[fast]>=1"]),
    Package("A.b", "1.0", ["c; extra == 'fast'", "d; extra == 'slow'", "torch"]),
    Package("c", "3.post1", ["e; python_version < '3'"]),
]


def test_dependencies_follow_extras_and_markers(monkeypatch):
    known = {canonicalize_name(package.name): package for package in PACKAGES}

    def distribution(name):
        if name not in known:
            raise metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert dependencies(["torch"]) == {"A.b": "1.0", "c": "3.post1", "Torch": "2.1.0"}
    assert dependencies(["a-b"]) == {"A.b": "1.0", "c": "3.post1", "Torch": "2.1.0"}
    with pytest.raises(InputError, match=r"^d is not installed"):
        dependencies(["A.b[slow]"])

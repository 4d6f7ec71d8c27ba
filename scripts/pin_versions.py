"""Write the versions of all installed packages that the project needs to constraints.txt and to the files in envs/.

`make pins` runs it in a new environment with the latest versions that requirements*.txt allow.
"""

import argparse
import platform
import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from beyondtext.core import paths
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError, command_line

# Parts of torch for NVIDIA's GPUs, which only its builds for Linux need, and which each build pins itself.
OF_TORCH = re.compile(r"nvidia-|cuda-|triton")
INDIRECT = "      # What these depend on, from constraints.txt:\n"


def direct_pins(text):
    """The packages that a file pins, as a dict of str to str: lines such as ``numpy==2.4.6``, also in a YAML list."""
    return dict(re.findall(r"^(?: *- )?([A-Za-z0-9][A-Za-z0-9._-]*)==(\S+)$", text, re.MULTILINE))


def dependencies(names):
    """Some installed packages with all that they depend on here.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to str
        Versions by name, sorted by name; without the suffix of a build, such as ``+cpu``, since indexes differ in it.

    Raises
    ------
    InputError
        If one of the packages is not installed.
    """
    found, seen, waiting = {}, set(), [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) in seen or OF_TORCH.match(name):
                continue
            seen.add((name, extra))
            try:
                package = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                raise InputError(f"{name} is not installed; run `make pins`") from None
            found[package.name] = Version(package.version).public
            needs = map(Requirement, package.requires or [])
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return dict(sorted(found.items(), key=lambda pin: canonicalize_name(pin[0])))


def constraints(folder):
    """The text of constraints.txt for the requirements*.txt in a folder."""
    pins, files = {}, sorted(folder.glob("requirements*.txt"))
    if not files:
        raise InputError(f"{folder} has no requirements.txt; give the project's folder")
    for path in files:
        pins |= direct_pins(path.read_text(encoding="utf-8"))
    here = f"Python {'.'.join(platform.python_version_tuple()[:2])} on {platform.system()}"
    heading = f"# Every package that requirements*.txt lead to, by `make pins` with {here}.\n"
    return heading + "".join(f"{name}=={version}\n" for name, version in dependencies(pins).items())


def environment(text):
    """The text of a file in envs/ with the packages that its direct pins depend on."""
    text = text.partition(INDIRECT)[0]
    direct = direct_pins(text)
    indirect = {name: version for name, version in dependencies(direct).items() if name not in direct}
    return text + INDIRECT + "".join(f"      - {name}=={version}\n" for name, version in indirect.items())


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=paths.ROOT, help="the project's folder")
    folder = parser.parse_args(arguments).folder

    changed = {folder / "constraints.txt": constraints(folder)}
    changed |= {
        path: environment(path.read_text(encoding="utf-8")) for path in sorted((folder / "envs").glob("*.yaml"))
    }
    for path, text in changed.items():
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8")
        print(f"{path} written")


if __name__ == "__main__":
    main()

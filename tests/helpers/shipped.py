"""What ships with the project, without what its user has added to ``config/`` and ``docs/record/``.

That is what git tracks, so that a new file that is to ship has to be added before the tests take it for one. Where git
tracks nothing, as in a downloaded archive, it is every file that no program of the project has written.
"""

import shutil
import subprocess

from beyondtext.data.inspection.names import MARK
from beyondtext.study import definitions
from project import LOCK, ROOT


def tracked(root):
    """The files in a folder that git tracks, relative to it; empty without git."""
    command = ["git", "ls-files", "-z"]
    try:
        listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(listed.split("\0")) - {""}


TRACKED = tracked(ROOT)  # listed once, by a process that may have a home and limits of its own later


def ships(path, root=ROOT, known=TRACKED):
    """Whether a file of the project ships with it; ``known`` is what git tracks in ``root``."""
    name = path.relative_to(root).as_posix()
    if name == LOCK:
        return False
    return name in known if known else MARK not in path.read_bytes().partition(b"\n")[0].decode(errors="replace")


def files(pattern):
    """The files that match a glob pattern, such as ``config/*.yaml``, sorted."""
    return [path for path in sorted(ROOT.glob(pattern)) if path.is_file() and ships(path)]


def names(kind):
    """The names of the definitions of a kind (``tasks``, ``models`` or ``sources``), sorted."""
    return [name for name in definitions.names(kind) if ships(ROOT / definitions.files(kind, name)[0])]


def copy_config(folder):
    """Copy the YAML files of ``config/`` into a folder, which is made."""
    for path in files("config/**/*.yaml"):
        copied = folder / path.relative_to(ROOT / "config")
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)

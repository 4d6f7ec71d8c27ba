"""The name of a new study: safe for files and folders, and not taken."""

import re
import unicodedata
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_yaml
from beyondtext.core.printing import quoted
from beyondtext.data.text import PACKED
from beyondtext.study import definitions
from beyondtext.study.definition_files import relative

MOST_LETTERS = 60
MARK = "scripts/new_study.py"  # in the first line of each of its files
VAGUE = {"train", "training", "test", "data", "dataset", "sequences", "all", "table"}  # names that need their folder's
ENDINGS = {*PACKED, ".fasta", ".fa", ".faa", ".fna", ".csv", ".tsv", ".txt", ".tab", ".dat"}


def safe_name(text):
    """A name of small letters, digits and hyphens; empty if the text has no letters or digits that allow one."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:MOST_LETTERS].strip("-")


def study_name(path, wishes, notes):
    """The name of the study, its task and its source.

    Parameters
    ----------
    path : pathlib.Path
        The data.
    wishes : Wishes
    notes : Notes

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the wished name has no letter or digit.
    """
    stem = path.name
    while Path(stem).suffix.lower() in ENDINGS:
        stem = Path(stem).stem
    if stem.lower() in VAGUE and path.parent.name:
        stem = f"{path.parent.name}-{stem}"
    name = safe_name(stem if wishes.name is None else wishes.name)
    if not name and wishes.name is not None:
        raise InputError(f"--name {quoted(wishes.name)} has no letter or digit; use small letters, digits and hyphens")
    name = name or "study"
    if wishes.name not in (None, name):
        notes.add(f"the name is {name}", f"{quoted(wishes.name)} has more than small letters, digits and hyphens")
    elif wishes.name is None:
        notes.add(f"the name is {name}", f"from {path.name}", "--name NAME")
    return name


def address_of(path):
    """The address of a file or folder in a source: relative to the project's root if it is inside."""
    return relative(path).as_posix()


def files_of(name):
    """The three files of a study, as a dict of kind to path."""
    return {
        "source": paths.CONFIG / "sources" / f"{name}.yaml",
        "task": paths.CONFIG / "tasks" / f"{name}.yaml",
        "study": paths.CONFIG / f"{name}.yaml",
    }


def check_unused(name, overwrite=False):
    """Raise `InputError` if a file of the study exists, or if its name means something else already.

    With ``overwrite``, the files of a study may exist if they were written by this program.
    """
    remedy = "choose another name with --name"
    existing = [path for path in files_of(name).values() if path.exists()]
    foreign = [path for path in existing if MARK not in path.read_text(encoding="utf-8").partition("\n")[0]]
    if foreign:
        raise InputError(f"{_named(foreign)}, not written by {MARK}; {remedy}")
    if existing and not overwrite:
        raise InputError(f"{_named(existing)}; add --overwrite to replace what is there, or {remedy}")
    for path in sorted(paths.CONFIG.glob("*.yaml")):
        if path not in existing and read_yaml(path).get("name") == name:
            raise InputError(f"{relative(path)} is a study of the name {name}; {remedy}")
    if not existing and name in definitions.names("sources"):
        raise InputError(f"{name} is the name of a model, and so of its source; {remedy}")
    if name in paths.shared_folders():
        raise InputError(f"results/{name} is a folder that all studies share; {remedy}")


def _named(existing):
    """What a message calls files that exist."""
    names = [relative(path).as_posix() for path in existing]
    shown = f"{', '.join(names[:-1])} and {names[-1]} exist" if len(names) > 1 else f"{names[0]} exists"
    return f"{shown} already"

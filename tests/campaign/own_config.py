"""A copy of ``config/`` that an input may change, and programs that take a folder of their own for the project."""

import shipped
from beyondtext.core import files, paths
from beyondtext.study import definitions
from wrong_values import as_yaml

ORIGINAL = paths.ROOT


def copy_config(folder):
    """Copy what ships of the project's ``config/`` into a folder, without the files in other formats."""
    shipped.copy_config(folder / "config")


def move_to(folder, with_config=False):
    """Let the library take a folder for the project's; with ``with_config``, its ``config/`` as well."""
    paths.ROOT = folder
    if with_config:
        paths.CONFIG = folder / "config"
    definitions.forget()


def write_definition(folder, kind, name, value):
    """Write one file of a copied ``config/``, from a dict, a text or bytes."""
    path = folder / "config" / kind / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = value if isinstance(value, str | bytes) else as_yaml(value)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def read_definition(kind, name):
    """The content of one of the project's own files."""
    return files.read_yaml(ORIGINAL / "config" / kind / f"{name}.yaml")


FASTA = {
    "domain": "protein",
    "title": "Mine",
    "description": "What is it?",
    "source": "mine",
    "reader": "fasta",
    "options": {"path": "a.fasta", "header": r"^\S+ (?P<target>\w+)$"},
    "target": {"kind": "class", "classes": ["p", "q"]},
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": "ACDEFGHIKLMNPQRSTVWY", "unknown": "refuse"},
    "max_length": 50,
    "too_long": "drop",
    "split": {"method": "random", "seed": 0, "fractions": {"train": 0.5, "validation": 0.25, "test": 0.25}},
    "caps": {},
}
SOURCE = {"id": "mine", "title": "Mine", "kind": "path", "address": "own", "paths": ["*.fasta"]}
STUDY = {
    "name": "mine",
    "seeds": [7],
    "experiments": ["main"],
    "baselines": ["trivial"],
    "arms": [{"models": ["minilm-l6"], "inits": ["pretrained"]}],
}


def study_of(task="splice", model="minilm-l6", **changes):
    """A study of one task and one model."""
    arm = {"models": [model], "inits": ["pretrained"], "mappings": ["permutation"]}
    return {**STUDY, "tasks": [task], "arms": [arm], **changes}

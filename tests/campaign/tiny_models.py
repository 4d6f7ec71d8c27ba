"""Tiny models whose files an input changes, and the program that reads them."""

import json
import os
import shutil

from sources import write_record_of_source
from tiny import tiny_examples, tiny_model, tiny_settings
from trying import REFUSED, Input

FAMILIES = ("bert", "roberta", "albert", "esm")
WEIGHTS, CONFIGURATION, VOCABULARY = "model.safetensors", "config.json", "vocab.txt"
SAMPLE = {"tokens": 60, "sequences": 10, "tokens_per_sequence": 8, "attention_sequences": 2, "sample_seed": 0}


def share(folder):
    """A tiny model of each family, its weights also as a .bin file, the examples, and the activations of each model."""
    import torch
    from safetensors.torch import load_file

    import extract_activations

    torch.set_num_threads(1)
    tiny_examples(folder)
    for family in FAMILIES:
        definition, _ = tiny_model(folder / family, family)
        tensors = load_file(folder / family / WEIGHTS)
        torch.save(tensors, folder / f"{family}.bin")
        torch.save(tensors, folder / f"{family}.old.bin", _use_new_zipfile_serialization=False)
        (folder / f"{family}.json").write_text(json.dumps(definition))
        list_files(folder / family)
        extract_activations.main(arguments(definition, folder / family, folder, folder / f"{family}.safetensors"))


def list_files(folder):
    """Write the record of a download."""
    from beyondtext.core import files

    listed = {
        path.name: {"sha256": files.sha256(path), "size": path.stat().st_size}
        for path in folder.iterdir()
        if path.is_file() and path.name != "source.json"
    }
    write_record_of_source(folder, listed)


def arguments(definition, raw, shared, output, **changes):
    """The arguments of `extract_activations.py`; symbols are looked up by name, so that no id may be another."""
    settings = tiny_settings(definition, mapping="identity", stage="initial", **SAMPLE, **changes)
    settings = {key: entry for key, entry in settings.items() if key not in ("training", "fraction", "rate")}
    folders = {"--raw": raw, "--examples": shared / "demo.parquet", "--output": output}
    return ["--settings", json.dumps(settings), *(str(word) for pair in folders.items() for word in pair)]


def import_what_is_needed(shared):
    """Import once, and without computing anything, what every input of these models needs."""
    from pyarrow import parquet
    from safetensors import numpy

    import extract_activations
    from beyondtext.core.schema import check
    from beyondtext.models import loading
    from beyondtext.training import preparation

    for family in FAMILIES:
        __import__(f"transformers.models.{family}.modeling_{family}")
    assert extract_activations and loading and preparation and numpy and parquet
    definition = json.loads((shared / "bert.json").read_text())
    check(json.loads(arguments(definition, "", shared, "")[1]), "settings", "--settings", "activations")


class Maker:
    """Makes the inputs of models from what is shared."""

    def __init__(self, kind, shared):
        self.kind, self.shared = kind, shared

    def __call__(self, words, change, expected=REFUSED, family="bert", definition=(), listed=True, **options):
        """An input with a copy of a model's files, which ``change(folder)`` changes.

        ``definition`` are changes of the model's definition; ``listed`` says whether the record of the download is of
        the changed files. What must come out, if anything, are the ``same`` activations as those of the whole model.
        """
        shared = self.shared

        def prepare(folder):
            import torch

            os.environ["OMP_NUM_THREADS"] = "1"
            torch.set_num_threads(1)
            shutil.copytree(shared / family, folder / "tiny")
            change(folder / "tiny")
            if listed:
                list_files(folder / "tiny")

        def run(folder):
            import extract_activations

            whole = {**json.loads((shared / f"{family}.json").read_text()), **dict(definition)}
            extract_activations.main(arguments(whole, folder / "tiny", shared, folder / "out.safetensors"))
            return compared(folder / "out.safetensors", shared / f"{family}.safetensors")

        return Input(self.kind, words, prepare, run, expected, **options)


def compared(path, right):
    """``same``, or which tensors of two activation files differ."""
    import numpy as np
    from safetensors.numpy import load_file

    found, wanted = load_file(path), load_file(right)
    if found.keys() != wanted.keys():
        return f"other tensors: {sorted(found.keys() ^ wanted.keys())}"
    differing = [name for name in wanted if not np.array_equal(found[name], wanted[name])]
    return f"other values in {differing}" if differing else "same"


def write(name, content):
    """A change that replaces a file."""
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def edited(name, edit):
    """A change that replaces a file by ``edit(its text)``."""

    def change(folder):
        text = edit((folder / name).read_text(encoding="utf-8"))
        write(name, text)(folder)

    return change


def with_keys(**changes):
    """A change of the configuration's keys; one that is `...` is removed."""

    def edit(text):
        value = {**json.loads(text), **changes}
        return json.dumps({key: entry for key, entry in value.items() if entry is not ...}, default=str)

    return edited(CONFIGURATION, edit)

"""A model's vocabulary."""

import json

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file


def load_vocabulary(model, files):
    """A model's vocabulary as a list of str, in the order of its ids.

    The file is a vocab.txt with an entry a line, or the tokenizer.json of the tokenizers library.

    Raises
    ------
    InputError
        If the ids of a tokenizer.json are not those from 0 on.
    """
    path = require_file(files, model["vocabulary"])
    if path.suffix != ".json":
        return path.read_text(encoding="utf-8").splitlines()
    held = json.loads(path.read_text(encoding="utf-8"))
    entries = held["model"]["vocab"]
    ids = entries if isinstance(entries, dict) else {entry: index for index, (entry, _) in enumerate(entries)}
    ids |= {added["content"]: added["id"] for added in held.get("added_tokens", [])}
    places = {index: entry for entry, index in ids.items()}
    if sorted(places) != list(range(len(places))):
        raise InputError(f"{path} has {len(places)} entries, but their ids are not those from 0 on; replace it")
    return [places[index] for index in range(len(places))]

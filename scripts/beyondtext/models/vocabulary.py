"""Reading a model's vocabulary."""

import json

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file


def load_vocabulary(model, files):
    """A model's vocabulary as a list of str, in the order of its ids.

    Parameters
    ----------
    model : dict
        The model's definition; its ``vocabulary`` names a vocab.txt with one entry per line, or the tokenizer.json of
        the tokenizers library.
    files : dict of str to pathlib.Path
        The verified files of the model's source.

    Raises
    ------
    InputError
        If the ids in a tokenizer.json are not consecutive from 0.
    """
    path = require_file(files, model["vocabulary"])
    if path.suffix != ".json":
        return path.read_text(encoding="utf-8").splitlines()
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    entries = tokenizer["model"]["vocab"]
    ids = entries if isinstance(entries, dict) else {entry: index for index, (entry, _) in enumerate(entries)}
    ids |= {added["content"]: added["id"] for added in tokenizer.get("added_tokens", [])}
    by_id = {index: entry for entry, index in ids.items()}
    if sorted(by_id) != list(range(len(by_id))):
        raise InputError(
            f"{path} has {len(by_id)} entries, but their ids are not consecutive from 0; replace it with the model's "
            "own tokenizer.json"
        )
    return [by_id[index] for index in range(len(by_id))]

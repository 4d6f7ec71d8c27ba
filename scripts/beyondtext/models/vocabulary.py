"""Reading a model's vocabulary."""

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file
from beyondtext.models.published_files import read_object, read_text, shortened


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
        If an entry of a vocab.txt is empty or repeated, or if a tokenizer.json does not give every id from 0 to the
        last one to exactly one entry.
    """
    path = require_file(files, model["vocabulary"])
    if path.suffix == ".json":
        return _in_order(_entries_of(read_object(path), path), path)
    # Not `splitlines`: it also ends lines at characters such as U+2028, which are entries of some vocabularies.
    lines = [line.removesuffix("\r") for line in read_text(path).removesuffix("\n").split("\n")]
    places = {}
    for number, entry in enumerate(lines, 1):
        if not entry:
            raise InputError(
                f"{path}, line {number} is empty, but every id needs an entry; delete the line or fill it in"
            )
        first = places.setdefault(entry, number)
        if first != number:
            raise InputError(
                f"{path}, line {number}: the entry {shortened(entry)} is also on line {first}, so that its id is not "
                "known; give the model's own vocabulary"
            )
    return lines


def refuse_more_entries(vocabulary, encoder, model):
    """Raise `InputError` if a vocabulary has more entries than an encoder has embeddings; fewer do no harm."""
    rows = encoder.get_input_embeddings().num_embeddings
    if len(vocabulary) > rows:
        raise InputError(
            f"{model['source']}: {model['vocabulary']} has {len(vocabulary)} entries, but vocab_size in "
            f"{model['configuration']} is {rows}; give the vocabulary and the configuration of the same model"
        )


def _entries_of(tokenizer, path):
    """The ids of all entries of a tokenizer.json, as pairs of str and int."""
    model = tokenizer.get("model")
    stored = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(stored, dict):
        entries = list(stored.items())
    elif isinstance(stored, list):  # of entries with their scores
        pairs = all(isinstance(pair, list) and len(pair) == 2 for pair in stored)
        entries = [(pair[0], number) for number, pair in enumerate(stored)] if pairs else [(None, None)]
    else:
        raise InputError(f"{path} has no model.vocab; give the model's own tokenizer.json, or its vocab.txt")
    added = tokenizer.get("added_tokens") or []
    if not isinstance(added, list) or not all(isinstance(token, dict) for token in added):
        added = [{}]
    entries += [(token.get("content"), token.get("id")) for token in added]
    for entry, index in entries:
        if not isinstance(entry, str) or not isinstance(index, int) or isinstance(index, bool):
            raise InputError(
                f"{path} gives the entry {shortened(entry)} the id {shortened(index)}, but entries are texts and ids "
                "whole numbers; give the model's own tokenizer.json"
            )
    return list(dict.fromkeys(entries))  # an added token may also be in the vocabulary


def _in_order(entries, path):
    """Entries sorted by their ids, which must be 0, 1, 2 and so on."""
    by_id = {index: entry for entry, index in entries}
    if sorted(by_id) != list(range(len(entries))) or len({entry for entry, _ in entries}) < len(entries):
        raise InputError(
            f"{path} has {len(entries)} entries, but their ids are not consecutive from 0; replace it with the model's "
            "own tokenizer.json"
        )
    return [by_id[index] for index in range(len(by_id))]

"""Mapping a task's symbols to ids of a model's vocabulary.

Each symbol first gets a native id. A word piece of the model's own vocabulary, or a symbol of a model pre-trained on
the task's domain, has its id in that vocabulary. All other symbols, including word pieces of another model's
vocabulary, get the free ids in order. The mapping then sends native ids to the ids that the model sees:

- ``permutation`` shuffles all free ids with the run's map seed (Kao & Lee 2021, section 3);
- ``shift-<c>`` shifts each id by c places, cyclically, among the free ids;
- ``identity`` changes nothing, and therefore looks symbols up by name.

Ids below ``first_free_id`` (special and unused entries) and the model's ``reserved_ids`` are not free: no symbol gets
them. Special ids map to themselves unless the task's ``special_ids`` is ``paper``. The paper's released code also sends
[CLS], [SEP] and [UNK] through the table, and shifts over the whole vocabulary.
"""

from dataclasses import dataclass

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SEPARATOR, UNKNOWN
from beyondtext.study.definitions import unsuitable_mapping


@dataclass(frozen=True)
class Mapping:
    """The ids of a task's symbols and of the special tokens, as the model sees them.

    Attributes
    ----------
    symbols : dict of str to int
    start, end, pad : int
    between : int
        How many end ids separate the two sequences of a pair.
    """

    symbols: dict[str, int]
    start: int
    end: int
    pad: int
    between: int = 1


def permutation_table(size, free, seed, specials=()):
    """A bijection over ``range(size)`` that shuffles the free ids and fixes the others.

    Parameters
    ----------
    size : int
        Entries in the vocabulary.
    free : sequence of int
        The ids that symbols may have.
    seed : int
    specials : sequence of int
        Special ids that are shuffled together with the free ones, for ``special_ids: paper``.

    Returns
    -------
    numpy.ndarray of int64, shape (size,)
        ``table[native_id]`` is the id that the model sees.
    """
    shuffled = np.concatenate([np.asarray(specials, dtype=np.int64), np.asarray(free, dtype=np.int64)])
    table = np.arange(size)
    table[shuffled] = np.random.default_rng(seed).permutation(shuffled)
    return table


def shift_table(size, ring, places):
    """A bijection over ``range(size)`` that cyclically shifts the ids in ``ring`` and fixes the others.

    Parameters
    ----------
    size : int
        Entries in the vocabulary.
    ring : sequence of int
        The ids to shift.
    places : int
        How far: ``ring[i]`` maps to ``ring[(i + places) % len(ring)]``.

    Returns
    -------
    numpy.ndarray of int64, shape (size,)
        ``table[native_id]`` is the id that the model sees.
    """
    table = np.arange(size)
    table[ring] = np.roll(ring, -places)
    return table


def map_symbols(alphabet, kind, vocabulary, model, mapping, seed, special_ids="keep"):
    """Assign every symbol of a task an id of a model's vocabulary.

    Parameters
    ----------
    alphabet : list of str
        The task's symbols, in order.
    kind : {"characters", "pitches", "wordpieces"}
    vocabulary : list of str
        The model's vocabulary, in the order of its ids.
    model : dict
        The model's definition; ``family``, ``vocabulary``, ``first_free_id``, ``reserved_ids`` and ``special_ids`` are
        used.
    mapping : {"permutation", "identity"} or str such as "shift-1000"
    seed : int
        The run's map seed.
    special_ids : {"keep", "paper"}

    Returns
    -------
    Mapping

    Raises
    ------
    InputError
        If the vocabulary is too small, lacks a symbol that is looked up by name, or does not have the ids that the
        model's definition names; or if the mapping may give a symbol an id with a function in the model.
    """
    _check_ids(model, len(vocabulary))
    reason = unsuitable_mapping(mapping, special_ids, model["family"])
    if reason:
        raise InputError(reason)
    special, reserved = model["special_ids"], set(model.get("reserved_ids", []))
    free = [index for index in range(model["first_free_id"], len(vocabulary)) if index not in reserved]
    native = _native_ids(alphabet, kind, vocabulary, model, mapping, free)
    table = _mapping_table(mapping, len(vocabulary), free, special, seed, special_ids)
    symbols = {symbol: int(table[index]) for symbol, index in native.items()}
    start, end, symbols[UNKNOWN] = (int(table[special[name]]) for name in ("start", "end", "unknown"))
    return Mapping(symbols, start, end, special["pad"], 2 if model["family"] == "roberta" else 1)


def _check_ids(model, size):
    """Refuse ids of a model's definition that its vocabulary does not have, or that have two meanings."""
    special, reserved = model["special_ids"], model.get("reserved_ids", [])
    named = [(f"special_ids.{name}", index) for name, index in special.items()]
    for key, index in [*named, *(("reserved_ids", index) for index in reserved)]:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < size:
            raise InputError(
                f"{key} is {index}, but the vocabulary {model['vocabulary']} has the ids 0 to {size - 1}; correct the "
                "model's definition"
            )
    first = {}
    for key, index in named:
        if first.setdefault(index, key) != key:
            raise InputError(
                f"{first[index]} and {key} are both {index}, but each needs an id of its own; correct the model's "
                "definition"
            )
        if index >= model["first_free_id"] and index not in reserved:
            raise InputError(
                f"{key} is {index}, but first_free_id is {model['first_free_id']}, so that a symbol could get the same "
                "id; add it to reserved_ids in the model's definition, or correct one of the two"
            )


def _native_ids(alphabet, kind, vocabulary, model, mapping, free):
    """Each symbol's id before the mapping, as a dict; see the module's docstring."""
    own = {entry: index for index, entry in enumerate(vocabulary)}
    missing = [symbol for symbol in alphabet if symbol not in own]
    if mapping == "identity" or (kind == "wordpieces" and not missing):
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"the vocabulary {model['vocabulary']} lacks the symbol {missing[0]!r}{more}; give the task a model "
                "whose vocabulary contains its symbols, or another mapping"
            )
        return {symbol: own[symbol] for symbol in alphabet}
    if len(alphabet) > len(free):
        raise InputError(
            f"{len(alphabet)} symbols do not fit into the vocabulary {model['vocabulary']}, which has {len(free)} free "
            "ids; use a model with a larger vocabulary"
        )
    return dict(zip(alphabet, free, strict=False))


def _mapping_table(mapping, size, free, special, seed, special_ids):
    """The table from native ids to the ids that the model sees."""
    paper = special_ids == "paper"
    if mapping == "identity":
        return np.arange(size)
    if mapping == "permutation":
        specials = [special["start"], special["end"], special["unknown"]] if paper else []
        return permutation_table(size, free, seed, specials)
    return shift_table(size, range(size) if paper else free, int(mapping.removeprefix("shift-")))


def encode(sequences, mapping):
    """Turn lists of symbols into id arrays that begin with the start id and end with the end id.

    Parameters
    ----------
    sequences : iterable of list of str
        The two sequences of a pair are separated by `beyondtext.data.examples.SEPARATOR`.
    mapping : Mapping

    Returns
    -------
    list of numpy.ndarray of int64, each of shape (symbols + 2,)
        An array for a pair is one id longer if the model's family puts two end ids between its sequences.
    """
    ids = {symbol: (index,) for symbol, index in mapping.symbols.items()}
    ids[SEPARATOR] = (mapping.end,) * mapping.between
    return [
        np.array([mapping.start, *(index for symbol in sequence for index in ids[symbol]), mapping.end], dtype=np.int64)
        for sequence in sequences
    ]


def refuse_too_long(sequences, positions, task, model):
    """Raise `InputError` if a sequence has more tokens, including special tokens, than the model has positions."""
    longest = max(len(sequence) for sequence in sequences)
    if longest > positions:
        raise InputError(
            f"task {task}: a sequence of {longest - 2} symbols exceeds the {positions - 2} that {model} can read; "
            f"lower max_length in config/tasks/{task}.yaml"
        )

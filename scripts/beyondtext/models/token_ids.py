"""How a task's symbols become ids of a model's vocabulary.

Each symbol has a native id. A word piece has its own place in the vocabulary, and so has a symbol of a
model that was pre-trained on the task's domain; every other symbol gets the next free id, and so do word
pieces that the vocabulary lacks, since they are another model's. The mapping then sends native ids to the
ids that the model sees: ``permutation`` shuffles all free ids with the run's map seed (Kao & Lee 2021,
section 3), ``shift-<c>`` moves each by c places among the free ids, from the last on to the first, and
``identity`` leaves them alone, and so looks symbols up by their names.

The ids below ``first_free_id`` (special and unused entries) and the model's ``reserved_ids`` are never
given to a symbol. Special ids map to themselves, unless the task's ``special_ids`` is ``paper``: the
released code of the paper sends [CLS], [SEP] and [UNK] through the table as well, and shifts over the whole
vocabulary.
"""

from dataclasses import dataclass

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SEPARATOR, UNKNOWN


@dataclass(frozen=True)
class Mapping:
    """Symbol ids and special ids as the model will see them."""

    symbols: dict[str, int]
    start: int
    end: int
    pad: int
    between: int = 1  # how many end ids stand between the two sequences of a pair


def permutation_table(size, free, seed, specials=()):
    """A bijection over ``range(size)`` that shuffles the free ids and leaves the others in place.

    Parameters
    ----------
    size : int
        Entries in the vocabulary.
    free : sequence of int
        The ids that symbols may have; the others map to themselves.
    seed : int
        The same seed gives the same table.
    specials : sequence of int
        Ids that are shuffled with the free ones (the ``paper`` mode).

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
    """A bijection over ``range(size)`` that moves each id of ``ring`` on by ``places`` of them, around its end.

    Parameters
    ----------
    size : int
        Entries in the vocabulary.
    ring : sequence of int
        The ids that move; the others map to themselves.
    places : int

    Returns
    -------
    numpy.ndarray of int64, shape (size,)
    """
    table = np.arange(size)
    table[ring] = np.roll(ring, -places)
    return table


def map_symbols(alphabet, kind, vocabulary, model, mapping, seed, special_ids="keep"):
    """Give every symbol of a task an id of a model's vocabulary.

    Parameters
    ----------
    alphabet : list of str
        The task's symbols, in order.
    kind : {"characters", "pitches", "wordpieces"}
    vocabulary : list of str
        The model's vocabulary, in the order of its ids.
    model : dict
        The model's definition (``vocabulary``, ``first_free_id``, ``reserved_ids``, ``special_ids`` are read).
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
        If the vocabulary is too small, or lacks a symbol that is looked up by its name.
    """
    special, reserved = model["special_ids"], set(model.get("reserved_ids", []))
    free = [index for index in range(model["first_free_id"], len(vocabulary)) if index not in reserved]
    place = {piece: index for index, piece in enumerate(vocabulary)}
    missing = [piece for piece in alphabet if piece not in place]
    if mapping == "identity" or (kind == "wordpieces" and not missing):
        if missing:
            raise InputError(
                f"the vocabulary {model['vocabulary']} lacks the symbol {missing[0]!r} and {len(missing) - 1} more; "
                "give the task a model with the vocabulary that its symbols were made with"
            )
        native = {piece: place[piece] for piece in alphabet}
    else:
        if len(alphabet) > len(free):
            raise InputError(
                f"{len(alphabet)} symbols do not fit into the vocabulary {model['vocabulary']}, which has "
                f"{len(free)} free ids; take a model with a larger vocabulary"
            )
        native = dict(zip(alphabet, free, strict=False))

    paper = special_ids == "paper"
    if mapping == "permutation":
        specials = [special["start"], special["end"], special["unknown"]] if paper else []
        table = permutation_table(len(vocabulary), free, seed, specials)
    elif mapping == "identity":
        table = np.arange(len(vocabulary))
    else:
        ring = range(len(vocabulary)) if paper else free
        table = shift_table(len(vocabulary), ring, int(mapping.removeprefix("shift-")))
    symbols = {symbol: int(table[index]) for symbol, index in native.items()}
    start, end, symbols[UNKNOWN] = (int(table[special[name]]) for name in ("start", "end", "unknown"))
    return Mapping(symbols, start, end, special["pad"], 2 if model["family"] == "roberta" else 1)


def encode(sequences, mapping):
    """Turn lists of symbols into id arrays with the start and end ids around them.

    Returns a list of int64 arrays, each of shape (symbols + 2,); of a pair one more where the model's family puts
    two end ids between its sequences.
    """
    lookup = {symbol: (index,) for symbol, index in mapping.symbols.items()} | {
        SEPARATOR: (mapping.end,) * mapping.between
    }
    return [
        np.array(
            [mapping.start, *(index for symbol in sequence for index in lookup[symbol]), mapping.end], dtype=np.int64
        )
        for sequence in sequences
    ]


def refuse_too_long(sequences, positions, task, model):
    """Raise `InputError` if a sequence has more tokens, special ones included, than the model has positions."""
    longest = max(len(sequence) for sequence in sequences)
    if longest > positions:
        raise InputError(
            f"task {task}: a sequence of {longest - 2} symbols is longer than the {positions - 2} that "
            f"{model} allows; lower max_length in config/tasks/{task}.yaml"
        )

"""From a reader's sequences to a task's own tokens, its symbols.

``characters``: one letter each, checked against the task's alphabet. ``pitches``: MIDI note numbers.
``wordpieces``: the pieces that a model's own tokenizer makes of a text.
"""

from beyondtext.core.errors import InputError
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.raw import only_file

PITCHES = [str(pitch) for pitch in range(128)]


def characters(sequences, alphabet):
    """Split strings into letters; a letter outside ``alphabet`` becomes `UNKNOWN`.

    Lower-case letters (soft-masked sequence, for example) are read as upper-case ones, unless the
    alphabet has lower-case letters of its own.
    """
    known = set(alphabet)
    if alphabet == alphabet.upper():
        sequences = [sequence.upper() for sequence in sequences]
    return [
        list(sequence) if known.issuperset(sequence) else [c if c in known else UNKNOWN for c in sequence]
        for sequence in sequences
    ]


def pitches(sequences):
    """MIDI note numbers as strings."""
    return [[PITCHES[pitch] for pitch in sequence] for sequence in sequences]


def wordpieces(texts, vocabulary):
    """Lower-cased word pieces of texts, by WordPiece with the vocabulary file of a model."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    # Not the ready-made BERT tokenizer: it takes a text that spells [SEP] for the special token.
    tokenizer = Tokenizer(WordPiece.from_file(str(vocabulary), unk_token=UNKNOWN))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return [encoding.tokens for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def make_symbols(sequences, rule, vocabulary_files, model):
    """Apply a task's ``symbols`` section.

    Parameters
    ----------
    sequences : list
        Strings, or lists of int for pitches.
    rule : dict
        The task's ``symbols``.
    vocabulary_files : dict of str to pathlib.Path or None
        The files of the vocabulary's source, for word pieces.
    model : dict or None
        The definition of the model whose vocabulary is used, for word pieces.

    Returns
    -------
    symbols : list of list of str
    alphabet : list of str
        All symbols that the task can have, in a fixed order, without `UNKNOWN`.

    Raises
    ------
    InputError
        If the kind of symbols does not fit what the reader read.
    """
    kind = rule["kind"]
    if sequences and isinstance(sequences[0], str) != (kind != "pitches"):
        found = "text" if kind == "pitches" else "pitches"
        raise InputError(f"symbols of kind {kind} do not fit a reader that reads {found}; mend symbols.kind or reader")
    if kind == "characters":
        return characters(sequences, rule["alphabet"]), list(rule["alphabet"])
    if kind == "pitches":
        return pitches(sequences), PITCHES
    symbols = wordpieces(sequences, only_file(vocabulary_files, model["vocabulary"]))
    return symbols, sorted({piece for sequence in symbols for piece in sequence} - {UNKNOWN})

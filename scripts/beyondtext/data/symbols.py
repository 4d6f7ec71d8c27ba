"""From a reader's sequences to a task's own tokens, its symbols.

There are three kinds: ``characters``, one letter each, checked against the task's alphabet; ``pitches``, MIDI note
numbers; and ``wordpieces``, the tokens of a text in a model's own vocabulary.
"""

from beyondtext.core.errors import InputError
from beyondtext.data.examples import UNKNOWN

PITCHES = [str(pitch) for pitch in range(128)]


def make_symbols(sequences, rule, vocabulary=None):
    """Split sequences into symbols.

    Parameters
    ----------
    sequences : list
        Strings, or lists of int for pitches.
    rule : dict
        The task's ``symbols``.
    vocabulary : path, optional
        A model's WordPiece vocabulary, for word pieces.

    Returns
    -------
    symbols : list of list of str
    alphabet : list of str
        All symbols that the task can have, in a fixed order, without `UNKNOWN`.

    Raises
    ------
    InputError
        If the kind of symbols does not match what the reader returns.
    """
    kind = rule["kind"]
    if sequences and isinstance(sequences[0], str) != (kind != "pitches"):
        content = "text" if kind == "pitches" else "pitches"
        raise InputError(
            f"symbols of kind {kind} do not match a reader that reads {content}; change symbols.kind or reader"
        )
    if kind == "characters":
        return split_characters(sequences, rule["alphabet"]), list(rule["alphabet"])
    if kind == "pitches":
        return name_pitches(sequences), PITCHES
    symbols = split_wordpieces(sequences, vocabulary)
    return symbols, sorted({piece for sequence in symbols for piece in sequence} - {UNKNOWN})


def split_characters(sequences, alphabet):
    """Split strings into letters and replace each letter outside ``alphabet`` by `UNKNOWN`.

    Lower-case letters (soft-masked sequence, for example) are read as upper-case ones, unless the alphabet has
    lower-case letters of its own.
    """
    known = set(alphabet)
    if alphabet == alphabet.upper():
        sequences = [sequence.upper() for sequence in sequences]
    return [
        list(sequence) if known.issuperset(sequence) else [c if c in known else UNKNOWN for c in sequence]
        for sequence in sequences
    ]


def name_pitches(sequences):
    """Write MIDI note numbers as strings."""
    return [[PITCHES[pitch] for pitch in sequence] for sequence in sequences]


def split_wordpieces(texts, vocabulary):
    """Split lower-cased texts into word pieces by WordPiece with a model's vocabulary file."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    # Not the ready-made BERT tokenizer, which reads the text "[SEP]" as the special token.
    tokenizer = Tokenizer(WordPiece.from_file(str(vocabulary), unk_token=UNKNOWN))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return [encoding.tokens for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

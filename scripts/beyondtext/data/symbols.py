"""From a reader's sequences to a task's own tokens, its symbols.

There are three kinds: ``characters``, one letter each, checked against the task's alphabet; ``pitches``, MIDI note
numbers; and ``wordpieces``, the tokens of a text in a model's own vocabulary.
"""

import re

from beyondtext.core.errors import InputError
from beyondtext.data.examples import UNKNOWN
from beyondtext.data.normalize import repair

INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # in ASCII
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
    unknown : list of list of str
        What `UNKNOWN` stands for in each sequence, in order.
    repairs : dict of str to list of int
        The positions of the sequences that were changed, by the reason, a key of `beyondtext.data.tally.REASONS`: from
        `beyondtext.data.normalize.repair` for characters, and from `normalized` for word pieces.

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
        sequences, repairs = repair(sequences, rule["alphabet"])
        symbols, unknown = split_characters(sequences, rule["alphabet"])
        return symbols, list(rule["alphabet"]), unknown, repairs
    if kind == "pitches":
        return name_pitches(sequences), PITCHES, [[] for _ in sequences], {}
    symbols, unknown = split_wordpieces(sequences, vocabulary)
    alphabet = sorted({piece for sequence in symbols for piece in sequence} - {UNKNOWN})
    return symbols, alphabet, unknown, normalized(sequences)


def split_characters(sequences, alphabet):
    """Split strings into letters and replace each letter outside ``alphabet`` by `UNKNOWN`.

    Returns the symbols of each sequence, and its unknown letters.
    """
    known = set(alphabet)
    symbols, unknown = [], []
    for sequence in sequences:
        if known.issuperset(sequence):
            symbols.append(list(sequence))
            unknown.append([])
        else:
            symbols.append([letter if letter in known else UNKNOWN for letter in sequence])
            unknown.append([letter for letter in sequence if letter not in known])
    return symbols, unknown


def name_pitches(sequences):
    """Write MIDI note numbers as strings."""
    return [[PITCHES[pitch] for pitch in sequence] for sequence in sequences]


def normalized(texts):
    """Which texts the splitting into word pieces changes: their positions, by the reason.

    White space of any kind becomes a blank, which changes no word.
    """
    from tokenizers.normalizers import NFD, BertNormalizer

    steps = {"handle_chinese_chars": False, "lowercase": False}
    clean = BertNormalizer(clean_text=True, strip_accents=False, **steps)
    strip, decompose = BertNormalizer(clean_text=False, strip_accents=True, **steps), NFD()
    changes = {"upper_case": [], "accents": [], "invisible": []}
    for position, text in enumerate(texts):
        if text != text.lower():
            changes["upper_case"].append(position)
        if text.isascii():
            has_invisible = INVISIBLE.search(text) is not None  # the normalizer takes longer
        else:
            has_invisible = len(clean.normalize_str(text)) < len(text)
            if len(strip.normalize_str(text)) < len(decompose.normalize_str(text)):
                changes["accents"].append(position)
        if has_invisible:
            changes["invisible"].append(position)
    return {reason: positions for reason, positions in changes.items() if positions}


def split_wordpieces(texts, vocabulary):
    """Split lower-cased texts into word pieces by WordPiece with a model's vocabulary file.

    Returns the word pieces of each text, and its words that have none.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    # Not the ready-made BERT tokenizer, which reads the text "[SEP]" as the special token.
    try:
        tokenizer = Tokenizer(WordPiece.from_file(str(vocabulary), unk_token=UNKNOWN))
    except Exception:  # tokenizers raises no other kind
        raise InputError(f"{vocabulary} is not UTF-8 text; give the model's own vocab.txt") from None
    if tokenizer.token_to_id(UNKNOWN) is None:
        raise InputError(f"{vocabulary} lacks the entry {UNKNOWN}; give the vocab.txt of a model that splits words")
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    unknown = [
        [
            text[slice(*place)]
            for token, place in zip(encoding.tokens, encoding.offsets, strict=True)
            if token == UNKNOWN
        ]
        for text, encoding in zip(texts, encodings, strict=True)
    ]
    return [encoding.tokens for encoding in encodings], unknown

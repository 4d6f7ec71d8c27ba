"""What blanks in sequences mean: blocks of letters, or words and overlapping k-mers, which are no sequences.

Blanks are removed, so that words would become residues, and each letter of overlapping k-mers would be there several
times.
"""

import re
from collections import Counter
from itertools import pairwise

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.annotations import TELLING, cannot_be_sequence
from beyondtext.data.normalize import AMINO_ACIDS_ONLY, is_nucleic

BLOCK = 10  # letters, at least, of sequences that are written in blocks
WORDS = re.compile(r"[A-Z][a-z]+(\s+[A-Z]?[a-z]+)+")
RARE = frozenset("BJOUXZ")  # letters that words have and few sequences of amino acids do
NOT_NUCLEIC = AMINO_ACIDS_ONLY | frozenset("JOZ")
SAMPLE = 1000  # sequences with blanks, in which k-mers are looked for
FEWEST_PAIRS = 10  # of words next to each other, since a few may overlap by chance
LEAST_OVERLAPPING = 2 / 3  # of the pairs: the ends of wrapped lines break some
FEWEST_LABELS, PER_LABEL = 3, 3  # records with labels, and records for each of these on average


def check_blanks(ids, texts):
    """Raise `InputError` if sequences are overlapping k-mers, or if some of them are words.

    Parameters
    ----------
    ids : iterable of str
        Of the records.
    texts : iterable of str
        The sequences as they are written, with their blanks.
    """
    ids, texts = list(ids), list(texts)
    spaced = [position for position, text in enumerate(texts) if " " in text]
    if 2 * len(spaced) > len(texts):
        _refuse_kmers([texts[position] for position in spaced[:SAMPLE]])
        for end in (-1, 0):
            _refuse_labels(ids, texts, spaced, end)
    apart = {position for position in spaced if not all(map(is_in_blocks, texts[position].split("\n")))}
    if apart and 2 * len(apart) <= len(texts):
        others = set().union(*(text for position, text in enumerate(texts) if position not in apart))
        for position in sorted(apart):
            if _are_words(texts[position], others):
                raise InputError(
                    f"record {quoted(ids[position])} says {quoted(texts[position], 40)} where a sequence was expected; "
                    "delete the record or, if this is a sequence, the spaces in it"
                )


def is_in_blocks(line):
    """Whether blanks, if any, divide a line into blocks of equal length; the last one may be shorter."""
    *blocks, last = line.split(" ")
    lengths = set(map(len, blocks))
    return not blocks or (len(lengths) == 1 and max(lengths) >= max(BLOCK, len(last)))


def _refuse_kmers(texts):
    words = [text.split() for text in texts]
    pairs = [pair for one in words for pair in pairwise(one)]
    if len(pairs) < FEWEST_PAIRS:
        return
    size = Counter(len(word) for one in words for word in one).most_common(1)[0][0]
    for step in range(1, max(2, size - 1) if size > 1 else 1):
        if sum(one[step:] == other[: size - step] for one, other in pairs) > LEAST_OVERLAPPING * len(pairs):
            raise InputError(
                f"the sequences are overlapping {size}-mers, as in {quoted(texts[0], 40)}, which repeat letters; write "
                "each as a plain sequence"
            )


def _refuse_labels(ids, texts, spaced, end):
    """Raise `InputError` if the last (``end`` is -1) or the first (0) words of most texts are few, and no sequence.

    Words with letters that no other words have are none, and so are those next to a single longer word whose length
    varies. In blocks, lengths do not vary; of codons, there are more.
    """
    lines = {position: texts[position].strip().split("\n")[end].split() for position in spaced}
    lines = {position: words for position, words in lines.items() if len(words) > 1}
    labels = Counter(words[end] for words in lines.values())
    if 2 * len(lines) <= len(texts) or len(lines) < FEWEST_LABELS or len(labels) > len(lines) / PER_LABEL:
        return
    number, others = len(lines), [words[:-1] if end else words[1:] for words in lines.values()]
    known = set().union(*("".join(words) for words in others))
    telling = sum(count for label, count in labels.items() if cannot_be_sequence(label, known))
    single = [words[0] for words in others if len(words) == 1]
    longer = sum(map(len, single)) > sum(len(label) * count for label, count in labels.items())
    if telling >= TELLING * number or (2 * len(single) > len(texts) and longer and len(set(map(len, single))) > 1):
        position, words = next(iter(lines.items()))
        where = "after" if end else "before"
        raise InputError(
            f"record {quoted(ids[position])} has {quoted(words[end], 24)} {where} a space, and {number:,} of "
            f"{len(texts):,} records have such words, {len(labels):,} different "
            f"{'one' if len(labels) == 1 else 'ones'}, which are labels rather than sequence; delete them, or write "
            "them where the targets are; if they are sequence, delete the spaces"
        )


def _are_words(text, others):
    """Whether a text with blanks is words; ``others`` has the characters of sequences without."""
    if WORDS.fullmatch(text) and not any(map(str.islower, others)):
        return True
    known = {letter.upper() for letter in others}
    telling = NOT_NUCLEIC if is_nucleic("".join(known)) else RARE
    return not telling.isdisjoint(set(text.upper()) - known)


def merged_by_blanks(written, read):
    """Which texts lose blanks at an end, and become equal to others by that.

    Parameters
    ----------
    written, read : pandas.Series of str
        As they are in the file, and without blanks at their ends.

    Returns
    -------
    pandas.Series of bool
    """
    with_blanks = written.str.strip() != written
    if not with_blanks.any():
        return with_blanks
    return with_blanks & (read != "") & written.groupby(read).transform("nunique").gt(1)


def count_blank_ends(written, read, tally, place):
    """Count labels that become equal to others only because blanks at their ends are removed.

    Parameters
    ----------
    written, read : pandas.Series of str
        As `merged_by_blanks` takes them.
    tally : beyondtext.data.tally.Tally
    place : callable
        Where in a file the record of an index is, in words.
    """
    merged = merged_by_blanks(written, read)
    if merged.any():
        tally.add("blank_ends", merged.sum(), place(merged.idxmax()))

"""Sequences of characters as they are meant: white space, quotation marks, case, gaps, final stops, and T and U.

Public files write one sequence in several ways. What an alphabet has no symbol for, but can only mean one thing, is
read as that, and counted. Everything else stays as it is, and the task's rule about unknown symbols applies to it.
"""

import string

GAPS = "-.~"  # in alignments; A2M and A3M have dots, GCG has tildes
STOP = "*"
AMINO_ACIDS_ONLY = frozenset("EFILPQ")  # no code of a nucleotide, nor of several
AMBIGUOUS = frozenset("RYSWKMBDHVNX")  # codes of several nucleotides
PUNCTUATION = frozenset("\"'`[](){}<>,;:|/\\")
QUOTES = "'`´‘’‚‛“”„‟«»‹›"  # not the double quote, with which files enclose cells: their readers know it
ENOUGH = 3  # letters of `AMINO_ACIDS_ONLY`, to take sequences for proteins


def repair(sequences, alphabet):
    """Read sequences in the symbols of an alphabet, where there is only one way.

    White space is removed, and so are quotation marks around a whole sequence. If the alphabet has no lower case of its
    own, lower case is read as upper case (soft-masked sequences, or insertions in A2M). If it has no gaps, they are
    removed; if it has no stop, those at the end are. In an alphabet of nucleotides with T and without U, U is read as
    T, and the other way round; in one of amino acids, U is selenocysteine and stays.

    Parameters
    ----------
    sequences : list of str
    alphabet : str

    Returns
    -------
    repaired : list of str
    repairs : dict of str to list of int
        The positions of the sequences that were changed, by the reason, a key of `beyondtext.data.tally.REASONS`.
    """
    known, steps = set(alphabet), _steps(alphabet)
    repaired, repairs = list(sequences), {}
    for position, sequence in enumerate(sequences):
        if known.issuperset(sequence):  # nearly always, so this alone has to be fast
            continue
        for reason, change in steps:
            changed = change(sequence)
            if changed != sequence:
                repairs.setdefault(reason, []).append(position)
            sequence = changed
        repaired[position] = sequence
    return repaired, repairs


def without_quotes(text):
    """A text without the pairs of quotation marks at its ends, but for double quotes."""
    while len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        text = text[1:-1].strip()
    return text


def is_nucleic(alphabet):
    """Whether an alphabet is that of DNA or RNA: it has A, C and G, and no letter that only amino acids have."""
    letters = set(alphabet.upper())
    return letters.issuperset("ACG") and not letters & AMINO_ACIDS_ONLY


def likely_cause(symbols, alphabet):
    """What unknown symbols suggest, in words.

    Parameters
    ----------
    symbols : collections.Counter
        How often each occurs; at least one does.
    alphabet : str

    Returns
    -------
    str
        Empty if they suggest nothing.
    """
    commonest = min(symbols, key=lambda symbol: (-symbols[symbol], symbol))
    if is_nucleic(alphabet) and len({symbol.upper() for symbol in symbols} & AMINO_ACIDS_ONLY) >= ENOUGH:
        return "the sequences look like proteins, but the alphabet is one of nucleotides"
    if commonest.swapcase() in alphabet:
        return "the alphabet has the same letters in the other case"
    if is_nucleic(alphabet) and commonest.upper() in AMBIGUOUS:
        return "these are ambiguity codes, which symbols.unknown: unknown keeps as unknown symbols"
    if commonest == STOP:
        return "stops within sequences: were these translated in the right frame?"
    if commonest.isdigit():
        return "sequences do not have digits: is this where they are?"
    if commonest in PUNCTUATION:
        return "sequences do not have punctuation: are delimiter and quotation marks as the task says?"
    return ""


def _steps(alphabet):
    """The repairs that suit an alphabet, in order: reasons, and functions of a sequence."""
    steps = []
    if not any(symbol.isspace() for symbol in alphabet):
        steps.append(("white_space", lambda sequence: "".join(sequence.split())))
    if not set(QUOTES) & set(alphabet):
        steps.append(("enclosing_quotes", without_quotes))
    if not any(symbol.islower() for symbol in alphabet):
        steps.append(("lower_case", _translation(_upper_case(alphabet))))
    if not set(GAPS) & set(alphabet):
        steps.append(("gaps", _translation(dict.fromkeys(GAPS))))
    if STOP not in alphabet:
        steps.append(("stop", lambda sequence: sequence.rstrip(STOP)))
    if is_nucleic(alphabet):
        for reason, pairs in (("u_as_t", ("UT", "ut")), ("t_as_u", ("TU", "tu"))):
            letters = {found: meant for found, meant in pairs if meant in alphabet and found not in alphabet}
            steps.append((reason, _translation(letters)))
    return steps


def _upper_case(alphabet):
    """Upper-case letters by their lower-case ones: those of ASCII and of the alphabet.

    `str.upper` would also read some other letters as these, such as the German sharp s as SS.
    """
    return {letter.lower(): letter for letter in [*alphabet, *string.ascii_uppercase] if len(letter.lower()) == 1}


def _translation(letters):
    table = str.maketrans(letters)
    return lambda sequence: sequence.translate(table)

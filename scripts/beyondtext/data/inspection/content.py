"""What sequences are made of: the domain, the symbols and the length limit of a task."""

from collections import Counter

from beyondtext.core.errors import InputError
from beyondtext.core.printing import quoted
from beyondtext.data.inspection.alphabets import (
    AMINO_ACIDS,
    DNA,
    OTHER,
    PROTEIN,
    RNA,
    UNUSUAL,
    alphabet_of,
    count_symbols,
    is_three_letter_code,
)
from beyondtext.data.inspection.findings import Wishes
from beyondtext.data.normalize import GAPS, repair, without_quotes
from beyondtext.study import definitions
from beyondtext.study.shape import most_symbols

SHOWN = 5  # symbols in a remark
LEAST_WITH_BLANKS = 0.5  # of the sequences, if they are sentences
LEAST_IN_ALPHABET = 0.5  # of the symbols
LEAST_IN_LOWER_CASE = 0.5  # of the letters of sentences
LEAST_NUCLEOTIDES = 20  # letters: shorter peptides may have none but A, C, G and T
RESIDUES = AMINO_ACIDS + UNUSUAL  # with those of DNA and RNA
DOMAINS = ("text", "protein", "dna")


def symbols_rule(sequences, wishes, notes):
    """The task's ``domain`` and ``symbols``.

    Parameters
    ----------
    sequences : list of str
    wishes : Wishes
    notes : Notes

    Returns
    -------
    domain : str
    rule : dict

    Raises
    ------
    InputError
        If the symbols are neither residues nor words, and the wishes do not say what they are.
    """
    if len(sequences) > 1 and len(set(sequences)) == 1:
        raise InputError(f"all {len(sequences):,} sequences are the same; a study needs different ones")
    if wishes.alphabet is not None:
        return _wished_alphabet(sequences, wishes, notes)
    if wishes.domain != "text" and is_three_letter_code(list(map(without_quotes, sequences))):
        raise InputError(
            f"the sequences are in three-letter code, such as {quoted(sequences[0], 24)}; convert them to one-letter "
            "code (Ala-Gly-Ser is AGS)"
        )
    alphabet = _alphabet(sequences, wishes.domain)
    if wishes.domain == "text" or (wishes.domain is None and alphabet.kind == OTHER and _is_prose(sequences)):
        return _words(sequences, wishes, notes)
    if alphabet.kind == OTHER:
        shown = " ".join(symbol for symbol, _ in alphabet.outside.most_common(12))
        raise InputError(
            f"the sequences are neither DNA, RNA or protein nor sentences: their commonest symbols are {shown}"
            f"{_foreign(alphabet)} give their symbols with --alphabet, and --domain as one of {', '.join(DOMAINS)}"
        )
    if wishes.domain not in (None, alphabet.domain):
        raise InputError(
            f"--domain {wishes.domain} does not suit the sequences, which are {alphabet.kind}; leave the option out, "
            "or give --alphabet, too"
        )
    repaired, _ = repair(sequences, alphabet.letters)
    _note_residues(alphabet, count_symbols(repaired), notes)
    if alphabet.kind == PROTEIN:
        _note_nucleotides(repaired, notes)
    return alphabet.domain, _characters(alphabet.letters, bool(alphabet.outside or alphabet.gaps))


def _alphabet(sequences, domain):
    """The `Alphabet` of sequences, without quotation marks around them and white space, which are no symbols.

    The ``domain`` is the wished one, or None. Blanks count unless the rest is DNA, RNA or protein in capitals, since
    sentences have them.
    """
    counts = count_symbols(map(without_quotes, sequences))
    breaks = [symbol for symbol in counts if symbol.isspace() and symbol != " "]
    for symbol in breaks:
        del counts[symbol]
    alphabet = alphabet_of(counts, domain)
    if alphabet.kind == OTHER and counts.pop(" ", 0):
        without_blanks = alphabet_of(counts, domain)
        if without_blanks.kind in (DNA, RNA) or (
            without_blanks.kind == PROTEIN and without_blanks.lower_case < LEAST_IN_LOWER_CASE
        ):
            return without_blanks
    return alphabet


def _foreign(alphabet):
    """Which symbols keep sequences from being residues, if they would be without these; in words."""
    foreign = {symbol: count for symbol, count in alphabet.outside.most_common() if symbol not in RESIDUES}
    kind = alphabet_of(alphabet.outside - Counter(foreign)).kind
    if not foreign or kind == OTHER:
        return ";"
    shown = ", ".join(f"{quoted(symbol)} {count:,} times" for symbol, count in list(foreign.items())[:SHOWN])
    return f", and {shown} in no alphabet, without which they are {kind}; delete these from the file, or"


def _characters(letters, has_others):
    return {"kind": "characters", "alphabet": letters, "unknown": "unknown" if has_others else "refuse"}


def _note_residues(alphabet, counts, notes):
    """Say what the symbols are; ``counts`` has those of the sequences as the workflow will read them."""
    outside = Counter({symbol: count for symbol, count in counts.items() if symbol not in alphabet.letters})
    total = outside.total()
    share = 1 - total / max(1, counts.total())
    why = f"{share:.2%} of the symbols are {alphabet.letters}".replace("100.00%", "100%")
    if total:
        shown = ", ".join(f"{symbol}: {count:,}" for symbol, count in outside.most_common(SHOWN))
        why += f", the others are {shown}"
    option = "--domain text" if share > 0.99 else "--alphabet LETTERS"
    notes.add(alphabet.kind, why, option, "symbols")
    if total:
        why = "sequences with other symbols are kept, and each of these becomes an unknown symbol; "
        notes.add("symbols outside the alphabet", why + "to leave such sequences out, set symbols.unknown to drop")
    if alphabet.letters == "ACGTU":
        notes.add("both T and U", "the file has DNA and RNA; T and U stay different symbols", "--alphabet ACGT")
    if alphabet.gaps:
        why = f"{sum(alphabet.gaps.values()):,} gaps, as in an alignment; they are no symbols"
        notes.add("gaps", why, f"--alphabet {alphabet.letters}{''.join(alphabet.gaps)}")
    if alphabet.lower_case:
        why = f"{alphabet.lower_case:.0%} of the letters, as in soft-masked sequence; they are read as capitals"
        notes.add("lower case", why)


def _note_nucleotides(sequences, notes):
    """Say if a file of proteins also has DNA or RNA."""
    nucleotides = frozenset("ACGTUNacgtun" + GAPS)
    found = [text for text in sequences if len(text) >= LEAST_NUCLEOTIDES and nucleotides.issuperset(text)]
    if found:
        why = f"{len(found):,} sequences have nothing but A, C, G, T and U, such as {found[0][:20]}…; are they DNA?"
        notes.add("DNA among proteins", why)


def _wished_alphabet(sequences, wishes, notes):
    letters = "".join(dict.fromkeys(wishes.alphabet))
    if len(letters) < 2:
        raise InputError(f"--alphabet {quoted(wishes.alphabet)} has one symbol only; give all of them, such as ACGT")
    counts = count_symbols(repair(sequences, letters)[0])
    outside = {symbol: count for symbol, count in counts.most_common() if symbol not in letters}
    kind = _alphabet(sequences, wishes.domain)
    if sum(outside.values()) > LEAST_IN_ALPHABET * counts.total():
        shown = " ".join(list(outside)[:12])
        raise InputError(
            f"--alphabet {quoted(wishes.alphabet)}: most symbols of the sequences are not in it, such as {shown}; give "
            "all of them, or correct --sequence"
        )
    domain = wishes.domain or kind.domain
    if domain is None:
        raise InputError(f"--alphabet needs --domain, too, for these sequences; give one of {', '.join(DOMAINS)}")
    share = 1 - sum(outside.values()) / max(1, counts.total())
    shown = ", ".join(f"{symbol!r}: {count:,}" for symbol, count in list(outside.items())[:SHOWN])
    why = f"{share:.2%} of the symbols are in the alphabet" + (f", the others are {shown}" if shown else "")
    notes.add("your alphabet", why, key="symbols")
    return domain, _characters(letters, bool(outside))


def _is_prose(sequences):
    with_blanks = sum(" " in text.strip() for text in sequences)
    return with_blanks >= LEAST_WITH_BLANKS * len(sequences)


def _words(sequences, wishes, notes):
    words = sum(len(text.split()) for text in sequences) / len(sequences)
    has_words = definitions.model(wishes.model)["vocabulary"].endswith(".txt")  # others have a tokenizer of their own
    vocabulary = wishes.model if has_words else Wishes.model
    why = f"{words:.1f} words a sequence; the vocabulary of {vocabulary} splits them into word pieces"
    notes.add("text", why, "--domain NAME", "symbols")
    return "text", {"kind": "wordpieces", "vocabulary": vocabulary}


def length_rule(task, lengths, wishes, notes, are_estimates=False):
    """The task's ``max_length`` and ``too_long``.

    Parameters
    ----------
    task : dict
        As far as it is known.
    lengths : pandas.Series of int
        In symbols.
    wishes : Wishes
    notes : Notes
    are_estimates : bool
        Whether the lengths are not known exactly: then the limit is the model's.

    Returns
    -------
    max_length : int
    too_long : {"truncate", "drop"}

    Raises
    ------
    InputError
        If the wished length is more than the model reads.
    """
    most, longest = most_symbols(wishes.model, task), int(lengths.max())
    if wishes.max_length and most and wishes.max_length > most:
        raise InputError(
            f"--max-length {wishes.max_length}: {wishes.model} reads at most {most} symbols; give no more than that"
        )
    needed = most if are_estimates else longest
    limit = wishes.max_length or min(needed or longest, most or longest)
    share = float((lengths > limit).mean())
    shown = f"{int(lengths.min()):,} to {longest:,} symbols, median {lengths.median():,.0f}"
    shown = shown if lengths.nunique() > 1 else f"{longest:,} symbols each"
    too_long = wishes.too_long or "truncate"
    if not share:
        why = shown + (f"; {wishes.model} reads {most:,}" if most else "")
        notes.add("no sequence is too long", why, "--max-length NUMBER", "max_length")
        return limit, too_long
    notes.seen["max_length"] = shown
    reason = "your limit is" if wishes.max_length else f"{wishes.model} reads"
    fate = "are truncated" if too_long == "truncate" else "are left out"
    why = f"{share:.1%} of the sequences are longer: {shown}, and {reason} {limit:,}"
    other = "drop" if too_long == "truncate" else "truncate"
    notes.add(f"long sequences {fate}", why, f"--too-long {other}", "too_long")
    if share > 0.5:
        what = "about their beginnings" if too_long == "truncate" else "about the short ones"
        notes.add("most sequences are too long", f"the study can only answer the question {what}")
    return limit, too_long

"""Which alphabet sequences are written in, judged by the share of each symbol."""

import re
from collections import Counter
from dataclasses import dataclass

from beyondtext.data.normalize import GAPS

NUCLEOTIDES = "ACGT"
AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
AMBIGUITY_CODES = "NXRYSWKMBDHV"  # of nucleotides; X stands for masked ones
UNUSUAL = "UOBZJX*"  # in proteins: rare and ambiguous amino acids, and stops
# Shares of the symbols other than gaps. In English prose, B, J, O, U, X and Z are 12 % of the letters.
LEAST_NUCLEOTIDES, LEAST_NUCLEOTIDES_AND_N, LEAST_AMINO_ACIDS = 0.5, 0.95, 0.94
BOTH_T_AND_U = 0.005
# Of sequences with more ambiguity codes and no other symbols: A, C, G, T, U, N and X together, and the rarest of A, C,
# G and T (or U). The amino acids with these letters are less than half of a usual protein.
LEAST_AMONG_CODES, LEAST_OF_EACH = 0.75, 0.05

THREE_LETTERS = "Ala Arg Asn Asp Cys Gln Glu Gly His Ile Leu Lys Met Phe Pro Ser Thr Trp Tyr Val Sec Pyl Asx Glx Xaa"
# Residues in three-letter code, one after another or with a sign between them; the ends of a peptide may be named.
THREE_LETTER_CODE = re.compile(
    rf"(?:(?:H|Ac)-)?(?:(?:{THREE_LETTERS.replace(' ', '|')})[-\s.,_]*){{3,}}(?:OH|NH2)?", re.IGNORECASE
)
LEAST_THREE_LETTER = 0.9  # of the sequences

DNA, RNA, PROTEIN, OTHER = "DNA", "RNA", "protein", "other"


@dataclass(frozen=True)
class Alphabet:
    """An alphabet and how well it suits.

    Attributes
    ----------
    kind : {"DNA", "RNA", "protein", "other"}
    letters : str
        The symbols of the task, without gaps; empty for ``other``.
    share : float
        Of the symbols other than gaps that are among the letters.
    outside : collections.Counter
        The other symbols, in upper case.
    gaps : dict of str to int
        How often each sign of a gap occurs.
    lower_case : float
        The share of the letters that are in lower case.
    """

    kind: str
    letters: str
    share: float
    outside: Counter
    gaps: dict
    lower_case: float

    @property
    def domain(self):
        """The task's domain, or None."""
        return {DNA: "dna", RNA: "dna", PROTEIN: "protein"}.get(self.kind)


def count_symbols(sequences):
    """How often each character occurs in an iterable of strings."""
    return Counter("".join(sequences))


def is_three_letter_code(sequences):
    """Whether nearly all of the strings are amino acids in three-letter code, such as ``Ala-Gly-Ser``."""
    found = sum(THREE_LETTER_CODE.fullmatch(text.strip()) is not None for text in sequences)
    return found >= max(1, LEAST_THREE_LETTER * len(sequences))


def alphabet_of(counts, domain=None):
    """The alphabet of sequences.

    Parameters
    ----------
    counts : collections.Counter
        From `count_symbols`.
    domain : str, optional
        The task's, if the user gives it: it decides between DNA and protein where the symbols may be either.

    Returns
    -------
    Alphabet
    """
    upper = Counter()
    for symbol, count in counts.items():
        upper[symbol.upper()] += count
    gaps = {symbol: upper.pop(symbol) for symbol in GAPS if symbol in upper}
    kind = _kind(upper, domain)
    letters = {DNA: NUCLEOTIDES, RNA: "ACGU", PROTEIN: AMINO_ACIDS, OTHER: ""}[kind]
    if kind in (DNA, RNA) and min(upper["T"], upper["U"]) > BOTH_T_AND_U * upper.total():
        letters = "ACGTU"
    outside = Counter({symbol: count for symbol, count in upper.items() if symbol not in letters})
    cased = sum(count for symbol, count in counts.items() if symbol.isalpha())
    lower = sum(count for symbol, count in counts.items() if symbol.islower())
    share = 1 - outside.total() / max(1, upper.total())
    return Alphabet(kind, letters, share, outside, gaps, lower / max(1, cased))


def _kind(upper, domain):
    """The kind of alphabet; ``upper`` counts upper-case symbols, without gaps."""
    total = upper.total()
    if not total:
        return OTHER
    nucleotides = sum(upper[symbol] for symbol in "ACGTU") / total
    coded = nucleotides + upper["N"] / total
    are_nucleotides = nucleotides >= LEAST_NUCLEOTIDES and coded >= LEAST_NUCLEOTIDES_AND_N
    if are_nucleotides or (domain != "protein" and _has_codes(upper, coded + upper["X"] / total, domain == "dna")):
        return RNA if upper["U"] > upper["T"] else DNA
    usual = sum(upper[symbol] for symbol in AMINO_ACIDS) / total
    letters = usual + sum(upper[symbol] for symbol in UNUSUAL) / total
    return PROTEIN if usual >= LEAST_AMINO_ACIDS and letters >= 0.99 else OTHER


def _has_codes(upper, coded, is_wished):
    """Whether the symbols are nucleotides with many ambiguity codes; ``coded`` is the share of ACGTU, N and X."""
    if not set(upper) <= set("ACGTU" + AMBIGUITY_CODES):
        return False
    rarest = min(upper["A"], upper["C"], upper["G"], upper["T"] + upper["U"]) / upper.total()
    return is_wished or (coded >= LEAST_AMONG_CODES and rarest >= LEAST_OF_EACH)

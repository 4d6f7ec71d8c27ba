"""Groups of related sequences, so that a split by group does not separate near relatives.

The steps are those of the programs that cluster proteins (Li & Godzik 2006; Steinegger & Söding 2018), for symbols of
any kind:

1. Short tandem repeats are masked, since unrelated sequences share poly-A tails and glutamine runs.
2. Min-hashes of k-mers find near-duplicates in linear time. One of them represents the others from here on.
3. An index of k-mers proposes the pairs that share more of them than chance explains.
4. An alignment decides about each pair, unless both sequences are already in one group.

Min-hashes alone would not do: proteins with 50 % identical residues share about 3 % of their 4-mers, and hundreds of
hash functions would be needed for pairs that the index lists completely.
"""

import math
from itertools import chain

import numpy as np
import pandas as pd

FEW_SYMBOLS = 6  # DNA has four
SIMILARITY = {"few": 0.7, "many": 0.35}
CHANCE = 0.01  # that a k-mer occurs in an unrelated sequence; decides k
PERIOD = 8  # symbols: the longest unit of a repeat that is masked
BANDS, ROWS = 16, 2  # sets with a Jaccard index of 0.5 share a band with a probability of 1 - (1 - 0.5**2)**16 = 0.99
DUPLICATE = 0.5  # the Jaccard index from which one sequence can represent another
COMMON = 1000  # sequences; of a k-mer that more of them have, only the first is paired with the others
PROPOSED = 4  # pairs per sequence that are aligned if all sequences are unrelated
EFFORT = 750_000  # products of two lengths: what is aligned without success before a sequence is left alone
AT_ONCE = 4_000_000  # pairs, or symbols, that are in memory together
EXPECTED = 0.1  # sequences of the data set that score as much with a random sequence; an upper bound
GAP_OPEN, GAP_EXTEND = -3.5, -0.5  # nats, about those of BLAST
COMPLEMENTS = dict(zip("ACGTURYKMBVDH", "TGCAAYRMKVBHD", strict=True))  # of bases and of their ambiguity codes
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so multiplication modulo 2**64 loses nothing


def relatives(sequences, strands=False):
    """Group sequences so that relatives have the same label.

    With ``strands``, for DNA, the reverse complement of a relative is a relative, too.
    """
    if strands:
        both = relatives([*sequences, *map(reverse_complement, sequences)])
        return join_labels(both[: len(sequences)], both[len(sequences) :])
    codes, place = _distinct(sequences)
    if not any(map(len, codes)):
        return place
    order = sorted(range(len(codes)), key=lambda i: -len(codes[i]))  # the longest represent the others
    labels = np.empty(len(codes), int)
    labels[order] = _group([codes[i] for i in order])
    return pd.factorize(labels[place])[0]


def reverse_complement(symbols):
    """The other strand, from its beginning, of the symbols of a sequence; RNA stays RNA."""
    bases = COMPLEMENTS | {"A": "U"} if "U" in symbols else COMPLEMENTS
    return [bases.get(symbol, symbol) for symbol in reversed(symbols)]


def join_labels(first, second):
    """New labels, counted from 0 in the order of the sequences, if each has two labels.

    Sequences that have a label in common, or are linked by a chain of others that have, get the same one.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(first):
        return first
    size = max(first.max(), second.max()) + 1
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    return pd.factorize(connected_components(graph, directed=False)[1][first])[0]


def likely_relatives(sequences, places, each, strands=False):
    """Find the sequences that share most k-mers with some of them, in a time that grows with their number only.

    Parameters
    ----------
    sequences : list
        The symbols of each.
    places : sequence of int
        Which sequences the others are compared with.
    each : int
        How many are found for each of these, at most; whether they are relatives is for `relatives` to decide.
    strands : bool
        Whether those count, too, that share k-mers with the reverse complement.

    Returns
    -------
    list of int
        Sorted, without repeats, and perhaps with some of ``places``.
    """
    queries = [sequences[place] for place in places]
    queries += [reverse_complement(query) for query in queries] if strands else []
    codes = _numbered([*sequences, *queries])
    flat, owner, _, _, k = _flattened(codes)
    _, kmers, starts = _mask_repeats(flat, owner, k)
    owner = owner[starts]
    is_shared = np.isin(kmers, np.unique(kmers[owner >= len(sequences)]))
    sets, _ = _kmer_sets(kmers[is_shared], owner[is_shared], len(codes))
    columns, found = sets[: len(sequences)].tocsc(), set()
    for query in range(len(sequences), len(codes)):
        starts = columns.indptr[sets.indices[sets.indptr[query] : sets.indptr[query + 1]]]
        ends = columns.indptr[sets.indices[sets.indptr[query] : sets.indptr[query + 1]] + 1]
        rows = [columns.indices[start : min(end, start + COMMON)] for start, end in zip(starts, ends, strict=True)]
        others, shared = np.unique(np.concatenate([*rows, np.empty(0, np.int32)]), return_counts=True)
        is_other = others != places[(query - len(sequences)) % len(places)]
        found.update(others[is_other][np.argsort(-shared[is_other], kind="stable")[:each]].tolist())
    return sorted(found)


def _numbered(sequences):
    """The sequences with a number for each symbol."""
    numbers = {}
    return [
        np.array([numbers.setdefault(symbol, len(numbers)) for symbol in sequence], np.int32) for sequence in sequences
    ]


def _distinct(sequences):
    """Replace symbols by numbers. Returns each distinct sequence, and which of them every sequence is."""
    codes = _numbered(sequences)
    place = pd.factorize(np.array([code.tobytes() for code in codes], object))[0]
    _, first = np.unique(place, return_index=True)
    return [codes[row] for row in first], place


def _flattened(codes):
    """Join sequences of numbers to one, and choose the length of its k-mers.

    Returns
    -------
    flat, owner : numpy.ndarray of int, shape (symbols,)
        All sequences after one another, and the sequence of each symbol.
    frequency : numpy.ndarray of float, shape (distinct symbols,)
    chance : float
        The probability that two symbols are equal, but at most 0.5; it is 1 if there is only one symbol.
    k : int
        The length of a k-mer that an unrelated sequence has with the probability `CHANCE`.
    """
    lengths = np.array([len(code) for code in codes])
    flat, owner = np.concatenate(codes), np.repeat(np.arange(len(codes)), lengths)
    frequency = np.bincount(flat) / len(flat)
    chance = min(float(frequency @ frequency), 0.5)
    k = max(2, math.ceil(math.log(lengths.mean() / CHANCE) / math.log(1 / chance)))
    return flat, owner, frequency, chance, k


def _group(codes):
    """Labels of distinct sequences, of which the longest come first."""
    flat, owner, frequency, chance, k = _flattened(codes)
    similarity = SIMILARITY["few" if 1 / chance < FEW_SYMBOLS else "many"]
    flat, kmers, starts = _mask_repeats(flat, owner, k)
    sets, first = _kmer_sets(kmers, owner[starts], len(codes))
    probability = np.prod([frequency[flat[starts[first] + offset]] for offset in range(k)], axis=0)
    alignment = Alignment(np.split(flat, np.cumsum(list(map(len, codes)))[:-1]), similarity, chance)
    labels, is_represented = _join_duplicates(sets, alignment)
    _join_relatives(sets, probability, np.flatnonzero(~is_represented), alignment, labels)
    return labels


def _mask_repeats(flat, owner, k):
    """Mask short tandem repeats, and hash the k-mers that remain.

    The first copy of the repeated unit is not masked.

    Parameters
    ----------
    flat, owner : numpy.ndarray of int, shape (symbols,)
        All sequences after one another, and the sequence of each symbol.
    k : int

    Returns
    -------
    flat : numpy.ndarray of int32, shape (symbols,)
        Each masked symbol has become a number of its own, which is equal to no other.
    kmers : numpy.ndarray of uint64, shape (k-mers,)
    starts : numpy.ndarray of int, shape (k-mers,)
        The index of the first symbol of each k-mer.
    """
    count = max(len(flat) - k + 1, 0)
    kmers = np.zeros(count, np.uint64)
    for offset in range(k):
        kmers = (kmers ^ flat[offset : offset + count].astype(np.uint64)) * MULTIPLIER
        kmers ^= kmers >> np.uint64(29)
    is_whole = owner[:count] == owner[len(owner) - count :]
    is_repeat = np.zeros(count, bool)
    for distance in range(1, min(PERIOD, count - 1) + 1):
        is_equal = (kmers[distance:] == kmers[:-distance]) & (owner[distance:count] == owner[: count - distance])
        is_repeat[distance:] |= is_equal & is_whole[distance:]
    is_masked = np.zeros(len(flat), bool)
    for offset in range(k):
        is_masked[offset : offset + count] |= is_repeat
    masked_before = np.concatenate([[0], np.cumsum(is_masked)])
    starts = np.flatnonzero(is_whole & (masked_before[len(flat) + 1 - count :] == masked_before[:count]))
    flat = np.where(is_masked, flat.max() + 1 + np.arange(len(flat)), flat).astype(np.int32)
    return flat, kmers[starts], starts


def _kmer_sets(kmers, owner, count):
    """The distinct k-mers of each sequence.

    Returns a sparse matrix of ones, shape (sequences, k-mers), and the index in ``kmers`` of each of its columns.
    """
    from scipy.sparse import csr_array

    values, first, column = np.unique(kmers, return_index=True, return_inverse=True)
    sets = csr_array((np.ones(len(kmers), np.int32), (owner, column)), shape=(count, len(values)))
    sets.sum_duplicates()
    sets.data[:] = 1
    return sets, first


class Alignment:
    """Decides by a local alignment whether two sequences are relatives.

    Symbols score their log-odds, in nats: equal with the probability ``similarity`` against equal by ``chance``.
    Relatives score at least what two sequences as long as the shorter one would, if that share of their symbols were
    equal and there were no gaps.
    """

    def __init__(self, codes, similarity, chance):
        from Bio.Align import PairwiseAligner

        match, mismatch = math.log(similarity / chance), math.log((1 - similarity) / (1 - chance))
        self.codes = codes
        self.required = similarity * match + (1 - similarity) * mismatch
        self.aligner = PairwiseAligner(
            mode="local",
            match_score=match,
            mismatch_score=mismatch,
            open_gap_score=GAP_OPEN,
            extend_gap_score=GAP_EXTEND,
        )

    def joins(self, first, second):
        """Whether two sequences, given by their numbers, are relatives."""
        a, b = self.codes[first], self.codes[second]
        by_chance = math.log(len(a) * len(b) * len(self.codes) / EXPECTED)
        return self.aligner.score(a, b) >= max(self.required * min(len(a), len(b)) - 1e-9, by_chance)


def _join_duplicates(sets, alignment):
    """Join near-duplicates.

    Returns the labels of all sequences, and whether each is represented by another one.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = np.unique(np.concatenate([_same_band(sets, band) for band in range(BANDS)]), axis=0)
    jaccard = _jaccard(sets, pairs)
    pairs, jaccard = pairs[jaccard >= DUPLICATE], jaccard[jaccard >= DUPLICATE]
    order = np.lexsort([-jaccard, pairs[:, 0]])
    _, best = np.unique(pairs[order, 0], return_index=True)  # one representative for each
    links = pairs[order[best]]
    links = links[np.array([alignment.joins(*pair) for pair in links], bool)]
    is_represented = np.zeros(sets.shape[0], bool)
    is_represented[links[:, 0]] = True
    graph = coo_array((np.ones(len(links)), links.T), shape=(sets.shape[0], sets.shape[0]))
    return connected_components(graph, directed=False)[1], is_represented


def _same_band(sets, band):
    """Pair each sequence with the first one that has the same min-hashes in a band: shape (pairs, 2)."""
    generator = np.random.default_rng(band)
    filled = np.flatnonzero(np.diff(sets.indptr))
    key = np.zeros(len(filled), np.uint64)
    for _ in range(ROWS):
        value = generator.integers(2**63, size=sets.shape[1], dtype=np.uint64)
        smallest = np.minimum.reduceat(value[sets.indices], sets.indptr[filled])
        key = (key ^ smallest) * MULTIPLIER
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    first = first[group]
    is_later = first < np.arange(len(filled))
    return np.stack([filled[is_later], filled[first[is_later]]], axis=1)


def _jaccard(sets, pairs):
    """The Jaccard index of pairs of rows, shape (pairs,)."""
    sizes = np.diff(sets.indptr)
    step = max(1, int(AT_ONCE / max(sizes.max(), 1)))
    parts = np.split(pairs, range(step, len(pairs), step))
    shared = np.concatenate([sets[part[:, 0]].multiply(sets[part[:, 1]]).sum(axis=1) for part in parts])
    return shared / (sizes[pairs].sum(axis=1) - shared)


def _join_relatives(sets, probability, rows, alignment, labels):
    """Join the relatives among the sequences ``rows``, by changing ``labels``."""
    sets = sets[rows]
    is_common = np.asarray(sets.sum(axis=0)) > COMMON
    proposals = chain(_by_common_kmers(sets[:, is_common]), _by_kmers(sets[:, ~is_common], probability[~is_common]))
    for row, others in proposals:
        one, effort = rows[row], 0
        for other in rows[others]:
            if labels[one] == labels[other]:
                continue
            if alignment.joins(one, other):
                labels[labels == labels[other]] = labels[one]
                effort = 0
            else:
                effort += len(alignment.codes[one]) * len(alignment.codes[other])
            if effort >= EFFORT:
                break


def _by_common_kmers(sets):
    """Yield each row and the first rows that have its k-mers, those that have most of them first."""
    if sets.nnz == 0:
        return
    columns = sets.tocsc()
    first = np.repeat(columns.indices[columns.indptr[:-1]], np.diff(columns.indptr))
    later = first < columns.indices
    pairs, number = np.unique(np.stack([columns.indices[later], first[later]]), axis=1, return_counts=True)
    pairs = pairs[:, np.lexsort([pairs[1], -number, pairs[0]])]
    rows, start = np.unique(pairs[0], return_index=True)
    yield from zip(rows, np.split(pairs[1], start[1:]), strict=True)


def _by_kmers(sets, probability):
    """Yield each row and those after it that share more k-mers with it than chance explains, the most similar first.

    ``probability`` is that of each k-mer in a sequence of random symbols.
    """
    from scipy.special import gammaincinv

    sizes, rate = np.diff(sets.indptr), sets @ probability
    count = len(sizes)
    if count < 2 or sizes.max() == 0:
        return
    # Shared k-mers of unrelated sequences have about a Poisson distribution. The largest mean at which a number of them
    # is rare enough to propose the pair:
    largest = gammaincinv(np.arange(sizes.max() + 1), min(1, 2 * PROPOSED / (count - 1)))
    step = max(1, AT_ONCE // count)
    for start in range(0, count, step):
        shared = (sets[start : start + step] @ sets[start:].T).tocsr()
        for row in range(start, start + shared.shape[0]):
            part = slice(*shared.indptr[row - start : row - start + 2])
            others, number = start + shared.indices[part], shared.data[part]
            mean = np.maximum(rate[row] * sizes[others], rate[others] * sizes[row])
            is_proposed = (others > row) & (mean <= largest[number])
            others, number = others[is_proposed], number[is_proposed]
            yield row, others[np.lexsort([others, -number / np.minimum(sizes[row], sizes[others])])]

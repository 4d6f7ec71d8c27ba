"""How many relatives `beyondtext.data.relatives` finds, and how many unrelated sequences it joins.

Relatives are simulated: random sequences, and a copy of each with substitutions, insertions and deletions. Real
sequences show how often unrelated ones are joined: each is shuffled, or written backwards and put next to the
originals. A sequence that is written backwards keeps its composition and its repeats, but is not related to any other.

    python tests/benchmarks/relatives.py
    python tests/benchmarks/relatives.py --fasta data/raw/deeploc/deeploc_data.fasta
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.data.relatives import SIMILARITY, relatives  # noqa: E402

# Amino acids in the order ACDEFGHIKLMNPQRSTVWY, in percent (UniProtKB/Swiss-Prot); and the nucleotides ACGT of a
# genome rich in A and T.
PROTEIN = np.array([8.3, 1.4, 5.5, 6.7, 3.9, 7.1, 2.3, 5.9, 5.8, 9.7, 2.4, 4.1, 4.7, 3.9, 5.5, 6.6, 5.4, 6.9, 1.1, 2.9])
DNA = np.array([31.0, 19.0, 19.0, 31.0])
CASES = [("protein", PROTEIN, 50), ("protein", PROTEIN, 100), ("protein", PROTEIN, 250), ("protein", PROTEIN, 500)]
CASES += [("DNA", DNA, 60), ("DNA", DNA, 150), ("DNA", DNA, 500)]
IDENTITIES = (0.30, 0.40, 0.45, 0.50, 0.60, 0.70, 0.75, 0.80, 0.90, 0.95)
INDELS = 0.05  # insertions and deletions for each substitution
STAY = 0.6  # probability that an insertion or deletion goes on; its mean length is 2.5


def random_sequence(generator, frequency, length):
    """Independent symbols."""
    return generator.choice(len(frequency), size=length, p=frequency / frequency.sum())


def mutate(generator, sequence, identity, frequency):
    """A copy with that share of its symbols unchanged, and with insertions and deletions."""
    changed = np.flatnonzero(generator.random(len(sequence)) >= identity)
    copy = sequence.copy()
    waiting = changed
    while len(waiting):
        copy[waiting] = random_sequence(generator, frequency, len(waiting))
        waiting = waiting[copy[waiting] == sequence[waiting]]
    for _ in range(generator.binomial(len(changed), INDELS)):
        place, length = generator.integers(len(copy)), generator.geometric(1 - STAY)
        if generator.random() < 0.5:
            copy = np.insert(copy, place, random_sequence(generator, frequency, length))
        else:
            copy = np.delete(copy, slice(place, place + length))
    return copy


def simulate(generator, frequency, length, pairs, sequences):
    """Pairs of relatives at each identity, and unrelated sequences to fill up."""
    originals = [random_sequence(generator, frequency, length) for _ in range(pairs * len(IDENTITIES))]
    copies = [
        mutate(generator, original, identity, frequency)
        for original, identity in zip(originals, np.repeat(IDENTITIES, pairs), strict=True)
    ]
    others = max(0, sequences - 2 * len(originals))
    return originals + copies + [random_sequence(generator, frequency, length) for _ in range(others)]


def measured(function, *arguments):
    """The result of a function, and its CPU seconds."""
    start = time.process_time()
    return function(*arguments), time.process_time() - start


def recall_table(pairs, sequences):
    """Print the share of relatives that are found, and the share of sequences that are grouped with unrelated ones."""
    print(f"{pairs} pairs per identity, {max(sequences, 2 * pairs * len(IDENTITIES))} sequences")
    print("                 found, by identity")
    print("          length " + "".join(f"{identity:>6.0%}" for identity in IDENTITIES) + "   joined falsely   CPU s")
    for name, frequency, length in CASES:
        generator = np.random.default_rng(length)
        data = simulate(generator, frequency, length, pairs, sequences)
        labels, seconds = measured(relatives, data)
        count = pairs * len(IDENTITIES)
        found = labels[:count] == labels[count : 2 * count]
        shares = found.reshape(len(IDENTITIES), pairs).mean(axis=1)
        family = np.arange(len(data))
        family[count : 2 * count] = np.arange(count)
        wrong = mixed(labels, family)
        print(
            f"{name:8} {length:7} " + "".join(f"{s:6.0%}" for s in shares) + f"   {wrong:14.2%}   {seconds:5.1f}",
            flush=True,
        )


def mixed(labels, family):
    """The share of sequences in a group with a sequence of another family."""
    is_mixed = [len(np.unique(family[labels == label])) > 1 for label in range(labels.max() + 1)]
    return np.array(is_mixed)[labels].mean()


def describe(name, labels, seconds):
    """Print the sizes of groups."""
    sizes = np.sort(np.bincount(labels))[::-1]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: {len(labels)} sequences, {len(sizes)} groups, {np.sum(sizes == 1)} of them of one sequence, largest "
        f"{sizes[:5].tolist()}, {seconds:.1f} CPU s, at most {megabytes} MB",
        flush=True,
    )


def real_table(sequences):
    """Print groups of real sequences, and how many of their shuffled and backward copies are joined."""
    generator = np.random.default_rng(0)
    sequences = [np.array(list(sequence)) for sequence in sequences]
    labels, seconds = measured(relatives, sequences)
    describe("as they are", labels, seconds)
    shuffled = [generator.permutation(sequence) for sequence in sequences]
    labels, seconds = measured(relatives, shuffled)
    describe("shuffled", labels, seconds)
    labels, seconds = measured(relatives, sequences + [sequence[::-1] for sequence in sequences])
    forward, backward = labels[: len(sequences)], labels[len(sequences) :]
    print(
        f"backward: {np.isin(backward, forward).mean():.2%} of the backward copies are in a group with an original, "
        f"{seconds:.1f} CPU s"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=100, help="for each identity (default: 100)")
    parser.add_argument(
        "--sequences", type=int, default=0, help="in all, with unrelated ones (default: the pairs only)"
    )
    parser.add_argument("--similarity", type=float, help="the threshold, below 1 (default: that of the function)")
    parser.add_argument("--fasta", help="real sequences; the first 510 symbols of each are read")
    given = parser.parse_args()
    if given.similarity:
        SIMILARITY.update(dict.fromkeys(SIMILARITY, given.similarity))
    if given.fasta:
        from Bio import SeqIO

        real_table([str(record.seq)[:510] for record in SeqIO.parse(given.fasta, "fasta")])
    else:
        recall_table(given.pairs, given.sequences)


if __name__ == "__main__":
    main()

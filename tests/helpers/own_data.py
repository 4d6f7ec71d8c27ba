"""Small files as users have them."""

import gzip

import numpy as np

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"
WORDS = ["the", "film", "is", "a", "slow", "but", "warm", "story", "of", "two", "brothers", "who", "never", "say"]


def letters(number, length=30, alphabet=AMINO_ACIDS, seed=0):
    """Random sequences, all different."""
    generator = np.random.default_rng(seed)
    return ["".join(generator.choice(list(alphabet), length + row % 5)) for row in range(number)]


def sentences(number, seed=0):
    """Sentences of random words, all different."""
    generator = np.random.default_rng(seed)
    return [" ".join([*generator.choice(WORDS, 6), str(row)]) for row in range(number)]


def fasta(headers, sequences, width=None):
    """A FASTA file's text; with a width, sequences are wrapped."""
    lines = []
    for header, sequence in zip(headers, sequences, strict=True):
        step = width or len(sequence)
        lines += [f">{header}", *(sequence[start : start + step] for start in range(0, len(sequence), step))]
    return "\n".join(lines) + "\n"


def table(*columns, delimiter=",", header=None):
    """A table's text, from columns of texts."""
    rows = [*([header] if header else []), *zip(*columns, strict=True)]
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows)


def write(path, text, encoding="utf-8", compressed=False):
    """Write a file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if compressed else content)
    return path


def enzymes():
    """The example of docs/own-data.md: 600 proteins of two classes; some are long, some have an X."""
    generator = np.random.default_rng(0)
    sequences = ["".join(generator.choice(list(AMINO_ACIDS), generator.integers(90, 530))) for _ in range(600)]
    sequences = ["X" + sequence if row % 100 == 7 else sequence for row, sequence in enumerate(sequences)]
    sequences[30] = sequences[10]
    names = ["oxidoreductase" if row % 7 < 4 else "transferase" for row in range(600)]
    return fasta([f"P{10000 + row} class={name}" for row, name in enumerate(names)], sequences, width=60)

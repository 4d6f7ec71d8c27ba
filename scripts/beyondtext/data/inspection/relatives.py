"""Sequences that are so much alike that a split should not divide them."""

import numpy as np

MOST = 2000  # sequences that are compared in an inspection


def relatives(sequences):
    """Groups of near relatives among sequences.

    Until `beyondtext.data` can find them, every sequence is a group of its own, so nothing is reported.

    Parameters
    ----------
    sequences : list of str

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The group of each sequence.
    """
    return np.arange(len(sequences))


def note_relatives(sequences, notes):
    """Add a remark if sequences have near relatives in the file; of many, a sample is compared."""
    places = np.linspace(0, len(sequences) - 1, min(len(sequences), MOST)).astype(int)
    sequences = [sequences[place] for place in places]
    _, counts = np.unique(relatives(sequences), return_counts=True)
    if len(counts) < len(sequences):
        related = int(counts[counts > 1].sum())
        why = (
            f"{related:,} of {len(sequences):,} sequences have near relatives, the largest group {counts.max():,}; a "
            "random split puts some of them into training and others into test"
        )
        notes.add("near relatives", why)

"""What a measure finds where the tokens of two encoders do not belong together."""

import numpy as np

from beyondtext.errors import InputError
from beyondtext.moments import Pair

FEWEST_SEQUENCES = 10  # that can change places


def permuted_sequences(sequence, count, seed):
    """Row orders in which whole sequences have changed places with others of as many rows.

    Tokens of one sequence are not independent, so they stay together; rows keep their place within it.

    Parameters
    ----------
    sequence : numpy.ndarray of int, shape (n,)
        The sequence of each row; rows of one sequence stand together.
    count : int
    seed : int

    Yields
    ------
    numpy.ndarray of int, shape (n,)

    Raises
    ------
    InputError
        If fewer than ten sequences have another of their length.
    """
    starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
    lengths = np.diff(np.r_[starts, len(sequence)])
    alike = [np.flatnonzero(lengths == length) for length in np.unique(lengths)]
    movable = sum(len(places) for places in alike if len(places) > 1)
    if movable < FEWEST_SEQUENCES:
        raise InputError(
            f"{movable} of {len(starts)} sequences have another of their length to change places with; a permutation "
            f"needs at least {FEWEST_SEQUENCES}: sample more sequences, or set similarity.permutations to 0"
        )
    generator = np.random.default_rng(seed)
    within = np.arange(len(sequence)) - np.repeat(starts, lengths)
    for _ in range(count):
        taken = np.empty(len(starts), dtype=np.int64)
        for places in alike:
            taken[places] = generator.permutation(places)
        yield np.repeat(starts[taken], lengths) + within


def gaussian_pair(pair, seed):
    """Independent Gaussian data of the same size and spectra as both sides, in the coordinates of their principal axes.

    Parameters
    ----------
    pair : Pair
    seed : int

    Returns
    -------
    Pair
    """
    generator = np.random.default_rng(seed)
    drawn = [generator.standard_normal((pair.n, len(d))) * d for d, _ in (pair.x.principal, pair.y.principal)]
    return Pair.of(*(side - side.mean(0) for side in drawn))

"""Nulls: the value of a measure where the representations of two encoders have nothing to do with each other."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.moments import CrossMoments, PairMoments

FEWEST_SEQUENCES = 10  # that can be permuted


class SequencePermutations:
    """Random permutations of whole sequences.

    Tokens of one sequence are not independent, so they stay together. A sequence is only replaced by one whose tokens
    are at the same positions, so every token keeps its position; a sequence without such a counterpart stays where it
    is. Sequences with the same positions form a class. Each class is put into a random order, and all classes are
    shifted cyclically, one place at a time; after a full cycle of the largest class, new orders are drawn. In this way
    one Fourier transform gives the moments of all shifts.

    Parameters
    ----------
    sequence : numpy.ndarray of int, shape (n,)
        The sequence of each row; rows of one sequence are adjacent.
    position : numpy.ndarray of int, shape (n,)
        The position of each row's token in its sequence.
    count : int
        The number of permutations.
    seed : int

    Raises
    ------
    InputError
        If fewer than ten sequences can be permuted.
    """

    def __init__(self, sequence, position, count, seed):
        starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
        lengths = np.diff(np.r_[starts, len(sequence)])
        by_positions = {}
        for place, (start, length) in enumerate(zip(starts, lengths, strict=True)):
            by_positions.setdefault(position[start : start + length].tobytes(), []).append(place)
        classes = [np.array(places) for places in by_positions.values()]
        permutable = sum(len(places) for places in classes if len(places) > 1)
        if count and permutable < FEWEST_SEQUENCES:
            raise InputError(
                f"{permutable} of {len(starts)} sequences have a counterpart of the same length, but permutations need "
                f"at least {FEWEST_SEQUENCES}: sample more sequences, or set similarity.permutations to 0"
            )
        generator, largest = np.random.default_rng(seed), max(len(places) for places in classes)
        # Each round: for every class, the rows of its sequences in random order, shape (sequences, tokens of each);
        # and the number of cyclic shifts.
        self._rounds = []
        while count > 0:
            orders = [generator.permutation(places) for places in classes]
            rows = [starts[places, None] + np.arange(lengths[places[0]]) for places in orders]
            self._rounds.append((rows, min(count, largest - 1)))
            count -= largest - 1

    def row_orders(self):
        """Yield, for each permutation, the row of y that is paired with each row of x."""
        for classes, shifts in self._rounds:
            for shift in range(1, shifts + 1):
                order = np.empty(sum(rows.size for rows in classes), dtype=np.int64)
                for rows in classes:
                    order[rows] = np.roll(rows, -shift, axis=0)
                yield order

    def permuted_moments(self, pair, x, y):
        """Yield, for each permutation, the moments of x and the permuted y.

        Parameters
        ----------
        pair : PairMoments
            The moments of x and y without permutation; those of a single side do not change.
        x, y : numpy.ndarray, shapes (n, p) and (n, q)
            Centred. In float32, which is enough for a null, sums have about six correct digits.

        Yields
        ------
        PairMoments
        """
        # With the squared norms as another column, one product gives all sums of `CrossMoments`.
        x, y = (np.column_stack([side, (side * side).sum(1)]) for side in (x, y))
        for classes, shifts in self._rounds:
            products = np.zeros((shifts, x.shape[1], y.shape[1]), dtype=x.dtype)
            for rows in classes:
                products += cyclic_products(x[rows], y[rows])[np.arange(1, shifts + 1) % len(rows)]
            for product in products:
                product = product.astype(np.float64)
                cross = CrossMoments(product[:-1, :-1], product[:-1, -1], product[-1, :-1], product[-1, -1])
                yield PairMoments(pair.x, pair.y, cross)


def cyclic_products(x, y):
    """The sums of x yᵀ over places and rows, for every cyclic shift of y.

    Parameters
    ----------
    x, y : numpy.ndarray, shapes (places, rows, p) and (places, rows, q)

    Returns
    -------
    numpy.ndarray, shape (places, p, q)
        Entry [k] pairs place i of x with place i + k of y.
    """
    from scipy.fft import irfft, rfft

    spectrum = rfft(x, axis=0).conj().transpose(0, 2, 1) @ rfft(y, axis=0)
    return irfft(spectrum, n=len(x), axis=0)


def gaussian_pair(pair, seed):
    """Independent Gaussian data with the size and spectra of both sides, in the coordinates of their principal axes.

    Parameters
    ----------
    pair : PairMoments
    seed : int

    Returns
    -------
    PairMoments
    """
    generator = np.random.default_rng(seed)
    drawn = [
        generator.standard_normal((pair.n, len(deviations))) * deviations
        for deviations, _ in (pair.x.principal_axes, pair.y.principal_axes)
    ]
    return PairMoments.from_arrays(*(side - side.mean(0) for side in drawn))

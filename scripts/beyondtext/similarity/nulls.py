"""What a measure finds where the tokens of two encoders do not belong together."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.moments import Cross, Pair

FEWEST_SEQUENCES = 10  # that can change places


class Exchange:
    """Whole sequences that change places with others that have tokens at the same positions, in many ways.

    Tokens of one sequence are not independent, so they stay together, and positions stay what they are. The
    sequences alike in this are laid out in a random circle, and all circles turn by one place at a time; once the
    longest is round, new circles are drawn. So the sums over all turns come from one Fourier transform. A sequence that
    is like no other stays where it is.

    Parameters
    ----------
    sequence : numpy.ndarray of int, shape (n,)
        The sequence of each row; rows of one sequence stand together.
    position : numpy.ndarray of int, shape (n,)
        Where in its sequence the token of each row stands.
    count : int
        How many ways.
    seed : int

    Raises
    ------
    InputError
        If fewer than ten sequences have another to change places with.
    """

    def __init__(self, sequence, position, count, seed):
        starts = np.flatnonzero(np.r_[True, sequence[1:] != sequence[:-1]])
        lengths = np.diff(np.r_[starts, len(sequence)])
        by_positions = {}
        for place, (start, length) in enumerate(zip(starts, lengths, strict=True)):
            by_positions.setdefault(position[start : start + length].tobytes(), []).append(place)
        alike = [np.array(places) for places in by_positions.values()]
        movable = sum(len(places) for places in alike if len(places) > 1)
        if count and movable < FEWEST_SEQUENCES:
            raise InputError(
                f"{movable} of {len(starts)} sequences have another of their length to change places with; an exchange "
                f"needs at least {FEWEST_SEQUENCES}: sample more sequences, or set similarity.permutations to 0"
            )
        generator, longest = np.random.default_rng(seed), max(len(places) for places in alike)
        self.rounds = []  # of the circles, as the rows of their sequences, and the number of turns
        while count > 0:
            drawn = [generator.permutation(places) for places in alike]
            circles = [starts[places, None] + np.arange(lengths[places[0]]) for places in drawn]
            self.rounds.append((circles, min(count, longest - 1)))
            count -= longest - 1

    def orders(self):
        """Yield, for each way, the row of y that comes to stand beside each row of x."""
        for circles, turns in self.rounds:
            for turn in range(1, turns + 1):
                order = np.empty(sum(circle.size for circle in circles), dtype=np.int64)
                for circle in circles:
                    order[circle] = np.roll(circle, -turn, axis=0)
                yield order

    def pairs(self, pair, x, y):
        """Yield, for each way, the sums of x and the exchanged y.

        Parameters
        ----------
        pair : Pair
            The sums of both as they are; those over one side alone stay what they are.
        x, y : numpy.ndarray, shapes (n, p) and (n, q)
            Centred. In float32, which is enough for a null, sums are right to about six digits.

        Yields
        ------
        Pair
        """
        # The squared norms as another column give the other sums of `Cross` as well.
        x, y = (np.column_stack([side, (side * side).sum(1)]) for side in (x, y))
        for circles, turns in self.rounds:
            sums = np.zeros((turns, x.shape[1], y.shape[1]), dtype=x.dtype)
            for circle in circles:
                sums += turned_products(x[circle], y[circle])[np.arange(1, turns + 1) % len(circle)]
            for found in sums:
                found = found.astype(np.float64)
                yield Pair(pair.x, pair.y, Cross(found[:-1, :-1], found[:-1, -1], found[-1, :-1], found[-1, -1]))


def turned_products(x, y):
    """The sums over places and rows of x times y, for every number of places by which y is turned.

    Parameters
    ----------
    x, y : numpy.ndarray, shapes (places, rows, p) and (places, rows, q)

    Returns
    -------
    numpy.ndarray, shape (places, p, q)
        Entry [k] pairs each place of x with the k-th place of y after it.
    """
    from scipy.fft import irfft, rfft

    spectrum = rfft(x, axis=0).conj().transpose(0, 2, 1) @ rfft(y, axis=0)
    return irfft(spectrum, n=len(x), axis=0)


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

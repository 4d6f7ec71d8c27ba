"""Nulls: the value of a measure where the representations of two encoders have nothing to do with each other."""

from dataclasses import dataclass

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.similarity.moments import CrossMoments, Moments, PairMoments

FEWEST_SEQUENCES = 10  # that can be permuted
COLUMNS = 32  # of x whose products with y are transformed at a time


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
        from scipy.fft import rfft

        # With the squared norms as another column, one product gives all sums of `CrossMoments`.
        x, y = (np.column_stack([side, (side * side).sum(1)]) for side in (x, y))
        for classes, shifts in self._rounds:
            products = np.zeros((shifts, x.shape[1], y.shape[1]), dtype=x.dtype)
            for rows in classes:
                spectra = (rfft(side[rows], axis=0) for side in (x, y))
                add_cyclic_products(products, *spectra, len(rows))
            for product in products:
                product = product.astype(np.float64)
                cross = CrossMoments(product[:-1, :-1], product[:-1, -1], product[-1, :-1], product[-1, -1])
                yield PairMoments(pair.x, pair.y, cross)


def add_cyclic_products(products, spectrum_x, spectrum_y, places):
    """Add the sums of x yᵀ over places and rows, for cyclic shifts of y.

    Parameters
    ----------
    products : numpy.ndarray, shape (shifts, p, q)
        To entry [k], the sum is added that pairs place i of x with place i + k + 1 of y; it starts again after a cycle.
    spectrum_x, spectrum_y : numpy.ndarray, shapes (frequencies, rows, p) and (frequencies, rows, q)
        The Fourier transforms of x and y along their places.
    places : int
    """
    from scipy.fft import irfft

    shifts, width = np.arange(1, len(products) + 1) % places, spectrum_x.shape[2]
    spectrum_x = np.conjugate(spectrum_x, out=spectrum_x)
    # A few columns at a time, since the spectrum of all products would take twice the memory of the products, and the
    # transforms of arrays that fit into the processor's cache take a third of the time.
    for columns in np.array_split(np.arange(width), -(-width // COLUMNS)):
        part = slice(columns[0], columns[-1] + 1)
        spectrum = spectrum_x[:, :, part].transpose(0, 2, 1) @ spectrum_y
        products[:, part] += irfft(spectrum, n=places, axis=0)[shifts]


@dataclass(frozen=True)
class Spectra:
    """The number of tokens of two representations, and their standard deviations along their principal axes."""

    n: int
    x: np.ndarray  # (r,) as `Moments.deviations`
    y: np.ndarray

    @classmethod
    def of(cls, pair):
        """Those of `PairMoments`."""
        return cls(pair.n, pair.x.deviations, pair.y.deviations)

    @property
    def shape(self):
        """The number of tokens and both ranks."""
        return self.n, len(self.x), len(self.y)


def gaussian_pairs(spectra, seed):
    """Independent Gaussian data with the size and spectra of both sides, in the coordinates of their principal axes.

    Pairs of the same shape are made from the same standard normal numbers, whose products are computed once.

    Parameters
    ----------
    spectra : list of Spectra
    seed : int

    Yields
    ------
    place : int
        In ``spectra``, but in another order.
    pair : PairMoments
    """
    places = {}
    for place, pair in enumerate(spectra):
        places.setdefault(pair.shape, []).append(place)
    for (n, rank_x, rank_y), members in places.items():
        generator = np.random.default_rng(seed)
        x, y = (generator.standard_normal((n, rank)) for rank in (rank_x, rank_y))
        x, y = x - x.mean(0), y - y.mean(0)
        standard = PairMoments.from_arrays(x, y)
        squares_x, squares_y = x * x, y * y
        for place in members:
            scale_x, scale_y = spectra[place].x, spectra[place].y
            norms_x, norms_y = squares_x @ scale_x**2, squares_y @ scale_y**2
            yield (
                place,
                PairMoments(
                    _scaled(standard.x, scale_x, x, norms_x),
                    _scaled(standard.y, scale_y, y, norms_y),
                    CrossMoments(
                        scale_x[:, None] * standard.cross.outer * scale_y,
                        scale_x * (norms_y @ x),
                        scale_y * (norms_x @ y),
                        norms_x @ norms_y,
                    ),
                ),
            )


def _scaled(moments, scale, values, norms):
    """The moments of an array whose columns are scaled, from those of the array.

    Parameters
    ----------
    moments : Moments
        Of the array.
    scale : numpy.ndarray, shape (p,)
    values : numpy.ndarray, shape (n, p)
        The array.
    norms : numpy.ndarray, shape (n,)
        The squared norms of the scaled rows.
    """
    return Moments(
        moments.n,
        moments.total * scale,
        scale[:, None] * moments.outer * scale,
        norms.sum(),
        (norms @ values) * scale,
        norms @ norms,
    )

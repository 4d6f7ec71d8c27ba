"""Nulls: the value of a measure where the representations of two encoders have nothing to do with each other."""

from dataclasses import dataclass

import numpy as np

from beyondtext.similarity.moments import CrossMoments, Moments, PairMoments

FEWEST_MOVABLE_GROUPS = 10  # they have 32 orders or more, and a 95 % quantile needs 20
LEAST_SHARE_OF_TOKENS = 0.5  # that are in such groups
COLUMNS = 32  # of x whose products with y are transformed at a time


class SequencePermutations:
    """Random permutations of whole sequences, or of whole groups of them, such as the windows of a piece of music.

    Tokens of one group are not independent, so they stay together. A group is only replaced by one whose tokens are at
    the same positions of as many sequences, so every token keeps its position; a group without such a counterpart stays
    where it is. Groups with the same positions form a class. Those of x and those of y are put into random orders of
    their own, so that every permutation of a class is equally likely. All classes of y are then shifted cyclically, one
    place at a time, so that one Fourier transform gives the moments of all shifts. New orders are drawn after a full
    cycle of the typical class: half of the tokens that can move are in classes of this size or larger.

    Parameters
    ----------
    group : numpy.ndarray of int, shape (n,)
        The group of each row; rows of one group are adjacent.
    position : numpy.ndarray of int, shape (n,)
        The position of each row's token in its sequence.
    count : int
        The number of permutations.
        There are none if fewer than ten groups can be permuted, or if they have less than half of the tokens: what
        stays in place would pass for similarity that unrelated encoders have, too.
    seed : int

    Attributes
    ----------
    rounds : list of (list of (numpy.ndarray, numpy.ndarray), int)
        In each, the rows of the groups of every class, in a random order for x and one for y, both of shape (groups,
        tokens of each); and the number of cyclic shifts.
    """

    def __init__(self, group, position, count, seed):
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        lengths = np.diff(np.r_[starts, len(group)])
        by_positions = {}
        for place, (start, length) in enumerate(zip(starts, lengths, strict=True)):
            by_positions.setdefault(position[start : start + length].tobytes(), []).append(place)
        classes = [np.array(places) for places in by_positions.values()]
        self.rounds = []
        if not count or not _can_be_permuted(classes, lengths):
            return
        generator, cycle = np.random.default_rng(seed), typical_size(classes, lengths)
        for first in range(0, count, cycle):
            rows = [
                tuple(starts[generator.permutation(places), None] + np.arange(lengths[places[0]]) for _ in "xy")
                for places in classes
            ]
            self.rounds.append((rows, min(cycle, count - first)))

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
        for classes, shifts in self.rounds:
            products = np.zeros((shifts, x.shape[1], y.shape[1]), dtype=x.dtype)
            for rows in classes:
                spectra = (rfft(side[order], axis=0) for side, order in zip((x, y), rows, strict=True))
                add_cyclic_products(products, *spectra, len(rows[0]))
            for product in products:
                product = product.astype(np.float64)
                cross = CrossMoments(product[:-1, :-1], product[:-1, -1], product[-1, :-1], product[-1, -1])
                yield PairMoments(pair.x, pair.y, cross)


def _can_be_permuted(classes, lengths):
    """Whether enough groups, with enough tokens, are in a class with others."""
    movable = np.concatenate([places for places in classes if len(places) > 1] or [np.array([], dtype=int)])
    return len(movable) >= FEWEST_MOVABLE_GROUPS and lengths[movable].sum() >= LEAST_SHARE_OF_TOKENS * lengths.sum()


def typical_size(classes, lengths):
    """The number of groups in the typical class: half of the tokens that can move are in classes at least as large.

    Parameters
    ----------
    classes : list of numpy.ndarray of int
        The places of the groups of each class, some of which can move.
    lengths : numpy.ndarray of int
        The number of tokens of the group at each place.
    """
    movable = [places for places in classes if len(places) > 1]
    sizes = np.sort(np.repeat([len(places) for places in movable], [lengths[places].sum() for places in movable]))
    return int(sizes[len(sizes) // 2])


def add_cyclic_products(products, spectrum_x, spectrum_y, places):
    """Add the sums of x yᵀ over places and rows, for cyclic shifts of y.

    Parameters
    ----------
    products : numpy.ndarray, shape (shifts, p, q)
        To entry [k], the sum is added that pairs place i of x with place i + k of y; it starts again after a cycle.
    spectrum_x, spectrum_y : numpy.ndarray, shapes (frequencies, rows, p) and (frequencies, rows, q)
        The Fourier transforms of x and y along their places.
    places : int
    """
    from scipy.fft import irfft

    shifts, width = np.arange(len(products)) % places, spectrum_x.shape[2]
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

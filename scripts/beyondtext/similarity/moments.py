"""Sums over tokens that hold all that the similarity measures need.

Sums over disjoint sets of tokens add up, so tokens are read once, in blocks, and leaving some of them
out is a subtraction. Rows are tokens, columns are features; row i of x and row i of y belong to the same
token. All arrays are float64.
"""

import itertools
import operator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

RANK_TOLERANCE = 1e-10  # eigenvalues below this share of the largest count as zero


class _Additive:
    def __add__(self, other):
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other):
        return type(self)(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def double(self):
        """The same sums in float64."""
        return type(self)(*(np.asarray(getattr(self, f.name), dtype=np.float64)[()] for f in fields(self)))

    def take_in(self, other):
        """Add to these sums in place; only before anything is computed from them, since that is kept."""
        for f in fields(self):
            setattr(self, f.name, operator.iadd(getattr(self, f.name), getattr(other, f.name)))


@dataclass
class Side(_Additive):
    """Sums over the rows of one set of representations x (n × p); what follows from them is computed once."""

    n: int
    total: np.ndarray  # (p,)   sum of x
    outer: np.ndarray  # (p, p) sum of x xᵀ
    norms: float  # sum of |x|²
    weighted: np.ndarray  # (p,)   sum of x |x|²
    norms_squared: float  # sum of |x|⁴

    @classmethod
    def of(cls, x):
        """The sums of an array of shape (n, p)."""
        norms = (x * x).sum(1)
        return cls(len(x), x.sum(0), x.T @ x, norms.sum(), norms @ x, norms @ norms)

    @cached_property
    def mean(self):
        """The mean row, shape (p,)."""
        return self.total / self.n

    @cached_property
    def spread(self):
        """The sum of squared distances to the mean."""
        return float(self.norms - self.total @ self.mean)

    @cached_property
    def covariance(self):
        """The covariance of the columns, normalised by n, shape (p, p)."""
        return self.outer / self.n - np.outer(self.mean, self.mean)

    @cached_property
    def principal(self):
        """Standard deviations along the principal axes and the axes, largest first: shapes (r,) and (p, r).

        Axes without variance are left out; the output of a layer normalisation has one.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        kept = values > RANK_TOLERANCE * values[-1]
        return np.sqrt(values[kept])[::-1], vectors[:, kept][:, ::-1]

    @cached_property
    def with_itself(self):
        """The pair of x and x."""
        return Pair(self, self, Cross(self.outer, self.weighted, self.weighted, self.norms_squared))


@dataclass
class Cross(_Additive):
    """Sums over the rows of x (n × p) and y (n × q) together."""

    outer: np.ndarray  # (p, q) sum of x yᵀ
    x_weighted: np.ndarray  # (p,)   sum of x |y|²
    y_weighted: np.ndarray  # (q,)   sum of y |x|²
    norms_product: float  # sum of |x|² |y|²

    @classmethod
    def of(cls, x, y):
        """The sums of two arrays of shapes (n, p) and (n, q)."""
        a, b = (x * x).sum(1), (y * y).sum(1)
        return cls(x.T @ y, b @ x, a @ y, a @ b)


@dataclass
class Parts:
    """Sums by block of tokens, over all blocks, and over all but each block."""

    each: list
    whole: object
    without: list

    @classmethod
    def of(cls, each):
        """From a list of `Side`, or of `Cross`, of disjoint tokens."""
        whole = sum(each[1:], each[0])
        return cls(each, whole, [whole - part for part in each])

    @classmethod
    def paired(cls, x, y, cross):
        """The `Pair` of every entry of two `Parts` of `Side` and one of `Cross`; what a side computes is kept."""
        return cls(
            [Pair(*part) for part in zip(x.each, y.each, cross.each, strict=True)],
            Pair(x.whole, y.whole, cross.whole),
            [Pair(*part) for part in zip(x.without, y.without, cross.without, strict=True)],
        )

    @property
    def swapped(self):
        """The same parts of pairs with x and y in each other's place."""
        return Parts([p.swapped for p in self.each], self.whole.swapped, [p.swapped for p in self.without])


@dataclass
class Pair(_Additive):
    """Two sets of representations of the same tokens; what several measures need is computed once."""

    x: Side
    y: Side
    cross: Cross

    @classmethod
    def of(cls, x, y):
        """The sums of two arrays of shapes (n, p) and (n, q)."""
        return cls(Side.of(x), Side.of(y), Cross.of(x, y))

    @cached_property
    def swapped(self):
        """The same pair with x and y in each other's place; it keeps what has been computed by now."""
        c = self.cross
        pair = Pair(self.y, self.x, Cross(c.outer.T, c.y_weighted, c.x_weighted, c.norms_product))
        if "whitened" in self.__dict__:
            pair.whitened = self.whitened.T
        if "canonical" in self.__dict__:
            left, correlations, right = self.canonical
            pair.canonical = right, correlations, left
        return pair

    @property
    def n(self):
        """The number of rows."""
        return self.x.n

    @cached_property
    def covariance(self):
        """The covariance of x's with y's columns, normalised by n, shape (p, q)."""
        return self.cross.outer / self.n - np.outer(self.x.mean, self.y.mean)

    @cached_property
    def squared_size(self):
        """The squared Frobenius norm of the sum of (x - mean)(y - mean)ᵀ."""
        return float(self.n**2 * (self.covariance**2).sum())

    @cached_property
    def spreads_product(self):
        """The sum over rows of the product of both squared distances to the mean."""
        x, y, c = self.x, self.y, self.cross
        m, k = x.mean @ x.mean, y.mean @ y.mean
        mixed = 4 * x.mean @ c.outer @ y.mean - 2 * y.mean @ c.y_weighted - 2 * x.mean @ c.x_weighted
        return float(c.norms_product + mixed + k * x.norms + m * y.norms - 3 * self.n * m * k)

    @cached_property
    def whitened(self):
        """The covariance of x's with y's principal components scaled to unit variance, shape (rank of x, rank of y).

        Its singular values are the canonical correlations; of the leading components alone it is the
        leading part.
        """
        (deviations_x, axes_x), (deviations_y, axes_y) = self.x.principal, self.y.principal
        return (axes_x / deviations_x).T @ self.covariance @ (axes_y / deviations_y)

    @cached_property
    def canonical(self):
        """Canonical directions and correlations, largest first.

        Returns
        -------
        left : numpy.ndarray, shape (rank of x, c)
            Of x, in the coordinates of its principal axes scaled to unit variance.
        correlations : numpy.ndarray, shape (c,)
        right : numpy.ndarray, shape (rank of y, c)
        """
        left, correlations, right = np.linalg.svd(self.whitened, full_matrices=False)
        return left, np.clip(correlations, 0, 1), right.T


def cross_sums(xs, ys):
    """The sums of every x with every y, from one matrix product.

    Parameters
    ----------
    xs, ys : list of numpy.ndarray, shapes (n, p) and (n, q)
        Rows of the same tokens; the widths may differ.

    Returns
    -------
    list of list of Cross
        Entry [i][j] is of xs[i] and ys[j]. Their arrays are parts of common ones.
    """
    x, y = np.hstack(xs), np.hstack(ys)
    norms_x, norms_y = (np.stack([(side * side).sum(1) for side in sides], 1) for sides in (xs, ys))
    outer, x_weighted, y_weighted, products = x.T @ y, x.T @ norms_y, norms_x.T @ y, norms_x.T @ norms_y
    return [
        [Cross(outer[p, q], x_weighted[p, j], y_weighted[i, q], products[i, j]) for j, q in enumerate(_columns(ys))]
        for i, p in enumerate(_columns(xs))
    ]


def _columns(sides):
    """Where the columns of each are when all stand side by side."""
    edges = np.cumsum([0, *(side.shape[1] for side in sides)])
    return [slice(start, end) for start, end in itertools.pairwise(edges)]


def all_pairs(blocks):
    """The sums of every layer of x with every layer of y, from one reading.

    No measure that takes a `Pair` depends on the means, but rounding does: from every row the mean of the
    first block is taken. That is enough unless the first block's mean is many standard deviations from
    the others', so blocks should not be of different kinds of tokens.

    Parameters
    ----------
    blocks : iterable of (list of numpy.ndarray, list of numpy.ndarray)
        The same rows of every layer of x, shapes (n, p), and of every layer of y, shapes (n, q). At least one
        block; the sizes of blocks, the widths of layers and the numbers of layers may differ.

    Returns
    -------
    sides_x, sides_y : list of Side
    crosses : list of list of Cross
        ``Pair(sides_x[i], sides_y[j], crosses[i][j])`` is the pair of layers i and j. Made when it is needed and
        forgotten after, pairs take no memory; what belongs to one side is computed once for all of its pairs.
    """
    totals = None
    for block in blocks:
        if totals is None:
            shifts = [[layer.mean(0, dtype=np.float64) for layer in layers] for layers in block]
            totals = _block_sums(block, shifts)
        else:
            _take_in(totals, _block_sums(block, shifts))
    return totals


def _block_sums(block, shifts):
    xs, ys = ([a - b for a, b in zip(*both, strict=True)] for both in zip(block, shifts, strict=True))
    return [Side.of(x) for x in xs], [Side.of(y) for y in ys], cross_sums(xs, ys)


def _take_in(totals, sums):
    for total, part in zip(*(itertools.chain(xs, ys, *crosses) for xs, ys, crosses in (totals, sums)), strict=True):
        total.take_in(part)

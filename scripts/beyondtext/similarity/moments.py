"""Sums over tokens from which every registered measure is computed.

A measure needs no more of two representations than first and second moments and a few moments of squared norms. They
are sums over tokens, so the moments of disjoint sets of tokens add up, and leaving out a block of tokens is a
subtraction. In all of this module, rows are tokens and columns are features; row i of ``x`` and row i of ``y`` belong
to the same token.

- `Moments`: of one representation.
- `CrossMoments`: of two representations together.
- `PairMoments`: both sides with their cross moments; what a measure takes.

`beyondtext.similarity.block_moments` has them by block of tokens, for the jackknife.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

RANK_TOLERANCE = 1e-10  # eigenvalues below this share of the largest count as zero
# Squared canonical correlations from an eigenvalue decomposition are precise to 1e-16 of the largest, so correlations
# that are smaller than the largest by this factor, and the directions of their variates, still have about 12 digits.
SMALLEST_RATIO = 1e-4


class _Additive:
    """A dataclass of sums over tokens."""

    def __add__(self, other):
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other):
        return type(self)(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def as_float64(self):
        """The same sums in float64."""
        return type(self)(*(np.asarray(getattr(self, f.name), dtype=np.float64)[()] for f in fields(self)))


@dataclass
class Moments(_Additive):
    """Sums over the rows of one representation x (n × p); everything that follows from them is computed once."""

    n: int
    total: np.ndarray  # (p,)   sum of x
    outer: np.ndarray  # (p, p) sum of x xᵀ
    squared_norm: float  # sum of |x|²
    weighted_total: np.ndarray  # (p,)   sum of x |x|²
    fourth_power: float  # sum of |x|⁴

    @classmethod
    def from_array(cls, x):
        """The sums of an array of shape (n, p)."""
        norms = squared_norms(x)
        return cls(len(x), x.sum(0), x.T @ x, norms.sum(), norms @ x, norms @ norms)

    @property
    def width(self):
        """The number of columns, p."""
        return len(self.total)

    @cached_property
    def mean(self):
        """The mean row, shape (p,)."""
        return self.total / self.n

    @cached_property
    def sum_of_squares(self):
        """The sum over rows of the squared distance to the mean."""
        return float(self.squared_norm - self.total @ self.mean)

    @property
    def covariance(self):
        """The covariance of the columns, normalized by n, shape (p, p)."""
        return self.outer / self.n - np.outer(self.mean, self.mean)

    @cached_property
    def principal_components(self):
        """The principal components with variance, largest first; the output of a layer normalization has one without.

        Returns
        -------
        deviations : numpy.ndarray, shape (r,)
            The standard deviation of each.
        whitening : numpy.ndarray, shape (p, r)
            The map to principal components of unit variance: the principal axes, each divided by its deviation.
        empty_axes : numpy.ndarray, shape (p, p - r)
            The axes without variance.
        """
        eigenvalues, eigenvectors = np.linalg.eigh(self.covariance)
        empty = int((eigenvalues <= RANK_TOLERANCE * eigenvalues[-1]).sum())
        deviations = np.sqrt(eigenvalues[empty:])[::-1]
        # Only one matrix is kept, because a comparison has these of every side with every block left out.
        return deviations, eigenvectors[:, empty:][:, ::-1] / deviations, eigenvectors[:, :empty].copy()

    @property
    def deviations(self):
        """Standard deviations along the principal axes, largest first, shape (r,)."""
        return self.principal_components[0]

    @property
    def whitening(self):
        """The map to principal components of unit variance, shape (p, r)."""
        return self.principal_components[1]

    @property
    def principal_axes(self):
        """The principal axes with variance, shape (p, r)."""
        return self.whitening * self.deviations

    @property
    def rank(self):
        """The number of principal axes with variance, r."""
        return len(self.deviations)

    @cached_property
    def self_pair(self):
        """The `PairMoments` of x and x."""
        cross = CrossMoments(self.outer, self.weighted_total, self.weighted_total, self.fourth_power)
        side = replace(self)  # in a cycle of references, arrays would stay in memory until they are searched for
        return PairMoments(side, side, cross)


@dataclass
class CrossMoments(_Additive):
    """Sums over the rows of x (n × p) and y (n × q) together."""

    outer: np.ndarray  # (p, q) sum of x yᵀ
    x_weighted: np.ndarray  # (p,)   sum of x |y|²
    y_weighted: np.ndarray  # (q,)   sum of y |x|²
    norm_product: float  # sum of |x|² |y|²

    @classmethod
    def from_arrays(cls, x, y, norms=None):
        """The sums of two arrays of shapes (n, p) and (n, q); ``norms``, if known, are the `squared_norms` of both."""
        norms_x, norms_y = norms or (squared_norms(x), squared_norms(y))
        return cls(x.T @ y, norms_y @ x, norms_x @ y, norms_x @ norms_y)


@dataclass
class PairMoments(_Additive):
    """The moments of two representations of the same tokens; what several measures need is computed once."""

    x: Moments
    y: Moments
    cross: CrossMoments

    @classmethod
    def from_arrays(cls, x, y):
        """The sums of two arrays of shapes (n, p) and (n, q)."""
        return cls(Moments.from_array(x), Moments.from_array(y), CrossMoments.from_arrays(x, y))

    @cached_property
    def swapped(self):
        """The same pair with x and y exchanged; it takes over what has been computed so far."""
        c = self.cross
        pair = PairMoments(self.y, self.x, CrossMoments(c.outer.T, c.y_weighted, c.x_weighted, c.norm_product))
        if "whitened_covariance" in self.__dict__:
            pair.whitened_covariance = self.whitened_covariance.T
        for name in ("canonical_correlations", "canonical_loadings"):
            if name in self.__dict__:
                of_x, correlations, of_y = getattr(self, name)
                setattr(pair, name, (of_y, correlations, of_x))
        return pair

    @property
    def n(self):
        """The number of rows."""
        return self.x.n

    @property
    def covariance(self):
        """The covariance of x's with y's columns, normalized by n, shape (p, q)."""
        return self.cross.outer / self.n - np.outer(self.x.mean, self.y.mean)

    @cached_property
    def product_at_means(self):
        """The product of the cross moments with the mean of x and the mean of y."""
        return float(self.x.mean @ (self.cross.outer @ self.y.mean))

    @cached_property
    def squared_cross_product(self):
        """The squared Frobenius norm of XᵀY, where X and Y are the centred arrays."""
        x, y, outer = self.x.mean, self.y.mean, self.cross.outer
        # |C - n x̄ȳᵀ|² expanded, which needs no other matrix.
        at_means = self.n**2 * (x @ x) * (y @ y) - 2 * self.n * self.product_at_means
        return float(np.einsum("ij,ij", outer, outer) + at_means)

    @cached_property
    def product_of_squares(self):
        """The sum over rows of the squared distance of x to its mean times that of y to its mean."""
        x, y, c = self.x, self.y, self.cross
        m, k = x.mean @ x.mean, y.mean @ y.mean
        mixed = 4 * self.product_at_means - 2 * y.mean @ c.y_weighted - 2 * x.mean @ c.x_weighted
        return float(c.norm_product + mixed + k * x.squared_norm + m * y.squared_norm - 3 * self.n * m * k)

    @property
    def x_is_narrower(self):
        """Whether the rank of x is not above that of y."""
        return self.x.rank <= self.y.rank

    @cached_property
    def half_whitened(self):
        """The covariance of the narrower side's principal components of unit variance with the other side's columns.

        Shape (lower rank, columns of the other side).
        """
        narrower, wider, covariance = self.x, self.y, self.covariance
        if not self.x_is_narrower:
            narrower, wider, covariance = self.y, self.x, self.covariance.T
        half = narrower.whitening.T @ covariance
        empty = wider.principal_components[2]  # of rounding errors, which loadings would divide by correlations
        return half - (half @ empty) @ empty.T

    @cached_property
    def whitened_covariance(self):
        """The covariance of x's with y's principal components of unit variance, shape (rank of x, rank of y).

        Its singular values are the canonical correlations; those of its leading part are the canonical correlations
        of the leading components.
        """
        if self.x_is_narrower:
            return self.half_whitened @ self.y.whitening
        return (self.half_whitened @ self.x.whitening).T

    @cached_property
    def canonical_correlations(self):
        """Canonical directions and correlations, largest first.

        Returns
        -------
        left : numpy.ndarray, shape (rank of x, c)
            Directions of x, in the coordinates of its principal components of unit variance.
        correlations : numpy.ndarray, shape (c,)
        right : numpy.ndarray, shape (rank of y, c)
            Directions of y.
        """
        left, correlations, right = np.linalg.svd(self.whitened_covariance, full_matrices=False)
        return left, np.clip(correlations, 0, 1), right.T

    @cached_property
    def canonical_loadings(self):
        """Canonical correlations and, for both sides, the covariances of its canonical variates with its columns.

        Returns
        -------
        of_x : numpy.ndarray, shape (c, p)
            A row for each canonical variate of x, which has unit variance.
        correlations : numpy.ndarray, shape (c,)
        of_y : numpy.ndarray, shape (c, q)
        """
        # An eigenvalue decomposition of the squared matrix takes about half the time of `canonical_correlations`, and
        # the loadings of the wider side need no directions.
        narrower, whitened = self.x, self.whitened_covariance
        if not self.x_is_narrower:
            narrower, whitened = self.y, whitened.T
        squares, directions = np.linalg.eigh(whitened @ whitened.T)
        if squares[0] <= SMALLEST_RATIO**2 * squares[-1]:
            left, correlations, right = self.canonical_correlations
            return _loadings(self.x, left), correlations, _loadings(self.y, right)
        correlations = np.sqrt(squares)
        of_narrower = _loadings(narrower, directions)
        # Columns of y have the same covariance with a variate of x as with that of y times their correlation.
        of_wider = directions.T @ self.half_whitened / correlations[:, None]
        correlations = np.minimum(correlations, 1)
        return (of_narrower, correlations, of_wider) if narrower is self.x else (of_wider, correlations, of_narrower)


def _loadings(side, directions):
    """The covariances, shape (c, p), of variates with the columns; directions are in `Moments.principal_components`."""
    return (side.deviations[:, None] ** 2 * directions).T @ side.whitening.T


def squared_norms(x):
    """The squared norm of every row."""
    return (x * x).sum(1)

"""Similarity of two sets of representations, from moments that add up.

Everything a measure needs is a sum over tokens, so that tokens are read once, and leaving some of them
out is a subtraction. All arrays are float64. Rows are tokens, columns are features; row i of x and row
i of y belong to the same token.
"""

from dataclasses import dataclass, fields

import numpy as np

from beyondtext.errors import InputError

FEWEST_GROUPS = 10  # for a jackknife interval
RANK_TOLERANCE = 1e-10  # eigenvalues below this share of the largest count as zero


@dataclass
class Moments:
    """Sums over tokens of two sets of representations x (n × p) and y (n × q)."""

    n: int
    x: np.ndarray  # (p,)   sum of x
    y: np.ndarray  # (q,)
    xx: np.ndarray  # (p, p) sum of x xᵀ
    yy: np.ndarray  # (q, q)
    xy: np.ndarray  # (p, q)
    x_norms: float  # sum of |x|²
    y_norms: float
    x_x_norms: np.ndarray  # (p,)   sum of x |x|²
    y_y_norms: np.ndarray  # (q,)
    x_y_norms: np.ndarray  # (p,)   sum of x |y|²
    y_x_norms: np.ndarray  # (q,)   sum of y |x|²
    x_norms_squared: float  # sum of |x|⁴
    y_norms_squared: float
    norms_product: float  # sum of |x|² |y|²

    @classmethod
    def of(cls, x, y):
        """The moments of two arrays of shapes (n, p) and (n, q)."""
        a, b = (x * x).sum(1), (y * y).sum(1)
        return cls(
            n=len(x),
            x=x.sum(0),
            y=y.sum(0),
            xx=x.T @ x,
            yy=y.T @ y,
            xy=x.T @ y,
            x_norms=a.sum(),
            y_norms=b.sum(),
            x_x_norms=a @ x,
            y_y_norms=b @ y,
            x_y_norms=b @ x,
            y_x_norms=a @ y,
            x_norms_squared=a @ a,
            y_norms_squared=b @ b,
            norms_product=a @ b,
        )

    def __add__(self, other):
        return Moments(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other):
        return Moments(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def swapped(self):
        """The same moments with x and y in each other's place."""
        return Moments(
            self.n,
            self.y,
            self.x,
            self.yy,
            self.xx,
            self.xy.T,
            self.y_norms,
            self.x_norms,
            self.y_y_norms,
            self.x_x_norms,
            self.y_x_norms,
            self.x_y_norms,
            self.y_norms_squared,
            self.x_norms_squared,
            self.norms_product,
        )


def check_pair(x, y, fewest):
    """Refuse arrays that no measure is defined for.

    ``fewest`` is the number of rows in the smallest part of them that a measure is computed on.

    Raises
    ------
    InputError
        For different numbers of rows, values that are not finite, or too few rows.
    """
    if len(x) != len(y):
        raise InputError(f"x has {len(x)} rows and y has {len(y)}; row i of both must be the same token")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a representation holds NaN or infinity; look at the weights it was made with")
    widest = max(x.shape[1], y.shape[1])
    if fewest <= widest:
        raise InputError(
            f"{fewest} tokens (of {len(x)}, the largest block left out) are too few for {widest} features; PWCCA "
            "needs more tokens than features, so raise sequences or tokens_per_sequence"
        )


def cka(m):
    """Debiased linear centred kernel alignment from moments.

    Uses the unbiased estimator of HSIC (Song et al. 2012, eq. 5) in Nguyen, Raghu & Kornblith's
    (2021) ratio. About 0 for independent x and y at any n, 1 for y = x; slightly negative values occur.
    Invariant to orthogonal maps, to shifts, and to scaling of either side. Symmetric.
    """
    cross = _hsic(m.n, m.xy, m.x, m.y, m.x_norms, m.y_norms, m.x_y_norms, m.y_x_norms, m.norms_product)
    left = _hsic(m.n, m.xx, m.x, m.x, m.x_norms, m.x_norms, m.x_x_norms, m.x_x_norms, m.x_norms_squared)
    right = _hsic(m.n, m.yy, m.y, m.y, m.y_norms, m.y_norms, m.y_y_norms, m.y_y_norms, m.y_norms_squared)
    return float(cross / np.sqrt(left * right))


def _hsic(n, ab, a, b, a_norms, b_norms, a_b_norms, b_a_norms, norms_product):
    # K and L are the Gram matrices with zero diagonals; each term is written in sums over tokens.
    trace_kl = (ab * ab).sum() - norms_product
    sum_k, sum_l = a @ a - a_norms, b @ b - b_norms
    sum_kl = a @ ab @ b - a @ a_b_norms - b @ b_a_norms + norms_product
    return (trace_kl + sum_k * sum_l / ((n - 1) * (n - 2)) - 2 * sum_kl / (n - 2)) / (n * (n - 3))


def pwcca(m):
    """Projection-weighted canonical correlation of x with y from moments.

    Morcos, Raghu & Bengio (2018): the canonical correlations, weighted by how much of x each of x's
    canonical variates accounts for. Between 0 and 1, 1 for y = x. Invariant to invertible maps of y,
    and to orthogonal ones of x. Not symmetric: weights come from x. Biased upwards, by about
    0.85 sqrt(d / n) for independent Gaussians of width d.
    """
    covariance_x = m.xx / m.n - np.outer(m.x, m.x) / m.n**2
    covariance_y = m.yy / m.n - np.outer(m.y, m.y) / m.n**2
    cross = m.xy / m.n - np.outer(m.x, m.y) / m.n**2
    root_x, vectors_x = _principal(covariance_x)
    root_y, vectors_y = _principal(covariance_y)
    whitened = (vectors_x / root_x).T @ cross @ (vectors_y / root_y)
    directions, correlations, _ = np.linalg.svd(whitened, full_matrices=False)
    # Row i: the inner products of canonical variate i with the columns of centred x.
    weights = np.abs(directions.T @ (vectors_x * root_x).T).sum(1)
    return float(weights @ np.clip(correlations, 0, 1) / weights.sum())


def _principal(covariance):
    """Square roots of the eigenvalues that are not zero, and their vectors.

    The output of a layer normalisation has one direction without variance; it is left out.
    """
    values, vectors = np.linalg.eigh(covariance)
    kept = values > RANK_TOLERANCE * values[-1]
    return np.sqrt(values[kept]), vectors[:, kept]


MEASURES = {"cka": cka, "pwcca": pwcca}
SYMMETRIC = {"cka"}


def block_moments(x, y, groups, blocks):
    """Moments of ``blocks`` sets of whole groups, fewer where there are fewer groups.

    Parameters
    ----------
    x, y : numpy.ndarray, shapes (n, p) and (n, q)
    groups : numpy.ndarray of int, shape (n,)
        The group of each token, from 0 on (its sequence, or its piece of music); tokens of one group are not
        independent, so they stay together.
    blocks : int

    Raises
    ------
    InputError
        See `check_pair`; also for fewer than ten groups.
    """
    found = int(groups.max()) + 1
    if found < FEWEST_GROUPS:
        raise InputError(f"{found} groups of sequences are too few for an interval; give at least {FEWEST_GROUPS}")
    blocks = min(blocks, found)
    check_pair(x, y, len(x) - np.bincount(groups % blocks).max())
    x, y = x - x.mean(0), y - y.mean(0)  # no measure depends on the means, but rounding does
    return [Moments.of(x[groups % blocks == b], y[groups % blocks == b]) for b in range(blocks)]


def with_interval(measure, blocks, confidence):
    """A measure and its delete-a-block jackknife interval.

    Parameters
    ----------
    measure : callable
        From `MEASURES`.
    blocks : list of Moments
        Of disjoint sets of sequences.
    confidence : float

    Returns
    -------
    value, low, high : float
        The value on all tokens, and value ± t · standard error with ``len(blocks) - 1`` degrees of
        freedom (Efron & Stein 1981).
    """
    from scipy.stats import t

    total = sum(blocks[1:], blocks[0])
    value = measure(total)
    left_out = np.array([measure(total - block) for block in blocks])
    count = len(blocks)
    error = np.sqrt((count - 1) / count * ((left_out - left_out.mean()) ** 2).sum())
    half = t.ppf((1 + confidence) / 2, count - 1) * error
    return value, value - half, value + half

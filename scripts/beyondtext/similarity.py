"""Measures of similarity of two sets of representations of the same tokens.

Each takes ``x`` of shape (n, p) and ``y`` of shape (n, q), where row i of both belongs to the same token,
and returns one number. Most of them are functions of moments (`beyondtext.moments`); these are in
`MEASURES` in the form that takes a `Pair`, so that many of them can share the work on many pairs.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from beyondtext.errors import InputError
from beyondtext.moments import Pair

FOLDS = 5  # of whole groups, for predictivity
FEWEST_GROUPS = 10  # for a jackknife interval
PAPER_ROWS = 1000  # that the released code of Kao & Lee (2021) compares

MEASURES = {}


@dataclass(frozen=True)
class Measure:
    """A function of a `Pair` (``on_folds``: of a list of them, of disjoint tokens) and what is true of it.

    ``full_rank`` says that it needs more tokens than features.
    """

    title: str
    on: Callable
    symmetric: bool
    full_rank: bool
    on_folds: bool


def measure(name, title, symmetric, full_rank=False, on_folds=False):
    """Register a function of moments as the measure ``name``; figures and tables call it ``title``."""

    def register(function):
        MEASURES[name] = Measure(title, function, symmetric, full_rank, on_folds)
        return function

    return register


def measure_pairs(names, sides_x, sides_y, crosses, threads=None):
    """Measures of every layer of x with every layer of y.

    Pairs are shared out among the cores, one thread each: decompositions of matrices of this size gain little from a
    second thread, and lose much where another program takes its core.

    Parameters
    ----------
    names : list of str
        From `MEASURES`, none of those on folds.
    sides_x, sides_y, crosses
        From `beyondtext.moments.all_pairs`.
    threads : int, optional
        As many pairs at a time; by default one for each core.

    Returns
    -------
    dict of str to numpy.ndarray, shape (layers of x, layers of y)
    """
    from threadpoolctl import threadpool_limits

    def values(numbers):
        i, j = numbers
        pair = Pair(sides_x[i], sides_y[j], crosses[i][j])
        return [MEASURES[name].on(pair) for name in names]

    with threadpool_limits(1), ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        list(pool.map(lambda side: side.principal, [*sides_x, *sides_y]))  # once each, before pairs ask for them
        found = list(pool.map(values, np.ndindex(len(sides_x), len(sides_y))))
    table = np.reshape(found, (len(sides_x), len(sides_y), len(names)))
    return {name: table[..., k] for k, name in enumerate(names)}


def check_measures(names):
    """Raise `InputError` for a name that no measure is registered under."""
    for name in names:
        if name not in MEASURES:
            raise InputError(
                f"the configuration: at similarity.measures: unknown measure {name!r}; known: {', '.join(MEASURES)}"
            )


def linear_cka(x, y, debiased=True):
    """Linear centred kernel alignment.

    Kornblith et al. (2019); debiased after Song et al. (2012, eq. 5) in the ratio of Nguyen, Raghu &
    Kornblith (2021).

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least four rows.
    debiased : bool

    Returns
    -------
    float
        Debiased: at most 1, about 0 for independent x and y at any n, slightly negative values occur. Else
        between 0 and 1, and well above 0 for independent x and y unless n is far above the widths. 1 for y = x.
        Symmetric. Invariant to shifts, orthogonal maps and scaling of either side.

    Raises
    ------
    InputError
        For different numbers of rows, values that are not finite, fewer than four rows, or a side that
        does not vary.
    """
    pair = pair_of(x, y, fewest=4)
    return _linear_cka(pair) if debiased else _alignment(pair, _biased)


@measure("cka", "CKA", symmetric=True)
def _linear_cka(pair):
    return _alignment(pair, _unbiased)


@measure("cka_biased", "CKA, not debiased", symmetric=True)
def _biased_cka(pair):
    return _alignment(pair, _biased)


def _alignment(pair, independence):
    own = independence(pair.x.with_itself) * independence(pair.y.with_itself)
    return float(independence(pair) / np.sqrt(own))


def _biased(pair):
    return pair.squared_size


def _unbiased(pair):
    # With K and L the Gram matrices of the centred rows, their diagonals set to zero, each of the three
    # terms of the estimator is a sum over tokens: K's rows then add up to minus its lost diagonal.
    n, product = pair.n, pair.spreads_product
    trace = pair.squared_size - product
    middle = pair.x.spread * pair.y.spread / ((n - 1) * (n - 2))
    return (trace + middle - 2 * product / (n - 2)) / (n * (n - 3))


def pwcca(x, y):
    """Projection-weighted canonical correlation.

    Morcos, Raghu & Bengio (2018): the mean of the canonical correlations, weighted by how much of x each of
    x's canonical variates accounts for.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Not symmetric: the weights are x's. Invariant to shifts, to any invertible
        linear map of y, and to orthogonal maps and scaling of x. Biased upwards: about 0.85 sqrt(d / n) for
        independent Gaussians of width d.

    Raises
    ------
    InputError
        As `linear_cka`, and for no more rows than columns.
    """
    return _pwcca(pair_of(x, y, full_rank=True))


@measure("pwcca", "PWCCA", symmetric=False, full_rank=True)
def _pwcca(pair):
    left, correlations, _ = pair.canonical
    return _mean(correlations, _projection_weights(pair.x, left))


def _projection_weights(side, directions):
    """For each canonical variate, the sum of the sizes of its inner products with the columns of centred x."""
    deviations, axes = side.principal
    return np.abs(directions.T @ (axes * deviations).T).sum(1)


def _mean(values, weights):
    return float(weights @ values / weights.sum())


def mean_squared_cca(x, y, adjusted=True):
    """The mean squared canonical correlation, by default corrected for the number of columns.

    The R² of CCA of Kornblith et al. (2019); the correction is that of the coefficient of
    determination (Ezekiel 1930), with the wider side's rank as the number of predictors.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least two more rows than columns.
    adjusted : bool

    Returns
    -------
    float
        At most 1, 1 for y = x; adjusted, 0 on average for independent x and y, so slightly negative values
        occur. Symmetric. Invariant to shifts and to any invertible linear map of either side.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    pair = pair_of(x, y, full_rank=True)
    return _mean_squared_cca(pair) if adjusted else _plain_mean_squared_cca(pair)


@measure("mean_squared_cca", "mean squared CCA", symmetric=True, full_rank=True)
def _mean_squared_cca(pair):
    widest = max(len(pair.x.principal[0]), len(pair.y.principal[0]))
    return 1 - (1 - _plain_mean_squared_cca(pair)) * (pair.n - 1) / (pair.n - widest - 1)


def _plain_mean_squared_cca(pair):
    squares = (pair.whitened**2).sum()  # of the singular values, which are not needed
    return min(float(squares / min(pair.whitened.shape)), 1.0)


def svcca(x, y, variance=0.99):
    """Mean canonical correlation of the leading principal components (Raghu et al. 2017).

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns.
    variance : float
        The share of its variance that the components kept of each side must have at least.

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either
        side. Biased upwards, less than `pwcca` since fewer directions are left.

    Raises
    ------
    InputError
        As `pwcca`.
    """
    return _svcca(pair_of(x, y, full_rank=True), variance)


@measure("svcca", "SVCCA", symmetric=True, full_rank=True)
def _svcca(pair, variance=0.99):
    leading = pair.whitened[: components(pair.x, variance), : components(pair.y, variance)]
    return float(np.clip(np.linalg.svd(leading, compute_uv=False), 0, 1).mean())


def components(side, variance):
    """How many leading principal components have this share of the variance."""
    variances = side.principal[0] ** 2
    return int(np.searchsorted(np.cumsum(variances) / variances.sum(), variance)) + 1


def procrustes(x, y):
    """How well an orthogonal map lays one side on the other.

    The nuclear norm of the cross-covariance of both sides, each centred and scaled to unit size
    (Schönemann 1966); the squared distance after the best map is 2 - 2 times this number.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either
        side. Biased upwards where the widths are not far below n.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    return _procrustes(pair_of(x, y))


@measure("procrustes", "Procrustes", symmetric=True)
def _procrustes(pair):
    nuclear = np.linalg.svd(pair.covariance, compute_uv=False).sum()
    return float(pair.n * nuclear / np.sqrt(pair.x.spread * pair.y.spread))


def rsa(x, y):
    """Representational similarity analysis: Pearson correlation of all pairwise squared Euclidean distances.

    Kriegeskorte, Mur & Bandettini (2008). No matrix of distances is made: all sums over pairs of tokens
    follow from sums over tokens.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        At least three rows.

    Returns
    -------
    float
        Between -1 and 1; 1 for y = x. Symmetric. Invariant to shifts, orthogonal maps and scaling of either side.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    return _rsa(pair_of(x, y, fewest=3))


@measure("rsa", "RSA", symmetric=True)
def _rsa(pair):
    own = _distance_covariance(pair.x.with_itself) * _distance_covariance(pair.y.with_itself)
    return float(_distance_covariance(pair) / np.sqrt(own))


def _distance_covariance(pair):
    """The covariance, over ordered pairs of different rows, of x's with y's squared distances."""
    n, a, b = pair.n, pair.x.spread, pair.y.spread
    pairs = n * (n - 1)
    products = 2 * n * pair.spreads_product + 2 * a * b + 4 * pair.squared_size
    return products / pairs - (2 * n * a / pairs) * (2 * n * b / pairs)


def pwcca_heldout(x, y, groups=None):
    """`pwcca` with directions fitted on one half and correlations and weights measured on the other.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns in either half.
    groups : array_like of int, shape (n,), optional
        Rows of one group (a sequence) stay in one half; by default every row is a group.

    Returns
    -------
    float
        The mean over both ways. At most 1, 1 for y = x, about 0 for independent x and y, lower than the truth
        where the directions are fitted on few rows: the truth lies between this number and `pwcca`.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than two groups.
    """
    return _pwcca_heldout(folds(*checked(x, y, 2), groups, 2))


@measure("pwcca_heldout", "held-out PWCCA", symmetric=False, full_rank=True, on_folds=True)
def _pwcca_heldout(pairs):
    first, second = (sum(pairs[start + 2 :: 2], pairs[start]) for start in (0, 1))
    return (_transferred(first, second) + _transferred(second, first)) / 2


def _transferred(fitted, other):
    left, _, right = fitted.canonical
    (deviations_x, axes_x), (deviations_y, axes_y) = fitted.x.principal, fitted.y.principal
    a, b = (axes_x / deviations_x) @ left, (axes_y / deviations_y) @ right
    variance_a, variance_b = ((m * (side.covariance @ m)).sum(0) for m, side in ((a, other.x), (b, other.y)))
    correlations = (a * (other.covariance @ b)).sum(0) / np.sqrt(variance_a * variance_b)
    weights = np.abs(other.x.covariance @ a).sum(0) / np.sqrt(variance_a)
    return _mean(correlations, weights)


def linear_predictivity(x, y, groups=None):
    """The share of y's variance that a linear map of x predicts, in five-fold cross-validation.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More rows than columns outside any fold.
    groups : array_like of int, shape (n,), optional
        Rows of one group (a sequence) stay in one fold; by default every row is a group.

    Returns
    -------
    float
        1 - squared error / squared deviation from the training mean, over all columns of y. At most 1; below 0
        where x predicts worse than the mean. Not symmetric. Invariant to shifts, any invertible linear map of x,
        and orthogonal maps and scaling of y.

    Raises
    ------
    InputError
        As `pwcca`, and for fewer than five groups.
    """
    return _linear_predictivity(folds(*checked(x, y, 2), groups, FOLDS))


@measure("linear_predictivity", "linear predictivity", symmetric=False, full_rank=True, on_folds=True)
def _linear_predictivity(pairs):
    parts = [sum(pairs[start + FOLDS :: FOLDS], pairs[start]) for start in range(FOLDS)]
    total, error, deviation = sum(parts[1:], parts[0]), 0.0, 0.0
    for part in parts:
        training = total - part
        deviations, axes = training.x.principal
        coefficients = (axes / deviations**2) @ (axes.T @ training.covariance)
        # Sums over the fold of products of rows from which the training means are taken.
        shift_x, shift_y = (side.mean - mean for side, mean in ((part.x, training.x.mean), (part.y, training.y.mean)))
        xx = part.x.covariance + np.outer(shift_x, shift_x)
        xy = part.covariance + np.outer(shift_x, shift_y)
        yy = part.y.spread + part.n * (shift_y @ shift_y)
        explained = 2 * (coefficients * xy).sum() - (coefficients * (xx @ coefficients)).sum()
        deviation += yy
        error += yy - part.n * explained
    return float(1 - error / deviation)


def mutual_knn(x, y, k=10):
    """The mean share of a token's k nearest neighbours that both sides have in common.

    Huh et al. (2024): nearest by the cosine of the angle between rows.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
        More than k rows.
    k : int

    Returns
    -------
    float
        Between 0 and 1; 1 for y = x, k / (n - 1) on average for independent x and y. Symmetric. Invariant to
        orthogonal maps and scaling of either side, but not to shifts. Time grows with n².

    Raises
    ------
    InputError
        As `linear_cka`, and for no more than k rows.
    """
    from sklearn.neighbors import NearestNeighbors

    x, y = checked(x, y, k + 1)
    near = []
    for side in (x, y):
        rows = side / np.linalg.norm(side, axis=1, keepdims=True)  # of unit rows, Euclidean order is the cosine's
        near.append(NearestNeighbors(n_neighbors=k, algorithm="brute").fit(rows).kneighbors(return_distance=False))
    shared = [len(np.intersect1d(a, b, assume_unique=True)) for a, b in zip(*near, strict=True)]
    return float(np.mean(shared) / k)


def paper_pwcca(x, y, reg=1e-3, rows=PAPER_ROWS):
    """The number that the released code of Kao & Lee (2021) calls PWCCA, faults included.

    It takes the first thousand tokens, does not centre them before the directions are fitted, and adds a
    ridge to the sums of squares, which the paper chooses task by task (0.0001 to 0.0015). The canonical variates are
    then correlated with their means taken out, and weighted after a QR decomposition of x's.

    Parameters
    ----------
    x, y : array_like, shapes (n, p) and (n, q)
    reg : float
        The ridge; above 0.
    rows : int
        How many rows are used at most.

    Returns
    -------
    float
        Not symmetric, and saturated where the widths are near the number of rows: two encoders of width 768 that
        have nothing to do with each other get 0.8 and more. For comparison with the paper only.

    Raises
    ------
    InputError
        As `linear_cka`.
    """
    from scipy.linalg import cholesky, solve_triangular

    x, y = (side[:rows] for side in checked(x, y, 2))
    factors = [cholesky(side.T @ side + reg * np.eye(side.shape[1])) for side in (x, y)]
    half = solve_triangular(factors[0], x.T @ y, trans="T")
    left, _, right = np.linalg.svd(solve_triangular(factors[1], half.T, trans="T").T, full_matrices=False)
    variates = [
        side @ solve_triangular(factor, directions)
        for side, factor, directions in zip((x, y), factors, (left, right.T), strict=True)
    ]
    a, b = (v - v.mean(0) for v in variates)
    sizes = np.linalg.norm(a, axis=0) * np.linalg.norm(b, axis=0)
    correlations = np.divide((a * b).sum(0), sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    orthonormal, _ = np.linalg.qr(variates[0])
    return _mean(correlations, np.abs(x.T @ orthonormal).sum(0))


def folds(x, y, groups, count):
    """The moments of ``count`` disjoint sets of whole groups, dealt in turn.

    Raises
    ------
    InputError
        For fewer groups than folds, or no more rows than columns outside a fold.
    """
    groups = np.arange(len(x)) if groups is None else np.unique(groups, return_inverse=True)[1]
    found = int(groups.max()) + 1
    if found < count:
        raise InputError(f"{found} groups of rows cannot be split into {count} folds; give at least {count}")
    part = groups % count
    check_rank(x.shape[1], y.shape[1], int(len(x) - np.bincount(part).max()))
    x, y = x - x.mean(0), y - y.mean(0)  # as in pair_of
    return [Pair.of(x[part == fold], y[part == fold]) for fold in range(count)]


def pair_of(x, y, fewest=2, full_rank=False):
    """The moments of two arrays that a measure is defined for.

    Raises
    ------
    InputError
        See `checked`; where ``full_rank`` is wanted, also for too few rows for the columns.
    """
    x, y = checked(x, y, fewest)
    if full_rank:
        check_rank(x.shape[1], y.shape[1], len(x))
    return Pair.of(x - x.mean(0), y - y.mean(0))  # no such measure depends on the means, but rounding does


def checked(x, y, fewest):
    """Both sides as float64 arrays.

    Raises
    ------
    InputError
        For different numbers of rows, fewer than ``fewest``, values that are not finite, or rows that are all alike.
    """
    x, y = checked_side("x", x, fewest), checked_side("y", y, fewest)
    if len(x) != len(y):
        raise InputError(f"x has {len(x)} rows and y has {len(y)}; row i of both must be the same token")
    return x, y


def checked_side(name, side, fewest):
    """One side as a float64 array; ``name`` is what an `InputError` calls it."""
    side = np.asarray(side, dtype=np.float64)
    if side.ndim != 2:
        raise InputError(f"{name} has shape {side.shape}; rows are tokens and columns features, so give two axes")
    if len(side) < fewest:
        raise InputError(f"{name}: {len(side)} rows are too few for this measure; give at least {fewest}")
    if not np.isfinite(side).all():
        row = int(np.argwhere(~np.isfinite(side))[0][0])
        raise InputError(f"{name} holds NaN or infinity in row {row}; look at the weights it was made with")
    if (side == side[0]).all():
        raise InputError(f"all rows of {name} are alike, so there is no variance to compare")
    return side


def enough_rows(p, q, rows):
    """Whether a regression on p or q columns has a residual."""
    return rows >= max(p, q) + 2


def check_rank(p, q, rows):
    """Refuse fewer rows than a regression on p or q columns needs."""
    if not enough_rows(p, q, rows):
        raise InputError(
            f"{rows} rows are too few for {max(p, q)} columns; canonical correlations need at least {max(p, q) + 2}: "
            "sample more tokens, or use debiased CKA, which has no such limit"
        )


def deal_blocks(groups, count):
    """The block of each row, for blocks of whole groups.

    Parameters
    ----------
    groups : array_like of int, shape (n,)
        The group of each row, from 0 on (its sequence, or its piece of music).
    count : int
        At most so many blocks; one for each group where there are fewer.

    Returns
    -------
    numpy.ndarray of int, shape (n,)

    Raises
    ------
    InputError
        For fewer groups than an interval needs.
    """
    found = int(np.max(groups)) + 1
    if found < FEWEST_GROUPS:
        raise InputError(f"{found} groups of sequences are too few for an interval; give at least {FEWEST_GROUPS}")
    return np.asarray(groups) % min(count, found)


def with_interval(name, parts, confidence):
    """A measure and its delete-a-block jackknife interval.

    Parameters
    ----------
    name : str
        From `MEASURES`.
    parts : Parts of Pair
        Blocks of whole groups: tokens of one sequence are not independent.
    confidence : float

    Returns
    -------
    value, low, high : float
        The value on all tokens, and value ± t · standard error with one degree of freedom fewer than there
        are blocks (Efron & Stein 1981).
    """
    entry = MEASURES[name]
    if entry.on_folds:
        value = entry.on(parts.each)
        # Nothing in the place of a block that is left out, so that the others stay in their folds.
        left_out = [entry.on([*parts.each[:b], part - part, *parts.each[b + 1 :]]) for b, part in enumerate(parts.each)]
    else:
        value = entry.on(parts.whole)
        left_out = [entry.on(pair) for pair in parts.without]
    return jackknife(value, left_out, confidence)


def jackknife(value, left_out, confidence):
    """A value with its interval, from the values with one part left out at a time: see `with_interval`."""
    from scipy.stats import t

    count = len(left_out)
    half = float(t.ppf((1 + confidence) / 2, count - 1) * np.sqrt(count - 1) * np.std(left_out))
    return value, value - half, value + half

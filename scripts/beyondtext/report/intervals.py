"""Intervals and p-values for means over seeds that are scored on one shared test split.

Two things vary: the seed (mapping, initial weights, order of the batches) and the test examples. All runs of a task are
scored on the same examples, so the two are crossed. Radiology has the same design, with readers in place of seeds and
patients in place of examples, and its analysis is used here (Obuchowski & Rockette 1995; Hillis 2007).
`tests/benchmarks/false_alarms.py` measures how often the intervals are right.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from beyondtext.core.metrics import METRICS

FEWEST_SEEDS = 3  # for an interval: with two, the spread over seeds is hardly known
MOST_SEEDS = 10**6  # more are as good as endlessly many
FEWEST_GROUPS = 2  # for an interval: with one, nothing is known about other test examples
ROUNDING = 1e-9  # relative to a mean, or to one: what equal values may differ by


def resampled_scores(metric, target, predictions, groups, draws, seed):
    """Scores on bootstrap resamples of the test split's groups.

    Examples of one group (such as the windows of a piece of music) are not independent, so whole groups are drawn. The
    draws depend only on the seed and the groups: every run of a task gets the same ones.

    Parameters
    ----------
    metric : str
        A name in `beyondtext.core.metrics.METRICS`.
    target : numpy.ndarray, shape (examples,)
    predictions : numpy.ndarray, shape (runs, examples)
    groups : numpy.ndarray, shape (examples,)
    draws : int
    seed : int

    Returns
    -------
    numpy.ndarray, shape (runs, draws)
    """
    _, place = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    if not np.issubdtype(np.asarray(target).dtype, np.number):  # integers compare faster than names
        _, codes = np.unique(np.concatenate([target, *predictions]).astype(str), return_inverse=True)
        codes = codes.reshape(len(predictions) + 1, len(target))
        target, predictions = codes[0], codes[1:]
    generator = np.random.default_rng(seed)
    score = METRICS[metric]
    scores = np.empty((len(predictions), draws))
    for draw in range(draws):
        rows = np.concatenate([members[g] for g in generator.integers(len(members), size=len(members))])
        scores[:, draw] = [score(target[rows], prediction[rows]) for prediction in predictions]
    return scores


@dataclass(frozen=True)
class Interval:
    """A mean with its t interval, and what the interval is made of.

    Attributes
    ----------
    mean : float
    low, high : float
        The ends; NaN if there are too few seeds or groups, or if all values are equal.
    p : float
        The two-sided p-value of a mean of zero (a ratio of one). It is below 0.05 exactly if the 95 % interval excludes
        it.
    variance_seeds : float
        The variance of one seed's value; that of the mean over n seeds has an n-th of it.
    variance_groups : float
        The variance that the test examples add to the mean, whatever the number of seeds; infinite if all are of one
        group.
    """

    mean: float
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    variance_seeds: float = math.nan
    variance_groups: float = math.nan


def interval(values, draws, groups, confidence):
    """An interval for the mean of one value per seed, over other seeds and other test examples.

    The variance of the mean over n seeds is s²/n + c. Here s² is the variance between the values of the seeds, which
    includes that every trained model errs on examples of its own. c is the covariance between the values of two
    different seeds on resampled groups, which remains however many seeds there are; a negative estimate counts as 0.
    Resamples of G groups vary less than other draws of G groups would, so it is multiplied by G / (G - 1).

    The p-value of a mean of zero is the average of those of Student's t with n - 1 and with groups - 1 degrees of
    freedom, weighted by the shares of s²/n and of c; the interval consists of the values that are not rejected. It is
    modelled on the approximation of Cochran and Cox, who average critical values. One t distribution with
    Satterthwaite's degrees of freedom would cover less than 95 % with three seeds, and percentiles of a bootstrap only
    about 75 %.

    Parameters
    ----------
    values : numpy.ndarray, shape (seeds,)
        Scores on the whole test split, or their paired differences.
    draws : numpy.ndarray, shape (seeds, draws)
        The same on resamples of its groups.
    groups : int
        Groups in the test split.
    confidence : float

    Returns
    -------
    Interval
        Without ends and p-value if there are fewer than three seeds, if all examples are of one group, or if neither
        seeds nor resamples differ: such values say nothing about the spread over others.

    References
    ----------
    Cochran, W. G. (1964). Approximate significance levels of the Behrens-Fisher test. *Biometrics* 20.

    Hillis, S. L. (2007). A comparison of denominator degrees of freedom methods for multiple observer ROC analysis.
    *Statistics in Medicine* 26.
    """
    count = len(values)
    if groups < FEWEST_GROUPS:
        return Interval(_mean(values), variance_groups=math.inf)
    if count < FEWEST_SEEDS:
        return Interval(_mean(values))
    covariance = np.cov(draws)
    between = covariance[~np.eye(count, dtype=bool)].mean()
    shared = max(between, 0.0) * groups / (groups - 1)
    return _t_interval(_mean(values), (values.var(ddof=1), count), (shared, groups), confidence)


def interval_of_one(value, draws, groups, confidence):
    """An interval over the test split's groups alone, for a run that has no randomness of its own.

    ``draws`` has shape (draws,). See `interval`.
    """
    if groups < FEWEST_GROUPS:
        return Interval(value, variance_groups=math.inf)
    return _t_interval(value, (0.0, 1), (draws.var(ddof=1) * groups / (groups - 1), groups), confidence)


def t_interval(values, confidence):
    """Student's t interval for the mean of one value per seed, shape (seeds,); see `Interval`."""
    if len(values) < FEWEST_SEEDS:
        return Interval(_mean(values))
    return _t_interval(_mean(values), (values.var(ddof=1), len(values)), (0.0, 1), confidence)


def ratio_interval(ratios, confidence):
    """The geometric mean of positive ratios, one per seed, with its t interval; see `t_interval`.

    The variances and the p-value are those of the logarithms.
    """
    logs = t_interval(np.log(ratios), confidence)
    return replace(logs, mean=math.exp(logs.mean), low=math.exp(logs.low), high=math.exp(logs.high))


def _mean(values):
    return float(values.mean()) if len(values) else math.nan


def _t_interval(mean, seeds, groups, confidence):
    """An `Interval` from the variance and the count of the seeds, and from those of the test split's groups."""
    error, half = _half_width(*seeds, *groups, confidence)
    if error <= ROUNDING * max(1, abs(mean)):
        return Interval(float(mean), variance_seeds=0.0, variance_groups=0.0)
    p = _p_value(abs(mean) / error, *seeds, *groups)
    return Interval(float(mean), float(mean - half), float(mean + half), p, float(seeds[0]), float(groups[0]))


def _p_value(t, variance_seeds, seeds, variance_groups, groups):
    """The two-sided p-value of ``t``, a mean divided by its standard error; see `interval`."""
    from scipy.special import stdtr

    parts = np.array([variance_seeds / seeds, variance_groups])
    freedom = np.maximum([seeds - 1, groups - 1], 1)
    return float(2 * stdtr(freedom, -t) @ parts / parts.sum())


def _half_width(variance_seeds, seeds, variance_groups, groups, confidence):
    """The standard error of a mean over seeds, and the half-width of its interval."""
    from scipy.optimize import brentq
    from scipy.special import stdtrit

    error = math.sqrt(variance_seeds / seeds + variance_groups)
    if error == 0:
        return 0.0, 0.0

    def excess(t):
        return _p_value(t, variance_seeds, seeds, variance_groups, groups) - (1 - confidence)

    # The quantile lies between those of the two distributions.
    low, high = sorted(float(stdtrit(max(count - 1, 1), (1 + confidence) / 2)) for count in (seeds, groups))
    return error, error * brentq(excess, low * (1 - 1e-9), high * (1 + 1e-9), xtol=1e-12)


def seeds_needed(variance_seeds, variance_groups, groups, half_width=0.05, confidence=0.95):
    """How many seeds would make the half-width of `interval` at most a given number.

    Parameters
    ----------
    variance_seeds, variance_groups : float
        Of an `Interval`. Three seeds determine the first only roughly, and so the number of seeds.
    groups : int
        Groups in the test split.
    half_width : float
    confidence : float

    Returns
    -------
    int or float
        At least three. ``math.inf`` if no number of seeds up to a million is enough, as when the test split is too
        small or the half-width close to zero. NaN if a variance is, or if both are zero.
    """
    if math.isinf(variance_groups):
        return math.inf
    if not variance_seeds + variance_groups > 0:
        return math.nan
    if half_width <= 0:
        return math.inf

    def width(seeds):
        return _half_width(variance_seeds, seeds, variance_groups, groups, confidence)[1]

    def enough(seeds):
        return width(seeds) <= half_width

    # What remains with endless seeds; that limit itself is never reached, unless the seeds do not vary.
    _, remaining = _half_width(0.0, 1, variance_groups, groups, confidence)
    too_wide = remaining > half_width or (remaining == half_width and variance_seeds > 0)
    high = FEWEST_SEEDS
    while not enough(high):
        if high > MOST_SEEDS:
            return math.inf
        # With two or three groups, the interval is narrower with some number of seeds than with endless ones.
        if too_wide and width(2 * high) >= width(high):
            return math.inf
        high *= 2
    low = max(high // 2, FEWEST_SEEDS - 1)  # not enough, or not allowed
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def holm(p_values):
    """p-values adjusted for their number by Holm's method; NaN stay NaN and do not count.

    A p-value below 0.05 after the adjustment is significant with at most 5 % false alarms in the whole family, however
    the tests depend on each other (Holm 1979).

    Parameters
    ----------
    p_values : array_like of float, shape (tests,)

    Returns
    -------
    numpy.ndarray, shape (tests,)
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full(len(p_values), np.nan)
    order = np.argsort(p_values, kind="stable")[: np.count_nonzero(~np.isnan(p_values))]  # NaN sort last
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted

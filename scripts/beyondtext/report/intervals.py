"""Intervals for means over seeds that are scored on one shared test split.

Two things vary: the seed (mapping, initial weights, order of the batches) and the test examples. All runs of
a task are scored on the same examples, so the two are crossed, and both are resampled.
"""

from itertools import product

import numpy as np

from beyondtext.core.metrics import METRICS

FEWEST_SEEDS = 3  # below, the spread over seeds is not known well enough for an interval
FEWEST_FOR_P = 6  # below, even the most extreme signs have a p above 0.05


def resampled_scores(metric, target, predictions, groups, draws, seed):
    """Scores on bootstrap resamples of the test split's groups.

    Examples of one group (the windows of a piece of music, say) are not independent, so whole groups are
    drawn. The draws depend on the seed and the groups only: every run of a task gets the same ones.

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


def interval(values, draws, groups, confidence, seed):
    """An interval for the mean of one value a seed, by a two-level bootstrap.

    The standard error is that of means over resampled seeds of scores on resampled groups. Resampling n
    seeds gives (n - 1) / n of the variance of their mean, so deviations between seeds are widened by
    sqrt(n / (n - 1)). The half-width is the standard error times Student's t, its degrees of freedom by
    Satterthwaite's formula from n - 1 for the seeds and groups - 1 for the groups: with three seeds,
    percentiles would cover the truth in about three cases of four only.

    Parameters
    ----------
    values : numpy.ndarray, shape (seeds,)
        Scores on the whole test split, or their paired differences.
    draws : numpy.ndarray, shape (seeds, draws)
        The same on resamples of its groups.
    groups : int
        Groups in the test split.
    confidence : float
    seed : int

    Returns
    -------
    low, high : float
        Both NaN with fewer than three seeds.
    """
    count, resamples = draws.shape
    if count < FEWEST_SEEDS:
        return np.nan, np.nan
    centre = draws.mean(0)
    chosen = np.random.default_rng(seed).integers(count, size=(resamples, count))
    deviations = np.take_along_axis((draws - centre).T, chosen, axis=1).mean(1)
    variance_groups = centre.var(ddof=1)
    variance = (centre + np.sqrt(count / (count - 1)) * deviations).var(ddof=1)
    variance_seeds = max(variance - variance_groups, 0.0)
    return _t_interval(
        values.mean(), [(variance_seeds, count - 1), (variance_groups, groups - 1)], variance, confidence
    )


def interval_of_one(value, draws, groups, confidence):
    """An interval for a run without any randomness of its own: over the test split's groups only.

    ``draws`` has shape (draws,). See `interval`.
    """
    variance = draws.var(ddof=1)
    return _t_interval(value, [(variance, groups - 1)], variance, confidence)


def t_interval(values, confidence):
    """Student's t interval for the mean of one value a seed, shape (seeds,); NaN with fewer than three."""
    from scipy.stats import t

    if len(values) < FEWEST_SEEDS:
        return np.nan, np.nan
    half = t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _t_interval(centre, parts, variance, confidence):
    from scipy.stats import t

    if variance == 0:
        return float(centre), float(centre)
    freedom = variance**2 / sum(part**2 / max(free, 1) for part, free in parts)
    half = t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variance)
    return float(centre - half), float(centre + half)


def sign_flip_p(differences):
    """The two-sided p of a mean of paired differences under random signs, exact up to 14 differences.

    NaN with fewer than six differences: the smallest p that five allow is 2/32.
    """
    differences = np.asarray(differences, dtype=float)
    if len(differences) < FEWEST_FOR_P:
        return np.nan
    if len(differences) <= 14:
        signs = np.array(list(product((1.0, -1.0), repeat=len(differences))))
    else:  # 2^15 flips and more: a fixed sample of them, the observed signs among it
        signs = np.random.default_rng(0).choice((1.0, -1.0), size=(20000, len(differences)))
        signs[0] = 1
    means = np.abs(signs @ differences)
    return float((means >= abs(differences.sum()) - 1e-12).mean())


def ratio_interval(ratios, confidence):
    """The geometric mean of positive ratios with its t interval, one ratio a seed.

    NaN bounds with fewer than three; see `FEWEST_SEEDS`.
    """
    logs = np.log(ratios)
    low, high = t_interval(logs, confidence)
    return float(np.exp(logs.mean())), float(np.exp(low)), float(np.exp(high))

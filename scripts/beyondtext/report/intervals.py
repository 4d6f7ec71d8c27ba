"""Intervals for means over seeds that are scored on one shared test split.

Two things vary: the seed (mapping, initial weights, order of the batches) and the test examples. All runs of a task are
scored on the same examples, so the two are crossed, and both are resampled.
"""

import numpy as np

from beyondtext.core.metrics import METRICS

FEWEST_SEEDS = 3  # for an interval: with two, the spread over seeds is hardly known
FEWEST_FOR_P = 6  # for a p-value: with five, even the most extreme signs have p = 2/32
EXACT_UP_TO = 14  # differences, whose 2^14 sign flips are enumerated; for more, the same number is drawn


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


def interval(values, draws, groups, confidence, seed):
    """An interval for the mean of one value per seed, by a two-level bootstrap.

    The standard error is that of means over resampled seeds of scores on resampled groups. Resampling n seeds gives
    (n - 1) / n of the variance of their mean, so deviations between seeds are multiplied by sqrt(n / (n - 1)). The
    half-width is the standard error times Student's t, whose degrees of freedom follow by Satterthwaite's formula from
    n - 1 for the seeds and groups - 1 for the groups. (Percentiles of the bootstrap would be far too narrow: with three
    seeds they cover the truth in about three out of four cases.)

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
        NaN with fewer than three seeds.
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
    components = [(variance_seeds, count - 1), (variance_groups, groups - 1)]
    return _satterthwaite(values.mean(), components, variance, confidence)


def interval_of_one(value, draws, groups, confidence):
    """An interval over the test split's groups alone, for a run that has no randomness of its own.

    ``draws`` has shape (draws,). See `interval`.
    """
    variance = draws.var(ddof=1)
    return _satterthwaite(value, [(variance, groups - 1)], variance, confidence)


def t_interval(values, confidence):
    """Student's t interval for the mean of one value per seed, shape (seeds,); NaN with fewer than three."""
    from scipy import stats

    if len(values) < FEWEST_SEEDS:
        return np.nan, np.nan
    error = values.std(ddof=1) / np.sqrt(len(values))
    if error == 0:
        return float(values.mean()), float(values.mean())
    low, high = stats.t.interval(confidence, len(values) - 1, values.mean(), error)
    return float(low), float(high)


def _satterthwaite(centre, components, variance, confidence):
    """A t interval whose variance is a sum of components, each with its degrees of freedom."""
    from scipy import stats

    if variance == 0:
        return float(centre), float(centre)
    freedom = variance**2 / sum(part**2 / max(free, 1) for part, free in components)
    low, high = stats.t.interval(confidence, freedom, centre, np.sqrt(variance))
    return float(low), float(high)


def sign_flip_p(differences):
    """The two-sided p-value of a mean of paired differences under random signs.

    Exact for up to 14 differences, from as many drawn sign flips for more (`scipy.stats.permutation_test`). NaN with
    fewer than six: the smallest p-value that five allow is 2/32.
    """
    from scipy import stats

    differences = np.asarray(differences, dtype=float)
    if len(differences) < FEWEST_FOR_P:
        return np.nan
    result = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", vectorized=True, n_resamples=2**EXACT_UP_TO, rng=0
    )
    return float(result.pvalue)


def ratio_interval(ratios, confidence):
    """The geometric mean of positive ratios, one per seed, with its t interval; see `t_interval`."""
    logs = np.log(ratios)
    low, high = t_interval(logs, confidence)
    return float(np.exp(logs.mean())), float(np.exp(low)), float(np.exp(high))

"""Simulated predictions of two arms, with the variances that the runs of a record have.

Every run of both arms has a latent value for every test example: a sum of independent normal effects of the example
and of its group. Each of these has a part that all runs share, one that the runs of an arm share, one that the two runs
of a seed share, and one that a run has alone. A part of one arm is a difference between the arms that varies from
example to example; a part of one seed is what pairing removes. Seeds and runs also have effects on all examples.

`ClassModel` calls a prediction correct if the latent value is positive; `NumberModel` adds it to the signal of the
target. The variances are those with which pairs of predictions are correlated as they are in the record (method of
moments, with tetrachoric correlations for classes); negative ones count as zero.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

SAME, OTHER = "same", "other"  # of the arms or seeds of two runs
LARGEST = 0.995  # correlation that is looked for


@dataclass(frozen=True)
class Shares:
    """Variances of the effects of groups and of examples, which sum up to 1.

    Each is a list of four: what all runs share, the runs of an arm, the runs of a seed, and what one run has alone.
    """

    group: list
    example: list

    @classmethod
    def of_covariances(cls, group, example):
        """From the covariances of two runs on two examples of a group, and on one example.

        Both are dicts from whether the arms and whether the seeds are the `SAME`; ``group`` is None if every example is
        its own group.
        """
        groups = np.array(_parts(group) if group else [0.0] * 4)
        examples = np.maximum(np.array(_parts({**example, (SAME, SAME): 0.0})) - groups, 0.0)
        shared = groups.sum() + examples[:3].sum()
        scale = min(1.0, LARGEST / shared) if shared > 0 else 1.0
        examples[3] = 1 - scale * shared
        return cls((scale * groups).tolist(), [*(scale * examples[:3]).tolist(), float(examples[3])])

    def draw(self, generator, groups, seeds):
        """Latent values, shape (2, seeds, examples); ``groups`` has the group of each example, from 0."""
        total = np.zeros((2, seeds, len(groups)))
        levels = ((self.group, groups.max() + 1, groups), (self.example, len(groups), slice(None)))
        for variances, count, spread in levels:
            shapes = ((1, 1, count), (2, 1, count), (1, seeds, count), (2, seeds, count))
            for variance, shape in zip(variances, shapes, strict=True):
                if variance > 0:
                    total += np.sqrt(variance) * generator.standard_normal(shape)[:, :, spread]
        return total


def _parts(covariance):
    """What all runs share, an arm, a seed and a run, from covariances of pairs of runs."""
    shared = max(covariance[OTHER, OTHER], 0.0)
    arm = max(covariance[SAME, OTHER] - shared, 0.0)
    seed = max(covariance[OTHER, SAME] - shared, 0.0)
    return [shared, arm, seed, max(covariance[SAME, SAME] - shared - arm - seed, 0.0)]


def _means(products, seeds):
    """Means of products over pairs of runs, by (arm, arm, `SAME` or `OTHER` seed); products end in (runs, runs)."""
    diagonal = np.eye(seeds, dtype=bool)
    means = {}
    for a in range(2):
        for b in range(2):
            block = products[..., a * seeds : (a + 1) * seeds, b * seeds : (b + 1) * seeds]
            means[a, b, SAME], means[a, b, OTHER] = block[..., diagonal].mean(-1), block[..., ~diagonal].mean(-1)
    return means


def _by_relation(value):
    """``value(arm, arm, seeds)`` averaged over the arms, by whether arms and seeds are the same."""
    return {
        (arms, seeds): float(np.mean([value(a, b if arms == SAME else 1 - b, seeds) for a, b in ((0, 0), (1, 1))]))
        for arms in (SAME, OTHER)
        for seeds in (SAME, OTHER)
    }


def _sums_by_group(values, groups):
    """Sums over the examples of each group, shape (..., groups)."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) > 0])
    return np.add.reduceat(values[..., order], starts, axis=-1)


def _psd(matrix):
    """The nearest matrix without negative eigenvalues, and a square root of it."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return root @ root.T, root


class ClassModel:
    """Two arms whose predictions of a class are right or wrong.

    Parameters
    ----------
    correct : numpy.ndarray of bool, shape (2, seeds, examples)
        Of the arm, and of the reference with the same seeds.
    target : numpy.ndarray of int, shape (examples,)
        The class of each example, from 0.
    groups : numpy.ndarray of int, shape (examples,)
        From 0.
    balanced : bool
        Whether the score is the balanced accuracy, not the accuracy.
    """

    def __init__(self, correct, target, groups, balanced):
        self.target, self.groups = target, groups
        self.members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
        self.count = np.bincount(target)
        self.weight = np.full(len(self.count), 1 / len(self.count)) if balanced else self.count / len(target)
        seeds = correct.shape[1]
        rate = np.stack([correct[:, :, target == c].mean((1, 2)) for c in range(len(self.count))], axis=1)
        least = 0.5 / (seeds * self.count)
        self.rate = np.clip(rate, least, 1 - least)  # (arms, classes)

        example, group, other = (
            _means(products, seeds) for products in self._products(correct.reshape(-1, len(target)))
        )
        self.seed_root, self.run_root, variance = self._seed_effects(other)
        self.scale = np.sqrt(1 + variance)  # of the latent value in each class; (classes,)
        self.threshold = stats.norm.ppf(self.rate) * self.scale
        mean_variance = variance @ self.count / len(target)
        seed_part = np.diag(self.seed_root @ self.seed_root.T) @ self.count / len(target)

        def within(means, weight):
            """Covariances of the effects of examples and groups, in units of their variance in one run."""
            found = _by_relation(lambda a, b, s: self._tetrachoric(means[a, b, s], other[a, b, OTHER], a, b, weight))
            common = {(SAME, SAME): mean_variance, (OTHER, SAME): seed_part}
            return {key: value * (1 + mean_variance) - common.get(key, 0.0) for key, value in found.items()}

        pairs = np.array([(size * (size - 1)).sum() for size in self.sizes])
        by_group = within(group, pairs) if pairs.sum() else None
        self.shares = Shares.of_covariances(by_group, within(example, self.count))

    def _products(self, correct):
        """Shares of pairs of predictions that are both correct, for all runs: three arrays that end in (runs, runs).

        On one example, on two of one group, both by class, (classes, runs, runs); and on two of different groups, by
        both classes, (classes, classes, runs, runs).
        """
        correct = correct.astype(float)
        one_hot = (self.target == np.arange(len(self.count))[:, None]).astype(float)
        self.sizes = _sums_by_group(one_hot, self.groups)  # (classes, groups)
        right = correct[None] * one_hot[:, None]  # (classes, runs, examples)
        in_group = _sums_by_group(right, self.groups)
        on_one = np.einsum("crn,csn->crs", right, right)
        on_two = np.einsum("crg,csg->crs", in_group, in_group) - on_one
        pairs = (self.sizes * (self.sizes - 1)).sum(1)
        totals = right.sum(-1)
        apart = np.einsum("cr,ds->cdrs", totals, totals) - np.einsum("crg,dsg->cdrs", in_group, in_group)
        apart /= (np.outer(self.count, self.count) - self.sizes @ self.sizes.T)[:, :, None, None]
        return on_one / self.count[:, None, None], on_two / np.maximum(pairs, 1)[:, None, None], apart

    def _seed_effects(self, other):
        """Square roots of the covariances over classes of a seed's and a run's effect, and the variance by class."""
        classes = range(len(self.count))

        def correlations(arms):
            found = np.zeros((len(self.count),) * 2)
            for a, b in arms:
                excess = other[a, b, SAME] - other[a, b, OTHER]
                for c in classes:
                    for d in classes:
                        found[c, d] += _solve([self.rate[a, c]], [self.rate[b, d]], [1.0], excess[c, d]) / len(arms)
            return found

        run, seed = correlations([(0, 0), (1, 1)]), correlations([(0, 1), (1, 0)])
        own = np.clip(np.diag(run), 0.0, 0.9)
        scale = np.sqrt(np.outer(1 / (1 - own), 1 / (1 - own)))  # within a run, the variance is 1
        seed, seed_root = _psd(seed * scale)
        run, run_root = _psd(run * scale - seed)
        return seed_root, run_root, np.diag(seed + run)

    def _tetrachoric(self, both, independent, a, b, weight):
        """The latent correlation, pooled over classes."""
        weight = weight / weight.sum()
        return _solve(self.rate[a], self.rate[b], weight, weight @ (both - np.diag(independent)))

    def truth(self, shift=0.0):
        """The expected difference between an arm that is ``shift`` above the reference, and the reference."""
        return float(self.weight @ (self._expected(shift) - self._expected(0.0)))

    def expected(self):
        """The expected score of the reference."""
        return float(self.weight @ self._expected(0.0))

    def _expected(self, shift):
        return stats.norm.cdf((self.threshold[1] + shift) / self.scale)

    def draw(self, generator, seeds, shift):
        """A study: ``target``, ``groups``, and ``predictions`` of shape (2, seeds, examples); -1 is a wrong one."""
        drawn = [self.members[g] for g in generator.integers(len(self.members), size=len(self.members))]
        rows, groups = np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(one) for one in drawn])
        target = self.target[rows]
        latent = self.shares.draw(generator, groups, seeds)
        of_seed = generator.standard_normal((1, seeds, len(self.count))) @ self.seed_root.T
        of_run = generator.standard_normal((2, seeds, len(self.count))) @ self.run_root.T
        latent += (self.threshold[1] + of_seed + of_run)[:, :, target]
        latent[0] += shift
        return target, groups, np.where(latent > 0, target, -1)


def _solve(first, second, weight, excess):
    """The correlation at which both of two normal values are positive ``excess`` more often than if independent."""
    first, second = stats.norm.ppf(first), stats.norm.ppf(second)

    def difference(correlation):
        return weight @ _orthant_excess(first, second, correlation) - excess

    low, high = difference(-LARGEST), difference(LARGEST)
    if low >= 0 or high <= 0:
        return -LARGEST if low >= 0 else LARGEST
    return optimize.brentq(difference, -LARGEST, LARGEST, xtol=1e-6)


NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(40)


def _orthant_excess(first, second, correlation):
    """How much likelier both values are below their bounds than if independent: the density's integral (Sheppard)."""
    angle = np.arcsin(correlation) * (NODES + 1) / 2
    a, b = np.asarray(first)[:, None], np.asarray(second)[:, None]
    density = np.exp(-(a**2 + b**2 - 2 * a * b * np.sin(angle)) / (2 * np.cos(angle) ** 2)) / (2 * np.pi)
    return density @ NODE_WEIGHTS * np.arcsin(correlation) / 2


class NumberModel:
    """Two arms that predict numbers, scored by their ranks.

    Parameters
    ----------
    predictions : numpy.ndarray, shape (2, seeds, examples)
        Of the arm, and of the reference with the same seeds.
    target : numpy.ndarray, shape (examples,)
    groups : numpy.ndarray of int, shape (examples,)
        From 0.
    """

    def __init__(self, predictions, target, groups):
        self.members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups))[:-1])
        seeds, n = predictions.shape[1:]
        signal, values = _normal_scores(target), _normal_scores(predictions)
        correlation = np.clip(values @ signal / n, -0.95, 0.95)  # (2, seeds)
        rest = (values - correlation[..., None] * signal).reshape(2 * seeds, n)
        rest /= rest.std(-1, keepdims=True)
        on_one = rest @ rest.T
        in_group, sizes = _sums_by_group(rest, groups), np.bincount(groups)
        pairs = (sizes * (sizes - 1)).sum()
        one = _means(on_one / n, seeds)
        example = _by_relation(lambda a, b, s: one[a, b, s])
        group = None
        if pairs:
            two = _means((in_group @ in_group.T - on_one) / pairs, seeds)
            group = _by_relation(lambda a, b, s: two[a, b, s])
        self.shares = Shares.of_covariances(group, example)

        # Fisher's z of each run, without the variance that its test examples cause.
        z = np.arctanh(correlation)
        self.level = z.mean(1)
        covariance = np.cov(z[0], z[1])
        noise_run, noise_seed = ((example[arms, SAME] - example[arms, OTHER]) / n for arms in (SAME, OTHER))
        self.seed = max(covariance[0, 1] - noise_seed, 0.0)
        self.run = max((covariance[0, 0] + covariance[1, 1]) / 2 - noise_run - self.seed, 0.0)

    def _expected(self, shift):
        nodes, weights = np.polynomial.hermite_e.hermegauss(60)
        r = np.tanh(self.level[1] + shift + np.sqrt(self.seed + self.run) * nodes)
        return float(weights @ (6 / np.pi * np.arcsin(r / 2)) / weights.sum())

    def truth(self, shift=0.0):
        """The expected difference between an arm that is ``shift`` above the reference, and the reference."""
        return self._expected(shift) - self._expected(0.0)

    def expected(self):
        """The expected score of the reference."""
        return self._expected(0.0)

    def draw(self, generator, seeds, shift):
        """A study: ``target``, ``groups``, and ``predictions`` of shape (2, seeds, examples)."""
        drawn = generator.integers(len(self.members), size=len(self.members))
        groups = np.repeat(np.arange(len(drawn)), [len(self.members[g]) for g in drawn])
        target = generator.standard_normal(len(groups))
        z = self.level[1] + np.sqrt(self.seed) * generator.standard_normal((1, seeds))
        z = z + np.sqrt(self.run) * generator.standard_normal((2, seeds))
        z[0] += shift
        r = np.tanh(z)[..., None]
        return target, groups, r * target + np.sqrt(1 - r**2) * self.shares.draw(generator, groups, seeds)


def _normal_scores(values):
    """Normal quantiles of ranks along the last axis, with variance 1."""
    scores = stats.norm.ppf(stats.rankdata(values, axis=-1) / (values.shape[-1] + 1))
    spread = scores.std(-1, keepdims=True)
    return (scores - scores.mean(-1, keepdims=True)) / np.where(spread > 0, spread, 1.0)


def shift_of(model, effect):
    """The shift of the latent values, or of Fisher's z, at which the true difference is ``effect``."""
    return optimize.brentq(lambda shift: model.truth(shift) - effect, -8, 8)

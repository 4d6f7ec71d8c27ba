"""Scores of many runs on resamples of their test or validation split."""

import numpy as np

from beyondtext.core.metrics import METRICS
from beyondtext.report.intervals import resampled_scores

BALANCED, ACCURACY, SPEARMAN = "balanced_accuracy", "accuracy", "spearman"


class Scorer:
    """The scores of `METRICS` on resamples of a split, computed from how often each resample has each group.

    Parameters
    ----------
    metric : str
        `ACCURACY`, `BALANCED` or `SPEARMAN`.
    counts : numpy.ndarray, shape (resamples, groups)
    """

    def __init__(self, metric, counts):
        self.metric, self.counts = metric, counts

    def __call__(self, target, groups, predictions):
        """Scores, shape (runs, resamples), of predictions, shape (runs, examples).

        Groups are integers from 0, and so are classes.
        """
        if self.metric == SPEARMAN:
            return self._spearman(target, groups, predictions)
        classes = range(target.max() + 1) if self.metric == BALANCED else [None]
        scores, present = 0.0, 0.0
        for one in classes:
            mine = np.ones(len(target)) if one is None else (target == one).astype(float)
            size = self.counts @ np.bincount(groups, mine)
            right = np.stack([np.bincount(groups, mine * (target == run)) for run in predictions])
            scores = scores + np.where(size > 0, right @ self.counts.T / np.maximum(size, 1), 0.0)
            present = present + (size > 0)
        return scores / present

    def _spearman(self, target, groups, predictions):
        weight = self.counts[:, groups]
        total = weight.sum(1)

        def ranks(values):
            _, place = np.unique(values, return_inverse=True)
            order = np.argsort(place, kind="stable")
            first = np.flatnonzero(np.diff(place[order], prepend=-1))  # of equal values, which share their mean rank
            shared = np.add.reduceat(weight[:, order], first, axis=1)
            return (np.cumsum(shared, 1) - shared / 2)[:, place] - total[:, None] / 2

        of_target = ranks(target)
        weighted = of_target * weight
        norm = np.einsum("bn,bn->b", weighted, of_target)
        scores = np.empty((len(predictions), len(weight)))
        for run, values in enumerate(predictions):
            mine = ranks(values)
            own = np.einsum("bn,bn,bn->b", mine, mine, weight)
            product = np.sqrt(norm * own)
            scores[run] = np.einsum("bn,bn->b", weighted, mine) / np.where(product > 0, product, np.inf)
        return scores


class ReportScorer(Scorer):
    """The report's scores on the whole split, and on the resamples that `resampled_scores` draws with a seed."""

    def __init__(self, metric, groups, draws, seed):
        self.draws, self.seed = draws, seed
        drawn = np.random.default_rng(seed).integers(groups, size=(draws, groups))
        counts = np.zeros((draws + 1, groups))
        counts[0] = 1  # the whole split
        np.add.at(counts[1:], (np.arange(draws)[:, None], drawn), 1)
        super().__init__(metric, counts)

    def check(self, target, groups, predictions):
        """Stop if the numbers are not the report's."""
        whole = [METRICS[self.metric](target, run) for run in predictions]
        expected = resampled_scores(self.metric, target, predictions, groups, self.draws, self.seed)
        found = self(target, groups, predictions)
        assert np.allclose(found, np.column_stack([whole, expected])), "scores differ from the report's"

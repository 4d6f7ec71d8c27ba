"""The area under the validation curves of a record's runs on resamples, and studies that are drawn from the record.

A study has pairs of runs, drawn with replacement from the record's, and groups of validation sequences, drawn in the
same way. The mean difference in area of all pairs on the whole validation split is then what its interval should
include.
"""

from dataclasses import dataclass

import numpy as np

from beyondtext.core.metrics import METRICS
from beyondtext.report.areas import mean_over_steps
from beyondtext.report.intervals import interval, t_interval
from beyondtext.training.run_files import read_validation
from fast_scores import SPEARMAN, Scorer


@dataclass(frozen=True, eq=False)
class Curves:
    """The validation predictions of runs of one task at the steps of their curves.

    Attributes
    ----------
    metric : str
    steps : numpy.ndarray, shape (steps,)
    target, groups : numpy.ndarray, shape (examples,)
        Classes and groups are integers from 0.
    predictions : numpy.ndarray, shape (runs, steps, examples)
    """

    metric: str
    steps: np.ndarray
    target: np.ndarray
    groups: np.ndarray
    predictions: np.ndarray

    @classmethod
    def read(cls, runs):
        """The curves of a list of runs; None if one of them lacks its predictions."""
        found = [read_validation(run["directory"]) for run in runs]
        if not found or None in found:
            return None
        examples, first = found[0]
        target, predictions = examples["target"].to_numpy(), np.array([table.to_numpy().T for _, table in found])
        if runs[0]["metric"] != SPEARMAN:
            classes, target = np.unique(target, return_inverse=True)
            predictions = np.searchsorted(classes, predictions.astype(classes.dtype))
        _, groups = np.unique(examples["group"], return_inverse=True)
        curves = cls(runs[0]["metric"], first.columns.to_numpy(), target, groups, predictions)
        curves.check()
        return curves

    @property
    def count(self):
        """How many groups the validation split has."""
        return self.groups.max() + 1

    def areas(self, counts, runs=slice(None)):
        """The areas, shape (runs, rows), on splits that have each group as often as a row of ``counts`` says."""
        mine = self.predictions[runs]
        scores = Scorer(self.metric, counts)(self.target, self.groups, mine.reshape(-1, mine.shape[-1]))
        return mean_over_steps(self.steps, np.moveaxis(scores.reshape(*mine.shape[:2], -1), 1, 0))

    def check(self):
        """Stop if the areas on the whole split are not the report's."""
        score = METRICS[self.metric]
        expected = [
            mean_over_steps(self.steps, np.array([score(self.target, one) for one in run])) for run in self.predictions
        ]
        assert np.allclose(self.areas(np.ones((1, self.count)))[:, 0], expected), "areas differ from the report's"


def resamples(groups, draws, generator):
    """How often the whole split, and then each of ``draws`` resamples of it, has each group: (1 + draws, groups)."""
    return np.vstack([groups, generator.multinomial(groups.sum(), groups / groups.sum(), size=draws)])


def drawn_studies(arm, reference, seeds, given, confidence, generator):
    """Of each of ``given.studies``, the report's interval of the difference in area, and the one over seeds alone.

    ``arm`` and ``reference`` are the `Curves` of runs with the same seeds.
    """
    count = arm.count
    for _ in range(given.studies):
        pairs = generator.integers(len(arm.predictions), size=seeds)
        split = generator.multinomial(count, np.full(count, 1 / count))
        counts = resamples(split, given.draws, generator)
        differences = arm.areas(counts, pairs) - reference.areas(counts, pairs)
        yield (
            interval(differences[:, 0], differences[:, 1:], count, confidence),
            t_interval(differences[:, 0], confidence),
        )

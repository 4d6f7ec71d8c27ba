"""Targets: how a task's classes or numbers become a tensor, losses and predictions.

Both kinds have ``outputs`` (the width of the model's head), ``classes`` (empty for numbers), ``encode``, ``losses`` and
``decode``.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from beyondtext.training.spread import spread


@dataclass(frozen=True)
class ClassTarget:
    """One of several classes: cross-entropy loss; the most probable class is predicted.

    Parameters
    ----------
    classes : tuple of str
    """

    classes: tuple

    @property
    def outputs(self):
        """One logit per class."""
        return len(self.classes)

    def encode(self, values):
        """Class names as an int64 tensor of indices, shape (n,)."""
        indices = {name: index for index, name in enumerate(self.classes)}
        return torch.tensor([indices[value] for value in values])

    def losses(self, logits, encoded):
        """Cross-entropies (n,) of logits (n, classes) and indices (n,)."""
        return functional.cross_entropy(logits.float(), encoded, reduction="none")

    def decode(self, logits):
        """Predicted class names (n,) and natural log-probabilities (n, classes), as arrays."""
        log_probabilities = functional.log_softmax(logits.double(), dim=1).numpy()
        return np.array(self.classes, dtype=object)[log_probabilities.argmax(1)], log_probabilities


@dataclass(frozen=True)
class NumberTarget:
    """A number, standardized by the training split: squared-error loss.

    Parameters
    ----------
    mean, sd : float
        Of the training split, in the target's own unit.
    """

    mean: float
    sd: float
    outputs = 1
    classes = ()

    @classmethod
    def fit(cls, values):
        """The target standardized by given values; values that are equal up to rounding are only centred."""
        values = np.asarray(values, dtype=np.float64)
        return cls(float(values.mean()), spread(values) or 1.0)

    def encode(self, values):
        """Numbers as a standardized float32 tensor of shape (n,)."""
        return torch.from_numpy((np.asarray(values, dtype=np.float64) - self.mean) / self.sd).float()

    def losses(self, logits, encoded):
        """Squared errors (n,) of logits (n, 1) and encoded numbers (n,)."""
        return functional.mse_loss(logits.float().squeeze(1), encoded, reduction="none")

    def decode(self, logits):
        """Predicted numbers (n,) in the target's own unit, and None in place of log-probabilities."""
        return logits.double().squeeze(1).numpy() * self.sd + self.mean, None

"""How a task's target becomes a tensor, a loss and a prediction."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional


@dataclass(frozen=True)
class ClassTarget:
    """One of several classes: cross-entropy, the most probable class."""

    classes: tuple

    @property
    def outputs(self):
        return len(self.classes)

    def encode(self, values):
        """Class names as an int64 tensor of shape (n,)."""
        place = {name: index for index, name in enumerate(self.classes)}
        return torch.tensor([place[value] for value in values])

    def loss(self, logits, encoded):
        """Mean cross-entropy of logits (n, classes)."""
        return functional.cross_entropy(logits.float(), encoded)

    def decode(self, logits):
        """Predicted class names (n,) and log-probabilities (n, classes)."""
        logs = functional.log_softmax(logits.double(), dim=1).numpy()
        return np.array(self.classes, dtype=object)[logs.argmax(1)], logs


@dataclass(frozen=True)
class NumberTarget:
    """A number: squared error on the scale of the training split's standard deviation."""

    mean: float
    sd: float
    outputs = 1
    classes = ()

    @classmethod
    def of(cls, values):
        """Standardise by the training split's values; a constant target is only centred."""
        values = np.asarray(values, dtype=np.float64)
        return cls(float(values.mean()), float(values.std()) or 1.0)

    def encode(self, values):
        """Numbers as a standardised float32 tensor of shape (n,)."""
        return torch.from_numpy((np.asarray(values, dtype=np.float64) - self.mean) / self.sd).float()

    def loss(self, logits, encoded):
        """Mean squared error of logits (n, 1), in squared standard deviations."""
        return functional.mse_loss(logits.float().squeeze(1), encoded)

    def decode(self, logits):
        """Predicted numbers (n,) in the target's own unit, and no probabilities."""
        return logits.double().squeeze(1).numpy() * self.sd + self.mean, None

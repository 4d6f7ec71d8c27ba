"""What the training loop works on: sequences of token ids, and a model that learns from them."""

from dataclasses import dataclass

from beyondtext.models.classifier import SequenceModel
from beyondtext.training.targets import ClassTarget, NumberTarget


@dataclass(frozen=True)
class Split:
    """One split of a task, as a model reads it.

    Attributes
    ----------
    sequences : list of numpy.ndarray of int64
        Token ids.
    values : list of str or list of float
        Targets, as in the examples file.
    """

    sequences: list
    values: list

    @property
    def lengths(self):
        """Tokens in each sequence."""
        return [len(sequence) for sequence in self.sequences]


@dataclass(frozen=True)
class Setup:
    """What there is to learn, and the model that learns it.

    Attributes
    ----------
    model : SequenceModel
    data : dict of str to Split
        ``train``, ``validation`` and ``test``.
    target : ClassTarget or NumberTarget
    metric : str
        A name in `beyondtext.core.metrics.METRICS`; larger is better.
    pad : int
        The pad id.
    """

    model: SequenceModel
    data: dict[str, Split]
    target: ClassTarget | NumberTarget
    metric: str
    pad: int

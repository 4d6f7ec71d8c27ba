"""The settings of the training loop."""

from dataclasses import asdict, dataclass, fields

from beyondtext.study.epochs import in_steps


@dataclass(frozen=True)
class TrainingSettings:
    """All options of the training loop.

    Attributes
    ----------
    steps : int
        Optimizer steps.
    batch_size : int
        Sequences per step.
    learning_rate : float
        The peak of the schedule.
    warmup_fraction : float
        The share of the steps in which the learning rate rises.
    weight_decay : float
        As in AdamW.
    clip_norm : float or None
        The largest norm of the gradient of all parameters together; None for no limit.
    evaluations : int
        How often the validation split is scored, at even intervals, after step 0.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warmup_fraction: float
    weight_decay: float
    clip_norm: float | None
    evaluations: int

    @classmethod
    def of_job(cls, training, examples):
        """From the ``training`` section of a job's settings, for ``examples`` training sequences.

        If the section gives ``epochs``, they are converted to steps.
        """
        training = in_steps(training, examples)
        return cls(**{field.name: training[field.name] for field in fields(cls)})

    def evaluation_steps(self):
        """The steps after which the validation split is scored, as a set; 0 is before the first."""
        return {round(self.steps * k / self.evaluations) for k in range(self.evaluations + 1)}

    def rate(self, step):
        """The learning rate of a step, counted from 1: linear warm-up to the peak, then linear decay to zero."""
        taken, warmup = step - 1, round(self.warmup_fraction * self.steps)
        if taken < warmup:
            return self.learning_rate * (step / (warmup + 1))
        return self.learning_rate * ((self.steps - taken) / max(self.steps - warmup, 1))

    def __str__(self):
        return ", ".join(f"{name} {value}" for name, value in asdict(self).items())

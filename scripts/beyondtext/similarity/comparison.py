"""Which encoders of a task are compared, and whether they can be."""

import itertools
from dataclasses import dataclass
from functools import cached_property

from beyondtext.core.errors import InputError
from beyondtext.similarity.columns import ENCODER_KEYS
from beyondtext.similarity.tokens import TokenBlocks
from beyondtext.study import grid


@dataclass(frozen=True)
class Comparison:
    """What is compared: encoders on the same tokens, and the settings of the comparison.

    ``settings`` are those of `beyondtext.study.job_settings.similarity_settings`; ``encoders`` is a list of
    `Activations`.
    """

    settings: dict
    encoders: list
    tokens: TokenBlocks

    @property
    def pairs(self):
        """The indices of every pair of encoders."""
        return list(itertools.combinations(range(len(self.encoders)), 2))

    @cached_property
    def trained_pairs(self):
        """The indices of every pair of trained encoders."""
        trained = [number for number, encoder in enumerate(self.encoders) if not is_random(encoder)]
        return list(itertools.combinations(trained, 2))

    @cached_property
    def layerwise_pairs(self):
        """The indices of each pair of encoders whose layers are all compared."""
        random = [number for number, encoder in enumerate(self.encoders) if is_random(encoder)]
        shown = [number for number in range(len(self.encoders)) if number not in random[1:]]
        different = [
            (a, b)
            for a, b in itertools.combinations(shown, 2)
            if self.encoders[a].identity["model"] != self.encoders[b].identity["model"]
        ]
        return different or self.trained_pairs


def check_encoders(task, encoders):
    """Check that the encoders can be compared on a task; `InputError` if not."""
    unique = {}
    for encoder in encoders:
        if encoder.identity["task"] != task:
            raise InputError(
                f"{encoder.path} belongs to the task {encoder.identity['task']}, but the task of this comparison is "
                f"{task}; give files of one task"
            )
        other = unique.setdefault(tuple(encoder.identity[key] for key in ENCODER_KEYS), encoder)
        if other is not encoder:
            raise InputError(f"{other.path} and {encoder.path} belong to the same encoder; give one of them")
    first = encoders[0]
    for other in encoders[1:]:
        if other.sample != first.sample:
            raise InputError(
                f"{first.path} and {other.path} have different tokens; extract both with the same settings "
                "(scripts/extract_activations.py)"
            )
    trained = sum(not is_random(encoder) for encoder in encoders)
    if trained < 2:
        raise InputError(f"a comparison needs two trained encoders, but the files contain {trained}; add another")


def is_random(encoder):
    """Whether an encoder still has its random initialization."""
    return grid.is_random(encoder.identity["init"], encoder.identity["stage"])

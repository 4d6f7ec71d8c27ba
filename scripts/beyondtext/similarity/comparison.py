"""Which encoders of a task are compared, and whether they can be."""

import itertools
from dataclasses import dataclass
from functools import cached_property

from beyondtext.core.errors import InputError
from beyondtext.similarity.columns import ENCODER_KEYS
from beyondtext.similarity.tokens import TokenBlocks
from beyondtext.study.encoder_pairs import answer_pairs, pairs_of_interest, random_pairs, seed_by_seed
from beyondtext.study.measured_models import Encoder, is_random, too_few_arms


@dataclass(frozen=True)
class Comparison:
    """What is compared: encoders on the same tokens, and the settings of the comparison.

    ``settings`` are those of `beyondtext.study.job_settings.similarity_settings`; ``encoders`` is a list of
    `Activations`. A pair of encoders is a pair of their indices in it, the lower one first.
    """

    settings: dict
    encoders: list
    tokens: TokenBlocks

    @cached_property
    def _identities(self):
        return [Encoder(**encoder.identity) for encoder in self.encoders]

    def _indices(self, pairs):
        """Pairs of `Encoder` as sorted pairs of indices, each once."""
        place = {identity: number for number, identity in enumerate(self._identities)}
        return sorted({tuple(sorted((place[a], place[b]))) for a, b in pairs})

    @cached_property
    def pairs_of_interest(self):
        """See `beyondtext.study.encoder_pairs.pairs_of_interest`."""
        return self._indices(pairs_of_interest(self._identities))

    @cached_property
    def answer_pairs(self):
        """See `beyondtext.study.encoder_pairs.answer_pairs`."""
        return self._indices(answer_pairs(self._identities, self.settings["domain_models"]))

    @cached_property
    def null_pairs(self):
        """The pairs that are the null of a pair of interest; see `beyondtext.study.encoder_pairs.random_pairs`."""
        identities, domain = self._identities, self.settings["domain_models"]
        return self._indices(
            itertools.chain(*(random_pairs(pair, identities, domain) for pair in pairs_of_interest(identities)))
        )

    @cached_property
    def pairs_of_one_stage(self):
        """The pairs of one model at one stage, a random initialization among them, as Kao & Lee (2021) print them."""
        identities = self._identities
        random = [identity for identity in identities if is_random(identity.init)]
        with_random = [
            *itertools.combinations(random, 2),
            *(pair for pair in seed_by_seed(identities, identities) if any(is_random(one.init) for one in pair)),
        ]
        return self._indices((a, b) for a, b in with_random if (a.model, a.stage) == (b.model, b.stage))

    @cached_property
    def layerwise_pairs(self):
        """The pairs whose layers are all compared: answer pairs with one model of the domain, and their first null.

        Of two arms, those with the first seed.
        """
        identities, domain = self._identities, self.settings["domain_models"]
        first = {}
        for a, b in answer_pairs(identities, domain):
            first.setdefault((a.arm, b.arm), (a, b))
        mapped = [pair for pair in first.values() if not any(encoder.model in domain[1:] for encoder in pair)]
        nulls = [random_pairs(pair, identities, domain)[:1] for pair in mapped if pair[0].model != pair[1].model]
        return self._indices([*mapped, *itertools.chain(*nulls)])


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
        if other.sample != first.sample or other.lengths.tolist() != first.lengths.tolist():
            raise InputError(
                f"{first.path} and {other.path} have different tokens; extract both with the same settings "
                "(scripts/extract_activations.py)"
            )
    if problem := too_few_arms([Encoder(**encoder.identity) for encoder in encoders]):
        raise InputError(f"{problem} in the files; add another")

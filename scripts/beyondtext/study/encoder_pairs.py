"""Which pairs of encoders are of interest, and which pairs of random initializations are the null of each.

An encoder that started from a random initialization is never of interest itself, fine-tuned or not: it stands for an
encoder of the same model at the same stage.
"""

import itertools

from beyondtext.study.measured_models import is_random


def pairs_of_interest(encoders):
    """The pairs of encoders that are not random initializations, in their order, seed by seed.

    ``encoders`` is a list of `beyondtext.study.measured_models.Encoder`.
    """
    return seed_by_seed(encoders, [encoder for encoder in encoders if not is_random(encoder.init)])


def seed_by_seed(encoders, chosen):
    """The pairs of some encoders that are compared, in their order.

    Encoders with different seeds read the symbols through different mappings. So two arms that have seeds in common are
    compared within each of these seeds. An arm with a single encoder, like a model of the task's own domain, which
    needs no mapping, is compared with every encoder of another model, or of a random initialization of its own.

    Parameters
    ----------
    encoders : list of Encoder
        All of the task, which say what seeds an arm has.
    chosen : list of Encoder
        Those to pair.

    Returns
    -------
    list of (Encoder, Encoder)
        None of them within one arm.
    """
    seeds = {}
    for encoder in encoders:
        seeds.setdefault(encoder.arm, set()).add(encoder.seed)

    def compared(a, b):
        if a.seed == b.seed or a.arm == b.arm:
            return a.arm != b.arm
        same_kind = a.model == b.model and is_random(a.init) == is_random(b.init)
        single = min(len(seeds[a.arm]), len(seeds[b.arm])) == 1 and not same_kind
        return single or not seeds[a.arm] & seeds[b.arm]

    return [pair for pair in itertools.combinations(chosen, 2) if compared(*pair)]


def answer_pairs(encoders, domain_models):
    """The pairs that answer whether a model knows what a model of the task's own domain knows.

    Parameters
    ----------
    encoders : list of beyondtext.study.measured_models.Encoder
        Of one task.
    domain_models : list of str
        The models of the task's own domain; may be empty.

    Returns
    -------
    list of (Encoder, Encoder)
        Of `pairs_of_interest`, those of a model of another domain with a model of the task's own. If there is none,
        those of different models, and if there is only one model, all.
    """
    pairs = pairs_of_interest(encoders)
    different = [(a, b) for a, b in pairs if a.model != b.model]
    with_domain = [(a, b) for a, b in different if (a.model in domain_models) != (b.model in domain_models)]
    return with_domain or different or pairs


def random_pairs(pair, encoders, domain_models):
    """The pairs whose similarities are the null of a pair.

    Each encoder is replaced by every random initialization of its model at its stage: an encoder before fine-tuning by
    one before fine-tuning, and a fine-tuned one by a fine-tuned one. Two encoders stay as they are: the model of the
    task's own domain if the other is of another domain, as in Kao & Lee (2021), and a model without any random
    initialization. An encoder before and after fine-tuning is replaced by a random initialization before and after it.

    Parameters
    ----------
    pair : (Encoder, Encoder)
    encoders : list of Encoder
        All that are compared on the task, random initializations among them.
    domain_models : list of str

    Returns
    -------
    list of (Encoder, Encoder)
        Empty if there is no random initialization at the stage of an encoder.
    """
    a, b = pair
    kept_for_domain = (a.model in domain_models) != (b.model in domain_models)
    choices = []
    for encoder in pair:
        of_model = [other for other in encoders if is_random(other.init) and other.model == encoder.model]
        if not of_model or (kept_for_domain and encoder.model in domain_models):
            choices.append([encoder])
        else:
            choices.append([other for other in of_model if other.stage == encoder.stage])
    of_one_run = (a.model, a.init, a.seed) == (b.model, b.init, b.seed)
    found = {}
    for first, second in itertools.product(*choices):
        both_stay = (first, second) == (a, b)
        if first != second and not both_stay and (not of_one_run or first.seed == second.seed):
            found.setdefault(frozenset((first, second)), (first, second))
    return list(found.values())

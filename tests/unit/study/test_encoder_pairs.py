"""Which random initializations are the null of a pair."""

import pytest

from beyondtext.study.encoder_pairs import random_pairs
from beyondtext.study.measured_models import Encoder


def encoder(model="text", init="pretrained", stage="initial", seed=1):
    return Encoder("demo", model, init, stage, seed)


TEXT, TUNED, PROTEIN = encoder(), encoder(stage="finetuned"), encoder("protein")
UNTRAINED = [encoder(init="scratch", seed=seed) for seed in (1, 2)]
TRAINED = [encoder(init="scratch", stage="finetuned", seed=seed) for seed in (1, 2)]
ALL = [TEXT, TUNED, PROTEIN, *UNTRAINED, *TRAINED]
DOMAIN = ["protein"]


@pytest.mark.parametrize(("of_interest", "stand_ins"), [(TEXT, UNTRAINED), (TUNED, TRAINED)])
def test_an_encoder_is_replaced_by_random_initializations_of_its_stage(of_interest, stand_ins):
    assert random_pairs((of_interest, PROTEIN), ALL, DOMAIN) == [(random, PROTEIN) for random in stand_ins]
    assert random_pairs((PROTEIN, of_interest), ALL, DOMAIN) == [(PROTEIN, random) for random in stand_ins]


def test_untrained_ones_never_stand_in_for_fine_tuned_ones():
    assert random_pairs((TUNED, PROTEIN), [TEXT, TUNED, PROTEIN, *UNTRAINED], DOMAIN) == []
    assert random_pairs((TEXT, PROTEIN), [TEXT, TUNED, PROTEIN, *TRAINED], DOMAIN) == []
    assert random_pairs((TEXT, TUNED), [TEXT, TUNED, PROTEIN, *UNTRAINED], DOMAIN) == []


def test_the_model_of_the_domain_stays_even_if_it_has_random_initializations():
    random = encoder("protein", "scratch")
    assert random_pairs((TEXT, PROTEIN), [*ALL, random], DOMAIN) == [(other, PROTEIN) for other in UNTRAINED]
    # Two models of the domain have nothing but their own random initializations.
    other = encoder("other")
    assert random_pairs((PROTEIN, other), [*ALL, random, other], ["protein", "other"]) == [(random, other)]
    assert random_pairs((PROTEIN, other), [*ALL, other], ["protein", "other"]) == []


def test_before_and_after_fine_tuning_is_compared_with_random_initializations_before_and_after_theirs():
    assert random_pairs((TEXT, TUNED), ALL, DOMAIN) == list(zip(UNTRAINED, TRAINED, strict=True))


def test_two_initializations_of_one_model_are_compared_with_different_random_ones_each_pair_once():
    other = encoder(init="rand_embed")
    assert random_pairs((TEXT, other), [*ALL, other], DOMAIN) == [tuple(UNTRAINED)]

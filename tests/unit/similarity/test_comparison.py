"""Which encoders are compared; the refusals of unsuitable files are tested with `compare`."""

from types import SimpleNamespace

import pytest

from beyondtext.similarity.comparison import Comparison


def encoder(model, init="pretrained", stage="initial", seed=1):
    return SimpleNamespace(identity={"task": "demo", "model": model, "init": init, "stage": stage, "seed": seed})


def comparison(*encoders, domain=("protein",)):
    return Comparison({"domain_models": [*domain]}, [*encoders], None)


@pytest.fixture
def whole():
    return comparison(
        encoder("text"),  # 0
        encoder("text", "scratch", seed=1),
        encoder("text", "scratch", seed=2),
        encoder("protein"),  # 3
        encoder("text", stage="finetuned"),
        encoder("text", "scratch", "finetuned", seed=1),
        encoder("text", "scratch", "finetuned", seed=2),  # 6
    )


def test_random_initializations_are_not_of_interest_whether_fine_tuned_or_not(whole):
    assert whole.pairs_of_interest == [(0, 3), (0, 4), (3, 4)]
    assert whole.answer_pairs == [(0, 3), (3, 4)]


def test_only_random_initializations_that_stand_for_an_encoder_are_compared(whole):
    # With the protein model, and of each seed before with after fine-tuning.
    assert whole.null_pairs == [(1, 3), (1, 5), (2, 3), (2, 6), (3, 5), (3, 6)]
    assert whole.pairs_of_one_stage == [(0, 1), (0, 2), (1, 2), (4, 5), (4, 6), (5, 6)]


def test_all_layers_are_compared_for_the_answer_and_the_first_of_its_nulls(whole):
    assert whole.layerwise_pairs == [(0, 3), (1, 3), (3, 4), (3, 5)]


def test_all_layers_are_compared_with_one_model_of_the_domain():
    found = comparison(encoder("text"), encoder("protein"), encoder("other"), domain=("protein", "other"))
    assert found.answer_pairs == [(0, 1), (0, 2)] and found.pairs_of_interest == [(0, 1), (0, 2), (1, 2)]
    assert found.layerwise_pairs == [(0, 1)]


def test_different_models_answer_if_none_is_of_the_domain():
    found = comparison(encoder("text"), encoder("speech"), encoder("text", stage="finetuned"), domain=())
    assert found.answer_pairs == found.layerwise_pairs == [(0, 1), (1, 2)]


def test_all_layers_of_encoders_of_one_model_if_there_is_no_other():
    found = comparison(encoder("text"), encoder("text", "scratch"), encoder("text", stage="finetuned"), domain=())
    assert found.layerwise_pairs == found.answer_pairs == found.pairs_of_interest == [(0, 2)]


def test_arms_with_seeds_in_common_are_compared_seed_by_seed():
    found = comparison(
        *(encoder("text", stage=stage, seed=seed) for seed in (1, 2) for stage in ("initial", "finetuned")),
        *(encoder("text", "scratch", seed=seed) for seed in (1, 2)),
        domain=(),
    )
    assert found.pairs_of_interest == [(0, 1), (2, 3)]
    # Each random initialization with the text model of its seed, and with the other one.
    assert found.pairs_of_one_stage == [(0, 4), (2, 5), (4, 5)]


def test_an_arm_with_one_encoder_is_compared_with_every_seed():
    found = comparison(encoder("text", seed=1), encoder("text", seed=2), encoder("protein", seed=1))
    assert found.answer_pairs == found.pairs_of_interest == [(0, 2), (1, 2)]
    assert found.layerwise_pairs == [(0, 2)]  # of the first seed alone


def test_an_arm_with_one_encoder_is_not_compared_with_another_seed_of_its_own_model():
    stages = [encoder("text", seed=1), *(encoder("text", stage="finetuned", seed=seed) for seed in (1, 2))]
    assert comparison(*stages, domain=()).pairs_of_interest == [(0, 1)]


def test_arms_without_a_seed_in_common_are_compared_whole():
    found = comparison(
        *(encoder("text", seed=seed) for seed in (1, 2)), *(encoder("speech", seed=seed) for seed in (3, 4)), domain=()
    )
    assert found.pairs_of_interest == [(0, 2), (0, 3), (1, 2), (1, 3)]

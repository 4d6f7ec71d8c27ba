"""Which encoders are compared; the refusals of unsuitable files are tested with `compare`."""

from types import SimpleNamespace

from beyondtext.similarity.comparison import Comparison, is_random


def encoder(model, init="pretrained", stage="initial", seed=1):
    return SimpleNamespace(identity={"task": "demo", "model": model, "init": init, "stage": stage, "seed": seed})


def test_an_untrained_random_initialization_is_random():
    assert is_random(encoder("text", "scratch"))
    assert not is_random(encoder("text", "scratch", "finetuned"))
    assert not is_random(encoder("text"))


def test_trained_pairs_and_layerwise_pairs():
    encoders = [
        encoder("text"),
        encoder("text", "scratch", seed=1),
        encoder("text", "scratch", seed=2),
        encoder("protein"),
        encoder("text", stage="finetuned"),
    ]
    comparison = Comparison({}, encoders, None)
    assert comparison.trained_pairs == [(0, 3), (0, 4), (3, 4)]
    assert comparison.layerwise_pairs == [(0, 3), (1, 3), (3, 4)]  # encoder 2 is the second random one


def test_all_layers_of_trained_encoders_if_there_is_one_model():
    comparison = Comparison({}, [encoder("text"), encoder("text", "scratch"), encoder("text", stage="finetuned")], None)
    assert comparison.layerwise_pairs == comparison.trained_pairs == [(0, 2)]

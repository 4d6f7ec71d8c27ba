"""Predictions and scores."""

import copy

import numpy as np
import pytest
import torch

from beyondtext.models.classifier import SequenceModel
from beyondtext.models.device import Compute
from beyondtext.models.loading import load_encoder
from beyondtext.training import scoring
from beyondtext.training.scoring import predict, score
from beyondtext.training.setup import Setup, Split
from beyondtext.training.targets import ClassTarget

CPU = Compute(torch.device("cpu"), "float32")


@pytest.fixture
def model(tiny_bert):
    encoder = load_encoder(*tiny_bert, "pretrained", 0)
    torch.manual_seed(5)
    return SequenceModel(encoder, "mean", 2)


@pytest.fixture
def sequences():
    generator = np.random.default_rng(1)
    return [np.array([2, *generator.choice([9, 10], generator.integers(3, 12)), 3]) for _ in range(40)]


def test_bfloat16_predictions_are_close_to_float32(model, sequences):
    half = copy.deepcopy(model)
    a = predict(model, sequences, 0, CPU)
    b = predict(half, sequences, 0, Compute(CPU.device, "bfloat16"))
    assert not torch.equal(a, b)
    assert (a - b).abs().max() < 0.05


def test_predictions_are_in_the_order_of_the_sequences_whatever_the_batches(model, sequences, monkeypatch):
    together = predict(model, sequences, 0, CPU)
    monkeypatch.setitem(scoring.SCORING_BATCH, "cpu", 7)
    torch.testing.assert_close(predict(model, sequences, 0, CPU), together)
    alone = torch.cat([predict(model, [sequence], 0, CPU) for sequence in sequences])
    torch.testing.assert_close(alone, together)


def test_predicting_switches_dropout_off_and_back_on(model, sequences):
    first, second = (predict(model, sequences, 0, CPU) for _ in range(2))
    assert torch.equal(first, second)
    assert model.training


def test_a_score_is_the_metric_on_the_named_split(model, sequences):
    target = ClassTarget(("a", "b"))
    predicted, _ = target.decode(predict(model, sequences, 0, CPU))
    wrong = ["b" if name == "a" else "a" for name in predicted]
    half = [*predicted[:20], *wrong[20:]]
    data = {"validation": Split(sequences, list(predicted)), "test": Split(sequences, half)}
    setup = Setup(model, data, target, "accuracy", pad=0)
    assert (score(setup, "validation", CPU), score(setup, "test", CPU)) == (1, 0.5)

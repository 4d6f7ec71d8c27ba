"""Predictions and scores."""

import copy

import numpy as np
import pytest
import torch

from beyondtext.models.batches import collate, scoring_batches
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.device import Compute
from beyondtext.models.loading import load_encoder
from beyondtext.training import scoring
from beyondtext.training.scoring import evaluate, in_batches, predict
from beyondtext.training.setup import Setup, Split
from beyondtext.training.targets import ClassTarget, NumberTarget

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


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_predictions_are_those_of_each_batch_bit_by_bit(model, sequences, precision, monkeypatch):
    monkeypatch.setitem(scoring.SCORING_BATCH, "cpu", 7)
    compute = Compute(CPU.device, precision)
    found = predict(model, sequences, 0, compute)
    model.eval()
    for rows in scoring_batches([len(sequence) for sequence in sequences], 7):
        with torch.no_grad(), compute.autocast():
            logits = model(*collate([sequences[row] for row in rows], 0, CPU.device))
        assert torch.equal(found[rows], logits)
    assert found.dtype == torch.float32


def test_what_a_function_gives_for_batches_is_in_the_order_of_the_sequences(sequences, monkeypatch):
    monkeypatch.setitem(scoring.SCORING_BATCH, "cpu", 7)
    widths, weight = [], torch.ones(1, requires_grad=True)

    def totals(ids, mask):
        widths.append(tuple(ids.shape))
        return torch.stack([mask.sum(1), (ids * mask).sum(1)], 1) * weight

    found = in_batches(totals, sequences, 0, CPU)
    assert found.tolist() == [[len(sequence), sequence.sum()] for sequence in sequences]
    assert found.dtype == torch.float32 and not found.requires_grad
    assert [rows for rows, _ in widths] == [7, 7, 7, 7, 7, 5]
    assert [width for _, width in widths] == sorted((width for _, width in widths), reverse=True)


def test_a_function_runs_under_autocast(sequences):
    def product(ids, mask):
        return torch.ones(len(ids), 2) @ torch.full((2, 1), 1 + 2**-12)  # which bfloat16 rounds to 1

    assert set(in_batches(product, sequences, 0, CPU).ravel().tolist()) == {2 + 2**-11}
    assert set(in_batches(product, sequences, 0, Compute(CPU.device, "bfloat16")).ravel().tolist()) == {2}


def test_predicting_switches_dropout_off_and_back_on(model, sequences):
    first, second = (predict(model, sequences, 0, CPU) for _ in range(2))
    assert torch.equal(first, second)
    assert model.training


def test_evaluation_gives_the_metric_and_the_mean_loss_on_the_named_split(model, sequences):
    target = ClassTarget(("a", "b"))
    predicted, _ = target.decode(predict(model, sequences, 0, CPU))
    wrong = ["b" if name == "a" else "a" for name in predicted]
    half = [*predicted[:20], *wrong[20:]]
    data = {"validation": Split(sequences, list(predicted)), "test": Split(sequences, half)}
    setup = Setup(model, data, target, "accuracy", pad=0)
    score, loss, found = evaluate(setup, "validation", CPU)
    half_score, half_loss, _ = evaluate(setup, "test", CPU)
    assert (score, half_score) == (1, 0.5) and found.tolist() == predicted.tolist()
    _, log_probabilities = target.decode(predict(model, sequences, 0, CPU))
    assert loss == pytest.approx(-log_probabilities.max(1).mean(), rel=1e-5)
    of_half = np.concatenate([log_probabilities[:20].max(1), log_probabilities[20:].min(1)])
    assert half_loss == pytest.approx(-of_half.mean(), rel=1e-5)


def test_the_loss_of_numbers_is_in_units_of_the_training_split(tiny_bert, sequences):
    model = SequenceModel(load_encoder(*tiny_bert, "pretrained", 0), "mean", 1)
    target = NumberTarget(mean=100.0, sd=20.0)
    values = [100.0 + 20 * float(logit) for logit in predict(model, sequences, 0, CPU).squeeze(1)]
    setup = Setup(model, {"test": Split(sequences, [value + 10 for value in values])}, target, "spearman", pad=0)
    score, loss, predicted = evaluate(setup, "test", CPU)
    assert predicted.tolist() == pytest.approx(values)
    assert score == pytest.approx(1)
    assert loss == pytest.approx(0.25, rel=1e-3)

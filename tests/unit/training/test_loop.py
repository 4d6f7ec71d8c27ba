"""The training loop, compared with a plain one and interrupted."""

import copy

import numpy as np
import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import collate, training_batches
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.training.loop import train
from beyondtext.training.scoring import predict
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.setup import Setup, Split
from beyondtext.training.targets import NumberTarget
from tiny_training import CPU, SETTINGS, TARGET, model_of, training_data


@pytest.fixture
def data():
    return training_data()


def run(model, data, target=TARGET, metric="accuracy", checkpoint=None, **changes):
    setup = Setup(model, data, target, metric, pad=0)
    return train(setup, TrainingSettings(**{**SETTINGS, **changes}), CPU, seed=3, checkpoint=checkpoint)


@pytest.mark.parametrize("decay", [0.0, 20.0])  # 20 is far too much, but a usual one hardly shows in 12 steps
def test_the_loop_equals_a_plain_one(tiny_bert, data, decay):
    model, reference = model_of(tiny_bert), model_of(tiny_bert)
    # Evaluated so often that every step's loss is in the curve.
    curve, _ = run(model, data, evaluations=12, weight_decay=decay)

    torch.manual_seed(3)
    optimizer = torch.optim.AdamW(reference.parameters(), weight_decay=decay, fused=False, foreach=False)
    losses = []
    batches = training_batches(data["train"].lengths, 8, 3)
    reference.train()
    for step in range(12):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * ((step + 1) / 4 if step < 3 else (12 - step) / 9)
        rows = next(batches)
        ids, mask = collate([data["train"].sequences[r] for r in rows], 0, CPU.device)
        targets = torch.tensor([TARGET.classes.index(data["train"].values[r]) for r in rows])
        loss = torch.nn.functional.cross_entropy(reference(ids, mask), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reference.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert [row["train_loss"] for row in curve[1:]] == pytest.approx(losses, abs=1e-4)


def test_without_unused_embedding_rows_every_loss_is_the_same(tiny_bert, data):
    full, compact = model_of(tiny_bert), model_of(tiny_bert)
    new_ids = keep_rows(compact.encoder, {2, 3, 9, 10}, pad=0).numpy()
    compact_data = {
        name: Split([new_ids[sequence] for sequence in split.sequences], split.values) for name, split in data.items()
    }
    expected, _ = run(full, data, evaluations=12)
    actual, _ = run(compact, compact_data, evaluations=12)
    assert [row["validation"] for row in actual] == [row["validation"] for row in expected]
    expected_losses, losses = ([row["train_loss"] for row in curve[1:]] for curve in (expected, actual))
    assert losses == pytest.approx(expected_losses, rel=1e-6)  # the gradient's norm adds zeros in another order
    rows = full.encoder.get_input_embeddings().weight[[0, 2, 3, 9, 10]]
    torch.testing.assert_close(compact.encoder.get_input_embeddings().weight, rows, rtol=1e-5, atol=1e-7)


def test_the_same_seed_gives_the_same_bytes(tiny_bert, data):
    one, two = model_of(tiny_bert), model_of(tiny_bert)
    curves = [run(model, data)[0] for model in (one, two)]
    for row, same in zip(*curves, strict=True):
        assert {**row, "seconds": 0} == {**same, "seconds": 0}
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_it_learns_and_keeps_the_weights_of_the_best_step(tiny_bert, data):
    model = model_of(tiny_bert)
    curve, best = run(model, data, steps=200, evaluations=20, learning_rate=5e-3)
    assert best["validation"] == max(row["validation"] for row in curve) > 0.85
    predicted, log_probabilities = TARGET.decode(predict(model, data["validation"].sequences, 0, CPU))
    assert np.mean(predicted == np.array(data["validation"].values)) == best["validation"]
    assert np.exp(log_probabilities).sum(1) == pytest.approx(np.ones(40))


def test_the_curve_has_a_row_for_step_0_and_each_evaluation(tiny_bert, data):
    curve, _ = run(model_of(tiny_bert), data)
    assert [row["step"] for row in curve] == [0, 4, 8, 12]
    assert [row["examples"] for row in curve] == [0, 32, 64, 96]
    assert curve[0]["train_loss"] is None


def test_a_loss_that_is_not_finite_is_reported_with_its_step_and_the_settings(tiny_bert, data):
    message = r"became (nan|inf) at step \d+ with .*learning_rate 1e\+20.*precision float32; lower learning"
    with pytest.raises(InputError, match=message):
        run(model_of(tiny_bert), data, learning_rate=1e20, clip_norm=1e20)


def test_a_validation_loss_that_is_not_finite_is_reported_too(tiny_bert, data):
    """The last update may spoil the weights, and no training loss shows it."""
    message = r"the validation loss became (nan|inf) after step 1 with .*; lower learning_rate"
    with pytest.raises(InputError, match=message):
        run(model_of(tiny_bert), data, steps=1, evaluations=1, learning_rate=1e20, clip_norm=1e20)


def test_numbers_are_learned_and_predicted_in_their_own_unit(tiny_bert, data):
    numbers = {
        name: Split(split.sequences, [1000 + 50.0 * (s == 9).mean() for s in split.sequences])
        for name, split in data.items()
    }
    target = NumberTarget.fit(numbers["train"].values)
    model = model_of(tiny_bert, outputs=1)
    _, best = run(model, numbers, target, "spearman", steps=100, learning_rate=5e-3)
    predicted, log_probabilities = target.decode(predict(model, numbers["validation"].sequences, 0, CPU))
    assert best["validation"] > 0.8
    assert log_probabilities is None
    assert abs(predicted.mean() - np.mean(numbers["validation"].values)) < 10


class InterruptedRunError(Exception):
    """Simulates a process that is killed."""


class MemoryCheckpoint:
    """A checkpoint that keeps its state in memory and interrupts the run after a given step."""

    def __init__(self, last_step):
        self.last_step, self.state = last_step, None

    def load(self):
        return copy.deepcopy(self.state)

    def due(self):
        return True

    def save(self, state):
        self.state = copy.deepcopy(state)
        if self.last_step is not None and state["next_step"] == self.last_step + 1:
            raise InterruptedRunError


@pytest.mark.parametrize("last_step", [0, 1, 4, 7, 12])
def test_a_run_interrupted_after_any_step_resumes_to_the_same_numbers(tiny_bert, data, last_step):
    whole, resumed = model_of(tiny_bert), model_of(tiny_bert)
    expected, expected_best = run(whole, data, weight_decay=0.1)
    checkpoint = MemoryCheckpoint(last_step)
    with pytest.raises(InterruptedRunError):
        run(model_of(tiny_bert), data, weight_decay=0.1, checkpoint=checkpoint)
    checkpoint.last_step = None
    checkpoint.state["seconds"] += 1000
    curve, best = run(resumed, data, weight_decay=0.1, checkpoint=checkpoint)
    assert [{**row, "seconds": 0} for row in curve] == [{**row, "seconds": 0} for row in expected]
    assert best["step"] == expected_best["step"]
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))
    if last_step < 12:
        assert curve[-1]["seconds"] > 1000  # the time before the interruption counts

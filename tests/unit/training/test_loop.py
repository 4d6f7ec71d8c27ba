import copy
import math

import numpy as np
import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import collate, training_batches
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.models.device import choose_device, choose_precision
from beyondtext.models.loading import load_encoder
from beyondtext.training.loop import rate_factor, train
from beyondtext.training.scoring import predict
from beyondtext.training.setup import Split
from beyondtext.training.targets import ClassTarget, NumberTarget

CPU = torch.device("cpu")
SETTINGS = {
    "steps": 12,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "warmup_fraction": 0.25,
    "weight_decay": 0.0,
    "clip_norm": 1.0,
    "evaluations": 3,
    "precision": "float32",
}


def sequences(count, seed):
    """Sequences whose class is whether id 9 occurs more often than id 10."""
    generator = np.random.default_rng(seed)
    drawn = [generator.choice([9, 10], generator.integers(3, 12)) for _ in range(count)]
    values = ["more" if (s == 9).sum() > (s == 10).sum() else "fewer" for s in drawn]
    return Split([np.concatenate([[2], s, [3]]) for s in drawn], values)


@pytest.fixture
def data():
    return {"train": sequences(64, 0), "validation": sequences(40, 1)}


TARGET = ClassTarget(("fewer", "more"))


def model_of(tiny_bert, outputs=2):
    encoder = load_encoder(*tiny_bert, "pretrained", 0)
    torch.manual_seed(5)
    return SequenceModel(encoder, "mean", outputs)


def run(model, data, target=TARGET, metric="accuracy", **changes):
    return train(model, data, target, metric, 0, {**SETTINGS, **changes}, "float32", 3, CPU)


def test_the_loop_equals_a_plain_one(tiny_bert, data):
    model, reference = model_of(tiny_bert), model_of(tiny_bert)
    curve, _ = run(model, data, evaluations=12)  # so that every step's loss is in the curve

    torch.manual_seed(3)
    optimizer = torch.optim.Adam(reference.parameters(), lr=1e-3, fused=False, foreach=False)
    losses = []
    batches = training_batches(data["train"].lengths, 8, 3)
    reference.train()
    for step in range(12):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * ((step + 1) / 4 if step < 3 else (12 - step) / 9)
        rows = next(batches)
        ids, mask = collate([data["train"].sequences[r] for r in rows], 0, CPU)
        targets = torch.tensor([TARGET.classes.index(data["train"].values[r]) for r in rows])
        loss = torch.nn.functional.cross_entropy(reference(ids, mask), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(reference.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert [row["train_loss"] for row in curve[1:]] == pytest.approx(losses, abs=1e-4)


def test_without_the_rows_that_nothing_uses_every_loss_is_the_same(tiny_bert, data):
    full, compact = model_of(tiny_bert), model_of(tiny_bert)
    table = keep_rows(compact.encoder, {2, 3, 9, 10}, pad=0).numpy()
    fewer = {
        name: Split([table[sequence] for sequence in split.sequences], split.values) for name, split in data.items()
    }
    (expected, _), (found, _) = run(full, data, evaluations=12), run(compact, fewer, evaluations=12)
    assert [row["validation"] for row in found] == [row["validation"] for row in expected]
    losses, same = ([row["train_loss"] for row in curve[1:]] for curve in (expected, found))
    assert same == pytest.approx(losses, rel=1e-6)  # the clipping norm adds its zeros in another order
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
    predicted, logs = TARGET.decode(predict(model, data["validation"].sequences, 0, "float32", CPU))
    assert np.mean(predicted == np.array(data["validation"].values)) == best["validation"]
    assert np.exp(logs).sum(1) == pytest.approx(np.ones(40))


def test_the_curve_has_the_asked_for_rows(tiny_bert, data):
    curve, _ = run(model_of(tiny_bert), data)
    assert [row["step"] for row in curve] == [0, 4, 8, 12]
    assert [row["examples"] for row in curve] == [0, 32, 64, 96]
    assert curve[0]["train_loss"] is None


def test_a_loss_that_is_not_finite_names_step_and_settings(tiny_bert, data):
    with pytest.raises(InputError, match=r"became (nan|inf) at step \d+ with .*learning_rate 1e\+20.*lower learning"):
        run(model_of(tiny_bert), data, learning_rate=1e20, clip_norm=1e20)


def test_numbers_are_learned_on_their_own_scale(tiny_bert, data):
    numbers = {
        name: Split(split.sequences, [1000 + 50.0 * (s == 9).mean() for s in split.sequences])
        for name, split in data.items()
    }
    target = NumberTarget.of(numbers["train"].values)
    model = model_of(tiny_bert, outputs=1)
    _, best = run(model, numbers, target, "spearman", steps=100, learning_rate=5e-3)
    predicted, logs = target.decode(predict(model, numbers["validation"].sequences, 0, "float32", CPU))
    assert best["validation"] > 0.8
    assert logs is None
    assert abs(predicted.mean() - np.mean(numbers["validation"].values)) < 10


def test_a_constant_target_is_centred_only():
    target = NumberTarget.of([3.0, 3.0])
    assert target.encode([3.0, 4.0]).tolist() == [0.0, 1.0]


def test_the_rate_rises_and_falls_linearly():
    factors = [rate_factor(step, SETTINGS) for step in range(13)]
    assert factors[:4] == pytest.approx([1 / 4, 2 / 4, 3 / 4, 1])
    assert factors[-1] == 0
    assert np.diff(factors[3:]) == pytest.approx(np.full(9, -1 / 9))
    assert rate_factor(0, {"steps": 5, "warmup_fraction": 0}) == 1


def test_bfloat16_stays_near_float32(tiny_bert, data):
    full = model_of(tiny_bert)
    half = copy.deepcopy(full)
    a = predict(full, data["validation"].sequences, 0, "float32", CPU)
    b = predict(half, data["validation"].sequences, 0, "bfloat16", CPU)
    assert not torch.equal(a, b)
    assert (a - b).abs().max() < 0.05


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device is cuda, but torch finds no GPU"):
        choose_device("cuda", 1)
    assert choose_device("auto", 1) == CPU
    assert choose_precision("float32", CPU) == "float32"


def test_log_probabilities_of_hopeless_classes_stay_finite():
    _, logs = TARGET.decode(torch.tensor([[0.0, 300.0]]))
    assert math.isfinite(logs[0, 0])

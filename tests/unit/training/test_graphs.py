"""Captured updates. There is no graph without a GPU: here, to replay is to call the update again on the same tensors.

tests/gpu/ repeats this with CUDA graphs.
"""

import copy

import numpy as np
import pytest
import torch

from beyondtext.models.batches import training_batches
from beyondtext.training.graphs import GraphedUpdate, undone
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.setup import Setup
from beyondtext.training.step import TrainingSplit, make_update
from tiny_training import CPU, SETTINGS, TARGET, emulated_capture, model_of, sequences

SETTINGS = TrainingSettings(**SETTINGS)


def make(tiny_bert):
    data = {"train": sequences(100, 3, longest=38)}
    setup = Setup(model_of(tiny_bert), data, TARGET, "accuracy", pad=0)
    optimizer = torch.optim.AdamW(setup.model.parameters(), weight_decay=0.1, fused=True)
    split = TrainingSplit(setup, 8, CPU.device, few_shapes=True)
    batches = training_batches(data["train"].lengths, 8, 0)
    return setup, optimizer, split, [next(batches) for _ in range(30)]


def test_captured_updates_equal_uncaptured_ones(tiny_bert):
    """With the same dropout masks, since the warm-up before the capture does not count."""
    losses = []
    for captured in (False, True):
        setup, optimizer, split, batches = make(tiny_bert)
        assert len({split.width(rows) for rows in batches}) > 1
        assert min(map(len, batches)) < 8
        torch.manual_seed(3)
        update = make_update(setup, SETTINGS, CPU, optimizer)
        if captured:
            one_of_each = split.one_of_each_width(batches)
            graphed = GraphedUpdate(update, setup.model, optimizer, one_of_each, emulated_capture)
        losses.append([])
        for step, rows in enumerate(batches):
            rate = 1e-3 / (step + 1)
            if captured:
                loss = graphed(split.batch(rows), rate)
            else:
                optimizer.param_groups[0]["lr"] = rate
                loss = update(split.batch(rows))
            losses[-1].append(loss.item())
    uncaptured, captured = losses
    assert captured == pytest.approx(uncaptured, abs=1e-6)
    assert len(set(captured)) == 30


def test_a_capture_in_the_middle_of_training_changes_nothing(tiny_bert):
    setup, optimizer, split, batches = make(tiny_bert)
    update = make_update(setup, SETTINGS, CPU, optimizer)
    for rows in batches[:3]:
        update(split.batch(rows))
    weights, moments = copy.deepcopy(setup.model.state_dict()), copy.deepcopy(optimizer.state_dict()["state"])
    random = torch.get_rng_state()
    GraphedUpdate(update, setup.model, optimizer, split.one_of_each_width(batches), emulated_capture)
    torch.testing.assert_close(setup.model.state_dict(), weights, rtol=0, atol=0)
    torch.testing.assert_close(optimizer.state_dict()["state"], moments, rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), random)


def test_undoing_restores_everything_in_place(tiny_bert):
    setup, optimizer, split, batches = make(tiny_bert)
    update = make_update(setup, SETTINGS, CPU, optimizer)
    addresses = [parameter.data_ptr() for parameter in setup.model.parameters()]
    weights, random = copy.deepcopy(setup.model.state_dict()), torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt), undone(setup.model, optimizer, CPU.device):
        update(split.batch(batches[0]))
        assert not torch.equal(setup.model.head.weight, weights["head.weight"])
        raise KeyboardInterrupt
    torch.testing.assert_close(setup.model.state_dict(), weights, rtol=0, atol=0)
    assert [parameter.data_ptr() for parameter in setup.model.parameters()] == addresses
    assert all(not value.any() for values in optimizer.state.values() for value in values.values())
    assert torch.equal(torch.get_rng_state(), random)
    assert np.isfinite(update(split.batch(batches[0])).item())

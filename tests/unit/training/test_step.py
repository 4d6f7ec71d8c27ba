"""One optimizer step: its loss, and batches of a few shapes."""

import copy

import numpy as np
import pytest
import torch

from beyondtext.models.batches import collate
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.setup import Setup
from beyondtext.training.step import TrainingSplit, make_step, make_update
from tiny_training import CPU, SETTINGS, TARGET, model_of, sequences, training_data


@pytest.fixture
def setup(tiny_bert):
    return Setup(model_of(tiny_bert), training_data(), TARGET, "accuracy", pad=0)


def test_a_step_returns_the_loss_before_its_update_and_leaves_no_gradient(setup):
    model, split = setup.model.eval(), setup.data["train"]  # without dropout, so that the loss can be computed again
    optimizer = torch.optim.AdamW(model.parameters())
    take_step = make_step(setup, TrainingSettings(**SETTINGS), CPU, optimizer, [])
    before = copy.deepcopy(model)
    rows = np.array([5, 0, 7])
    loss = take_step(rows, 1e-3)

    ids, mask = collate([split.sequences[row] for row in rows], 0, CPU.device)
    expected = TARGET.losses(before(ids, mask), TARGET.encode([split.values[row] for row in rows])).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6) and not loss.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not torch.equal(model.head.weight, before.head.weight)
    assert take_step(rows, 1e-3).item() < loss.item()


def test_a_step_has_the_given_learning_rate(setup):
    optimizer = torch.optim.AdamW(setup.model.parameters())
    take_step = make_step(setup, TrainingSettings(**SETTINGS), CPU, optimizer, [])
    before = copy.deepcopy(setup.model)
    take_step(np.array([5, 0, 7]), 0.0)
    assert all(torch.equal(a, b) for a, b in zip(before.parameters(), setup.model.parameters(), strict=True))


@pytest.mark.parametrize("count", [1, 3, 8])
def test_few_shapes_change_neither_the_loss_nor_the_update(setup, count):
    """Padding to a multiple of 16 tokens, and filling an incomplete batch, leave out what they added."""
    settings = TrainingSettings(**{**SETTINGS, "learning_rate": 1e-3})
    rows, outcomes = np.arange(count), []
    for few_shapes in (False, True):
        copied = Setup(copy.deepcopy(setup.model).eval(), setup.data, TARGET, "accuracy", pad=0)
        optimizer = torch.optim.SGD(copied.model.parameters(), lr=0.1)  # its updates are proportional to the gradients
        batch = TrainingSplit(copied, 8, CPU.device, few_shapes).batch(rows)
        assert batch.ids.shape == ((8, 16) if few_shapes else (count, max(setup.data["train"].lengths[:count])))
        loss = make_update(copied, settings, CPU, optimizer)(batch)
        outcomes.append((loss.item(), [parameter.detach() for parameter in copied.model.parameters()]))
    (loss, weights), (few_loss, few_weights) = outcomes
    assert few_loss == pytest.approx(loss, abs=1e-6)
    torch.testing.assert_close(few_weights, weights, rtol=0, atol=1e-6)


def test_widths_are_multiples_of_16_and_within_the_positions_of_the_model(setup):
    data = {"train": sequences(200, 3, longest=38), "validation": setup.data["validation"]}
    split = TrainingSplit(Setup(setup.model, data, TARGET, "accuracy", pad=0), 4, CPU.device, few_shapes=True)
    batches = [np.arange(start, start + 2) for start in range(0, 200, 2)]
    lengths = data["train"].lengths
    for rows in batches:
        width, longest = split.width(rows), max(lengths[row] for row in rows)
        assert longest <= width < longest + 16
        assert width % 16 == 0 or width == 40  # the positions of the tiny model
    one_of_each = split.one_of_each_width(batches)
    assert [batch.width for batch in one_of_each] == [40, 32, 16]
    assert all(len(batch.ids) == 4 for batch in one_of_each)

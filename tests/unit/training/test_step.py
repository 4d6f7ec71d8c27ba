"""One optimizer step: its loss, and batches of a few shapes."""

import copy

import numpy as np
import pytest
import torch

from beyondtext.models import batches
from beyondtext.models.batches import collate
from beyondtext.models.device import Compute
from beyondtext.training import step
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
    drawn = [np.arange(start, start + 2) for start in range(0, 200, 2)]
    lengths = data["train"].lengths
    for rows in drawn:
        width, longest = split.width(rows), max(lengths[row] for row in rows)
        assert longest <= width < longest + 16
        assert width % 16 == 0 or width == 40  # the positions of the tiny model
    one_of_each = split.one_of_each_width(drawn)
    assert [batch.width for batch in one_of_each] == [40, 32, 16]
    assert all(len(batch.ids) == 4 for batch in one_of_each)


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """A `Compute` with a GPU's name and the CPU's tensors, and a function that lets captures fail with an error."""
    monkeypatch.setattr(step, "to_device", lambda tensor, device: tensor)
    monkeypatch.setattr(batches, "to_device", lambda tensor, device: tensor)
    monkeypatch.setattr(step, "cuda_graph_capture", lambda device: None)

    def fail(error):
        def graphed(*arguments):
            raise error

        monkeypatch.setattr(step, "GraphedUpdate", graphed)

    return Compute(torch.device("cuda", 0), "float32"), fail


def test_where_a_capture_fails_one_line_says_so_and_steps_are_not_captured(setup, as_on_a_gpu, capsys):
    compute, fail = as_on_a_gpu
    fail(RuntimeError("CUDA error: operation not permitted when stream is capturing\nCUDA kernel errors might be"))
    optimizer = torch.optim.AdamW(setup.model.parameters())
    rows = np.array([5, 0, 7])
    take_step = make_step(setup, TrainingSettings(**SETTINGS), compute, optimizer, [rows])
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and "operation not permitted when stream is capturing" in printed
    before = setup.model.head.weight.clone()
    assert torch.isfinite(take_step(rows, 1e-3))
    assert not torch.equal(setup.model.head.weight, before)


def test_a_capture_that_fails_after_the_gradients_leaves_none(setup, as_on_a_gpu, monkeypatch):
    compute, _ = as_on_a_gpu

    def graphed(update, model, *others):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, 1e6)  # as in memory that a graph has not filled
        raise RuntimeError("operation not permitted")

    monkeypatch.setattr(step, "GraphedUpdate", graphed)
    optimizer = torch.optim.AdamW(setup.model.parameters())
    make_step(setup, TrainingSettings(**SETTINGS), compute, optimizer, [np.arange(3)])
    assert all(parameter.grad is None for parameter in setup.model.parameters())


def test_full_memory_during_a_capture_is_not_a_failed_capture(setup, as_on_a_gpu):
    compute, fail = as_on_a_gpu
    fail(torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(torch.OutOfMemoryError):
        optimizer = torch.optim.AdamW(setup.model.parameters())
        make_step(setup, TrainingSettings(**SETTINGS), compute, optimizer, [np.arange(3)])

"""The state of a run: saved and restored as a whole."""

import copy

import torch

from beyondtext.training.state import TrainingState

CPU = torch.device("cpu")


def state_of(seed):
    torch.manual_seed(seed)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    return model, optimizer, TrainingState(model, optimizer, 4, CPU)


def take_step(model, optimizer):
    model(torch.randn(5, 3)).square().mean().backward()
    optimizer.step()
    optimizer.zero_grad()


def row(step, validation):
    return {"step": step, "validation": validation}


def test_the_best_row_is_the_earliest_of_equals_and_its_weights_are_a_copy():
    model, *_, state = state_of(0)
    state.add_evaluation(row(0, 0.5))
    before = model.weight.detach().clone()
    with torch.no_grad():
        model.weight += 1
    state.add_evaluation(row(1, 0.5))
    assert state.best["step"] == 0
    assert torch.equal(state.best_weights["weight"], before)
    state.add_evaluation(row(2, 0.6))
    assert state.best["step"] == 2
    assert torch.equal(state.best_weights["weight"], model.weight)


def test_the_mean_loss_is_over_the_steps_since_the_last_row():
    *_, state = state_of(0)
    assert state.mean_loss_since_evaluation(0) is None
    state.curve = [row(0, 0), row(1, 0)]
    state.losses[:] = torch.tensor([9.0, 2.0, 4.0, 9.0])
    assert state.mean_loss_since_evaluation(3) == 3


def test_step_0_takes_no_batch():
    *_, state = state_of(0)
    taken = []
    for state.next_step in (0, 1, 2, 5):
        taken.append(state.steps_taken)
    assert taken == [0, 0, 1, 4]


def test_a_restored_state_leads_to_the_same_weights_and_random_numbers():
    model, optimizer, state = state_of(0)
    take_step(model, optimizer)
    state.losses[0], state.examples, state.next_step = 0.5, 5, 2
    state.add_evaluation(row(0, 0.7))
    state.add_evaluation(row(1, 0.7))
    saved = copy.deepcopy(state.state_dict())  # as if written to a file: later steps do not change it
    take_step(model, optimizer)

    other, other_optimizer, restored = state_of(1)
    restored.load_state_dict(saved)
    assert (restored.examples, restored.next_step, restored.best["step"]) == (5, 2, 0)
    assert restored.losses.tolist() == [0.5, 0, 0, 0]
    take_step(other, other_optimizer)
    assert torch.equal(other.weight, model.weight)


def test_the_seconds_before_an_interruption_count():
    *_, state = state_of(0)
    saved = {**state.state_dict(), "seconds": 1000.0}
    *_, restored = state_of(1)
    restored.load_state_dict(saved)
    assert 1000 <= restored.seconds < 1010

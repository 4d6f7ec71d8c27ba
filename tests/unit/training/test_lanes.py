"""Lanes: runs that take turns draw the random numbers that they would draw alone."""

import torch

from beyondtext.training.lanes import Lane, take_turns
from beyondtext.training.loop import complete

CPU = torch.device("cpu")


def run(seed, steps, log):
    """A run that draws a number at each step."""
    torch.manual_seed(seed)
    for _ in range(steps):
        log.append((seed, torch.rand(()).item()))
        yield


def test_each_lane_has_its_own_random_numbers():
    alone = {}
    for seed in (1, 2, 3, 4):
        complete(run(seed, seed + 1, drawn := []))
        alone[seed] = drawn
    before, log = torch.get_rng_state(), []
    take_turns((run(seed, seed + 1, log) for seed in (1, 2, 3, 4)), [Lane(CPU) for _ in range(3)])
    assert {seed: [draw for draw in log if draw[0] == seed] for seed in alone} == alone
    assert torch.equal(torch.get_rng_state(), before)


def test_runs_alternate_and_the_next_one_starts_when_a_lane_is_free():
    log = []
    take_turns((run(seed, steps, log) for seed, steps in ((1, 1), (2, 3), (3, 1))), [Lane(CPU) for _ in range(2)])
    assert [seed for seed, _ in log] == [1, 2, 2, 2, 3]


def test_with_one_lane_runs_follow_one_another():
    log = []
    take_turns((run(seed, 2, log) for seed in (1, 2)), [Lane(CPU)])
    assert [seed for seed, _ in log] == [1, 1, 2, 2]

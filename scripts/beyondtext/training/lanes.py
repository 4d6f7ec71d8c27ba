"""Lanes: where several runs of one process compute in turn, each as if it were alone."""

from contextlib import contextmanager

import torch


class Lane:
    """A run's own random numbers and, on a GPU, its own stream.

    Streams let a GPU execute the small kernels of several runs at the same time.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device):
        self._random = torch.get_rng_state()
        self._stream = None
        if device.type == "cuda":
            torch.cuda.init()
            self._stream = torch.cuda.Stream(device)
            self._generator = torch.cuda.default_generators[device.index]
            self._gpu_random = self._generator.clone_state()

    @contextmanager
    def turn(self):
        """Let the body compute in this lane: what it seeds and draws affects no other lane."""
        outside = torch.get_rng_state()
        torch.set_rng_state(self._random)
        try:
            if self._stream is None:
                yield
            else:
                with self._gpu_turn():
                    yield
        finally:
            self._random = torch.get_rng_state()
            torch.set_rng_state(outside)

    @contextmanager
    def _gpu_turn(self):
        outside = self._generator.graphsafe_get_state()
        # Captured graphs refer to the state of the generator that they draw from, so states are exchanged, not copied.
        self._generator.graphsafe_set_state(self._gpu_random)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            self._generator.graphsafe_set_state(outside)


def take_turns(runs, lanes):
    """Carry out several runs, as many at a time as there are lanes, one step of each in turn.

    Parameters
    ----------
    runs : iterator of generator
        Each carries out a run, one step at a time. The next is taken when a lane is free.
    lanes : list of Lane
    """
    free, running, ended = list(lanes), [], object()
    while True:
        while free and (run := next(runs, None)) is not None:
            running.append((free.pop(), run))
        if not running:
            return
        for lane, run in list(running):
            with lane.turn():
                over = next(run, ended) is ended
            if over:
                running.remove((lane, run))
                free.append(lane)

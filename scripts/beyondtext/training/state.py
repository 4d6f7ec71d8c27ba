"""The state of a run while it trains."""

import time

import torch


class TrainingState:
    """Everything about a run that changes while it trains, to be saved and restored as a whole.

    Parameters
    ----------
    model, optimizer
        Their states are part of this one.
    steps : int
        Optimizer steps of the whole run.
    device : torch.device

    Attributes
    ----------
    next_step : int
        The step that the loop does next; step 0 is the evaluation before the first update.
    losses : torch.Tensor, shape (steps,)
        The loss of each step so far, on the device: reading one means waiting for the device.
    examples : int
        Training sequences seen.
    curve : list of dict
    best : dict or None
        The row of the curve with the highest validation score, the earliest if several are tied.
    best_weights : dict of str to torch.Tensor, or None
        The model's weights at that row.
    """

    def __init__(self, model, optimizer, steps, device):
        self._parts = {"model": model, "optimizer": optimizer}
        self._device = device
        self._started = time.monotonic()
        self.next_step = self.examples = 0
        self.losses = torch.zeros(steps, device=device)
        self.curve, self.best, self.best_weights = [], None, None

    @property
    def steps_taken(self):
        """Optimizer steps so far, each of which took one batch."""
        return max(self.next_step - 1, 0)

    @property
    def seconds(self):
        """Seconds of training so far, including those before an interruption."""
        return time.monotonic() - self._started

    def mean_loss_since_evaluation(self, step):
        """The mean loss of the steps after the last row of the curve, up to ``step``; None at step 0."""
        return self.losses[self.curve[-1]["step"] : step].mean().item() if step else None

    def add_evaluation(self, row):
        """Append a row to the curve and keep a copy of the weights if it is the best so far."""
        self.curve.append(row)
        if self.best is None or row["validation"] > self.best["validation"]:
            self.best = row
            weights = self._parts["model"].state_dict()
            self.best_weights = {name: value.detach().clone() for name, value in weights.items()}

    def state_dict(self):
        """The state as tensors, numbers, strings, lists and dicts, with the state of the random generators."""
        return {
            **{name: part.state_dict() for name, part in self._parts.items()},
            "next_step": self.next_step,
            "examples": self.examples,
            "losses": self.losses,
            "curve": self.curve,
            "best_weights": self.best_weights,
            "random": random_state(self._device),
            "seconds": self.seconds,
        }

    def load_state_dict(self, saved):
        """Restore a state that `state_dict` returned, and the random generators with it."""
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        self.next_step, self.examples = saved["next_step"], saved["examples"]
        self.losses.copy_(saved["losses"])
        self.curve, self.best_weights = saved["curve"], saved["best_weights"]
        self.best = max(self.curve, key=lambda row: row["validation"], default=None)
        set_random_state(saved["random"], self._device)
        self._started = time.monotonic() - saved["seconds"]


def random_state(device):
    """The states of the generators that dropout draws from: the CPU's and, on a GPU, the device's."""
    return [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])


def set_random_state(states, device):
    """Restore the states that `random_state` returned."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)

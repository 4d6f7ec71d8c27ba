"""The training loop."""

import time
from itertools import islice

import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import collate, to_device, training_batches
from beyondtext.training.scoring import score


def train(setup, settings, compute, seed, report=lambda row: None, checkpoint=None):
    """Fine-tune a model; leave it with the weights of its best step on the validation split.

    Parameters
    ----------
    setup : beyondtext.training.setup.Setup
        Its model is on the device and is changed in place. Its splits ``train`` and ``validation`` are used.
    settings : beyondtext.training.settings.TrainingSettings
    compute : beyondtext.models.device.Compute
    seed : int
        The run's order seed: it decides the batches and the dropout masks.
    report : callable
        Called with each row of the curve as soon as it exists.
    checkpoint : beyondtext.training.checkpoint.Checkpoint, optional
        Where the state is saved. A run that finds its own state there resumes from it and ends with the same numbers.

    Returns
    -------
    curve : list of dict
        ``step``, ``examples`` seen, ``seconds`` of training (including those before an interruption), mean
        ``train_loss`` since the previous row, and the ``validation`` score: a row for step 0 and one for each of
        ``settings.evaluations`` evenly spaced steps.
    best : dict
        The row with the highest validation score, the earliest if several have it. The model has its weights.

    Raises
    ------
    InputError
        If a loss is not finite; the message names the step and the settings.
    """
    torch.manual_seed(seed)
    model, train_split = setup.model, setup.data["train"]
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, settings.rate_factor)
    take_step = make_step(setup, settings, compute, optimizer, schedule)
    evaluation_steps = settings.evaluation_steps()

    state = TrainingState(model, optimizer, schedule, settings.steps, compute.device)
    if checkpoint and (saved := checkpoint.load()) is not None:
        state.load_state_dict(saved)
    batches = islice(training_batches(train_split.lengths, settings.batch_size, seed), state.steps_taken, None)

    for step in range(state.next_step, settings.steps + 1):
        if step > 0:
            rows = next(batches)
            state.losses[step - 1] = take_step(rows)
            state.examples += len(rows)

        if step in evaluation_steps:
            check_finite(state.losses[:step], settings, compute)
            row = {
                "step": step,
                "examples": state.examples,
                "seconds": round(state.seconds, 3),
                "train_loss": state.mean_loss_since_evaluation(step),
                "validation": score(setup, "validation", compute),
            }
            report(row)
            state.add_evaluation(row)

        state.next_step = step + 1
        if checkpoint and checkpoint.due():
            checkpoint.save(state.state_dict())

    model.load_state_dict(state.best_weights)
    return state.curve, state.best


def make_step(setup, settings, compute, optimizer, schedule):
    """Build the function that makes one optimizer step.

    It is separate from the loop so that the loop does not depend on how a step is executed.

    Parameters
    ----------
    setup, settings, compute
        As for `train`.
    optimizer : torch.optim.Optimizer
    schedule : torch.optim.lr_scheduler.LRScheduler

    Returns
    -------
    callable
        ``step(rows)`` trains on the training sequences with the indices ``rows`` and returns their mean loss before
        the update, a tensor of shape () on the device.
    """
    model, target, split = setup.model, setup.target, setup.data["train"]
    targets = target.encode(split.values)

    def step(rows):
        ids, mask = collate([split.sequences[row] for row in rows], setup.pad, compute.device)
        with compute.autocast():
            loss = target.loss(model(ids, mask), to_device(targets[rows], compute.device))
        loss.backward()
        if settings.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        return loss.detach()

    return step


class TrainingState:
    """Everything about a run that changes while it trains, to be saved and restored as a whole.

    Parameters
    ----------
    model, optimizer, schedule
        Their states are part of this one.
    steps : int
        Optimizer steps of the whole run.
    device : torch.device

    Attributes
    ----------
    next_step : int
        The step that the loop does next; step 0 is the evaluation before the first update.
    losses : torch.Tensor, shape (steps,)
        The loss of each step so far, on the device: to read one is to wait for the device.
    examples : int
        Training sequences seen.
    curve : list of dict
    best : dict or None
        The row of the curve with the highest validation score, the earliest if several have it.
    best_weights : dict of str to torch.Tensor, or None
        The model's weights at that row.
    """

    def __init__(self, model, optimizer, schedule, steps, device):
        self._parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
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


def check_finite(losses, settings, compute):
    """Raise `InputError` if a loss is not finite; the message names the first such step."""
    bad = (~torch.isfinite(losses)).nonzero()
    if len(bad):
        raise InputError(
            f"the training loss became {losses[bad[0]].item()} at step {int(bad[0]) + 1} with {settings}, precision "
            f"{compute.precision}; lower learning_rate or set precision to float32"
        )

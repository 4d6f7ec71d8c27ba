"""The training loop."""

import math
from itertools import islice

import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import training_batches
from beyondtext.training.scoring import evaluate
from beyondtext.training.state import TrainingState
from beyondtext.training.step import make_step


def train(setup, settings, compute, seed, report=lambda row: None, checkpoint=None):
    """Fine-tune a model; leave it with the weights of its best step on the validation split.

    Parameters and returns are those of `steps_of_training`, which this function runs to its end.
    """
    return complete(steps_of_training(setup, settings, compute, seed, report, checkpoint))


def complete(steps):
    """Run a generator to its end; return its value."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def steps_of_training(setup, settings, compute, seed, report=lambda row: None, checkpoint=None):
    """The training loop, as a generator that pauses after each step, so that several runs can take turns.

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

    Yields
    ------
    int
        The step, from 0 (the evaluation before the first update) to ``settings.steps``.

    Returns
    -------
    curve : list of dict
        ``step``, ``examples`` seen, ``seconds`` of training (including those before an interruption), mean
        ``train_loss`` since the previous row, the ``validation`` score, the mean ``validation_loss`` and the
        ``predictions`` of the validation split, a list: a row for step 0 and one for each of ``settings.evaluations``
        evenly spaced steps.
    best : dict
        The row with the highest validation score, the earliest if several are tied. The model has its weights.

    Raises
    ------
    InputError
        If a loss is not finite; the message names the step and the settings.
    """
    torch.manual_seed(seed)
    model, lengths = setup.model, setup.data["train"].lengths
    optimizer = make_optimizer(model, settings, compute)
    state = TrainingState(model, optimizer, settings.steps, compute.device)
    if checkpoint and (saved := checkpoint.load()) is not None:
        state.load_state_dict(saved)

    upcoming = list(islice(training_batches(lengths, settings.batch_size, seed), state.steps_taken, settings.steps))
    take_step = make_step(setup, settings, compute, optimizer, upcoming)
    batches = iter(upcoming)
    evaluation_steps = settings.evaluation_steps()

    for step in range(state.next_step, settings.steps + 1):
        if step > 0:
            rows = next(batches)
            state.losses[step - 1] = take_step(rows, settings.rate(step))
            state.examples += len(rows)

        if step in evaluation_steps:
            check_finite(state.losses[:step], settings, compute)
            validation, validation_loss, predicted = evaluate(setup, "validation", compute)
            refuse_not_finite(validation_loss, f"validation loss became {{}} after step {step}", settings, compute)
            row = {
                "step": step,
                "examples": state.examples,
                "seconds": round(state.seconds, 3),
                "train_loss": state.mean_loss_since_evaluation(step),
                "validation": validation,
                "validation_loss": validation_loss,
                "predictions": predicted.tolist(),
            }
            report(row)
            state.add_evaluation(row)

        state.next_step = step + 1
        if checkpoint and checkpoint.due():
            checkpoint.save(state.state_dict())
        yield step

    model.load_state_dict(state.best_weights)
    return state.curve, state.best


def make_optimizer(model, settings, compute):
    """The optimizer of a model that is on the device of ``compute``."""
    return torch.optim.AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
        capturable=compute.device.type == "cuda",
    )


def check_finite(losses, settings, compute):
    """Raise `InputError` if a training loss is not finite; the message names the first such step."""
    bad = (~torch.isfinite(losses)).nonzero()
    if len(bad):
        first = int(bad[0])
        refuse_not_finite(losses[first].item(), f"training loss became {{}} at step {first + 1}", settings, compute)


def refuse_not_finite(loss, what, settings, compute):
    """Raise `InputError` if a loss is not finite; ``what`` names it, with braces for the value."""
    if not math.isfinite(loss):
        raise InputError(
            f"the {what.format(loss)} with {settings}, precision {compute.precision}; lower learning_rate or set "
            "precision to float32"
        )

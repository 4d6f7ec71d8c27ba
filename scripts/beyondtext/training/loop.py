"""The training loop."""

from itertools import islice

import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import collate, to_device, training_batches
from beyondtext.training.scoring import score
from beyondtext.training.state import TrainingState


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
        The row with the highest validation score, the earliest if several are tied. The model has its weights.

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


def check_finite(losses, settings, compute):
    """Raise `InputError` if a loss is not finite; the message names the first such step."""
    bad = (~torch.isfinite(losses)).nonzero()
    if len(bad):
        raise InputError(
            f"the training loss became {losses[bad[0]].item()} at step {int(bad[0]) + 1} with {settings}, precision "
            f"{compute.precision}; lower learning_rate or set precision to float32"
        )

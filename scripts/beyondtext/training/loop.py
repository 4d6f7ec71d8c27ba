"""The training loop."""

import time

import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import collate, to_device, training_batches
from beyondtext.models.device import autocast
from beyondtext.training.scoring import score


def train(
    model, data, target, metric, pad, settings, precision, seed, device, report=lambda row: None, checkpoint=None
):
    """Fine-tune a model; leave it with the weights of its best step on the validation split.

    Parameters
    ----------
    model : SequenceModel
        On ``device``; changed in place.
    data : dict of str to Split
        ``train`` and ``validation`` are read.
    target : ClassTarget or NumberTarget
    metric : str
        A name in `beyondtext.core.metrics.METRICS`; larger is better.
    pad : int
        The pad id.
    settings : dict
        ``steps``, ``batch_size``, ``learning_rate``, ``warmup_fraction``, ``weight_decay``,
        ``clip_norm``, ``evaluations``.
    precision : {"float32", "bfloat16"}
    seed : int
        The run's order seed: it fixes the batches and the dropout masks.
    device : torch.device
    report : callable
        Called with each row of the curve as it is made.
    checkpoint : beyondtext.checkpoint.Checkpoint, optional
        Where the state is kept; a run that finds one there goes on from it, to the same numbers.

    Returns
    -------
    curve : list of dict
        ``step``, ``examples`` seen, ``seconds`` (those before an interruption too), mean ``train_loss``
        since the last row, and the ``validation`` score, at step 0 and at ``evaluations`` evenly spaced steps.
    best : dict
        The row of the curve whose weights the model has; the earliest of equals.

    Raises
    ------
    InputError
        If the loss stops being finite; the message names the step and the settings.
    """
    torch.manual_seed(seed)
    steps = settings["steps"]
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"], fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_factor(step, settings))
    evaluate_at = {round(steps * k / settings["evaluations"]) for k in range(1, settings["evaluations"] + 1)}
    batches = training_batches(data["train"].lengths, settings["batch_size"], seed)
    encoded = target.encode(data["train"].values)

    losses = torch.zeros(steps, device=device)  # read only at evaluations: reading waits for the device
    curve, best_weights, seen, first, earlier = [], None, 0, 0, 0.0

    state = checkpoint.load() if checkpoint else None
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        losses.copy_(state["losses"])
        curve, best_weights, first, earlier = state["curve"], state["best_weights"], state["step"] + 1, state["seconds"]
        seen = sum(len(next(batches)) for _ in range(state["step"]))  # the sampler, to where it was
        set_random_state(state["random"], device)
    best = max(curve, key=lambda row: row["validation"], default=None)  # the first of equals
    started = time.monotonic() - earlier

    for step in range(first, steps + 1):
        if step > 0:
            rows = next(batches)
            ids, mask = collate([data["train"].sequences[row] for row in rows], pad, device)
            with autocast(device, precision):
                loss = target.loss(model(ids, mask), to_device(encoded[rows], device))
            loss.backward()
            if settings["clip_norm"] is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses[step - 1] = loss.detach()
            seen += len(rows)

        if step == 0 or step in evaluate_at:
            refuse_divergence(losses[:step], settings)
            row = {
                "step": step,
                "examples": seen,
                "seconds": round(time.monotonic() - started, 3),
                "train_loss": losses[curve[-1]["step"] : step].mean().item() if step else None,
                "validation": score(model, data["validation"], target, metric, pad, precision, device),
            }
            curve.append(row)
            report(row)
            if best is None or row["validation"] > best["validation"]:
                best = row
                best_weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

        if checkpoint and checkpoint.due():
            checkpoint.save(
                {
                    "step": step,
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "schedule": schedule.state_dict(),
                    "losses": losses,
                    "curve": curve,
                    "best_weights": best_weights,
                    "random": random_state(device),
                    "seconds": time.monotonic() - started,
                }
            )

    model.load_state_dict(best_weights)
    return curve, best


def random_state(device):
    """The state of the generators that dropout draws from."""
    return [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])


def set_random_state(states, device):
    """Undo all draws since `random_state` returned ``states``."""
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)


def rate_factor(step, settings):
    """The learning rate as a share of its peak: linear warm-up, then linear decay to zero."""
    steps = settings["steps"]
    warmup = round(settings["warmup_fraction"] * steps)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    return (steps - step) / max(steps - warmup, 1)


def refuse_divergence(losses, settings):
    """Raise `InputError` at the first loss that is not finite."""
    broken = (~torch.isfinite(losses)).nonzero()
    if len(broken):
        shown = ", ".join(f"{key} {value}" for key, value in settings.items())
        raise InputError(
            f"the training loss became {losses[broken[0]].item()} at step {int(broken[0]) + 1} with {shown}; "
            "lower learning_rate or set precision to float32"
        )

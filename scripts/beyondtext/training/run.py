"""One fine-tuning run from its settings to its files."""

import sys
import time

import numpy as np
import pandas as pd

from beyondtext.core.files import sha256
from beyondtext.core.machine import package_versions, peak_memory_mb, threads
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import run_seeds
from beyondtext.study.job_settings import in_steps
from beyondtext.training.run_files import LOG_PROBABILITY, run_identity, seconds, write_run

PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "pandas", "scikit-learn", "scipy")


def finetune(settings, examples_path, raw, output, code, state, checkpoint_seconds, gpu_jobs, test=True, keep=False):
    """Do one run and write its folder.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.run_settings`.
    examples_path : path
        The task's examples file.
    raw : path
        The folder of the model's source.
    output : path
        The run's folder.
    code : str
        The digest of the code, for the record.
    state : path
        Where runs keep their state while they train.
    checkpoint_seconds : float
        How often the state is saved.
    gpu_jobs : int
        Processes that may share a GPU.
    test : bool
        Whether to score the test split; a run from which settings are chosen leaves it alone.
    keep : bool
        Whether to write the encoder's weights, too.

    Returns
    -------
    dict
        What ``run.json`` holds.

    Raises
    ------
    InputError
        For bad input, a device that is not there or lacks the memory, or a loss that stops being finite.
    """
    clock = [time.monotonic()]
    # Not at the top: bad arguments and --help need not wait for torch, which takes seconds.
    import torch

    from beyondtext.models import kernels
    from beyondtext.models.compact_embeddings import whole_weights
    from beyondtext.models.device import choose_device, choose_precision, describe
    from beyondtext.training.checkpoint import Checkpoint
    from beyondtext.training.loop import train
    from beyondtext.training.memory import keep_freed_memory, refuse_too_large
    from beyondtext.training.scoring import predict
    from beyondtext.training.setup import set_up

    keep_freed_memory()
    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    precision = choose_precision(settings["training"]["precision"], device)
    seeds = run_seeds(settings["seed"])

    setup = set_up(settings, examples_path, raw, "sdpa" if device.type == "cuda" else kernels.NAME)
    model, data, target, pad, examples, info = (
        setup.model,
        setup.data,
        setup.target,
        setup.pad,
        setup.examples,
        setup.info,
    )
    encoder = model.encoder
    training = in_steps(settings["training"], len(data["train"].values))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    longest = max(len(sequence) for sequence in data["train"].sequences)
    refuse_too_large(encoder.config, parameters, training["batch_size"], longest, precision, device)
    model.to(device)
    if device.type == "cpu":
        kernels.replace_dropout(model)
    identity = {
        "settings": settings,
        "data_sha256": info["sha256"],
        "source_sha256": sha256(raw / "source.json"),
        "code": code,
        "versions": package_versions(PACKAGES),
        "device": describe(device),
        "precision": precision,
    }
    checkpoint = Checkpoint(state, identity, checkpoint_seconds)
    checkpoint.take()
    clock.append(time.monotonic())

    curve, best = train(
        model,
        data,
        target,
        info["metric"],
        pad,
        training,
        precision,
        seeds["order"],
        device,
        report=lambda row: tell(settings, training["steps"], info["metric"], row),
        checkpoint=checkpoint,
    )
    clock.append(time.monotonic())

    scores, predictions = {"validation": best["validation"], "test": None}, None
    if test:
        predicted, logs = target.decode(predict(model, data["test"].sequences, pad, precision, device))
        scores["test"] = float(METRICS[info["metric"]](data["test"].values, predicted))
        predictions = examples.loc[examples["split"] == "test", ["id", "group", "target"]].reset_index(drop=True)
        predictions["prediction"] = predicted
        for place, name in enumerate(target.classes):
            predictions[LOG_PROBABILITY + name] = logs[:, place]
    clock.append(time.monotonic())

    load, _, scoring = np.diff(clock).tolist()
    record = {
        **run_identity(settings, info),
        "scores": scores,
        "best_step": best["step"],
        "steps": training["steps"],
        "parameters": parameters,
        "examples": {name: len(split.values) for name, split in data.items()},
        "seeds": seeds,
        **{key: identity[key] for key in ("settings", "data_sha256", "code", "versions", "device", "precision")},
        # The loop's own count: it has the seconds before an interruption too.
        "seconds": seconds(load, curve[-1]["seconds"], scoring),
        "peak_memory_mb": peak_memory_mb(),
    }
    weights = whole_weights(encoder, setup.embeddings, setup.compact) if keep else None
    write_run(output, record, predictions, pd.DataFrame(curve), weights)
    checkpoint.remove()
    return record


def tell(settings, steps, metric, row):
    """One line of progress on stderr; lines, not a bar, since jobs run side by side."""
    run = f"{settings['task']} {settings['model']} {settings['init']} seed {settings['seed']}"
    loss = "" if row["train_loss"] is None else f"training loss {row['train_loss']:.3f}, "
    print(
        f"{run}: step {row['step']}/{steps}, {loss}validation {metric} {row['validation']:.3f}, {row['seconds']:.0f} s",
        file=sys.stderr,
        flush=True,
    )

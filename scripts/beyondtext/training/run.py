"""One fine-tuning run, from its settings to its files.

Importing torch takes seconds. Every function here imports what needs it when it is called, so that ``--help`` and
errors in the arguments do not wait.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from beyondtext.core import paths
from beyondtext.core.files import sha256
from beyondtext.core.machine import package_versions, peak_memory_mb, threads
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import run_seeds
from beyondtext.training.durations import Stopwatch, durations
from beyondtext.training.run_files import prediction_table, run_identity, write_run
from beyondtext.training.settings import TrainingSettings

PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True)
class RunPaths:
    """Where a run reads and writes.

    Attributes
    ----------
    examples : pathlib.Path
        The task's examples file.
    raw : pathlib.Path
        The folder of the model's source.
    output : pathlib.Path
        The run's folder.
    state : pathlib.Path
        The folder of all checkpoints.
    """

    examples: Path
    raw: Path
    output: Path
    state: Path = Path(paths.STATE)


@dataclass(frozen=True)
class RunOptions:
    """How a run is carried out; none of these affects its results.

    Attributes
    ----------
    checkpoint_seconds : float
        Seconds between two checkpoints.
    gpu_jobs : int
        Processes that may share a GPU.
    score_test : bool
        Whether to score the test split; a trial run, from which settings are chosen, must not.
    keep_weights : bool
        Whether to write the encoder's weights as well.
    """

    checkpoint_seconds: float = 60
    gpu_jobs: int = 1
    score_test: bool = True
    keep_weights: bool = False


def finetune(settings, run_paths, code, options):
    """Fine-tune and score one model, and write the run's folder.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.run_settings`, with one learning rate.
    run_paths : RunPaths
    code : str
        The digest of the code, for the record.
    options : RunOptions

    Returns
    -------
    dict
        The content of ``run.json``; see `beyondtext.training.run_files`.

    Raises
    ------
    InputError
        For invalid input, a device that is not available or has too little memory, or a loss that is not finite.
    """
    stopwatch = Stopwatch()
    from beyondtext.models.compact_embeddings import whole_weights
    from beyondtext.training.checkpoint import Checkpoint
    from beyondtext.training.loop import train

    compute = prepare_compute(settings, options.gpu_jobs)
    setup = prepare_model(settings, run_paths, compute)
    training = TrainingSettings.of_job(settings["training"], len(setup.data["train"].values))
    move_to_device(setup, training, compute)
    origin = describe_origin(settings, setup, run_paths, code, compute)
    checkpoint = Checkpoint(run_paths.state, origin, options.checkpoint_seconds)
    checkpoint.acquire()
    load_seconds = stopwatch.lap()

    seeds = run_seeds(settings["seed"])

    def report(row):
        print_progress(settings, training.steps, setup.metric, row)

    curve, best = train(setup, training, compute, seeds["order"], report, checkpoint)
    stopwatch.lap()

    test_score, predictions = score_test(setup, compute) if options.score_test else (None, None)
    train_seconds = curve[-1]["seconds"]  # the loop's own count includes the time before an interruption
    record = {
        **run_identity(settings, setup.info),
        "scores": {"validation": best["validation"], "test": test_score},
        "best_step": best["step"],
        "steps": training.steps,
        "parameters": count_parameters(setup.model),
        "examples": {name: len(split.values) for name, split in setup.data.items()},
        "seeds": seeds,
        **{key: value for key, value in origin.items() if key != "source_sha256"},
        "seconds": durations(load_seconds, train_seconds, stopwatch.lap()),
        "peak_memory_mb": peak_memory_mb(),
    }
    weights = whole_weights(setup.model.encoder, setup.embeddings, setup.new_ids) if options.keep_weights else None
    write_run(run_paths.output, record, predictions, pd.DataFrame(curve), weights)
    checkpoint.remove()
    return record


def prepare_compute(settings, gpu_jobs):
    """Choose the run's device and precision, and configure torch's threads and the process's memory.

    Returns
    -------
    beyondtext.models.device.Compute
    """
    import torch

    from beyondtext.models.device import Compute, choose_device, choose_precision
    from beyondtext.training.memory import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    return Compute(device, choose_precision(settings["training"]["precision"], device))


def prepare_model(settings, run_paths, compute):
    """Read the run's files and build its model, on the CPU, with the attention that is fastest on its device.

    Returns
    -------
    beyondtext.training.setup.RunSetup
    """
    from beyondtext.models.kernels import BLOCKED_ATTENTION
    from beyondtext.training.setup import set_up

    attention = "sdpa" if compute.device.type == "cuda" else BLOCKED_ATTENTION
    return set_up(settings, run_paths.examples, run_paths.raw, attention)


def move_to_device(setup, training, compute):
    """Move a run's model to its device, if training fits into the memory there."""
    from beyondtext.models.kernels import replace_modules
    from beyondtext.training.memory import refuse_too_large

    longest = max(setup.data["train"].lengths)
    config, parameters = setup.model.encoder.config, count_parameters(setup.model)
    refuse_too_large(config, parameters, training.batch_size, longest, compute)
    setup.model.to(compute.device)
    if compute.device.type == "cpu":
        replace_modules(setup.model)


def describe_origin(settings, setup, run_paths, code, compute):
    """Everything that decides a run's numbers: the identity of its checkpoint, and a part of its record.

    Returns
    -------
    dict
    """
    from beyondtext.models.device import device_name

    return {
        "settings": settings,
        "data_sha256": setup.info["sha256"],
        "source_sha256": sha256(run_paths.raw / "source.json"),
        "code": code,
        "versions": package_versions(PACKAGES),
        "device": device_name(compute.device),
        "precision": compute.precision,
    }


def score_test(setup, compute):
    """Score a trained model on the test split.

    Returns
    -------
    score : float
    predictions : pandas.DataFrame
        See `beyondtext.training.run_files.prediction_table`.
    """
    from beyondtext.training.scoring import predict

    test, target = setup.data["test"], setup.target
    predicted, log_probabilities = target.decode(predict(setup.model, test.sequences, setup.pad, compute))
    rows = setup.examples[setup.examples["split"] == "test"]
    table = prediction_table(rows, predicted, log_probabilities, target.classes)
    return float(METRICS[setup.metric](test.values, predicted)), table


def count_parameters(model):
    """The number of trainable numbers in a model."""
    return sum(parameter.numel() for parameter in model.parameters())


def print_progress(settings, steps, metric, row):
    """Print one row of the curve to stderr: a line, not a progress bar, since jobs run in parallel."""
    run = f"{settings['task']} {settings['model']} {settings['init']} seed {settings['seed']}"
    loss = "" if row["train_loss"] is None else f"training loss {row['train_loss']:.3f}, "
    score = f"validation {metric} {row['validation']:.3f}"
    print(f"{run}: step {row['step']}/{steps}, {loss}{score}, {row['seconds']:.0f} s", file=sys.stderr, flush=True)

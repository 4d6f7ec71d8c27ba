"""One fine-tuning run, from its settings to its files.

Importing torch takes seconds. Every function here imports what needs it when it is called, so that ``--help``, errors
in the arguments and the publication of a finished run do not wait.
"""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from beyondtext.core.machine import package_versions, peak_memory_mb
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import run_seeds
from beyondtext.data.examples import describe_examples
from beyondtext.data.raw import raw_record
from beyondtext.models.libraries import PACKAGES
from beyondtext.training.durations import durations
from beyondtext.training.run_files import prediction_table, run_identity, validation_table, write_run
from beyondtext.training.settings import TrainingSettings

ORIGIN = ("settings", "data_sha256", "code", "versions", "device", "precision")  # keys of a run's record


@dataclass(frozen=True)
class RunJob:
    """What a run is made of.

    Attributes
    ----------
    settings : dict
        From `beyondtext.study.job_settings.run_settings`, with one learning rate.
    examples : pathlib.Path
        The task's examples file.
    raw : pathlib.Path
        The folder of the model's source.
    output : pathlib.Path
        The run's folder.
    score_test : bool
        Whether to score the test split; a trial run, from which settings are chosen, must not.
    keep_weights : bool
        Whether to write the encoder's weights as well.
    """

    settings: dict
    examples: Path
    raw: Path
    output: Path
    score_test: bool = True
    keep_weights: bool = False

    def identity(self, code):
        """Everything that decides the run's files, except for the device, as JSON types; ``code`` is its digest.

        Raises
        ------
        InputError
            If the examples or the model's source are missing.
        """
        return {
            "settings": self.settings,
            "data_sha256": describe_examples(self.examples, self.settings["task"])["sha256"],
            "source_files": raw_record(self.raw)["files"],
            "code": code,
            "versions": package_versions(PACKAGES),
            "score_test": self.score_test,
            "keep_weights": self.keep_weights,
        }


@dataclass(frozen=True)
class RunOptions:
    """How runs are carried out; none of these affects their results.

    Attributes
    ----------
    state : pathlib.Path
        The folder of the workspaces.
    checkpoint_seconds : float
        Seconds between two checkpoints.
    gpu_jobs : int
        Processes that may share a GPU.
    runs_per_process : int
        Runs that one process may make: at the same time on a GPU, in turn on a processor.
    workflow : int or None
        The id of the process that started this one and takes the run's files. None: the files are always published.
    """

    state: Path
    checkpoint_seconds: float
    gpu_jobs: int
    runs_per_process: int
    workflow: int | None


def make_run(job, identity, workspace, device, checkpoint_seconds, stopwatch):
    """Fine-tune and score one model, and write the run's files in its workspace: a generator that pauses at each step.

    Parameters
    ----------
    job : RunJob
    identity : dict
        The job's.
    workspace : beyondtext.training.workspace.Workspace
        Claimed by this process.
    device : torch.device
    checkpoint_seconds : float
        Seconds between two checkpoints.
    stopwatch : beyondtext.training.durations.Stopwatch
        Started when this process began the run.

    Yields
    ------
    int
        The training step.

    Raises
    ------
    InputError
        For invalid input, too little memory on the device, or a loss that is not finite.
    """
    import pandas as pd

    from beyondtext.models.compact_embeddings import whole_weights
    from beyondtext.models.device import Compute, device_name
    from beyondtext.training.checkpoint import Checkpoint
    from beyondtext.training.loop import steps_of_training
    from beyondtext.training.preparation import set_up_on

    settings = job.settings
    compute = Compute.on(device, settings["training"]["precision"])
    setup = set_up_on(device, settings, job.examples, job.raw)
    training = TrainingSettings.of_job(settings["training"], len(setup.data["train"].values))
    move_to_device(setup, training, compute)
    identity = {**identity, "device": device_name(device), "precision": compute.precision}
    checkpoint = Checkpoint(workspace.checkpoint, identity, checkpoint_seconds)
    load_seconds = stopwatch.lap()

    seeds = run_seeds(settings["seed"])
    report = partial(print_progress, settings, training.steps, setup.metric)
    curve, best = yield from steps_of_training(setup, training, compute, seeds["order"], report, checkpoint)
    stopwatch.lap()

    test_score, predictions = score_test(setup, compute) if job.score_test else (None, None)
    train_seconds = curve[-1]["seconds"]  # the loop's own count includes the time before an interruption
    record = {
        **run_identity(settings, setup.info),
        "scores": {"validation": best["validation"], "test": test_score},
        "best_step": best["step"],
        "steps": training.steps,
        "parameters": count_parameters(setup.model),
        "examples": {name: len(split.values) for name, split in setup.data.items()},
        "seeds": seeds,
        **{key: identity[key] for key in ORIGIN},
        "seconds": durations(load_seconds, train_seconds, stopwatch.lap()),
        "peak_memory_mb": peak_memory_mb(),
    }
    weights = whole_weights(setup.model.encoder, setup.embeddings, setup.new_ids) if job.keep_weights else None
    rows = setup.examples[setup.examples["split"] == "validation"]
    while_learning = validation_table(rows, curve)
    write_run(workspace.run, record, predictions, pd.DataFrame(curve), weights, validation=while_learning)
    checkpoint.remove()


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

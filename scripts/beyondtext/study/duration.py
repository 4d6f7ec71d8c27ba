"""How long the jobs of a study will take: on processors with a measured speed, and on GPUs with a published one."""

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, replace

from beyondtext.core import paths
from beyondtext.study.cost import FINETUNING

# Dense operations per second from the makers' data sheets, in the precision that training uses there: bfloat16, but
# float32 on T4 and V100.
PEAK = {
    "A100": 312e12,
    "H100": 989e12,
    "H200": 989e12,
    "L4": 121e12,
    "RTX4090": 165e12,
    "T4": 8.1e12,
    "V100": 15.7e12,
}
SHARE_OF_PEAK = 0.2  # that the large steps of BERT base reached on an H100: 0.16 and 0.19 with all that a step includes
GPU_STEP_SECONDS = 0.0008  # that any step takes, if eight runs share an H100
SHARE_OF_PROCESSOR = 0.7  # of the speed of one matrix product that training and scoring reached: 0.67 to 0.76
RUNS_ON_A_GPU = 8  # of one process by default; small models share a GPU well
TIMEOUT = 60  # seconds for measuring a machine


@dataclass(frozen=True)
class Machine:
    """What decides how long jobs take on a machine.

    Attributes
    ----------
    cores : int
        Physical ones: two threads of one core multiply no faster than one.
    training, float32 : float
        Operations per second of one core in a matrix product, in the precision of training and in float32.
    gpus : tuple of str
        The names of the GPUs that training will use; empty if it will use the processors.
    peak : float or None
        Operations per second that each of these can reach; None for what its maker says.
    """

    cores: int
    training: float
    float32: float
    gpus: tuple = ()
    peak: float | None = None


def this_machine(device, precision):
    """The `Machine` that this process runs on, measured by another one, which imports torch; None if it fails.

    ``device`` and ``precision`` are those of the configuration.
    """
    command = [sys.executable, "-m", "beyondtext.models.speed", device, precision]
    try:
        done = subprocess.run(command, cwd=paths.SCRIPTS, capture_output=True, text=True, timeout=TIMEOUT, check=True)
        return from_json(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):  # such as an environment without torch
        return None


def as_json(machine):
    """What `from_json` reads."""
    return json.dumps(asdict(machine))


def from_json(text):
    """The `Machine` that `as_json` wrote."""
    values = json.loads(text)
    return Machine(**{**values, "gpus": tuple(values["gpus"])})


def calibrated(machine, operations, seconds):
    """A `Machine` with the speed that a training step showed, which took so many operations and seconds."""
    if machine.gpus:
        computing = max(seconds - GPU_STEP_SECONDS, GPU_STEP_SECONDS / 10)
        return replace(machine, peak=operations / (computing * SHARE_OF_PEAK))
    return replace(machine, training=operations / (seconds * SHARE_OF_PROCESSOR))


def expected_seconds(jobs, machine, cores, gpus=1, runs_per_process=None):
    """Seconds that jobs will take on a machine with ``cores`` cores and ``gpus`` GPUs; None if its GPU is not known.

    ``runs_per_process`` is how many runs one process makes, by default 1 on processors and `RUNS_ON_A_GPU` on a GPU.
    """
    if not machine.gpus:
        return on_processors(jobs, machine, cores, runs_per_process or 1)
    peak = machine.peak or peak_of(machine.gpus[0])
    if peak is None:
        return None
    return on_gpus(jobs, peak, min(gpus, len(machine.gpus)), cores, runs_per_process or RUNS_ON_A_GPU)


def on_processors(jobs, machine, cores, runs_per_process=1):
    """Seconds that the jobs take on ``cores`` cores: with all of them busy, but no less than the longest job."""
    seconds = [_start_seconds(job, runs_per_process) + _network_seconds(job, machine) for job in jobs]
    return max(sum(seconds) / min(cores, machine.cores), max(seconds, default=0))


def _start_seconds(job, runs_per_process):
    """What a job takes besides computing; runs share the start of their process."""
    return job.seconds / (runs_per_process if job.steps else 1)


def _network_seconds(job, machine):
    speed = machine.float32 if job.in_float32 else machine.training
    return job.operations / (speed * SHARE_OF_PROCESSOR)


def on_gpus(jobs, peak, gpus=1, cores=1, runs_per_process=RUNS_ON_A_GPU):
    """Seconds that the jobs take on ``gpus`` GPUs that reach ``peak`` operations per second, and on ``cores`` cores.

    Jobs without a network run on the cores at the same time.
    """
    with_network = [job for job in jobs if job.operations]
    starts = sum(_start_seconds(job, runs_per_process) for job in with_network)
    steps = GPU_STEP_SECONDS * sum(job.steps for job in with_network)
    operations = sum(job.operations for job in with_network) / (peak * SHARE_OF_PEAK)
    others = [job.seconds for job in jobs if not job.operations]
    return max((starts + steps + operations) / gpus, sum(others) / cores, max(others, default=0))


def peak_of(gpu):
    """The peak speed of a GPU by the name that nvidia-smi gives it; None if it is not in the table."""
    name = gpu.replace("RTX ", "RTX")
    return next((peak for key, peak in PEAK.items() if re.search(rf"\b{key}\b", name)), None)


def announcement(jobs, machine, cores, gpus=1, runs_per_process=None):
    """One line for the terminal on what is about to run and how long it will take; None if that is not known.

    Parameters
    ----------
    jobs : list of beyondtext.study.cost.Job
    machine : Machine or None
    cores, gpus : int
        That the jobs may use at the same time.
    runs_per_process : int or None
        See `expected_seconds`.
    """
    if machine is None or not jobs:
        return None
    seconds = expected_seconds(jobs, machine, cores, gpus, runs_per_process)
    if seconds is None:
        return None
    where = f"{min(gpus, len(machine.gpus))} x {machine.gpus[0]}" if machine.gpus else _counted(cores, "core")
    runs = sum(job.kind.startswith(FINETUNING) for job in jobs)
    what = f"{_counted(runs, 'fine-tuning run')} and all other jobs" if runs else "all jobs"
    downloads = " (downloads not counted)" if any(job.kind == "downloads" for job in jobs) else ""
    return f"estimated time on {where}: {in_words(seconds)} for {what}{downloads}"


def _counted(number, noun):
    return f"{number:,} {noun}{'s' * (number != 1)}"


def in_words(seconds):
    """A duration in minutes, hours or days, whichever fits."""
    if seconds < 45:
        return "less than a minute"
    for unit, size, limit in (("minute", 60, 90 * 60), ("hour", 3600, 72 * 3600), ("day", 86400, float("inf"))):
        if seconds < limit:
            return f"about {_counted(max(1, round(seconds / size)), unit)}"
    raise AssertionError

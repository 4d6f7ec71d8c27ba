"""The trainability measurements of one model, from its settings to its file."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.models.libraries import prepare_device
from beyondtext.trainability.files import write_measurements


def measure_trainability(settings, examples_path, raw, output, gpu_jobs):
    """Measure one model and write its table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.trainability_settings`.
    examples_path, raw : path
        The task's examples file, and the folder of the model's source.
    output : path
        The file to write.
    gpu_jobs : int
        The number of processes that may share a GPU.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If the files do not match each other, or the training split has too few sequences.
    """
    device = prepare_device(settings["device"], gpu_jobs)

    from tqdm import tqdm

    from beyondtext.trainability.analyses import ANALYSES, Job
    from beyondtext.training.preparation import set_up

    setup = set_up(settings, examples_path, raw, "eager")
    sample = draw_batches(
        len(setup.data["train"].values), settings["batches"], settings["batch_size"], settings["sample_seed"]
    )
    steps = 2 + len(settings["noise"]) + settings["jacobians"]
    with tqdm(total=steps, desc=f"{settings['model']} {settings['init']}", unit="step", mininterval=10) as bar:
        job = Job(settings, setup, sample, device, bar.update)
        rows = [row for analysis in ANALYSES for row in analysis(job)]
    return write_measurements(output, settings, rows)


def draw_batches(count, batches, size, seed):
    """Draw disjoint batches of sequences.

    Parameters
    ----------
    count : int
        The number of sequences to draw from.
    batches, size : int
        The number of batches, and of sequences in each.
    seed : int

    Returns
    -------
    numpy.ndarray of int, shape (batches, size)

    Raises
    ------
    InputError
        If there are too few sequences.
    """
    if batches * size > count:
        raise InputError(
            f"the training split has {count} sequences, but trainability needs {batches} batches of {size}; lower "
            "trainability.batches or trainability.batch_size"
        )
    return np.random.default_rng(seed).permutation(count)[: batches * size].reshape(batches, size)

"""One model measured before its first step, from its settings to its file."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.machine import threads
from beyondtext.core.seeds import derive, run_seeds
from beyondtext.trainability.files import IDENTITY, write_measurements

SMALLEST = 1e-12  # below, a singular value is rounding error


def measure_trainability(settings, examples_path, raw, output, gpu_jobs):
    """Measure one model and write its table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.trainability_settings`.
    examples_path, raw : path
        The task's examples file, and the folder of the model's source.
    output : path
    gpu_jobs : int
        Processes that may share a GPU.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        For files that do not fit each other, and for a training split with too few sequences.
    """
    # Not at the top: bad arguments and --help need not wait for torch, which takes seconds.
    import torch
    from tqdm import tqdm

    from beyondtext.models.device import choose_device
    from beyondtext.trainability import measures
    from beyondtext.training.setup import set_up

    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    setup = set_up(settings, examples_path, raw, "eager")
    model, train, pad = setup.model, setup.data["train"], setup.pad
    batches = draw_batches(len(train.values), settings["batches"], settings["batch_size"], settings["sample_seed"])
    sequences = [[train.sequences[row] for row in rows] for rows in batches]
    labelled = [(some, [train.values[row] for row in rows]) for some, rows in zip(sequences, batches, strict=True)]
    noise_seed = derive(run_seeds(settings["seed"])["init"], "noise")

    rows = []
    work = 2 + len(settings["noise"]) + settings["jacobians"]
    with tqdm(total=work, desc=f"{settings['model']} {settings['init']}", unit="step", mininterval=10) as bar:
        cosines = measures.gradient_cosines(model, labelled, setup.target, pad, device)
        rows.append({"analysis": "gradient_cosine", **described(cosines[np.triu_indices(len(cosines), 1)])})
        bar.update()
        for sd in settings["noise"]:
            moved = measures.perturbation(model, sequences, pad, device, sd, noise_seed)
            rows.append({"analysis": "perturbation", "noise": sd, **described(moved)})
            bar.update()
        for place, (name, spread) in enumerate(
            measures.layer_norm_inputs(model, sequences, pad, device).items(), start=1
        ):
            rows.append({"analysis": "layer_norm_input", "place": f"{place} {name}", **described(spread)})
        bar.update()
        values = []
        generator = np.random.default_rng(settings["sample_seed"])
        for sequence in [one for some in sequences for one in some][: settings["jacobians"]]:
            sequence = sequence[: settings["jacobian_tokens"]]
            token = int(generator.integers(len(sequence)))
            values.append(measures.jacobian_singular_values(model, sequence, token, device))
            bar.update()
        logs = np.log10(np.maximum(np.concatenate(values), SMALLEST))
        rows.append({"analysis": "log10_singular_value", **described(logs)})

    return write_measurements(output, {key: settings[key] for key in IDENTITY}, rows)


def draw_batches(count, batches, size, seed):
    """Which of ``count`` sequences are in each batch; none is in two.

    Returns an array of int of shape (batches, size); raises `InputError` if there are too few sequences.
    """
    if batches * size > count:
        raise InputError(
            f"the training split has {count} sequences, but trainability asks for {batches} batches of {size}; lower "
            "trainability.batches or trainability.batch_size"
        )
    return np.random.default_rng(seed).permutation(count)[: batches * size].reshape(batches, size)


def described(values):
    """A distribution in six numbers."""
    return {
        "n": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if len(values) > 1 else 0.0,
        "lowest": values.min(),
        "median": np.median(values),
        "highest": values.max(),
    }

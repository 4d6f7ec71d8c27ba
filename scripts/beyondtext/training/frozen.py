"""A linear model on the features of a frozen encoder, as a run like any other: between k-mers and fine-tuning.

The features of a sequence are the mean, over its symbols, of the last layer's representations. The encoder is that of
the fine-tuning run with the same initialization, mapping and seed, before its first step.
"""

from functools import partial

import numpy as np

from beyondtext.core.machine import package_versions
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import run_seeds
from beyondtext.models.libraries import PACKAGES, prepare_device
from beyondtext.training.cross_validation import OutOfFold, cross_validate
from beyondtext.training.durations import Stopwatch, durations
from beyondtext.training.fitted import score_splits, write_fitted
from beyondtext.training.linear import predictions, refuse_one_class, select_penalty


def fit_frozen(settings, examples_path, raw, output, code, gpu_jobs):
    """Compute the features of all splits, fit and score a linear model, and write the run's folder.

    If the settings ask for it, the same features are cross-validated; see `beyondtext.training.cross_validation`.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.frozen_settings`.
    examples_path : path
        The task's examples file.
    raw : path
        The folder of the model's source.
    output : path
        The run's folder.
    code : str
        The digest of the code, for the record.
    gpu_jobs : int
        The number of processes that may share a GPU.

    Returns
    -------
    dict
        The content of ``run.json``; see `beyondtext.training.run_files`.

    Raises
    ------
    InputError
        For invalid input, a device that is not available or has too little memory, or training sequences that are all
        of one class.
    """
    stopwatch = Stopwatch()
    device = prepare_device(settings["device"], gpu_jobs)
    from beyondtext.models.device import Compute, device_name  # imported here, since both modules import torch
    from beyondtext.training.preparation import set_up_on

    compute = Compute.on(device, settings["precision"])
    setup = set_up_on(device, settings, examples_path, raw)
    setup.model.to(device)
    targets = _targets(setup, settings)
    load_seconds = stopwatch.lap()

    values = _features_of_splits(setup, compute)
    classes = list(setup.target.classes)
    select = partial(select_penalty, metric=METRICS[setup.metric], classify=bool(classes), standardize=True)
    model, penalty = select(*([part["train"], part["validation"]] for part in (values, targets)))
    train_seconds = stopwatch.lap()

    splits = dict(list(setup.examples.groupby("split")))
    scored = score_splits(lambda name: predictions(model, values[name], classes), splits, setup.info)
    out_of_fold = _cross_validated(settings, setup, values, targets, select)

    selected = {"penalty": float(penalty), "features": values["train"].shape[1]}
    own = {
        "examples": {name: len(split.values) for name, split in setup.data.items()},
        "seeds": run_seeds(settings["seed"]),
        "code": code,
        "versions": package_versions(PACKAGES),
        "device": device_name(compute.device),
        "precision": compute.precision,
        "seconds": durations(load_seconds, train_seconds, stopwatch.lap()),
    }
    return write_fitted(output, settings, selected, setup.info, scored, out_of_fold, own)


def _targets(setup, settings):
    """The targets of each split as arrays; `InputError` if those of the training split are all of one class."""
    is_class = bool(setup.target.classes)
    targets = {name: np.array(split.values, dtype=object if is_class else None) for name, split in setup.data.items()}
    if is_class:
        refuse_one_class(targets["train"], settings)
    return targets


def _features_of_splits(setup, compute):
    """The `features` of each split, as a dict by its name."""
    from beyondtext.models.device import full_memory_explained

    with full_memory_explained(compute.device):
        return {name: features(setup.model, split.sequences, setup.pad, compute) for name, split in setup.data.items()}


def _cross_validated(settings, setup, values, targets, select):
    """What a cross-validation adds to the run (`beyondtext.training.cross_validation.OutOfFold`).

    ``values`` and ``targets`` are those of each split, and ``select`` fits a model to two parts of them.
    """
    if "cross_validation" not in settings:  # as for runs on a part of the training split
        return OutOfFold()
    names = list(setup.data)
    rows = np.concatenate([np.flatnonzero(setup.examples["split"] == name) for name in names])

    def of_all(parts):
        """The splits after one another, in the order of the examples."""
        return np.concatenate([parts[name] for name in names])[np.argsort(rows)]

    def fit(train, validation):
        model, _ = select(*([part[train], part[validation]] for part in (all_values, all_targets)))
        return lambda places: predictions(model, all_values[places], list(setup.target.classes))

    all_values, all_targets = of_all(values), of_all(targets)
    return cross_validate(settings, setup.examples, setup.info, fit)


def features(model, sequences, pad, compute):
    """The mean representation of each sequence's symbols in the last layer, without dropout.

    Padding and special tokens do not count; the special tokens are those that begin and end a sequence, and that
    separate a pair.

    Parameters
    ----------
    model : beyondtext.models.classifier.SequenceModel
        On the device. Its pooling and its head are not used.
    sequences : list of numpy.ndarray of int64
        Token ids, from `beyondtext.models.token_ids.encode`.
    pad : int
        The pad id.
    compute : beyondtext.models.device.Compute

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, width)
    """
    import torch

    from beyondtext.training.scoring import in_batches

    start, end = sequences[0][0], sequences[0][-1]

    def mean_over_symbols(ids, mask):
        states = model.encode(ids, mask).last_hidden_state
        symbols = mask.bool() & (ids != start) & (ids != end)
        weights = symbols / symbols.sum(1, keepdim=True, dtype=torch.float64)
        # In float32, the mean of a feature that is the same for every token would differ between sequences by rounding
        # errors, which standardization would scale up. Autocast would compute it in bfloat16.
        with torch.autocast(ids.device.type, enabled=False):
            return torch.bmm(weights.unsqueeze(1), states.double()).squeeze(1)

    model.eval()
    return in_batches(mean_over_symbols, sequences, pad, compute).numpy().astype(np.float64)

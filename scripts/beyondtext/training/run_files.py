"""The files of one run: the only place that knows what is in them.

``run.json``
    ``task model init mapping fraction rate seed domain metric target_kind``: which run it is.
    ``scores``: ``validation`` and ``test``, of the best step's weights; ``test`` is null for a trial.
    ``best_step steps parameters seeds``: null for a baseline.
    ``examples``: sequences in each split. ``settings``: all that decided the run's numbers.
    ``data_sha256 code versions device precision``: what it was made with.
    ``seconds``: ``load train score total``; ``train`` holds those before an interruption too. ``peak_memory_mb``.
``curve.csv``
    ``step examples train_loss validation``, from step 0 on; not for a baseline.
``predictions.parquet``
    Not for a trial. The test split: ``id group target prediction`` and, for classes, ``log_probability_<class>``.
``encoder.safetensors``
    Only where the similarity phase reads it: the weights of the best step, by the names that transformers uses. Its
    metadata say under ``run`` which run it is of.
"""

import json
from pathlib import Path

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, replacing, write_json

IDENTITY = ("task", "model", "init", "mapping", "fraction", "rate", "seed")
RECORD_KEYS = {
    *IDENTITY,
    *("domain", "metric", "target_kind", "scores", "best_step", "steps", "parameters", "examples", "settings", "seeds"),
    *("data_sha256", "code", "versions", "device", "precision", "seconds", "peak_memory_mb"),
}
WEIGHTS = "encoder.safetensors"
LOG_PROBABILITY = "log_probability_"  # and a class: a column of the predictions
CURVE_COLUMNS = ["step", "examples", "train_loss", "validation"]
PREDICTION_COLUMNS = ["id", "group", "target", "prediction"]


def run_identity(settings, info):
    """The part of ``run.json`` that says which run it is."""
    identity = {key: settings[key] for key in IDENTITY}
    return {**identity, "domain": info["domain"], "metric": info["metric"], "target_kind": info["target"]["kind"]}


def seconds(load, train, score):
    """A run's durations in seconds, with their sum, as ``run.json`` holds them."""
    parts = {"load": load, "train": train, "score": score, "total": load + train + score}
    return {name: round(value, 2) for name, value in parts.items()}


def write_run(directory, record, predictions, curve, weights=None):
    """Write a run's files; ``run.json`` last, so that a folder that has it is whole.

    Parameters
    ----------
    directory : path
    record : dict
        What ``run.json`` holds.
    predictions : pandas.DataFrame or None
        None for a run that leaves the test split alone.
    curve : pandas.DataFrame or None
        None for a baseline.
    weights : dict of str to torch.Tensor, optional
    """
    assert set(record) == RECORD_KEYS, set(record) ^ RECORD_KEYS
    directory = Path(directory)
    (directory / "run.json").unlink(missing_ok=True)
    if curve is not None:
        with replacing(directory / "curve.csv") as part:
            curve[CURVE_COLUMNS].to_csv(part, index=False)
    if predictions is not None:
        with replacing(directory / "predictions.parquet") as part:
            predictions.to_parquet(part, index=False)
    if weights is None:
        (directory / WEIGHTS).unlink(missing_ok=True)  # those of an earlier time would not be this run's
    else:
        from safetensors.torch import save_file

        with replacing(directory / WEIGHTS) as part:
            save_file(weights, part, {"run": json.dumps({key: record[key] for key in IDENTITY})})
    write_json(directory / "run.json", record)


def read_run(directory):
    """A run's ``run.json`` as a dict; `InputError` if it is missing or lacks a key."""
    path = Path(directory) / "run.json"
    record = read_json(path)
    missing = RECORD_KEYS - set(record)
    if missing:
        raise InputError(
            f"{path} lacks {', '.join(sorted(missing))}; delete it and run `snakemake --cores 2 finetune` again"
        )
    return record


def read_predictions(directory):
    """A run's test predictions, in the order of the examples file."""
    path = Path(directory) / "predictions.parquet"
    if not path.is_file():
        raise InputError(f"{path} is missing; run `snakemake --cores 2 finetune` again")
    table = pd.read_parquet(path)
    missing = set(PREDICTION_COLUMNS) - set(table.columns)
    if missing:
        raise InputError(f"{path} lacks the column {missing.pop()!r}; delete the run and make it again")
    return table


def read_curve(directory):
    """A trained run's learning curve."""
    path = Path(directory) / "curve.csv"
    try:
        table = pd.read_csv(path)
    except (FileNotFoundError, pd.errors.EmptyDataError):
        raise InputError(f"{path} is missing or empty; run `snakemake --cores 2 finetune` again") from None
    if list(table.columns) != CURVE_COLUMNS:
        raise InputError(f"{path} has the columns {', '.join(table.columns)}, not {', '.join(CURVE_COLUMNS)}")
    return table

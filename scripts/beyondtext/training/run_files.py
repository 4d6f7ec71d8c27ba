"""The files of one run. This module is the only one that knows their format.

``run.json``
    ``task model init mapping fraction rate seed domain metric target_kind``: which run it is.
    ``scores``: ``validation`` and ``test``, with the weights of the best step; ``test`` is null for a trial run. With a
    cross-validation (`beyondtext.training.cross_validation`), also ``cross_validation``: the score of all out-of-fold
    predictions, null if there are too few groups; and ``folds``: their ``number`` and the ``reason`` if that is not
    the usual one.
    ``best_step steps parameters``: null for a baseline and for frozen features. ``seeds``: null for a baseline.
    ``examples``: sequences in each split. ``settings``: everything that decided the run's numbers.
    ``data_sha256 code versions device precision``: what it was made from and with.
    ``seconds``: ``load train score total``; ``train`` includes the time before an interruption. ``peak_memory_mb``.
    Both are those of the process, which may have made other runs before, or at the same time.
``curve.csv``
    ``step examples train_loss validation validation_loss``, from step 0; a baseline has none, nor do frozen features.
``predictions.parquet``
    The test split: ``id group target prediction`` and, for classes, ``log_probability_<class>``; a trial run has none.
``cross_validation.parquet``
    The same columns for the out-of-fold predictions of all examples; only with a cross-validation.
``encoder.safetensors``
    The weights of the best step under transformers' names, only for runs that the similarity phase reads. The file's
    metadata name its run under ``run``.
"""

import json
import shutil
from pathlib import Path

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, replacing, write_json
from beyondtext.core.tables import read_table

IDENTITY = ("task", "model", "init", "mapping", "fraction", "rate", "seed")
RECORD_KEYS = {
    *IDENTITY,
    *("domain", "metric", "target_kind", "scores", "best_step", "steps", "parameters", "examples", "settings", "seeds"),
    *("data_sha256", "code", "versions", "device", "precision", "seconds", "peak_memory_mb"),
}
FOLDS = "folds"  # a key that only the runs with a cross-validation have
CURVE, PREDICTIONS, WEIGHTS = "curve.csv", "predictions.parquet", "encoder.safetensors"
OUT_OF_FOLD = "cross_validation.parquet"
LOG_PROBABILITY = "log_probability_"  # followed by a class: a column of the predictions
CURVE_COLUMNS = ["step", "examples", "train_loss", "validation", "validation_loss"]
PREDICTION_COLUMNS = ["id", "group", "target", "prediction"]


def run_identity(settings, info):
    """The part of ``run.json`` that identifies the run.

    Parameters
    ----------
    settings : dict
        Of the job; see `beyondtext.study.job_settings`.
    info : dict
        The description of the task's examples; see `beyondtext.data.examples`.
    """
    identity = {key: settings[key] for key in IDENTITY}
    return {**identity, "domain": info["domain"], "metric": info["metric"], "target_kind": info["target"]["kind"]}


def prediction_table(rows, predicted, log_probabilities, classes):
    """The content of ``predictions.parquet``, or of ``cross_validation.parquet``.

    Parameters
    ----------
    rows : pandas.DataFrame
        Those of the test split, or of all splits, as in the examples file.
    predicted : array_like, shape (n,)
    log_probabilities : numpy.ndarray of float, shape (n, classes), or None
        Natural logarithms; None for a numeric target.
    classes : sequence of str
        The names of the classes; empty for a numeric target.

    Returns
    -------
    pandas.DataFrame
    """
    table = rows[["id", "group", "target"]].reset_index(drop=True)
    table["prediction"] = predicted
    for index, name in enumerate(classes):
        table[LOG_PROBABILITY + name] = log_probabilities[:, index]
    return table


def write_run(directory, record, predictions, curve, weights=None, out_of_fold=None):
    """Write a run's files. ``run.json`` comes last, so that a folder that contains it is complete.

    Parameters
    ----------
    directory : path
    record : dict
        The content of ``run.json``.
    predictions : pandas.DataFrame or None
        None for a trial run, which does not score the test split.
    curve : pandas.DataFrame or None
        None for a baseline or frozen features.
    weights : dict of str to torch.Tensor, optional
    out_of_fold : pandas.DataFrame, optional
        The predictions of a cross-validation.
    """
    assert set(record) - {FOLDS} == RECORD_KEYS, set(record) ^ RECORD_KEYS
    directory = Path(directory)
    (directory / "run.json").unlink(missing_ok=True)
    if curve is not None:
        with replacing(directory / CURVE) as part:
            curve[CURVE_COLUMNS].to_csv(part, index=False)
    if predictions is not None:
        with replacing(directory / PREDICTIONS) as part:
            predictions.to_parquet(part, index=False)
    if out_of_fold is None:
        (directory / OUT_OF_FOLD).unlink(missing_ok=True)  # that of an earlier run
    else:
        with replacing(directory / OUT_OF_FOLD) as part:
            out_of_fold.to_parquet(part, index=False)
    if weights is None:
        (directory / WEIGHTS).unlink(missing_ok=True)  # those of an earlier run would not fit this record
    else:
        from safetensors.torch import save_file  # imported here, since it imports torch

        with replacing(directory / WEIGHTS) as part:
            save_file(weights, part, {"run": json.dumps({key: record[key] for key in IDENTITY})})
    write_json(directory / "run.json", record)


def copy_run(source, directory):
    """Copy a run's files, ``run.json`` last; files of an earlier run that this one does not have are deleted."""
    source, directory = Path(source), Path(directory)
    (directory / "run.json").unlink(missing_ok=True)
    for name in (CURVE, PREDICTIONS, OUT_OF_FOLD, WEIGHTS, "run.json"):
        if (source / name).is_file():
            with replacing(directory / name) as part:
                shutil.copyfile(source / name, part)
        else:
            (directory / name).unlink(missing_ok=True)


def read_run(directory):
    """A run's ``run.json`` as a dict; `InputError` if the file is missing or lacks a key."""
    path = Path(directory) / "run.json"
    record = read_json(path)
    missing = RECORD_KEYS - set(record)
    if missing:
        raise InputError(
            f"{path} lacks {', '.join(sorted(missing))}; delete it and run `snakemake --cores 2 finetune` again"
        )
    return record


def is_run_of(directory, identity):
    """Whether a folder contains a complete run of a job with this identity (`beyondtext.training.run.RunJob`)."""
    directory = Path(directory)
    try:
        record = read_run(directory)
    except InputError:  # it is missing, or not the record of a complete run
        return False
    return (
        all(record[key] == identity[key] for key in ("settings", "data_sha256", "code", "versions"))
        and (directory / PREDICTIONS).is_file() == identity["score_test"]
        and ((directory / WEIGHTS).is_file() or not identity["keep_weights"])
    )


def read_predictions(directory, name=PREDICTIONS):
    """A run's predictions of the test split, or its `OUT_OF_FOLD` ones, in the order of the examples file."""
    path = Path(directory) / name
    if not path.is_file():
        remedy = (
            "run" if name == PREDICTIONS else "delete the run's folder and run"
        )  # since no rule has it as its output
        raise InputError(f"{path} is missing; {remedy} `snakemake --cores 2 finetune` again")
    table = pd.read_parquet(path)
    missing = set(PREDICTION_COLUMNS) - set(table.columns)
    if missing:
        raise InputError(
            f"{path} lacks the column {sorted(missing)[0]!r}; delete the run's folder and run "
            "`snakemake --cores 2 finetune` again"
        )
    return table


def read_curve(directory):
    """The ``curve.csv`` of a fine-tuning run."""
    remedy = "delete the run's folder and run `snakemake --cores 2 finetune` again"
    return read_table(Path(directory) / CURVE, CURVE_COLUMNS, remedy)

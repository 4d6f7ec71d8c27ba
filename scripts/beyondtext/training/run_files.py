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
``validation.parquet``
    The validation split: ``id group target``, and for each step of the curve a column with the predictions then, whose
    name is the step. A baseline has none, nor do frozen features.
``predictions.parquet``
    The test split: ``id group target prediction`` and, for classes, ``log_probability_<class>``; a trial run has none.
``cross_validation.parquet``
    The same columns for the out-of-fold predictions of all examples; only with a cross-validation.
``encoder.safetensors``
    The weights of the best step under transformers' names, only for runs that the similarity phase reads.

``run.json`` is a record (`beyondtext.core.records`) with the SHA-256 of each of the other files under ``files``. A
run's folder is written as a whole and read as a whole: `read_run` refuses a file that is not the run's own, and a run
that is in the folder of another one.
"""

from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.atomic import move_folder, replacing
from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file, sha256
from beyondtext.core.records import read_record, write_record
from beyondtext.core.tables import read_parquet, read_table
from beyondtext.core.tensors import write_tensors
from beyondtext.study.grid import Run

IDENTITY = ("task", "model", "init", "mapping", "fraction", "rate", "seed")
RECORD_KEYS = {
    *IDENTITY,
    *("domain", "metric", "target_kind", "scores", "best_step", "steps", "parameters", "examples", "settings", "seeds"),
    *("data_sha256", "code", "versions", "device", "precision", "seconds", "peak_memory_mb"),
}
FOLDS = "folds"  # a key that only the runs with a cross-validation have
FILES = "files"  # the key with the checksums, which `write_run` adds
RECORD, CURVE, PREDICTIONS, WEIGHTS = "run.json", "curve.csv", "predictions.parquet", "encoder.safetensors"
OUT_OF_FOLD, VALIDATION = "cross_validation.parquet", "validation.parquet"
READ_WITH_RECORD = (CURVE, PREDICTIONS, OUT_OF_FOLD, VALIDATION)  # the weights are larger, and read by one phase only
AGAIN = "run `snakemake --cores 2 finetune` again"
REMEDY = f"delete the run's folder and {AGAIN}"
LOG_PROBABILITY = "log_probability_"  # followed by a class: a column of the predictions
CURVE_COLUMNS = ["step", "examples", "train_loss", "validation", "validation_loss"]
EXAMPLE_COLUMNS = ["id", "group", "target"]


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
    table = rows[EXAMPLE_COLUMNS].reset_index(drop=True)
    table["prediction"] = predicted
    for index, name in enumerate(classes):
        table[LOG_PROBABILITY + name] = log_probabilities[:, index]
    return table


def validation_table(rows, curve):
    """The content of ``validation.parquet``.

    Parameters
    ----------
    rows : pandas.DataFrame
        Those of the validation split, as in the examples file.
    curve : list of dict
        With the ``predictions`` of each ``step``; see `beyondtext.training.loop.steps_of_training`.

    Returns
    -------
    pandas.DataFrame
    """
    table = rows[EXAMPLE_COLUMNS].reset_index(drop=True)
    return table.assign(**{str(row["step"]): row["predictions"] for row in curve})


def write_run(directory, record, predictions, curve, weights=None, out_of_fold=None, validation=None):
    """Write a run's folder, in place of an earlier run's. It appears whole, or not at all.

    Parameters
    ----------
    directory : path
    record : dict
        The content of ``run.json``, without the checksums of the other files.
    predictions : pandas.DataFrame or None
        None for a trial run, which does not score the test split.
    curve : pandas.DataFrame or None
        None for a baseline or frozen features.
    weights : dict of str to torch.Tensor, optional
    out_of_fold : pandas.DataFrame, optional
        The predictions of a cross-validation.
    validation : pandas.DataFrame, optional
        From `validation_table`.

    Raises
    ------
    InputError
        If the folder has files that are not those of a run.
    """
    assert set(record) - {FOLDS} == RECORD_KEYS, set(record) ^ RECORD_KEYS
    directory = _own_folder(directory)
    with replacing(directory) as folder:
        folder.mkdir()
        if curve is not None:
            curve[CURVE_COLUMNS].to_csv(folder / CURVE, index=False)
        for name, table in ((PREDICTIONS, predictions), (OUT_OF_FOLD, out_of_fold), (VALIDATION, validation)):
            if table is not None:
                table.to_parquet(folder / name, index=False)
        if weights is not None:
            from safetensors.torch import save_file  # imported here, since it imports torch

            write_tensors(folder / WEIGHTS, save_file, weights)
        digests = {path.name: sha256(path) for path in sorted(folder.iterdir())}
        write_record(folder / RECORD, {**record, FILES: digests})


def publish_run(source, directory):
    """Move a run's folder to its place, where it replaces that of an earlier run; errors as for `write_run`."""
    move_folder(source, _own_folder(directory))


def _own_folder(directory):
    """The absolute path of a folder that will be replaced; `InputError` if it has files that are not those of a run."""
    directory = Path(directory).absolute()
    if not directory.exists():
        return directory
    if not directory.is_dir():
        raise InputError(f"{directory} is a file, but a run is a folder; give --output another path")
    known = (RECORD, *READ_WITH_RECORD, WEIGHTS)
    # Files of network disks and desktops, and scratch files of earlier versions, are no reason to stop.
    harmless = (".nfs", ".DS_Store", *(f".{name}." for name in known))
    others = (path.name for path in directory.iterdir())
    other = min((name for name in others if name not in known and not name.startswith(harmless)), default=None)
    if other is not None:
        raise InputError(
            f"{directory} contains {other}, but a run replaces its folder as a whole; give --output a folder of its "
            "own, or move that file"
        )
    return directory


def read_run(directory, with_weights=False):
    """A run's ``run.json`` as a dict, once it is certain that the folder's files are those of this run.

    The weights are looked at only if this is asked for, since they are large; see also `check_weights`.

    Raises
    ------
    InputError
        If ``run.json`` is missing, lacks a key or was changed; if the folder is that of another run; or if a file is
        missing, was changed or is that of another run.
    """
    record = _read_record(directory)
    files = record.pop(FILES)
    for name in (*READ_WITH_RECORD, *([WEIGHTS] if with_weights else [])):
        _check_file(Path(directory) / name, files.get(name), REMEDY)
    return record


def _read_record(directory):
    """The content of ``run.json``, checked against its own checksum and its place."""
    path = Path(directory) / RECORD
    record = read_record(path, RECORD_KEYS | {FILES}, f"delete it and {AGAIN}")
    place = paths.place(directory, paths.RUN)
    if place is not None and place != (own := Run(*(record[key] for key in IDENTITY)).directory):
        raise InputError(f"{path} is the record of another run, {own}; {REMEDY}")
    return record


def _check_file(path, digest, remedy):
    """Compare a file with the checksum in the record next to it; None for a file that the run does not have."""
    found = sha256(path) if path.is_file() else None
    if found == digest:
        return
    if found is None:
        raise InputError(f"{path} is missing; {remedy}")
    raise InputError(f"{path} was changed, or is that of another run: its SHA-256 is not the one in {RECORD}; {remedy}")


def check_weights(path, expected):
    """Check ``encoder.safetensors`` against the record next to it.

    Parameters
    ----------
    path : path
    expected : dict
        What the record must have for some keys of `IDENTITY`.

    Raises
    ------
    InputError
        If the file is missing or is not the run's own, or if the run is another one.
    """
    path = Path(path)
    check_is_file(path)
    record = _read_record(path.parent)
    for key, value in expected.items():
        if record[key] != value:
            raise InputError(
                f"{path} contains the weights of a run with the {key} {record[key]}, but those with the {key} {value} "
                f"were expected; give the {WEIGHTS} of that run"
            )
    remedy = f"make it with `snakemake --cores 2 --force {path.parent / RECORD}`"
    if not path.is_file():
        raise InputError(f"{path} is missing; {remedy}")
    _check_file(path, record[FILES].get(WEIGHTS), remedy)


def is_run_of(directory, identity):
    """Whether a folder contains a complete run of a job with this identity (`beyondtext.training.run.RunJob`)."""
    directory = Path(directory)
    try:
        record = read_run(directory, with_weights=identity["keep_weights"])
    except InputError:  # it is missing, or not the record of a complete run
        return False
    return (
        all(record[key] == identity[key] for key in ("settings", "data_sha256", "code", "versions"))
        and (directory / PREDICTIONS).is_file() == identity["score_test"]
        and ((directory / WEIGHTS).is_file() or not identity["keep_weights"])
    )


def read_predictions(directory, name=PREDICTIONS):
    """A run's predictions of the test split, or its `OUT_OF_FOLD` ones, in the order of the examples file.

    `read_run` checks that they are the run's own.
    """
    return read_parquet(Path(directory) / name, REMEDY)


def read_curve(directory):
    """The ``curve.csv`` of a fine-tuning run; `read_run` checks that it is the run's own."""
    return read_table(Path(directory) / CURVE, CURVE_COLUMNS, REMEDY)


def read_validation(directory):
    """The examples and the predictions in a run's ``validation.parquet``; `read_run` checks that it is the run's own.

    Returns
    -------
    (pandas.DataFrame, pandas.DataFrame)
        The examples, with the columns ``id group target``, and the predictions, with a column for each step of the
        curve, whose number is its name.

    Raises
    ------
    InputError
        If the file is missing or cannot be read.
    """
    table = read_parquet(Path(directory) / VALIDATION, REMEDY)
    return table[EXAMPLE_COLUMNS], table.drop(columns=EXAMPLE_COLUMNS).rename(columns=int)

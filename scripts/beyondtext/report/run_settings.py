"""Whether runs and measurements were made with the settings that the configuration asks for."""

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import job_settings
from beyondtext.study.grid import BASELINE, CHOSEN, FROZEN
from beyondtext.training.learning_rate import read_choice

NOT_COMPARED = ("device",)  # where a run is made; its record names the device, and the report every device
PRECISION = "precision"
ABSENT = object()


def check_settings(config, run, record, root):
    """Compare the settings in a run's record with those that the configuration asks for.

    The device is not compared. A precision that was asked for is compared with the one that the run had; ``auto`` asks
    for none. The learning rate of a run whose arm chooses one must be the one that the arm chose.

    Parameters
    ----------
    config : dict
    run : beyondtext.study.grid.Run
    record : dict
        The content of its ``run.json``.
    root : pathlib.Path
        The folder that ``data`` and ``results`` are in.

    Raises
    ------
    InputError
        If a setting that decides the run's numbers is another one, or an arm's choice of a learning rate is missing.
    """
    found, wanted = record["settings"], settings_of(config, run)
    if run.rate == CHOSEN:
        rates = wanted["training"]["learning_rate"]
        wanted["training"]["learning_rate"] = read_choice(root / run.choice, rates)
    _check(found, wanted, root, f"{run.directory}/run.json", "is the record of a run", record[PRECISION])


def check_similarity_settings(config, task, found, root):
    """Compare the settings of a task's similarities with those that the configuration asks for.

    ``found`` is from `beyondtext.similarity.files.read_similarities`. Errors as those of `check_settings`.
    """
    _check(found, job_settings.similarity_settings(config, task), root, paths.similarity(task))


def check_trainability_settings(config, model, found, root):
    """Compare the settings of an initial model's measurements with those that the configuration asks for.

    ``model`` is a `beyondtext.study.measured_models.InitialModel`, and ``found`` from
    `beyondtext.trainability.files.read_measurements`. Errors as those of `check_settings`.
    """
    _check(found, job_settings.trainability_settings(config, model), root, model.path)


def _check(found, wanted, root, path, was_made="was made", precision=None):
    """An `InputError` that names the file, the first difference and the command that makes the file again."""
    difference = next(differences(found, wanted, precision), None)
    if difference is not None:
        key, was, asked = difference
        raise InputError(
            f"{root / path} {was_made} with {_shown(key, was)}, but the configuration asks for {_shown(key, asked)}; "
            f"make it again with `snakemake --cores 2 --force {path}`"
        )


def settings_of(config, run):
    """The settings of the job that makes a run of any kind."""
    if run.init == BASELINE:
        return job_settings.baseline_settings(config, run)
    return (job_settings.frozen_settings if run.rate == FROZEN else job_settings.run_settings)(config, run)


def differences(found, wanted, precision):
    """The settings that differ, as tuples: the key, the value found and the wanted one, `ABSENT` for none.

    A job may add settings of its own to those that it is given, such as a penalty that it has chosen.

    Parameters
    ----------
    found, wanted : dict
        As from `beyondtext.study.job_settings`; the former once it was read from JSON.
    precision : str or None
        In which the run was computed; None for what has no such setting.
    """
    pairs = [(key, found.get(key, ABSENT), value) for key, value in wanted.items()]
    if "cross_validation" not in wanted:
        pairs.append(("cross_validation", found.get("cross_validation", ABSENT), ABSENT))
    for key, was, asked in pairs:
        if isinstance(was, dict) and isinstance(asked, dict):
            inner = {name: (was.get(name, ABSENT), asked.get(name, ABSENT)) for name in {**asked, **was}}
        else:
            inner = {"": (was, asked)}
        for name, (one, other) in inner.items():
            if PRECISION in (key, name):
                one, other = precision, (precision if other == "auto" else other)
            if key not in NOT_COMPARED and one != other:
                yield f"{key}.{name}".rstrip("."), one, other


def _shown(key, value):
    return f"no {key}" if value is ABSENT else f"{key} {'null' if value is None else value}"

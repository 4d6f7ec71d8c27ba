"""Choosing a learning rate on the validation split, by runs whose seeds the report does not use."""

import math

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, write_json
from beyondtext.training.run_files import IDENTITY, read_curve, read_run

ARM = tuple(key for key in IDENTITY if key not in ("rate", "seed"))


def choose(trials):
    """The learning rate with the best mean score; the smallest of equals.

    Parameters
    ----------
    trials : list of dict
        ``learning_rate`` and ``validation``, a run's score on the validation split.

    Returns
    -------
    float
    """
    scores = {}
    for trial in trials:
        scores.setdefault(trial["learning_rate"], []).append(trial["validation"])
    return min(scores, key=lambda rate: (-math.fsum(scores[rate]) / len(scores[rate]), rate))


def choose_rate(directories, output):
    """Read the trials of one arm and write what it chose.

    Parameters
    ----------
    directories : list of path
        The trials' run folders; of their scores only those on the validation split are read.
    output : path
        A JSON file: the arm, ``chosen``, and ``trials`` with their ``curve``, pairs of step and score.

    Returns
    -------
    dict
        What the file holds.

    Raises
    ------
    InputError
        If a run's files are missing, a run has scored the test split, or the runs are not of one arm.
    """
    arms, trials = [], []
    for directory in directories:
        run, curve = read_run(directory), read_curve(directory)
        if run["scores"]["test"] is not None:
            raise InputError(f"{directory} has scored the test split; a rate is chosen among runs made with --no-test")
        arms.append({key: run[key] for key in ARM})
        if arms[-1] != arms[0]:
            raise InputError(f"{directory} is a run of {arms[-1]}, but {directories[0]} one of {arms[0]}; give one arm")
        trials.append(
            {
                "learning_rate": run["settings"]["training"]["learning_rate"],
                "seed": run["seed"],
                "metric": run["metric"],
                "validation": run["scores"]["validation"],
                "curve": [[row.step, row.validation] for row in curve.itertuples()],
            }
        )
    choice = {**arms[0], "chosen": choose(trials), "trials": trials}
    write_json(output, choice)
    return choice


def read_choice(path, rates):
    """The learning rate that an arm chose; `InputError` if it is not one of those it was to choose from."""
    chosen = read_json(path).get("chosen")
    if chosen not in rates:
        raise InputError(f"{path} has chosen {chosen}, which is not among {rates}; delete it, and it is made again")
    return chosen

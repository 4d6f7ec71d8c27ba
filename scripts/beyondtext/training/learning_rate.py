"""Choosing a learning rate on the validation split, from trial runs whose seeds the report does not use."""

import math

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record, write_record
from beyondtext.study.grid import CHOSEN, Run
from beyondtext.training.run_files import IDENTITY, read_curve, read_run

CHOICE_IDENTITY = tuple(key for key in IDENTITY if key not in ("rate", "seed"))
REMEDY = "delete it and run `snakemake --cores 2 finetune` again"


def choose(trials):
    """The learning rate with the highest mean score; the smallest if several are tied.

    Parameters
    ----------
    trials : list of dict
        ``learning_rate`` and ``validation``, the score of one run on the validation split.

    Returns
    -------
    float
    """
    scores = {}
    for trial in trials:
        scores.setdefault(trial["learning_rate"], []).append(trial["validation"])
    return min(scores, key=lambda rate: (-math.fsum(scores[rate]) / len(scores[rate]), rate))


def choose_rate(directories, output):
    """Choose the learning rate of one arm from its trials and write the choice.

    Parameters
    ----------
    directories : list of path
        The trials' run folders. Only their validation scores are used.
    output : path
        A record (`beyondtext.core.records`): the arm, the learning rate ``chosen``, and ``trials`` with their
        ``curve``, a list of pairs of step and validation score.

    Returns
    -------
    dict
        The content of that file.

    Raises
    ------
    InputError
        If a run's file is missing, a run has scored the test split, or the runs belong to several arms.
    """
    arms, trials = [], []
    for directory in directories:
        run = read_run(directory)
        if run["scores"]["test"] is not None:
            raise InputError(
                f"{directory} has a test score, but a learning rate may only be chosen from runs that were made with "
                "--no-test; give runs without one"
            )
        arms.append({key: run[key] for key in CHOICE_IDENTITY})
        if arms[-1] != arms[0]:
            raise InputError(
                f"{directory} is a run of the arm {arms[-1]}, but {directories[0]} of {arms[0]}; give runs of one arm"
            )
        trials.append(
            {
                "learning_rate": run["settings"]["training"]["learning_rate"],
                "seed": run["seed"],
                "metric": run["metric"],
                "validation": run["scores"]["validation"],
                "curve": [[row.step, row.validation] for row in read_curve(directory).itertuples()],
            }
        )
    choice = {**arms[0], "chosen": choose(trials), "trials": trials}
    write_record(output, choice)
    return choice


def read_choice(path, rates):
    """The learning rate in a file of `choose_rate`; `InputError` if it is not one of ``rates``."""
    chosen = read_choice_record(path)["chosen"]
    if chosen not in rates:
        raise InputError(
            f"{path} contains the learning rate {chosen}, which is not one of {rates}; delete the file and run the "
            "workflow again"
        )
    return chosen


def read_choice_record(path):
    """The content of a file of `choose_rate`.

    Raises
    ------
    InputError
        If the file is missing or was changed, or is that of another arm.
    """
    choice = read_record(path, {*CHOICE_IDENTITY, "chosen", "trials"}, REMEDY)
    place = paths.place(path, paths.CHOICE)
    if place is not None and place != (own := Run(*(choice[key] for key in CHOICE_IDENTITY), CHOSEN, 0).choice):
        raise InputError(f"{path} is the choice of another arm, {own}; {REMEDY}")
    return choice

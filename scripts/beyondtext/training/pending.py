"""The list of runs that the workflow has yet to make, from which a process takes further runs; see `together`.

It is a record (`beyondtext.core.records`) with a list of ``runs``, one object for each: the ``settings`` of its job,
which still contain the list of learning rates if the job chooses among them; ``choice``, the file with the learning
rate that its arm chose, or null; ``output``, ``score_test`` and ``keep_weights``.
"""

import os
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record, write_record
from beyondtext.training.run import RunJob

REMEDY = "omit --pending, or run `snakemake --cores 2`, which writes the list again"
KEYS = {"settings", "choice", "output", "score_test", "keep_weights"}


def write_pending(path, runs):
    """Write the list of pending runs, each a dict with `KEYS`."""
    assert all(set(run) == KEYS for run in runs)
    write_record(path, {"runs": list(runs)})


def read_pending(path, job, choice):
    """The pending runs that read the same files as a job.

    Parameters
    ----------
    path : path
        Of the list.
    job : beyondtext.training.run.RunJob
    choice : path or None
        The job's own file with a chosen learning rate.

    Returns
    -------
    list of RunJob
        Without the job itself.

    Raises
    ------
    InputError
        If the file is missing or was changed, or is not a list of pending runs.
    """
    if not os.path.lexists(path):
        raise InputError(f"{path} is missing; {REMEDY}")
    runs = read_record(path, {"runs"}, REMEDY)["runs"]
    choice = None if choice is None else str(choice)
    same = [
        run
        for run in runs
        if (run["settings"]["task"], run["settings"]["model"], run["choice"])
        == (job.settings["task"], job.settings["model"], choice)
    ]
    jobs = []
    for run in same:
        settings = run["settings"]
        if choice is not None:
            rate = job.settings["training"]["learning_rate"]
            settings = {**settings, "training": {**settings["training"], "learning_rate": rate}}
        output = Path(run["output"])
        if output != job.output:
            jobs.append(RunJob(settings, job.examples, job.raw, output, run["score_test"], run["keep_weights"]))
    return jobs

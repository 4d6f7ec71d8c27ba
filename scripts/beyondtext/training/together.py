"""Making the run of a job and, in the same process, runs of other jobs that have not started yet.

A process takes seconds to start, and a small model leaves most of a GPU idle. The files of the other runs stay in their
workspaces (`beyondtext.training.workspace`) until their jobs start, find them there and publish them. So a run remains
a job of the workflow, with files of its own, and these do not depend on the process that made them.
"""

import itertools
import sys

import psutil

from beyondtext.core.errors import InputError
from beyondtext.models.libraries import prepare_device
from beyondtext.training.durations import Stopwatch
from beyondtext.training.run import make_run
from beyondtext.training.run_files import is_run_of, read_run
from beyondtext.training.workspace import Workspace


def finetune(job, code, options, others=()):
    """Make and publish the run of a job, unless its files are ready in its workspace: then only publish it.

    Parameters
    ----------
    job : beyondtext.training.run.RunJob
    code : str
        The digest of the code, for the record.
    options : beyondtext.training.run.RunOptions
    others : iterable of beyondtext.training.run.RunJob
        Jobs of the same task and model. This process may make their runs as well.

    Returns
    -------
    dict
        The content of ``run.json``; see `beyondtext.training.run_files`.

    Raises
    ------
    InputError
        For invalid input, a device that is not available or has too little memory, or a loss that is not finite, all in
        the job's own run. The other jobs report the errors in theirs. Also if the workflow that started this process
        has ended: the run then stays in its workspace.
    """
    own = PendingRun(job, code, options.state)
    free = own.workspace.claim()
    if not own.workspace.finished:
        others = (run for run in (PendingRun(other, code, options.state) for other in others) if run.claim())
        make_runs(itertools.chain([own] if free else [], others), own, options)
    if not free:
        own.workspace.wait_and_claim()
        if own.is_published():
            own.workspace.release()
            return read_run(job.output)
        if not own.workspace.finished:
            make_runs([own], own, options)
    if options.workflow is not None and not psutil.pid_exists(options.workflow):
        # The next Snakemake deletes the files of a job that it did not see end. Those in the workspace it leaves alone.
        own.workspace.release()
        raise InputError(
            f"the workflow of this job (process {options.workflow}) has ended; the run is complete in"
            f" {own.workspace.run}, and the next run of Snakemake publishes it"
        )
    return own.workspace.publish(job.output)


class PendingRun:
    """A run that is to be made, and the workspace for it.

    Parameters
    ----------
    job : beyondtext.training.run.RunJob
    code : str
        The digest of the code.
    state : path
        The folder of the workspaces.
    """

    def __init__(self, job, code, state):
        self.job = job
        self.identity = job.identity(code)
        self.workspace = Workspace(state, self.identity)

    def claim(self):
        """Claim the run if it is still to be made, and no other process is making it; return whether that is so."""
        if not self.workspace.claim():
            return False
        if self.workspace.finished or self.is_published():
            self.workspace.release()
            return False
        return True

    def is_published(self):
        """Whether the job's folder contains this run."""
        return is_run_of(self.job.output, self.identity)


def make_runs(runs, own, options):
    """Make some runs: several at a time on a GPU, one after the other on a processor.

    Parameters
    ----------
    runs : iterable of PendingRun
        Claimed by this process; the next is taken when there is room for it. At most ``options.runs_per_process`` are
        taken, and none after an error, which may well be one of memory.
    own : PendingRun
        The run of this process's own job. Its error is raised at the end.
    options : beyondtext.training.run.RunOptions
    """
    runs = itertools.islice(runs, options.runs_per_process)
    first = next(runs, None)
    if first is None:
        return
    stopwatch = Stopwatch()  # the first run's time includes the start of the process
    device = prepare_device(first.job.settings["device"], options.gpu_jobs)
    from beyondtext.models.device import full_memory_explained  # imported here, since it imports torch
    from beyondtext.training.lanes import Lane, take_turns
    from beyondtext.training.memory import keep_freed_memory

    keep_freed_memory()
    errors = {}

    def steps(run):
        watch = stopwatch if run is first else Stopwatch()
        try:
            with full_memory_explained(device):
                yield from make_run(run.job, run.identity, run.workspace, device, options.checkpoint_seconds, watch)
        except InputError as error:
            errors[run] = error
            if run is not own:
                print(f"{run.job.output}: {error} (left to its own job)", file=sys.stderr, flush=True)
        if run is not own:
            run.workspace.release()

    def until_error(runs):
        while not errors and (run := next(runs, None)) is not None:
            yield run

    lanes = options.runs_per_process if device.type == "cuda" else 1
    take_turns(map(steps, until_error(itertools.chain([first], runs))), [Lane(device) for _ in range(lanes)])
    if own in errors:
        raise errors[own]

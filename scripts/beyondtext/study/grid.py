"""The grid of a study: its runs, and where their files are; `beyondtext.study.measured_models` has its other jobs.

Functions take a checked configuration that `beyondtext.study.selection.selected` has reduced to its experiments.
"""

import itertools
from dataclasses import dataclass, replace

from beyondtext.core import paths
from beyondtext.study import definitions
from beyondtext.study.selection import MAIN, experiment_of, learning_rate, mappings_of, tasks_of

BASELINE = "baseline"  # the init of a run without a network
MAPPING = "permutation|identity|shift-(0|[1-9][0-9]{0,8})"
FIXED = "fixed"  # the rate of runs whose learning rate the configuration gives
CHOSEN = "chosen"  # the rate of runs whose arm chooses its learning rate, on seeds of its own
FROZEN = "frozen"  # the rate of runs whose encoder is not trained, but only a linear model on its features


@dataclass(frozen=True, order=True)
class Run:
    """One (task, model, init, mapping, training fraction, rate, seed); an arm is a run without its seed.

    ``rate`` is `FIXED`, `CHOSEN`, `FROZEN`, the learning rate itself for a trial, or "none" for a baseline.
    """

    task: str
    model: str
    init: str
    mapping: str
    fraction: float
    rate: str
    seed: int

    @property
    def directory(self):
        """The folder of the run's files, relative to the project's root."""
        return paths.RUN.format(**{**vars(self), "fraction": f"{self.fraction:.12g}"})

    @property
    def choice(self):
        """The file with the learning rate that the run's arm chose, relative to the project's root."""
        return paths.CHOICE.format(**{**vars(self), "fraction": f"{self.fraction:.12g}"})


# Fine-tuning


def trained_runs(config):
    """The fine-tuning runs that the report shows, each once, in the order of the configuration."""
    return _unique(itertools.chain(*(_runs_of_arm(config, arm) for arm in config["arms"])))


def runs_by_experiment(config):
    """The fine-tuning runs of each experiment, as a dict by its name; a run may belong to several experiments."""
    runs = {}
    for arm in config["arms"]:
        runs.setdefault(experiment_of(arm), []).extend(_runs_of_arm(config, arm))
    return {name: _unique(of_arms) for name, of_arms in runs.items()}


def frozen_runs(config):
    """The runs on frozen features: each task, model and mapping of the main experiment, with the inits of ``frozen``.

    They have the first seeds of that, as many as ``max_seeds``, and the largest fraction of its training data. On tasks
    of their own domain, so do the ``domain_models``, which know the symbols by name.
    """
    section, found = config["frozen"], {}
    for arm in section.get("arms", []):  # which `selected` puts there
        wanted = {**arm, "inits": section["inits"]}
        runs = _runs_of_arm(config, wanted)
        for model in section["domain_models"]:
            domain = definitions.model(model)["domain"]
            tasks = [name for name in tasks_of(config, arm) if definitions.task(name)["domain"] == domain]
            runs += _runs_of_arm(config, {**wanted, "models": [model], "mappings": ["identity"], "tasks": tasks})
        for run in runs:
            found.setdefault((run.task, run.model, run.mapping), []).append(replace(run, rate=FROZEN))
    kept = []
    for runs in found.values():
        fraction = max(run.fraction for run in runs)
        whole = [run for run in runs if run.fraction == fraction]
        has_it = {run.seed for run in whole}
        seeds = [seed for seed in _unique(run.seed for run in runs) if seed in has_it][: section["max_seeds"]]
        kept += [run for run in whole if run.seed in seeds]
    return _unique(kept)


def baseline_runs(config):
    """The runs of the baselines, on every fraction of the training data that a model, or a linear one, is trained on.

    A baseline draws nothing at random but the sequences of a fraction, so each has the one seed 0.
    """
    fractions = _unique((run.task, run.fraction) for run in (*trained_runs(config), *frozen_runs(config)))
    return [
        Run(task, name, BASELINE, "identity", fraction, "none", 0)
        for task, fraction in fractions
        for name in config["baselines"]
    ]


def all_runs(config):
    """Every run that the report reads: `trained_runs`, `frozen_runs` and `baseline_runs`."""
    return trained_runs(config) + frozen_runs(config) + baseline_runs(config)


def _runs_of_arm(config, arm):
    return [
        Run(task, model, init, mapping, fraction, rate, seed)
        for task in tasks_of(config, arm)
        for rate in [_rate(config, arm, task)]
        for model in arm["models"]
        for init in arm["inits"]
        for mapping in mappings_of(arm)
        for fraction in arm.get("fractions", config["fractions"])
        for seed in arm.get("seeds", config["seeds"])
    ]


def _rate(config, arm, task):
    return CHOSEN if isinstance(learning_rate(config, arm, task), list) else FIXED


def _unique(items):
    """The items as a list, each once, in their order."""
    return list(dict.fromkeys(items))


# Learning rates


def arm_of(config, run):
    """The first entry of ``arms`` that a run belongs to; an empty dict if none has it, which can be started by hand.

    If an entry has the run but for its rate, and no entry has that as well, the entry decides about the learning rate.
    """
    matching = (
        arm
        for arm in config["arms"]
        if run.task in tasks_of(config, arm)
        and run.model in arm["models"]
        and run.init in arm["inits"]
        and run.mapping in mappings_of(arm)
    )
    return max(matching, key=lambda arm: run.rate == _rate(config, arm, run.task), default={})


def learning_rate_of(config, run):
    """The learning rate of a run, or the list that its arm chooses from."""
    return float(run.rate) if run.rate not in (FIXED, CHOSEN) else learning_rate(config, arm_of(config, run), run.task)


def trials(config, run):
    """The runs that the learning rate of a `CHOSEN` run is chosen from: every rate with every selection seed."""
    return [
        replace(run, rate=f"{rate:.12g}", seed=seed)
        for rate in learning_rate_of(config, run)
        for seed in config["selection_seeds"]
    ]


def trial_runs(config):
    """All trials of a study, each once."""
    chosen = [run for run in trained_runs(config) if run.rate == CHOSEN]
    return _unique(trial for run in chosen for trial in trials(config, run))


def choices(config):
    """The files with the learning rates that arms choose, each once."""
    return _unique(run.choice for run in trained_runs(config) if run.rate == CHOSEN)


# Sections of the report


def experiments_with_sections(config):
    """The runs of each experiment that has a section of its own in the report, as a dict by its name.

    The main experiment has one only if a factor varies in it.
    """
    runs = runs_by_experiment(config)
    return {name: of_experiment for name, of_experiment in runs.items() if name != MAIN or varied_factor(of_experiment)}


def varied_factor(runs):
    """The quantity that some runs differ in: ``pretraining_steps``, ``fraction`` or None."""
    if len({pretraining_steps(run.model) for run in runs} - {None}) > 1:
        return "pretraining_steps"
    return "fraction" if len({run.fraction for run in runs}) > 1 else None


def pretraining_steps(model):
    """The number of pre-training steps of an intermediate checkpoint; None for every other model."""
    return definitions.model(model).get("pretraining_steps")


def experiment_figure(experiment):
    """The file name of an experiment's figure, without its suffix."""
    return f"experiment-{experiment}"

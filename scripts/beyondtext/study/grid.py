"""The grid of a study: its runs, the encoders that it compares, the models that it measures, and where their files are.

Functions take a checked configuration that `beyondtext.study.selection.selected` has reduced to its experiments.
"""

import itertools
from dataclasses import dataclass, replace

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import definitions
from beyondtext.study.selection import DEFAULT_MAPPINGS, MAIN, learning_rate

BASELINE = "baseline"  # the init of a run without a network
MAPPING = "permutation|identity|shift-(0|[1-9][0-9]{0,8})"
FIXED = "fixed"  # the rate of runs whose learning rate the configuration gives
CHOSEN = "chosen"  # the rate of runs whose arm chooses its learning rate, on seeds of its own
FROZEN = "frozen"  # the rate of runs whose encoder is not trained, but only a linear model on its features
INITIAL, FINETUNED = "initial", "finetuned"  # the stages of an encoder: before and after training on the task


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


@dataclass(frozen=True, order=True)
class Encoder:
    """A model before or after fine-tuning on a task (``stage``: `INITIAL`, `FINETUNED`), to be compared with others."""

    task: str
    model: str
    init: str
    stage: str
    seed: int

    @property
    def path(self):
        """The file with its representations, relative to the project's root."""
        return paths.ACTIVATIONS.format(**vars(self))

    @property
    def mapping(self):
        """``identity`` for a model of the task's own domain, which knows the symbols by name; else ``permutation``."""
        same = definitions.model(self.model)["domain"] == definitions.task(self.task)["domain"]
        return "identity" if same else "permutation"


@dataclass(frozen=True, order=True)
class InitialModel:
    """A model before its first training step on a task, whose trainability is measured."""

    task: str
    model: str
    init: str
    mapping: str
    seed: int

    @property
    def path(self):
        """The file with its measurements, relative to the project's root."""
        return paths.TRAINABILITY.format(**vars(self))


# Fine-tuning


def trained_runs(config):
    """The fine-tuning runs that the report shows, each once, in the order of the configuration."""
    return _unique(itertools.chain(*(_runs_of_arm(config, arm) for arm in config["arms"])))


def runs_by_experiment(config):
    """The fine-tuning runs of each experiment, as a dict by its name; a run may belong to several experiments."""
    runs = {}
    for arm in config["arms"]:
        runs.setdefault(arm.get("experiment", MAIN), []).extend(_runs_of_arm(config, arm))
    return {name: _unique(of_arms) for name, of_arms in runs.items()}


def frozen_runs(config):
    """The runs on frozen features: each task, model and mapping of the main experiment, with the inits of ``frozen``.

    They have the first seeds of the study, and the largest fraction of the training data of their arm. On tasks of
    their own domain, so do the ``domain_models``, which know the symbols by name.
    """
    section, runs = config["frozen"], []
    for arm in section.get("arms", []):  # which `selected` puts there
        common = {
            "inits": section["inits"],
            "seeds": arm.get("seeds", config["seeds"])[: section["max_seeds"]],
            "fractions": [max(arm.get("fractions", config["fractions"]))],
        }
        runs += _runs_of_arm(config, {**arm, **common})
        for model in section["domain_models"]:
            domain = definitions.model(model)["domain"]
            tasks = [name for name in arm.get("tasks", config["tasks"]) if definitions.task(name)["domain"] == domain]
            runs += _runs_of_arm(config, {**common, "models": [model], "mappings": ["identity"], "tasks": tasks})
    return _unique(replace(run, rate=FROZEN) for run in runs)


def baseline_runs(config):
    """The runs of the baselines, on every fraction of the training data that a model, or a linear one, is trained on.

    A baseline draws nothing at random, so each has the one seed 0.
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
        for task in arm.get("tasks", config["tasks"])
        for rate in [_rate(config, arm, task)]
        for model in arm["models"]
        for init in arm["inits"]
        for mapping in arm.get("mappings", DEFAULT_MAPPINGS)
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
    """The first entry of ``arms`` that a run belongs to; an empty dict for a run that was started by hand."""
    matching = (
        arm
        for arm in config["arms"]
        if run.task in arm.get("tasks", config["tasks"])
        and run.model in arm["models"]
        and run.init in arm["inits"]
        and run.mapping in arm.get("mappings", DEFAULT_MAPPINGS)
        and run.rate == _rate(config, arm, run.task)
    )
    return next(matching, {})


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


# Similarity


def encoders(config, task):
    """The encoders to compare on a task, each once, in the order of the configuration."""
    return _unique(
        Encoder(task, entry["model"], entry["init"], stage, seed)
        for entry in config["similarity"]["encoders"]
        if task in entry.get("tasks", config["similarity"]["tasks"])
        for stage in entry.get("stages", [INITIAL])
        for seed in entry["seeds"]
    )


def compared_encoders(config):
    """The encoders to compare, as a dict by task.

    Raises
    ------
    InputError
        If fewer than two encoders of a task are not random initializations.
    """
    compared = {task: encoders(config, task) for task in config["similarity"]["tasks"]}
    for task, of_task in compared.items():
        count = sum(not is_random(encoder.init) for encoder in of_task)
        if count < 2:
            raise InputError(
                f"the configuration: at similarity: a comparison needs two encoders that are not random "
                f"initializations, but {task} has {count}; add models or stages to similarity.encoders, or remove the "
                "task from similarity.tasks"
            )
    return compared


def is_random(init):
    """Whether an encoder started from a random initialization: before fine-tuning or after it, it is a null."""
    return init == "scratch"


def domain_models(encoders):
    """The models among some encoders that are of their task's own domain, each once."""
    return _unique(encoder.model for encoder in encoders if encoder.mapping == "identity")


def run_of(config, encoder):
    """The run whose weights a fine-tuned encoder has: the one on the most training data.

    Raises
    ------
    InputError
        If the configuration has no such run.
    """
    wanted = (encoder.task, encoder.model, encoder.init, encoder.mapping, encoder.seed)
    # Going through all runs of the paper's grid would take too long.
    arms = [arm for arm in config["arms"] if encoder.model in arm["models"] and encoder.init in arm["inits"]]
    runs = trained_runs({**config, "arms": arms})
    matching = [run for run in runs if (run.task, run.model, run.init, run.mapping, run.seed) == wanted]
    if matching:
        return max(matching, key=lambda run: run.fraction)
    raise InputError(
        f"the configuration: at similarity.encoders: {encoder.model} {encoder.init} seed {encoder.seed} is to be "
        f"compared after training on {encoder.task}, but no run of the experiments {', '.join(config['experiments'])} "
        f"trains it; add it to arms and its seed to seeds, or remove {FINETUNED} from its stages"
    )


def runs_with_kept_weights(config):
    """The runs whose weights are kept, since their representations are compared."""
    wanted = itertools.chain(*compared_encoders(config).values())
    return _unique(run_of(config, encoder) for encoder in wanted if encoder.stage == FINETUNED)


# Trainability


def initial_models(config):
    """The models whose trainability is measured, each once."""
    section = config["trainability"]
    return _unique(
        InitialModel(task, model, init, mapping, seed)
        for task in section["tasks"]
        for model in section["models"]
        for init in section["inits"]
        for mapping in section["mappings"]
        for seed in config["seeds"]
    )

"""Which runs a configuration asks for, and where each of them lives."""

import itertools
from dataclasses import dataclass, replace

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import definitions
from beyondtext.study.configuration import MAIN, learning_rate

BASELINE = "baseline"  # the init of a run that has no network
MAPPING = "permutation|identity|shift-[0-9]+"
FIXED = "fixed"  # the rate of runs whose learning rate the configuration gives
CHOSEN = "chosen"  # the rate of runs whose arm tried several on seeds of its own
INITIAL, FINETUNED = "initial", "finetuned"  # the stages of an encoder: before and after a task's training


@dataclass(frozen=True, order=True)
class Run:
    """One (task, model, init, mapping, train fraction, rate, seed); an arm is a run without its seed.

    ``rate`` is `FIXED`, `CHOSEN`, the learning rate itself for a trial, or "none" for a baseline.
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
        """Where the run's files lie, relative to the project's root."""
        return paths.RUN.format(**{**vars(self), "fraction": f"{self.fraction:.12g}"})

    @property
    def choice(self):
        """The file with the learning rate that the run's arm chose."""
        return paths.CHOICE.format(**{**vars(self), "fraction": f"{self.fraction:.12g}"})


@dataclass(frozen=True, order=True)
class Encoder:
    """A model before or after a task's fine-tuning (``stage``: `INITIAL`, `FINETUNED`); what is compared."""

    task: str
    model: str
    init: str
    stage: str
    seed: int

    @property
    def path(self):
        """Where its representations lie, relative to the project's root."""
        return paths.ACTIVATIONS.format(**vars(self))

    @property
    def mapping(self):
        """A model of the task's own domain reads the symbols by their names, every other one through a table."""
        same = definitions.model(self.model)["domain"] == definitions.task(self.task)["domain"]
        return "identity" if same else "permutation"


@dataclass(frozen=True, order=True)
class InitialModel:
    """A model before its first step on a task; what the trainability section measures."""

    task: str
    model: str
    init: str
    mapping: str
    seed: int

    @property
    def path(self):
        """Where its table lies, relative to the project's root."""
        return paths.TRAINABILITY.format(**vars(self))


def initial_models(config):
    """Everything that the trainability section measures, each once."""
    section = config["trainability"]
    return list(
        dict.fromkeys(
            InitialModel(task, model, init, mapping, seed)
            for task in section["tasks"]
            for model in section["models"]
            for init in section["inits"]
            for mapping in section["mappings"]
            for seed in config["seeds"]
        )
    )


def encoders(config, task):
    """What is compared on a task, in the order of the configuration, each once."""
    found = (
        Encoder(task, entry["model"], entry["init"], stage, seed)
        for entry in config["similarity"]["encoders"]
        if task in entry.get("tasks", config["similarity"]["tasks"])
        for stage in entry.get("stages", [INITIAL])
        for seed in entry["seeds"]
    )
    return list(dict.fromkeys(found))


def compared(config):
    """The encoders that are compared, by task.

    Raises
    ------
    InputError
        If a task has fewer than two that have learned something.
    """
    found = {task: encoders(config, task) for task in config["similarity"]["tasks"]}
    for task, compared_here in found.items():
        trained = sum(not is_random(encoder.init, encoder.stage) for encoder in compared_here)
        if trained < 2:
            raise InputError(
                f"the configuration: at similarity: {task} has {trained} encoders that have learned something, and a "
                "comparison needs two; add models or stages to similarity.encoders, or take the task out of "
                "similarity.tasks"
            )
    return found


def is_random(init, stage):
    """Whether an encoder has learned nothing."""
    return init == "scratch" and stage == INITIAL


def run_of(config, encoder):
    """The run on the most training data whose weights a fine-tuned encoder has.

    Raises
    ------
    InputError
        If the configuration has no such run.
    """
    wanted = (encoder.task, encoder.model, encoder.init, encoder.mapping, encoder.seed)
    arms = [arm for arm in config["arms"] if encoder.model in arm["models"] and encoder.init in arm["inits"]]
    runs = trained_runs({**config, "arms": arms})  # of a whole paper's grid, all runs would take long
    found = [run for run in runs if (run.task, run.model, run.init, run.mapping, run.seed) == wanted]
    if found:
        return max(found, key=lambda run: run.fraction)
    raise InputError(
        f"the configuration: at similarity.encoders: {encoder.model} {encoder.init} seed {encoder.seed} is wanted "
        f"{FINETUNED} on {encoder.task}, but no run trains it in the experiments {', '.join(config['experiments'])}; "
        f"add it to arms and its seed to seeds, or take {FINETUNED} out of its stages"
    )


def kept_runs(config):
    """The runs whose weights are kept, since their representations are compared."""
    wanted = itertools.chain(*compared(config).values())
    return list(dict.fromkeys(run_of(config, encoder) for encoder in wanted if encoder.stage == FINETUNED))


def trained_runs(config):
    """The fine-tuning runs that the report is about, in the order of the configuration, each once."""
    return list(dict.fromkeys(itertools.chain(*(_runs_of(config, arm) for arm in config["arms"]))))


def experiments(config):
    """The fine-tuning runs of each experiment that trains something, by its name; one run may be of several."""
    found = {}
    for arm in config["arms"]:
        found.setdefault(arm.get("experiment", MAIN), []).extend(_runs_of(config, arm))
    return {name: list(dict.fromkeys(runs)) for name, runs in found.items()}


def beside_main(config):
    """The runs of each experiment with a section of its own in the report, by name."""
    return {name: runs for name, runs in experiments(config).items() if name != MAIN or factor(runs)}


def factor(runs):
    """The amount that varies among some runs: ``pretraining_steps``, ``fraction`` or None."""
    if len({pretraining_steps(run.model) for run in runs} - {None}) > 1:
        return "pretraining_steps"
    return "fraction" if len({run.fraction for run in runs}) > 1 else None


def pretraining_steps(model):
    """After how many steps of pre-training a model was saved; None for one that is no intermediate checkpoint."""
    return definitions.model(model).get("pretraining_steps")


def section_figure(experiment):
    """The file of an experiment's figure, without its suffix."""
    return f"experiment-{experiment}"


def _runs_of(config, arm):
    return [
        Run(task, model, init, mapping, fraction, rate, seed)
        for task in arm.get("tasks", config["tasks"])
        for rate in [_rate(config, arm, task)]
        for model in arm["models"]
        for init in arm["inits"]
        for mapping in arm.get("mappings", ["permutation"])
        for fraction in arm.get("fractions", config["fractions"])
        for seed in config["seeds"]
    ]


def _rate(config, arm, task):
    return CHOSEN if isinstance(learning_rate(config, arm, task), list) else FIXED


def trials(config, run):
    """The runs among which a `CHOSEN` run's learning rate is chosen: each rate with each selection seed."""
    return [
        replace(run, rate=f"{rate:.12g}", seed=seed)
        for rate in learning_rate_of(config, run)
        for seed in config["selection_seeds"]
    ]


def trial_runs(config):
    """All trials of a configuration, each once."""
    chosen = [run for run in trained_runs(config) if run.rate == CHOSEN]
    return list(dict.fromkeys(trial for run in chosen for trial in trials(config, run)))


def arm_of(config, run):
    """The entry of ``arms`` that asks for a run; an empty one for a run that somebody started by hand."""
    asking = (
        arm
        for arm in config["arms"]
        if run.task in arm.get("tasks", config["tasks"])
        and run.model in arm["models"]
        and run.init in arm["inits"]
        and run.mapping in arm.get("mappings", ["permutation"])
        and run.rate == _rate(config, arm, run.task)
    )
    return next(asking, {})


def learning_rate_of(config, run):
    """A run's learning rate, or the list that its arm chooses from."""
    return float(run.rate) if run.rate not in (FIXED, CHOSEN) else learning_rate(config, arm_of(config, run), run.task)


def baseline_runs(config):
    """The baselines' runs, on every share of the data that something is trained on.

    They have no random initialization, so each has one seed, 0.
    """
    shares = dict.fromkeys((run.task, run.fraction) for run in trained_runs(config))
    return [
        Run(task, name, BASELINE, "identity", fraction, "none", 0)
        for task, fraction in shares
        for name in config["baselines"]
    ]


def all_runs(config):
    """Every run that the report reads."""
    return trained_runs(config) + baseline_runs(config)

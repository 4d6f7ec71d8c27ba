"""The models that a study measures: encoders, whose representations are compared, and initial models.

An encoder is a model before or after fine-tuning; an initial model is one before its first training step, whose
trainability is measured. Functions take a checked configuration that `beyondtext.study.selection.selected` has reduced
to its experiments.
"""

import itertools
from dataclasses import dataclass

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.study import definitions
from beyondtext.study.grid import trained_runs

INITIAL, FINETUNED = "initial", "finetuned"  # the stages of an encoder: before and after training on the task


@dataclass(frozen=True, order=True)
class EncoderArm:
    """What encoders that differ in nothing but their seed have in common.

    ``stage`` is `INITIAL`, before fine-tuning on the task, or `FINETUNED`, after it.
    """

    task: str
    model: str
    init: str
    stage: str

    @property
    def mapping(self):
        """``identity`` for a model of the task's own domain, which knows the symbols by name; else ``permutation``."""
        same = definitions.model(self.model)["domain"] == definitions.task(self.task)["domain"]
        return "identity" if same else "permutation"


@dataclass(frozen=True, order=True)
class Encoder(EncoderArm):
    """A model before or after fine-tuning on a task, to be compared with others."""

    seed: int

    @property
    def arm(self):
        """The `EncoderArm` that it belongs to."""
        return EncoderArm(self.task, self.model, self.init, self.stage)

    @property
    def path(self):
        """The file with its representations, relative to the project's root."""
        return paths.ACTIVATIONS.format(**vars(self))


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


# Similarity


def encoders(config, task):
    """The encoders to compare on a task, each once, in the order of the configuration, those of one arm together."""
    return arm_by_arm(
        Encoder(task, entry["model"], entry["init"], stage, seed)
        for entry in config["similarity"]["encoders"]
        if task in entry.get("tasks", config["similarity"]["tasks"])
        for stage in entry.get("stages", [INITIAL])
        for seed in _seeds(config, entry)
    )


def _seeds(config, entry):
    """The seeds of an entry of ``encoders``: its own, or those of the study, of which ``max_seeds`` says how many."""
    return entry.get("seeds", config["seeds"][: entry.get("max_seeds")])


def arm_by_arm(encoders):
    """Some encoders, each once, those of one arm together: then their pairs have the same arm first, whatever the seed.

    Arms are in the order in which they first appear, and so are the encoders of an arm.
    """
    arms = {}
    for encoder in encoders:
        arms.setdefault(encoder.arm, {})[encoder] = None
    return [encoder for of_arm in arms.values() for encoder in of_arm]


def compared_encoders(config):
    """The encoders to compare, as a dict by task.

    Raises
    ------
    InputError
        If the encoders of a task that are not random initializations have fewer than two models, initializations or
        stages.
    """
    compared = {task: encoders(config, task) for task in config["similarity"]["tasks"]}
    for task, of_task in compared.items():
        if problem := too_few_arms(of_task):
            raise InputError(
                f"at similarity: {problem} on {task}; add models or stages to similarity.encoders, "
                "or remove the task from similarity.tasks"
            )
    return compared


def too_few_arms(encoders):
    """What is wrong with encoders of which no two can be compared; None if there are two.

    Encoders that differ in their seed alone read the symbols through other mappings, and are not compared.
    """
    arms = list(dict.fromkeys(encoder.arm for encoder in encoders if not is_random(encoder.init)))
    if len(arms) > 1:
        return None
    found = " ".join([arms[0].model, arms[0].init, arms[0].stage]) if arms else "none"
    return (
        "a comparison needs two encoders that are not random initializations and differ in their model, initialization "
        f"or stage, but there is {'only ' * bool(arms)}{found}"
    )


def seeds_by_arm(encoders):
    """What some encoders are, for a record: a dict of their seeds, in order, by model, initialization and stage."""
    seeds = {}
    for encoder in encoders:
        seeds.setdefault(f"{encoder.model} {encoder.init} {encoder.stage}", []).append(encoder.seed)
    return {arm: sorted(of_arm) for arm, of_arm in seeds.items()}


def is_random(init):
    """Whether an encoder started from a random initialization: before fine-tuning or after it, it is a null."""
    return init == "scratch"


def domain_models(encoders):
    """The models among some encoders, or their arms, that are of their task's own domain, each once."""
    return list(dict.fromkeys(encoder.model for encoder in encoders if encoder.mapping == "identity"))


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
        f"at similarity.encoders: {encoder.model} {encoder.init} seed {encoder.seed} is to be "
        f"compared after training on {encoder.task} with the mapping {encoder.mapping}, but no run of the experiments "
        f"{', '.join(config['experiments'])} trains it; add it to arms (with that mapping) and its seed to seeds, or "
        f"remove {FINETUNED} from its stages"
    )


def runs_with_kept_weights(config):
    """The runs whose weights are kept, since their representations are compared."""
    wanted = itertools.chain(*compared_encoders(config).values())
    return list(dict.fromkeys(run_of(config, encoder) for encoder in wanted if encoder.stage == FINETUNED))


# Trainability


def initial_models(config):
    """The models whose trainability is measured, each once."""
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

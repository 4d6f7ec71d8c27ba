"""What the jobs of a study will cost, before anything is downloaded or trained.

Floating-point operations are counted from the shapes of models and the lengths of sequences: a multiplication and an
addition are two operations, and a training step costs three forward passes. If a task's examples or a model's files
exist already, their own numbers are used; else those of the definition, and the longest length that the task allows.
"""

import math
from dataclasses import dataclass
from itertools import chain

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record
from beyondtext.study import definitions, grid, measured_models
from beyondtext.study.encoder_pairs import answer_pairs, pairs_of_interest, random_pairs
from beyondtext.study.epochs import in_steps
from beyondtext.study.needs import sources_needed
from beyondtext.study.selection import training_settings
from beyondtext.study.shape import COPIES, SPECIAL, shape_of

FINETUNING = "fine-tuning"
RECORDS = 10_000  # training sequences of a task whose definition does not give their number
PADDING = 8  # tokens: batches are padded to a multiple of 16

# Seconds of one core, measured on an AMD EPYC with both of its cores busy.
START_SECONDS = 5  # of a job that runs a network, before its first step: imports and loading
PREPARATION_SECONDS = 4  # of a task
RELATIVES_SECONDS = 0.003  # of a sequence whose relatives are searched
EXPORT_SECONDS = 0.65  # of a score as MIDI
BASELINE_SECONDS = 10  # on average: the trivial one takes 2, the linear model on n-grams 5 to 44
CHECK_SECONDS = 2  # of the test sequences of a task whose representations are compared
CHOICE_SECONDS = 1  # of a learning rate
COMPARISON_SECONDS = 0.4  # of a pair of encoders of the following size, on the following number of tokens
PERMUTATION_SECONDS = 0.085  # of such a pair with permuted sequences
USUAL_WIDTH, USUAL_TOKENS = 384, 20_000
REPORT_SECONDS = 15

# Memory of a training process, in MB: of the program, with its libraries, data and batches, and copies of each weight.
# The peaks in docs/record are between 1,000 and 2,600, with MiniLM.
PROGRAM_MB = 2000


@dataclass(frozen=True)
class Job:
    """One job of a study and what it costs.

    Attributes
    ----------
    kind : str
        What the job belongs to, in the plural.
    output : str
        A file that the job makes, relative to the root.
    seconds : float
        Of one core, for everything but the network's operations.
    tokens, operations : float
        That pass through the network, and its floating-point operations.
    steps : int
        Of training.
    in_float32 : bool
        Whether the operations are in float32 even if training is in bfloat16.
    """

    kind: str
    output: str
    seconds: float = 0
    tokens: float = 0
    operations: float = 0
    steps: int = 0
    in_float32: bool = False


def size_of(name, caps, root=paths.ROOT):
    """The number of sequences in each split of a task, and their length in tokens: ``(dict of str to int, float)``.

    The length includes special tokens and padding. Examples that were made from another definition of the task do not
    count; of those with other caps, the numbers before capping do.
    """
    task = definitions.task(name, caps)
    try:
        made = read_record(root / paths.example_counts(name), {"counts"}, "")
    except InputError:  # not made yet, or to be made again
        made = {"counts": {}}
    counts, definition = made["counts"], definitions.digest(task)
    if "splits" in counts and made.get("definition") in (None, definition):
        splits, length = counts.get("available", counts["splits"]), counts["length"]
        padded = _padded(length["median"], length["max"])
    else:
        splits = task.get("records", RECORDS)
        if isinstance(splits, int):
            splits = {"train": splits, "validation": max(splits // 20, 1), "test": max(splits // 10, 1)}
        padded = _padded(task.get("length", task["max_length"]), task["max_length"])
    return {split: min(count, task["caps"].get(split, count)) for split, count in splits.items()}, padded


def _padded(median, longest):
    """The usual length of a sequence in a batch, in tokens, from lengths in symbols."""
    return SPECIAL + min(median + PADDING, longest)


def run_cost(config, run, root=paths.ROOT):
    """The steps, tokens and floating-point operations of one fine-tuning run, with its scoring."""
    splits, length = size_of(run.task, config["caps"].get(run.task), root)
    shape = shape_of(run.model, root)
    train = max(1, round(run.fraction * splits["train"]))
    settings = in_steps(training_settings(config, run.task), train)
    trained = settings["steps"] * min(settings["batch_size"], train) * length
    scored = splits["validation"] * (min(settings["evaluations"], settings["steps"]) + 1) * length
    if run.rate in (grid.FIXED, grid.CHOSEN):  # a trial of a learning rate does not score the test split
        scored += splits["test"] * length
    operations = 3 * shape.forward(trained, length) + shape.forward(scored, length)
    return {"steps": settings["steps"], "tokens": trained + scored, "operations": operations}


def training_memory_mb(model, root=paths.ROOT):
    """The memory that a process needs to train a model on a processor, in MB (10^6 bytes)."""
    return round(PROGRAM_MB + COPIES * shape_of(model, root).bytes / 1e6)


def runs_at_once(models, cores, free, root=paths.ROOT):
    """How many of a study's training processes run side by side on processors.

    Parameters
    ----------
    models : collection of str
        Those that are trained.
    cores : int
    free : int
        Memory, in MB.
    root : pathlib.Path

    Returns
    -------
    number : int
        At least one, and no more than there are cores.
    needed : int
        The memory of the largest process, in MB.
    """
    needed = max((training_memory_mb(model, root) for model in models), default=PROGRAM_MB)
    return min(cores, max(1, free // needed)), needed


def step_operations(config, task, model, root=paths.ROOT):
    """The floating-point operations of one training step."""
    splits, length = size_of(task, config["caps"].get(task), root)
    batch = min(training_settings(config, task)["batch_size"], splits["train"])
    return 3 * shape_of(model, root).forward(batch * length, length)


def frozen_cost(config, run, root=paths.ROOT):
    """The tokens and floating-point operations of one run on frozen features: a forward pass over all splits."""
    splits, length = size_of(run.task, config["caps"].get(run.task), root)
    tokens = (max(1, round(run.fraction * splits["train"])) + splits["validation"] + splits["test"]) * length
    return {"tokens": tokens, "operations": shape_of(run.model, root).forward(tokens, length)}


def plan(config, outputs=None, root=paths.ROOT):
    """The jobs of a study and what each of them costs.

    Parameters
    ----------
    config : dict
        A checked configuration, reduced to its experiments.
    outputs : collection of str, optional
        Files that are to be made, relative to the root; jobs that make none of them are left out. By default, the plan
        has all jobs of the study, as if nothing had been made.
    root : pathlib.Path

    Returns
    -------
    list of Job
        A run that belongs to several experiments is in it once.
    """
    jobs = [
        *(Job("downloads", paths.source_record(name)) for name in sources_needed(config)),
        *(_preparation(config, task, root) for task in config["tasks"]),
        *_finetuning(config, root),
        *(
            Job("frozen features", f"{run.directory}/run.json", START_SECONDS, **frozen_cost(config, run, root))
            for run in grid.frozen_runs(config)
        ),
        *(Job("baselines", f"{run.directory}/run.json", BASELINE_SECONDS) for run in grid.baseline_runs(config)),
        *_similarity(config, root),
        *_trainability(config, root),
        Job("report", paths.report(config["name"]), REPORT_SECONDS),
    ]
    return [job for job in jobs if outputs is None or job.output in outputs]


def _preparation(config, task, root):
    """What it costs to read and filter a task's sequences."""
    definition, seconds = definitions.task(task), PREPARATION_SECONDS
    if definition["reader"] == "scores":
        options = definition["options"]
        exported = len(list((root / paths.CACHE / "midi").glob("*/*.mid")))
        seconds += EXPORT_SECONDS * max(0, options["pieces_per_class"] * len(options["classes"]) - exported)
    if "groups" in definition["split"]:
        records = definition.get("records", RECORDS)
        total = (
            records / definition["split"]["fractions"]["train"] if isinstance(records, int) else sum(records.values())
        )
        seconds += RELATIVES_SECONDS * total
    return Job("data sets prepared", paths.examples(task), seconds)


def _finetuning(config, root):
    """Each experiment's runs, the trials that choose learning rates, and the choices."""
    jobs, known = {}, {}
    for name, runs in {**grid.runs_by_experiment(config), "learning-rate trials": grid.trial_runs(config)}.items():
        for run in runs:
            of_test = run.rate in (grid.FIXED, grid.CHOSEN)
            key = (run.task, run.model, run.fraction, of_test)  # nothing else decides what a run costs
            if key not in known:
                known[key] = run_cost(config, run, root)
            output = f"{run.directory}/run.json"
            jobs.setdefault(output, Job(f"{FINETUNING}: {name}", output, START_SECONDS, **known[key]))
    chosen = (Job("learning rates chosen", choice, CHOICE_SECONDS) for choice in grid.choices(config))
    return [*jobs.values(), *chosen]


def _similarity(config, root):
    """The representations of all encoders that are compared, and the comparisons."""
    section, jobs = config["similarity"], []
    for task, encoders in measured_models.compared_encoders(config).items():
        jobs.append(Job("checks of sample sizes", paths.similarity_check(task), CHECK_SECONDS))
        splits, length = size_of(task, config["caps"].get(task), root)
        # Whole sequences pass through the model, of which `tokens_per_sequence` tokens at most are kept.
        kept = min(section["tokens_per_sequence"], length)
        sequences = min(max(section["sequences"], section["tokens"] / kept), splits["test"])
        tokens = sequences * length
        shapes = {encoder: shape_of(encoder.model, root) for encoder in encoders}
        for encoder, shape in shapes.items():
            operations = shape.forward(tokens, length)
            job = Job("representations", encoder.path, START_SECONDS, tokens, operations, in_float32=True)
            jobs.append(job)
        seconds = _comparison_seconds(section, shapes, sequences * kept)
        jobs.append(Job("comparisons", paths.similarity(task), START_SECONDS + seconds))
    return jobs


def _comparison_seconds(section, shapes, tokens):
    """The time to compare a task's encoders, whose shapes are given as a dict, on a number of tokens."""
    encoders, domain = list(shapes), measured_models.domain_models(shapes)
    of_interest = pairs_of_interest(encoders)
    nulls = chain(*(random_pairs(pair, encoders, domain) for pair in of_interest))

    def size(pairs):
        unique = {frozenset(pair) for pair in pairs}
        return sum(math.prod(shapes[one].width / USUAL_WIDTH for one in pair) for pair in unique)

    compared = COMPARISON_SECONDS * size([*of_interest, *nulls])
    permuted = PERMUTATION_SECONDS * section["permutations"] * size(answer_pairs(encoders, domain))
    return (compared + permuted) * tokens / USUAL_TOKENS


def _trainability(config, root):
    """All measurements of trainability."""
    section, jobs = config["trainability"], []
    for model in measured_models.initial_models(config):
        length = size_of(model.task, config["caps"].get(model.task), root)[1]
        shape = shape_of(model.model, root)
        tokens = section["batches"] * section["batch_size"] * length
        # A gradient of every batch, two forward passes for each level of noise, and one for the LayerNorm statistic;
        # then, for each Jacobian, a backward pass for each of its rows.
        operations = (3 + 2 * len(section["noise"]) + 1) * shape.forward(tokens, length)
        of_jacobian = min(length, section["jacobian_tokens"])
        operations += section["jacobians"] * 2 * shape.width * shape.forward(of_jacobian, of_jacobian)
        job = Job("trainability measurements", model.path, START_SECONDS, tokens, operations, in_float32=True)
        jobs.append(job)
    return jobs


def download_bytes(config, root=paths.ROOT):
    """The bytes that are still to be downloaded, and the names of the sources whose size is unknown."""
    shapes = {definitions.model(name)["source"]: name for name in definitions.names("models")}
    total, unknown = 0, []
    for name in sources_needed(config):
        source = definitions.source(name)
        is_there = (root / paths.source_record(name)).is_file()
        if is_there or source["kind"] == "path" or name in config["paths"]:
            continue
        if "size" in source:
            total += source["size"]
        elif name in shapes:
            total += shape_of(shapes[name], root).bytes
        else:
            unknown.append(name)
    return total, unknown


def kept_bytes(config, root=paths.ROOT):
    """The bytes of the weights and predictions that runs leave behind."""
    weights = sum(shape_of(run.model, root).bytes for run in measured_models.runs_with_kept_weights(config))
    # About 60 bytes per prediction: a row of a few compressed numbers and names.
    rows = sum(size_of(run.task, config["caps"].get(run.task), root)[0]["test"] for run in grid.all_runs(config))
    return weights + 60 * rows

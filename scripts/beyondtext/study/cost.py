"""What a study will cost, before anything is downloaded or trained.

Floating-point operations are counted from the shapes of models and the lengths of sequences: a multiplication and an
addition are two operations, and a training step costs three forward passes. If a task's examples or a model's files
exist already, their own numbers are used; else those of the definition, and the longest length that the task allows.
"""

import json
import time
from dataclasses import dataclass

from beyondtext.core import paths
from beyondtext.study import definitions, grid
from beyondtext.study.configuration import training_settings
from beyondtext.study.epochs import in_steps
from beyondtext.study.needs import sources_needed

PEAK = {  # dense bfloat16 (T4 and V100: float16) operations per second, from the makers' data sheets
    "A100": 312e12,
    "H100": 989e12,
    "L4": 121e12,
    "RTX4090": 165e12,
    "T4": 65e12,
    "V100": 125e12,
}
SHARE_OF_PEAK = 0.3  # the share of it that fine-tuning with small batches reaches: an assumption, which is printed
SHARE_OF_PROCESSOR = 0.6  # the share of a processor's speed in one matrix product that fine-tuning reaches
RECORDS = 10_000  # training sequences of a task whose definition does not give their number
START_SECONDS = 15  # of each job before its first step, on a processor: imports and loading


@dataclass(frozen=True)
class Shape:
    """The shape of an encoder.

    Attributes
    ----------
    layers : int
    width : int
        Of a token's representation.
    feed_forward : int
        Width of the feed-forward part.
    entries : int
        Of the vocabulary.
    stored_layers : int or None
        Layers with weights of their own, if layers share weights, as in an ALBERT.
    embedding : int or None
        Width of a vocabulary entry, if it differs from ``width``.
    """

    layers: int
    width: int
    feed_forward: int
    entries: int
    stored_layers: int | None = None
    embedding: int | None = None

    @property
    def layer_weights(self):
        """The number of weights in the matrices of all layers."""
        return self.layers * (4 * self.width**2 + 2 * self.width * self.feed_forward)

    @property
    def bytes(self):
        """The size of a file with all weights as float32."""
        layers = self.layer_weights * (self.stored_layers or self.layers) // self.layers
        return 4 * (layers + self.entries * (self.embedding or self.width))

    def forward(self, tokens, length):
        """The operations of a forward pass over ``tokens`` tokens in sequences of ``length`` tokens."""
        return tokens * (2 * self.layer_weights + 4 * self.layers * self.width * length)


@dataclass(frozen=True)
class JobCost:
    """The number of jobs of one kind, and the tokens and floating-point operations of all of them."""

    kind: str
    jobs: int
    tokens: float = 0
    operations: float = 0


def shape_of(name, root=paths.ROOT):
    """A model's `Shape`, from its downloaded configuration or else from its definition."""
    model = definitions.model(name)
    path = root / paths.raw(model["source"]) / model["configuration"]
    if path.is_file():
        downloaded = json.loads(path.read_text(encoding="utf-8"))
        sizes = (downloaded[key] for key in ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size"))
        return Shape(*sizes, downloaded.get("num_hidden_groups"), downloaded.get("embedding_size"))
    return Shape(**model["shape"])


def size_of(name, caps, root=paths.ROOT):
    """The number of sequences in each split of a task, and their length in tokens: ``(dict of str to int, float)``."""
    path = root / paths.example_counts(name)
    if path.is_file():
        counts = json.loads(path.read_text(encoding="utf-8"))["counts"]
        return counts["splits"], counts["length"]["median"] + 2
    task = definitions.task(name, caps)
    train = task.get("records", RECORDS)
    splits = {"train": train, "validation": max(train // 20, 1), "test": max(train // 10, 1)}
    capped = {split: min(count, task["caps"].get(split, count)) for split, count in splits.items()}
    return capped, task["max_length"] + 2


def run_operations(config, run, root=paths.ROOT):
    """The tokens and floating-point operations of one fine-tuning run, with its scoring."""
    splits, length = size_of(run.task, config["caps"].get(run.task), root)
    shape = shape_of(run.model, root)
    train = max(1, round(run.fraction * splits["train"]))
    settings = in_steps(training_settings(config, run.task), train)
    trained = settings["steps"] * min(settings["batch_size"], train) * length
    scored = (splits["validation"] * (settings["evaluations"] + 1) + splits["test"]) * length
    return trained + scored, 3 * shape.forward(trained, length) + shape.forward(scored, length)


def frozen_operations(config, run, root=paths.ROOT):
    """The tokens and floating-point operations of one run on frozen features: a forward pass over all splits."""
    splits, length = size_of(run.task, config["caps"].get(run.task), root)
    tokens = (max(1, round(run.fraction * splits["train"])) + splits["validation"] + splits["test"]) * length
    return tokens, shape_of(run.model, root).forward(tokens, length)


def plan(config, root=paths.ROOT):
    """The jobs of a configuration and what they cost.

    Returns
    -------
    list of JobCost
        One for each kind of job that the study has. A run that belongs to several experiments counts once.
    """
    costs = [
        JobCost("downloads", len(sources_needed(config))),
        JobCost("data sets prepared", len(config["tasks"])),
        *_finetuning(config, root),
        _frozen_features(config, root),
        JobCost("baselines", len(grid.baseline_runs(config))),
        _representations(config, root),
        JobCost("comparisons", len(config["similarity"]["tasks"])),
        _trainability(config, root),
    ]
    return [cost for cost in costs if cost.jobs]


def _finetuning(config, root):
    """The cost of each experiment's runs, and of the trials that choose learning rates."""
    costs, counted, known = [], set(), {}
    for name, runs in {**grid.runs_by_experiment(config), "learning-rate trials": grid.trial_runs(config)}.items():
        jobs = tokens = operations = 0
        for run in runs:
            if run in counted:
                continue
            key = (run.task, run.model, run.fraction)  # nothing else decides what a run costs
            if key not in known:
                known[key] = run_operations(config, run, root)
            jobs += 1
            tokens += known[key][0]
            operations += known[key][1]
        counted.update(runs)
        costs.append(JobCost(f"fine-tuning: {name}", jobs, tokens, operations))
    return costs


def _frozen_features(config, root):
    """The cost of all runs on frozen features."""
    runs = grid.frozen_runs(config)
    costs = [frozen_operations(config, run, root) for run in runs]
    return JobCost("frozen features", len(runs), sum(tokens for tokens, _ in costs), sum(ops for _, ops in costs))


def _representations(config, root):
    """The cost of the representations of all encoders that are compared."""
    tokens = config["similarity"]["tokens"]
    encoders = [encoder for of_task in grid.compared_encoders(config).values() for encoder in of_task]
    operations = sum(
        shape_of(encoder.model, root).forward(tokens, size_of(encoder.task, None, root)[1]) for encoder in encoders
    )
    return JobCost("representations", len(encoders), tokens * len(encoders), operations)


def _trainability(config, root):
    """The cost of all measurements of trainability."""
    section, models = config["trainability"], grid.initial_models(config)
    tokens = operations = 0
    for model in models:
        _, length = size_of(model.task, None, root)
        shape = shape_of(model.model, root)
        sampled = section["batches"] * section["batch_size"] * length
        # A gradient of every batch, two forward passes for each level of noise, and one for the LayerNorm statistic;
        # then, for each Jacobian, a backward pass for each of its rows.
        tokens += sampled
        operations += (3 + 2 * len(section["noise"]) + 1) * shape.forward(sampled, length)
        of_jacobian = min(length, section["jacobian_tokens"])
        operations += section["jacobians"] * 2 * shape.width * shape.forward(of_jacobian, of_jacobian)
    return JobCost("trainability measurements", len(models), tokens, operations)


def download_bytes(config, root=paths.ROOT):
    """The bytes that are still to be downloaded, and the names of the sources whose size is unknown."""
    shapes = {definitions.model(name)["source"]: name for name in definitions.names("models")}
    total, unknown = 0, []
    for name in sources_needed(config):
        source = definitions.source(name)
        if (root / paths.SOURCE_RECORD.format(source=name)).is_file() or source["kind"] == "path":
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
    weights = sum(shape_of(run.model, root).bytes for run in grid.runs_with_kept_weights(config))
    # About 60 bytes per prediction: a row of a few compressed numbers and names.
    rows = sum(size_of(run.task, config["caps"].get(run.task), root)[0]["test"] for run in grid.all_runs(config))
    return weights + 60 * rows


def processor_speed(seconds=1.0):
    """The operations per second that this machine's processor reaches in matrix products like those of an encoder."""
    import torch

    a, b = torch.randn(512, 768), torch.randn(768, 3072)
    a @ b
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        a @ b
        done += 1
    return done * 2 * 512 * 768 * 3072 / (time.perf_counter() - started)

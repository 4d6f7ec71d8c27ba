"""What a configuration will cost, before anything is downloaded or trained.

Floating-point operations are counted from the shapes of models and the lengths of sequences: a multiplication and an
addition are two, a training step costs three forward passes. Where a task's examples or a model's files are there
already, their own numbers are used; else those of its definition, and the longest length that the task allows.
"""

import json
import time
from dataclasses import dataclass

from beyondtext.core import paths
from beyondtext.study import definitions, grid
from beyondtext.study.configuration import training_settings
from beyondtext.study.job_settings import in_steps

PEAK = {  # dense bfloat16 (T4 and V100: float16) operations a second, from the makers' data sheets
    "A100": 312e12,
    "H100": 989e12,
    "L4": 121e12,
    "RTX4090": 165e12,
    "T4": 65e12,
    "V100": 125e12,
}
SHARE_OF_PEAK = 0.3  # what fine-tuning small batches reaches of it; an assumption, stated with the result
SHARE_OF_PROCESSOR = 0.6  # the same on a processor, of the speed that it shows in one product
RECORDS = 10_000  # training sequences of a task that says nothing
START_SECONDS = 15  # of each job, on a processor, before its first step: imports and loading


@dataclass(frozen=True)
class Shape:
    """An encoder's layers, width, width of the feed-forward part, and entries of its vocabulary.

    ``stored_layers`` are those with weights of their own and ``embedding`` the width of a vocabulary entry, where they
    differ (as in an ALBERT) from ``layers`` and ``width``.
    """

    layers: int
    width: int
    feed_forward: int
    entries: int
    stored_layers: int | None = None
    embedding: int | None = None

    @property
    def layer_weights(self):
        """Weights of the matrices of all layers."""
        return self.layers * (4 * self.width**2 + 2 * self.width * self.feed_forward)

    @property
    def bytes(self):
        """The size of a file with all weights, float32."""
        layers = self.layer_weights * (self.stored_layers or self.layers) // self.layers
        return 4 * (layers + self.entries * (self.embedding or self.width))

    def forward(self, tokens, length):
        """Operations of a forward pass of that many tokens in sequences of that length."""
        return tokens * (2 * self.layer_weights + 4 * self.layers * self.width * length)


def shape_of(name, root=paths.ROOT):
    """A model's `Shape`, from its downloaded configuration or its definition."""
    model = definitions.model(name)
    path = root / paths.raw(model["source"]) / model["configuration"]
    if path.is_file():
        held = json.loads(path.read_text(encoding="utf-8"))
        sizes = (held[key] for key in ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size"))
        return Shape(*sizes, held.get("num_hidden_groups"), held.get("embedding_size"))
    return Shape(**model["shape"])


def size_of(name, caps, root=paths.ROOT):
    """A task's sequences in each split and their tokens' length, as ``(dict of str to int, float)``."""
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
    """Tokens and floating-point operations of one fine-tuning run, scoring included."""
    splits, length = size_of(run.task, config["caps"].get(run.task), root)
    shape = shape_of(run.model, root)
    train = max(1, round(run.fraction * splits["train"]))
    settings = in_steps(training_settings(config, run.task), train)
    trained = settings["steps"] * min(settings["batch_size"], train) * length
    scored = (splits["validation"] * (settings["evaluations"] + 1) + splits["test"]) * length
    return trained + scored, 3 * shape.forward(trained, length) + shape.forward(scored, length)


def plan(config, root=paths.ROOT):
    """Jobs, tokens and operations of each kind of job of a configuration.

    Returns
    -------
    list of dict
        ``kind``, ``jobs``, ``tokens``, ``operations``. A run of several experiments is counted once.
    """
    rows = [
        {"kind": "downloads", "jobs": len(sources(config)), "tokens": 0, "operations": 0},
        {"kind": "tasks made", "jobs": len(config["tasks"]), "tokens": 0, "operations": 0},
    ]
    costs, counted = {}, set()
    for name, runs in {**grid.experiments(config), "learning rates tried": grid.trial_runs(config)}.items():
        row = {"kind": f"fine-tuning: {name}", "jobs": 0, "tokens": 0, "operations": 0}
        for run in runs:
            key = (run.task, run.model, run.fraction)
            if key not in costs:
                costs[key] = run_operations(config, run, root)
            if run not in counted:
                row["jobs"] += 1
                row["tokens"] += costs[key][0]
                row["operations"] += costs[key][1]
        counted.update(runs)
        rows.append(row)
    rows.append({"kind": "baselines", "jobs": len(grid.baseline_runs(config)), "tokens": 0, "operations": 0})
    encoders = [encoder for found in grid.compared(config).values() for encoder in found]
    tokens = config["similarity"]["tokens"]
    passes = sum(shape_of(e.model, root).forward(tokens, size_of(e.task, None, root)[1]) for e in encoders)
    rows.append(
        {"kind": "representations", "jobs": len(encoders), "tokens": tokens * len(encoders), "operations": passes}
    )
    rows.append({"kind": "comparisons", "jobs": len(config["similarity"]["tasks"]), "tokens": 0, "operations": 0})
    section, probes = config["trainability"], grid.initial_models(config)
    tokens = operations = 0
    for probe in probes:
        _, length = size_of(probe.task, None, root)
        shape = shape_of(probe.model, root)
        mine = section["batches"] * section["batch_size"] * length
        # A gradient of every batch, a pass with and without noise, one for the normalisations, and for each Jacobian a
        # backward pass for each of its rows.
        tokens += mine
        operations += (3 + 2 * len(section["noise"]) + 1) * shape.forward(mine, length)
        seen = min(length, section["jacobian_tokens"])
        operations += section["jacobians"] * 2 * shape.width * shape.forward(seen, seen)
    rows.append({"kind": "measurements of starts", "jobs": len(probes), "tokens": tokens, "operations": operations})
    return [row for row in rows if row["jobs"]]


def sources(config):
    """The names of all sources that a configuration needs."""
    models = {run.model for run in [*grid.trained_runs(config), *grid.initial_models(config)]}
    models |= {encoder.model for found in grid.compared(config).values() for encoder in found}
    tasks = [definitions.task(name) for name in config["tasks"]]
    models |= {task["symbols"]["vocabulary"] for task in tasks if "vocabulary" in task["symbols"]}
    return sorted({definitions.model(name)["source"] for name in models} | {task["source"] for task in tasks})


def download_bytes(config, root=paths.ROOT):
    """Bytes that are still to be downloaded, and the sources whose size nobody has stated."""
    shapes = {definitions.model(name)["source"]: name for name in definitions.names("models")}
    total, unknown = 0, []
    for name in sources(config):
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
    """Bytes of the weights and predictions that runs leave."""
    weights = sum(shape_of(run.model, root).bytes for run in grid.kept_runs(config))
    # A prediction is a row of a few compressed numbers and names.
    rows = sum(size_of(run.task, config["caps"].get(run.task), root)[0]["test"] for run in grid.all_runs(config))
    return weights + 60 * rows


def processor_speed(seconds=1.0):
    """Operations a second that this machine's processor reaches in products like those of an encoder layer."""
    import torch

    a, b = torch.randn(512, 768), torch.randn(768, 3072)
    a @ b
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        a @ b
        done += 1
    return done * 2 * 512 * 768 * 3072 / (time.perf_counter() - started)

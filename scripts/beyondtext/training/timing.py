"""How long a training step takes on this machine, before anything is downloaded.

The network has the architecture of the study's model and random weights, which take as long as others.
"""

import time
from dataclasses import fields

import numpy as np
import torch

from beyondtext.core import paths
from beyondtext.core.errors import located
from beyondtext.models.batches import training_batches
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.models.device import Compute, full_memory_explained
from beyondtext.models.kernels import fastest_attention
from beyondtext.models.libraries import prepare_device
from beyondtext.models.loading import build, positions
from beyondtext.study.shape import SPECIAL, recorded, shape_of
from beyondtext.training.loop import make_optimizer
from beyondtext.training.memory import keep_freed_memory
from beyondtext.training.run import move_to_device
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.setup import Setup, Split
from beyondtext.training.step import make_step
from beyondtext.training.targets import NumberTarget

TIMED = 3  # steps
USUAL_POSITIONS = 512  # of a model whose definition does not say how many it has
HEAD, LARGE_HEAD = 32, 64  # width of an attention head in models narrower than `LARGE`, and in others
LARGE = 512
UNUSED = {"steps": 1, "evaluations": 1, "learning_rate": 0.0}  # settings on which a step's time does not depend


def step_seconds(name, model, lengths, symbols, config, root=paths.ROOT):
    """The mean time of a few training steps.

    Parameters
    ----------
    name : str
        The model's.
    model : dict
        Its definition.
    lengths : sequence of int
        Of the training sequences, in symbols.
    symbols : int
        Different ones in the sequences.
    config : dict
        The study's ``device``, ``gpu_jobs`` and ``training``.
    root : pathlib.Path, optional
        The folder that the downloads are in.

    Returns
    -------
    float
        Seconds: on a processor, of one core, in which the time of other processes is not included.

    Raises
    ------
    InputError
        If training needs more memory than the device has free.
    """
    device = prepare_device(config["device"], config["gpu_jobs"])
    keep_freed_memory()
    compute = Compute.on(device, config["training"]["precision"])
    settings = _settings(config["training"])
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as the jobs of a study
    try:
        setup = _setup(name, model, lengths, symbols, compute, root)
        move_to_device(setup, settings, compute)
        optimizer = make_optimizer(setup.model, settings, compute)
        batches = typical_batches(setup.data["train"].lengths, settings.batch_size)
        with full_memory_explained(device):
            step = make_step(setup, settings, compute, optimizer, batches)
            step(batches[0], 0.0)  # the first one also sets up libraries and the optimizer's state
            return _seconds(lambda: [step(rows, 0.0) for rows in batches], device) / len(batches)
    finally:
        torch.set_num_threads(before)


def typical_batches(lengths, batch_size, seed=0):
    """`TIMED` batches of an epoch whose widths are typical: in the middle of equal parts when sorted by width.

    The incomplete batch of an epoch, which may be any of them, counts only if there is no other.
    """
    count = -(-len(lengths) // batch_size)
    epoch = [rows for rows, _ in zip(training_batches(lengths, batch_size, seed), range(count), strict=False)]
    full = [rows for rows in epoch if len(rows) == batch_size] or epoch
    full.sort(key=lambda rows: max(lengths[row] for row in rows))
    return [full[int(len(full) * (2 * part + 1) / (2 * TIMED))] for part in range(TIMED)]


def _settings(training):
    return TrainingSettings(**{field.name: {**training, **UNUSED}[field.name] for field in fields(TrainingSettings)})


def _setup(name, model, lengths, symbols, compute, root):
    """A model and random sequences of the given lengths."""
    attention = fastest_attention(compute.device)
    path = root / paths.raw(model["source"]) / model["configuration"]
    with located(path):
        encoder = build(model, recorded(path) or configuration(name, model, root), attention).train()
    first, pad = model["first_free_id"], model["special_ids"]["pad"]
    ids = np.arange(first, min(first + symbols, encoder.config.vocab_size))
    new_ids = keep_rows(encoder, ids.tolist(), pad).numpy()
    generator, longest = np.random.default_rng(0), positions(encoder.config)
    sequences = [generator.choice(new_ids[ids], min(length + SPECIAL, longest)) for length in lengths]
    targets = generator.standard_normal(len(sequences)).tolist()
    classifier = SequenceModel(encoder, model["pooling"], NumberTarget.outputs)
    return Setup(
        classifier, {"train": Split(sequences, targets)}, NumberTarget(0.0, 1.0), "spearman", int(new_ids[pad])
    )


def configuration(name, model, root=paths.ROOT):
    """What the configuration file of a model would say, as far as time depends on it, from the model's definition."""
    shape, family = shape_of(name, root), model["family"]
    settings = {
        "num_hidden_layers": shape.layers,
        "hidden_size": shape.width,
        "intermediate_size": shape.feed_forward,
        "vocab_size": shape.entries,
        "num_attention_heads": max(1, shape.width // (HEAD if shape.width < LARGE else LARGE_HEAD)),
        "max_position_embeddings": shape.positions or USUAL_POSITIONS,
        "pad_token_id": model["special_ids"]["pad"],
    }
    if family == "roberta":
        settings["max_position_embeddings"] += settings["pad_token_id"] + 1
    if family == "albert":
        settings |= {"num_hidden_groups": shape.stored_layers or 1, "embedding_size": shape.embedding or shape.width}
    if family == "esm":
        settings |= {"position_embedding_type": "rotary", "mask_token_id": shape.entries - 1, "token_dropout": True}
    return settings


def _seconds(call, device):
    """The time of a call: on a processor that of this process alone, on a GPU until the GPU is done."""
    if device.type == "cpu":
        started = time.process_time()
        call()
        return time.process_time() - started
    torch.cuda.synchronize(device)
    started = time.perf_counter()
    call()
    torch.cuda.synchronize(device)
    return time.perf_counter() - started

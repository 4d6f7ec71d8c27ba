"""A tiny classification task for the training loop: token ids, not files."""

import numpy as np
import torch

from beyondtext.models.classifier import SequenceModel
from beyondtext.models.device import Compute
from beyondtext.models.loading import load_encoder
from beyondtext.training.setup import Split
from beyondtext.training.targets import ClassTarget

CPU = Compute(torch.device("cpu"), "float32")
SETTINGS = {
    "steps": 12,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "warmup_fraction": 0.25,
    "weight_decay": 0.0,
    "clip_norm": 1.0,
    "evaluations": 3,
}
TARGET = ClassTarget(("fewer", "more"))


def training_data():
    """A training and a validation split."""
    return {"train": sequences(64, 0), "validation": sequences(40, 1)}


def sequences(count, seed, longest=12):
    """Sequences whose class is whether id 9 occurs more often than id 10."""
    generator = np.random.default_rng(seed)
    drawn = [generator.choice([9, 10], generator.integers(3, longest)) for _ in range(count)]
    values = ["more" if (s == 9).sum() > (s == 10).sum() else "fewer" for s in drawn]
    return Split([np.concatenate([[2], s, [3]]) for s in drawn], values)


def model_of(tiny_bert, outputs=2):
    """A pretrained tiny model with a head."""
    encoder = load_encoder(*tiny_bert, "pretrained", 0)
    torch.manual_seed(5)
    return SequenceModel(encoder, "mean", outputs)


def emulated_capture(update, batch):
    """A stand-in for the capture of a CUDA graph: to replay is to call ``update`` again on the same tensors."""
    loss = torch.zeros(())

    def replay():
        loss.copy_(update(batch))

    return replay, loss

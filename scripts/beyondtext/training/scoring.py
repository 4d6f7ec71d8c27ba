"""Predictions and scores of a model."""

import numpy as np
import torch

from beyondtext.core.metrics import METRICS
from beyondtext.models.batches import collate, scoring_batches

SCORING_BATCH = {"cpu": 64, "cuda": 256}  # sequences; on a GPU enough for launching kernels not to matter


def evaluate(setup, split, compute):
    """The metric, the mean loss and the predictions of a setup's model on one of its splits.

    Parameters
    ----------
    setup : beyondtext.training.setup.Setup
    split : {"train", "validation", "test"}
    compute : beyondtext.models.device.Compute

    Returns
    -------
    score, loss : float
        The loss is that of training, in nats for classes and in units of the training split's variance for numbers.
    predicted : numpy.ndarray, shape (sequences,)
        Classes, or numbers in the target's own unit.
    """
    data, target = setup.data[split], setup.target
    logits = predict(setup.model, data.sequences, setup.pad, compute)
    predicted, _ = target.decode(logits)
    loss = target.losses(logits, target.encode(data.values)).mean().item()
    return float(METRICS[setup.metric](data.values, predicted)), loss, predicted


def predict(model, sequences, pad, compute):
    """A model's logits without dropout.

    Parameters
    ----------
    model : SequenceModel
        On the device; it is left in training mode.
    sequences : list of numpy.ndarray of int64
        Token ids.
    pad : int
        The pad id.
    compute : beyondtext.models.device.Compute

    Returns
    -------
    torch.Tensor of float32, shape (sequences, outputs)
        On the CPU.
    """
    model.eval()
    logits = in_batches(model, sequences, pad, compute)
    model.train()
    return logits


@torch.no_grad()
def in_batches(forward, sequences, pad, compute):
    """Apply a function to batches of sequences of similar length; what it gives for each, in the sequences' order.

    Parameters
    ----------
    forward : callable
        ``forward(ids, mask)`` returns a tensor of shape (batch, outputs) on the device, from ids and mask of shape
        (batch, tokens). It runs without gradients and under autocast.
    sequences, pad, compute
        As for `predict`.

    Returns
    -------
    torch.Tensor of float32, shape (sequences, outputs)
        On the CPU.
    """
    batches = scoring_batches([len(sequence) for sequence in sequences], SCORING_BATCH[compute.device.type])
    outputs = []
    for rows in batches:
        ids, mask = collate([sequences[row] for row in rows], pad, compute.device)
        with compute.autocast():
            outputs.append(forward(ids, mask).float())
    together = torch.cat(outputs).cpu()  # the one time that the processor waits for a GPU
    ordered = torch.empty_like(together)
    ordered[np.concatenate(batches)] = together
    return ordered

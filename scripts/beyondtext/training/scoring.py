"""Predictions and scores of a model."""

import torch

from beyondtext.core.metrics import METRICS
from beyondtext.models.batches import collate, scoring_batches

SCORING_BATCH = 64  # sequences; without a backward pass, more fit in memory than in training


def score(setup, split, compute):
    """The metric of a setup's model on one of its splits.

    Parameters
    ----------
    setup : beyondtext.training.setup.Setup
    split : {"train", "validation", "test"}
    compute : beyondtext.models.device.Compute

    Returns
    -------
    float
    """
    data = setup.data[split]
    predicted, _ = setup.target.decode(predict(setup.model, data.sequences, setup.pad, compute))
    return float(METRICS[setup.metric](data.values, predicted))


@torch.no_grad()
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
    batches = scoring_batches([len(sequence) for sequence in sequences], SCORING_BATCH)
    logits = torch.empty(len(sequences), model.head.out_features)
    for rows in batches:
        ids, mask = collate([sequences[row] for row in rows], pad, compute.device)
        with compute.autocast():
            logits[rows] = model(ids, mask).float().cpu()
    model.train()
    return logits

"""Predictions and scores of a model."""

import torch

from beyondtext.core.metrics import METRICS
from beyondtext.models.batches import collate, scoring_batches
from beyondtext.models.device import autocast

SCORING_BATCH = 64  # sequences; there is no backward pass, so more fit than in training


def score(model, split, target, metric, pad, precision, device):
    """The metric of a model on a split."""
    predicted, _ = target.decode(predict(model, split.sequences, pad, precision, device))
    return float(METRICS[metric](split.values, predicted))


@torch.no_grad()
def predict(model, sequences, pad, precision, device):
    """Logits of shape (sequences, outputs), float32 on the CPU, with dropout off."""
    model.eval()
    batches = scoring_batches([len(sequence) for sequence in sequences], SCORING_BATCH)
    logits = torch.empty(len(sequences), model.head.out_features)
    for rows in batches:
        ids, mask = collate([sequences[row] for row in rows], pad, device)
        with autocast(device, precision):
            logits[rows] = model(ids, mask).float().cpu()
    model.train()
    return logits

"""Batches of sequences of similar length, in an order that a seed fixes."""

import numpy as np
import torch

BUCKET = 16  # batches' worth of shuffled sequences are sorted by length together


def training_batches(lengths, batch_size, seed):
    """Endless batches of indices: each epoch shuffled anew, similar lengths together.

    Parameters
    ----------
    lengths : sequence of int
        Tokens in each sequence.
    batch_size : int
        Sequences a batch; the last of an epoch may be smaller.
    seed : int

    Yields
    ------
    numpy.ndarray of int64
        Indices into ``lengths``.
    """
    lengths = np.asarray(lengths)
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(len(lengths))
        buckets = [order[start : start + BUCKET * batch_size] for start in range(0, len(order), BUCKET * batch_size)]
        order = np.concatenate([bucket[np.argsort(lengths[bucket], kind="stable")] for bucket in buckets])
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        for place in generator.permutation(len(batches)):
            yield batches[place]


def scoring_batches(lengths, batch_size):
    """Every index once, longest sequences first, in batches."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def collate(sequences, pad, device):
    """Pad id arrays to the longest of them.

    Returns
    -------
    ids, mask : torch.Tensor of int64, shape (batch, tokens)
        On ``device``; the mask is 1 at real tokens.
    """
    width = max(len(sequence) for sequence in sequences)
    ids = torch.full((len(sequences), width), pad)
    mask = torch.zeros((len(sequences), width), dtype=torch.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.from_numpy(sequence)
        mask[row, : len(sequence)] = 1
    return to_device(ids, device), to_device(mask, device)


def to_device(tensor, device):
    """Move a tensor; to a GPU from pinned memory, so that the copy does not hold up the step."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor

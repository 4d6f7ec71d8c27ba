"""Batches of sequences of similar length, in an order fixed by a seed."""

import numpy as np
import torch

BUCKET = 16  # batches; sequences are sorted by length within shuffled buckets of this size
WIDTH_MULTIPLE = 16  # tokens; see `round_up`


def training_batches(lengths, batch_size, seed):
    """Endless batches of indices, reshuffled every epoch, with sequences of similar length together.

    Parameters
    ----------
    lengths : sequence of int
        Tokens in each sequence.
    batch_size : int
        Sequences per batch; the last batch of an epoch may be smaller.
    seed : int

    Yields
    ------
    numpy.ndarray of int64, shape (batch_size,)
        Indices into ``lengths``. Each epoch contains every index once.
    """
    lengths = np.asarray(lengths)
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(len(lengths))
        buckets = [order[start : start + BUCKET * batch_size] for start in range(0, len(order), BUCKET * batch_size)]
        order = np.concatenate([bucket[np.argsort(lengths[bucket], kind="stable")] for bucket in buckets])
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        for index in generator.permutation(len(batches)):
            yield batches[index]


def scoring_batches(lengths, batch_size):
    """Batches of indices that contain every index once, longest sequences first."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def round_up(length, limit):
    """The next multiple of `WIDTH_MULTIPLE`, but at most ``limit``: so that batches have few different widths."""
    return min(-(-length // WIDTH_MULTIPLE) * WIDTH_MULTIPLE, limit)


def fill_up(rows, size):
    """Repeat the first of some rows until there are ``size``.

    Parameters
    ----------
    rows : numpy.ndarray of int64, shape (n,)
        At least one and at most ``size``.
    size : int

    Returns
    -------
    rows : numpy.ndarray of int64, shape (size,)
    weights : torch.Tensor of float32, shape (size,)
        1 for the given rows, 0 for those that were added.
    """
    missing = size - len(rows)
    weights = torch.ones(size)
    weights[len(rows) :] = 0
    return np.concatenate([rows, np.repeat(rows[:1], missing)]), weights


def collate(sequences, pad, device, width=None):
    """Pad id arrays to the same length.

    Parameters
    ----------
    sequences : list of numpy.ndarray of int64
    pad : int
        The pad id.
    device : torch.device
    width : int, optional
        Tokens; by default the length of the longest sequence.

    Returns
    -------
    ids, mask : torch.Tensor of int64, shape (batch, width)
        On ``device``; the mask is 1 at real tokens and 0 at padding.
    """
    width = width or max(len(sequence) for sequence in sequences)
    ids = torch.full((len(sequences), width), pad)
    mask = torch.zeros((len(sequences), width), dtype=torch.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.from_numpy(sequence)
        mask[row, : len(sequence)] = 1
    return to_device(ids, device), to_device(mask, device)


def to_device(tensor, device):
    """Move a CPU tensor to a device; a GPU copy goes through pinned memory, so that it does not block the step."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor

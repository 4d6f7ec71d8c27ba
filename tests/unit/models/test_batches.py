"""Batches: their order, their padding and their masks."""

import itertools

import numpy as np
import torch

from beyondtext.models.batches import collate, scoring_batches, training_batches

LENGTHS = np.random.default_rng(0).integers(5, 200, 500)


def epoch(seed, batch_size=16):
    return list(itertools.islice(training_batches(LENGTHS, batch_size, seed), -(-len(LENGTHS) // batch_size)))


def test_an_epoch_contains_every_index_once():
    assert sorted(np.concatenate(epoch(3))) == list(range(500))


def test_epochs_differ_and_the_seed_fixes_them():
    two = list(itertools.islice(training_batches(LENGTHS, 16, 3), 64))
    assert [batch.tolist() for batch in two[:32]] == [batch.tolist() for batch in epoch(3)]
    assert [batch.tolist() for batch in two[:32]] != [batch.tolist() for batch in two[32:]]
    assert [batch.tolist() for batch in epoch(4)] != [batch.tolist() for batch in epoch(3)]


def test_buckets_save_padding():
    padded = sum(LENGTHS[batch].max() * len(batch) for batch in epoch(0))
    without_buckets = sum(
        LENGTHS[start : start + 16].max() * len(LENGTHS[start : start + 16]) for start in range(0, 500, 16)
    )
    assert padded < 1.15 * LENGTHS.sum() < without_buckets


def test_scoring_batches_contain_every_index_once():
    assert sorted(np.concatenate(scoring_batches(LENGTHS, 64))) == list(range(500))


def test_collate_pads_and_masks():
    ids, mask = collate([np.array([5, 6, 7]), np.array([8])], 9, torch.device("cpu"))
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]

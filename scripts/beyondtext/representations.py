"""What an encoder makes of a fixed sample of tokens."""

import numpy as np
import torch

from beyondtext.batches import collate, scoring_batches

BATCH = 64  # sequences


def sample_tokens(lengths, sequences, tokens_per_sequence, seed):
    """Draw sequences, and tokens in each of them.

    Parameters
    ----------
    lengths : sequence of int
        Symbols in each sequence.
    sequences, tokens_per_sequence : int
        At most so many; all of them where there are fewer.
    seed : int

    Returns
    -------
    list of (int, numpy.ndarray of int)
        A sequence's index and the sorted positions of its drawn symbols.
    """
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.permutation(len(lengths))[:sequences])
    return [(int(i), np.sort(generator.permutation(lengths[i])[:tokens_per_sequence])) for i in chosen]


@torch.no_grad()
def represent(encoder, sequences, sample, pad, device):
    """Last-layer vectors of the sampled symbols, dropout off, float32 products.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    sequences : list of numpy.ndarray
        Id arrays with one special id at the start.
    sample : list of (int, numpy.ndarray)
        From `sample_tokens`.
    pad : int
    device : torch.device

    Returns
    -------
    numpy.ndarray of float64, shape (tokens, width)
        In the order of the sample.
    """
    encoder.to(device).eval()
    chosen = [sequences[index] for index, _ in sample]
    vectors = [None] * len(chosen)
    for rows in scoring_batches([len(sequence) for sequence in chosen], BATCH):
        ids, mask = collate([chosen[row] for row in rows], pad, device)
        hidden = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.cpu().numpy()
        for place, row in enumerate(rows):
            vectors[row] = hidden[place, sample[row][1] + 1]  # + 1: the special token at the start
    return np.concatenate(vectors).astype(np.float64)

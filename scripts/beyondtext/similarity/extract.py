"""What an encoder makes of a task's tokens, from its settings to its file."""

import numpy as np

from beyondtext.core.machine import threads
from beyondtext.data.examples import read_examples
from beyondtext.models.token_ids import encode, refuse_too_long
from beyondtext.similarity.activations import describe_sample, sample_tokens, write_activations

BATCH = 64  # sequences
ENTRIES = 2 * 10**6  # of attention maps, a head; sequences that would go beyond are left out


def extract_activations(settings, examples_path, raw, weights, output, gpu_jobs):
    """Write the representations of one encoder.

    The encoder and its mapping are those of a run with the same seed, which it starts from or ends with.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.activation_settings`.
    examples_path : path
    raw : path
        The folder of the model's source.
    weights : path or None
        The file with the weights of a fine-tuned encoder.
    output : path
    gpu_jobs : int
        Processes that may share a GPU.

    Returns
    -------
    dict of str to numpy.ndarray
        Which tokens they are.
    """
    # Not at the top: bad arguments and --help need not wait for torch, which takes seconds.
    import torch

    from beyondtext.models.device import choose_device
    from beyondtext.models.loading import load_finetuned, positions
    from beyondtext.training.setup import read_encoder

    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    examples, info = read_examples(examples_path, settings["task"])
    test = examples[examples["split"] == "test"]
    lengths = [len(symbols) for symbols in test["symbols"]]
    sample = sample_tokens(
        lengths, settings["tokens"], settings["sequences"], settings["tokens_per_sequence"], settings["sample_seed"]
    )
    columns, digest = describe_sample(sample, test, info["alphabet"])

    encoder, mapping = read_encoder(settings, info, raw)
    if weights is not None:
        load_finetuned(encoder, weights, {k: settings[k] for k in ("task", "model", "init", "mapping", "seed")})
    sequences = encode(test["symbols"].iloc[[index for index, _ in sample]], mapping)
    refuse_too_long(sequences, positions(encoder.config), settings["task"], settings["model"])
    layers = layer_outputs(encoder, sequences, [positions for _, positions in sample], mapping.pad, device)
    chosen = sequences[: settings["attention_sequences"]]
    lengths = np.array([len(sequence) for sequence in chosen], dtype=np.int64)
    chosen = chosen[: np.searchsorted(np.cumsum(lengths**2), ENTRIES, side="right")]
    maps = attention_maps(encoder, chosen, mapping.pad, device)
    identity = {key: settings[key] for key in ("task", "model", "init", "stage", "seed")}
    write_activations(output, identity, layers, columns, digest, maps, lengths[: len(chosen)])
    return columns


def layer_outputs(encoder, sequences, positions, pad, device):
    """The vectors of chosen symbols in every layer, dropout off, float32 products.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    sequences : list of numpy.ndarray
        Id arrays with one special id at the start.
    positions : list of numpy.ndarray of int
        Of each sequence, the symbols whose vectors are wanted.
    pad : int
    device : torch.device

    Returns
    -------
    list of numpy.ndarray of float32, each of shape (tokens, width)
        The embeddings' output and each layer's, in the order of the sequences.
    """
    import torch

    from beyondtext.models.batches import collate, scoring_batches

    encoder.to(device).eval()
    found = [None] * len(sequences)
    with torch.no_grad():
        for rows in scoring_batches([len(sequence) for sequence in sequences], BATCH):
            ids, mask = collate([sequences[row] for row in rows], pad, device)
            hidden = encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
            stacked = torch.stack(hidden, 2).cpu().numpy()  # (batch, tokens, layers, width)
            for place, row in enumerate(rows):
                found[row] = stacked[place, positions[row] + 1]  # + 1: the special token at the start
    return list(np.concatenate(found).transpose(1, 0, 2))


def attention_maps(encoder, sequences, pad, device):
    """What every head attends to, dropout off; for the parameters see `layer_outputs`.

    Returns
    -------
    numpy.ndarray of float32, shape (heads of all layers, sum of squared lengths)
        See `beyondtext.similarity.arrays.activations`.
    """
    import torch

    from beyondtext.models.batches import collate, scoring_batches

    config = encoder.config
    heads = config.num_hidden_layers * config.num_attention_heads
    found = [None] * len(sequences)
    encoder.to(device).eval()
    with torch.no_grad():
        for rows in scoring_batches([len(sequence) for sequence in sequences], BATCH):
            ids, mask = collate([sequences[row] for row in rows], pad, device)
            attended = encoder(input_ids=ids, attention_mask=mask, output_attentions=True).attentions
            stacked = torch.cat(attended, 1).cpu().numpy()  # (batch, heads of all layers, tokens, tokens)
            for place, row in enumerate(rows):
                length = len(sequences[row])
                found[row] = stacked[place, :, :length, :length].reshape(heads, -1)
    return np.concatenate([np.zeros((heads, 0), dtype=np.float32), *found], 1)

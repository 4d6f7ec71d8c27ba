"""Extraction of one encoder's activations, from its settings to its file."""

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.data.examples import read_examples
from beyondtext.models.libraries import prepare_device
from beyondtext.models.token_ids import encode, refuse_too_long
from beyondtext.similarity.activations import draw_sample, write_activations

BATCH_SIZE = 64  # sequences
MAX_MAP_ENTRIES = 2 * 10**6  # of the attention maps of one head; sequences beyond this are left out


def extract_activations(settings, examples_path, raw, weights, output, gpu_jobs):
    """Write the activation file of one encoder.

    The encoder and its mapping are those of the run with the same seed, before or after its training.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.activation_settings`.
    examples_path : path
        The task's examples file.
    raw : path
        The folder of the model's source.
    weights : path or None
        The file with the weights of a fine-tuned encoder.
    output : path
    gpu_jobs : int
        The number of processes that may share a GPU.

    Returns
    -------
    dict of str to numpy.ndarray
        The columns that identify the sampled tokens; see `beyondtext.similarity.activations.draw_sample`.

    Raises
    ------
    InputError
        If the files do not match each other, or a sequence is too long for the model.
    """
    device = prepare_device(settings["device"], gpu_jobs)

    from beyondtext.models.loading import load_finetuned, positions
    from beyondtext.training.preparation import read_encoder
    from beyondtext.training.run_files import check_weights

    examples, info = read_examples(examples_path, settings["task"])
    test = examples[examples["split"] == "test"]
    sample, columns, digest = draw_sample(settings, test, info["alphabet"])

    encoder, mapping = read_encoder(settings, info, raw)
    if weights is not None:
        check_weights(weights, {key: settings[key] for key in ("task", "model", "init", "mapping", "seed")})
        load_finetuned(encoder, weights)
    sequences = encode(test["symbols"].iloc[[index for index, _ in sample]], mapping)
    refuse_too_long(sequences, positions(encoder.config), settings["task"], settings["model"])

    layers = layer_outputs(encoder, sequences, [drawn for _, drawn in sample], mapping.pad, device)
    mapped, lengths = attention_sequences(sequences, settings["attention_sequences"])
    maps = attention_maps(encoder, mapped, mapping.pad, device)
    identity = {key: settings[key] for key in ("task", "model", "init", "stage", "seed")}
    write_activations(output, identity, layers, columns, digest, maps, lengths)
    return columns


def attention_sequences(sequences, count):
    """The first sequences, ``count`` at most, and their lengths; fewer where `MAX_MAP_ENTRIES` allows no more."""
    lengths = np.array([len(sequence) for sequence in sequences[:count]], dtype=np.int64)
    fitting = int(np.searchsorted(np.cumsum(lengths**2), MAX_MAP_ENTRIES, side="right"))
    return sequences[:fitting], lengths[:fitting]


def layer_outputs(encoder, sequences, positions, pad, device):
    """The representations of some symbols in every layer, without dropout and in float32.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    sequences : list of numpy.ndarray
        Arrays of ids that begin with one special token.
    positions : list of numpy.ndarray of int
        For each sequence, the positions of the symbols, not counting the special token.
    pad : int
        The id of the padding token.
    device : torch.device

    Returns
    -------
    list of numpy.ndarray of float32, each of shape (tokens, width)
        The output of the embeddings and of each layer, in the order of the sequences.
    """
    ends = np.cumsum([len(drawn) for drawn in positions])
    width, count = encoder.config.hidden_size, encoder.config.num_hidden_layers + 1
    # Filled batch by batch, since a list of all batches would take the memory of the layers once more.
    layers = [np.empty((ends[-1], width), dtype=np.float32) for _ in range(count)]
    for rows, model_output in _forward(encoder, sequences, pad, device, output_hidden_states=True):
        for layer, states in zip(layers, model_output.hidden_states, strict=True):
            states = states.cpu().numpy()  # (batch, tokens, width)
            for place, row in enumerate(rows):
                drawn = positions[row]
                layer[ends[row] - len(drawn) : ends[row]] = states[place, drawn + 1]  # + 1 for the special token
    return layers


def attention_maps(encoder, sequences, pad, device):
    """The attention maps of every head, without dropout; for the parameters see `layer_outputs`.

    Returns
    -------
    numpy.ndarray of float32, shape (heads of all layers, sum of squared lengths)
        In the layout of `beyondtext.similarity.attention`.

    Raises
    ------
    InputError
        For attention that is not finite.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    ends, heads = np.cumsum(lengths**2), encoder.config.num_attention_heads
    maps = np.empty((encoder.config.num_hidden_layers * heads, int((lengths**2).sum())), dtype=np.float32)
    for rows, model_output in _forward(encoder, sequences, pad, device, output_attentions=True):
        for number, attention in enumerate(model_output.attentions):
            attention = attention.cpu().numpy()  # (batch, heads, tokens, tokens)
            if not np.isfinite(attention).all():
                raise InputError(f"layer {number + 1}: attention contains NaN or infinity; check the encoder's weights")
            of_layer = maps[number * heads : (number + 1) * heads]
            for place, row in enumerate(rows):
                length = lengths[row]
                own = attention[place, :, :length, :length]
                of_layer[:, ends[row] - length**2 : ends[row]] = own.reshape(heads, -1)
    return maps


def _forward(encoder, sequences, pad, device, **wanted):
    """Yield the indices of a batch of sequences and the encoder's output for them, until all are done."""
    import torch

    from beyondtext.models.batches import collate, scoring_batches

    encoder.to(device).eval()
    for rows in scoring_batches([len(sequence) for sequence in sequences], BATCH_SIZE):
        ids, mask = collate([sequences[row] for row in rows], pad, device)
        with torch.no_grad():
            output = encoder(input_ids=ids, attention_mask=mask, **wanted)
        yield rows, output

"""What an encoder makes of a task's tokens, from its settings to its file."""

from beyondtext.examples import read_examples
from beyondtext.mapping import encode, map_symbols, refuse_too_long
from beyondtext.processors import threads
from beyondtext.raw import raw_files
from beyondtext.representations import describe_sample, sample_tokens, write_representations
from beyondtext.seeds import run_seeds

BATCH = 64  # sequences


def represent(settings, examples_path, raw, output, gpu_jobs):
    """Write the representations of one encoder, as it is before any training.

    The encoder and its mapping are those that a run with the same seed starts from. A model of the task's own
    domain reads the symbols by their names, every other one through the run's table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.settings.representation_settings`.
    examples_path : path
    raw : path
        The folder of the model's source.
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

    from beyondtext.device import choose_device
    from beyondtext.encoders import load_encoder, load_vocabulary

    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    definition, seeds = settings["model_definition"], run_seeds(settings["seed"])
    examples, info = read_examples(examples_path)
    test = examples[examples["split"] == "test"]
    lengths = [len(symbols) for symbols in test["symbols"]]
    sample = sample_tokens(
        lengths, settings["tokens"], settings["sequences"], settings["tokens_per_sequence"], settings["sample_seed"]
    )
    columns, digest = describe_sample(sample, test, info["alphabet"])

    files = raw_files(raw)
    mapping = map_symbols(
        info["alphabet"],
        info["symbols"]["kind"],
        load_vocabulary(definition, files),
        definition,
        "identity" if definition["domain"] == info["domain"] else "permutation",
        seeds["map"],
        settings["special_ids"],
    )
    encoder = load_encoder(definition, files, settings["init"], seeds["init"])
    sequences = encode(test["symbols"].iloc[[index for index, _ in sample]], mapping)
    refuse_too_long(sequences, encoder.config.max_position_embeddings, settings["task"], settings["model"])
    layers = layer_outputs(encoder, sequences, [positions for _, positions in sample], mapping.pad, device)
    identity = {key: settings[key] for key in ("task", "model", "init", "seed")}
    write_representations(output, identity, layers, columns, digest)
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
    import numpy as np
    import torch

    from beyondtext.batches import collate, scoring_batches

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

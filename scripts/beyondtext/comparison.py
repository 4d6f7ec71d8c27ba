"""The similarity table of one task: every pair of encoders, with intervals."""

import itertools

import numpy as np
import pandas as pd

from beyondtext.examples import read_examples
from beyondtext.files import replacing
from beyondtext.mapping import encode, map_symbols, refuse_too_long
from beyondtext.processors import threads
from beyondtext.raw import raw_files
from beyondtext.seeds import derive
from beyondtext.similarity import MEASURES, SYMMETRIC, block_moments, with_interval

BLOCKS = 20  # of sequences, for the jackknife


def compare(settings, examples_path, raw_root, output, gpu_jobs):
    """Compare every pair of encoders on one task's test sequences and write the table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.settings.comparison_settings`.
    examples_path : path
    raw_root : path
        The folder that holds the sources' folders.
    output : path
        The CSV file to write.
    gpu_jobs : int
        Processes that may share a GPU.
    """
    import torch

    from beyondtext.device import choose_device
    from beyondtext.representations import sample_tokens

    torch.set_num_threads(threads())
    device = choose_device(settings["device"], gpu_jobs)
    examples, info = read_examples(examples_path)
    test = examples[examples["split"] == "test"]
    symbols = test["symbols"].tolist()
    lengths = [len(sequence) for sequence in symbols]
    sample = sample_tokens(lengths, settings["sequences"], settings["tokens_per_sequence"], settings["seed"])
    # The windows of a piece of music are not independent, nor are the tokens of a sequence.
    drawn = test["group"].iloc[[index for index, _ in sample]]
    _, group = np.unique(drawn, return_inverse=True)
    groups = np.repeat(group, [len(positions) for _, positions in sample])
    vectors = [
        encoder_vectors(settings, encoder, symbols, info, sample, raw_root, device) for encoder in settings["encoders"]
    ]

    rows = []
    for a, b in itertools.combinations(range(len(vectors)), 2):
        blocks = block_moments(vectors[a], vectors[b], groups, BLOCKS)
        for name, measure in MEASURES.items():
            directions = [(a, b, blocks)]
            if name not in SYMMETRIC:
                directions.append((b, a, [block.swapped() for block in blocks]))
            for first, second, moments in directions:
                value, low, high = with_interval(measure, moments, settings["confidence"])
                rows.append(
                    {
                        "task": settings["task"],
                        **described(settings["encoders"][first], "a"),
                        **described(settings["encoders"][second], "b"),
                        "layer_a": "last",
                        "layer_b": "last",
                        "measure": name,
                        "value": value,
                        "ci_low": low,
                        "ci_high": high,
                        "n_tokens": len(groups),
                        "n_sequences": len(sample),
                    }
                )
    table = pd.DataFrame(rows).astype({"seed_a": "Int64", "seed_b": "Int64"})
    with replacing(output) as part:
        table.to_csv(part, index=False)
    return table


def described(encoder, side):
    """The columns that say which encoder stands on one side of a pair."""
    return {
        f"model_{side}": encoder["model"],
        f"init_{side}": encoder["init"],
        f"seed_{side}": encoder.get("seed"),
    }


def encoder_vectors(settings, encoder, symbols, info, sample, raw_root, device):
    """Last-layer vectors of one encoder for the sampled tokens, shape (tokens, width).

    A model of the task's own domain reads the symbols by their names; every other model reads them
    through one permutation table, the same for all of them.
    """
    from beyondtext.encoders import load_encoder, load_vocabulary
    from beyondtext.representations import represent

    model = settings["models"][encoder["model"]]
    files = raw_files(raw_root / model["source"])
    mapping = map_symbols(
        info["alphabet"],
        info["symbols"]["kind"],
        load_vocabulary(model, files),
        model,
        "identity" if model["domain"] == settings["domain"] else "permutation",
        derive(settings["seed"], "map"),
        settings["special_ids"],
    )
    network = load_encoder(model, files, encoder["init"], derive(encoder.get("seed", settings["seed"]), "init"))
    sequences = encode(symbols, mapping)
    refuse_too_long(sequences, network.config.max_position_embeddings, settings["task"], encoder["model"])
    return represent(network, sequences, sample, mapping.pad, device)

"""The similarity table of one task: every pair of encoders, with intervals."""

import itertools

import numpy as np
import pandas as pd

from beyondtext.examples import read_examples
from beyondtext.files import replacing
from beyondtext.mapping import encode, map_symbols, refuse_too_long
from beyondtext.moments import Cross, Parts, Side
from beyondtext.processors import threads
from beyondtext.raw import raw_files
from beyondtext.seeds import derive
from beyondtext.similarity import MEASURES, check_measures, check_rank, checked_side, deal_blocks, with_interval

BLOCKS = 20  # of sequences, for the jackknife
FEWEST_TOKENS = 4  # that debiased CKA is defined for


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
    check_measures(settings["measures"])
    # Not at the top: what is wrong with the settings is told before torch is there, which takes seconds.
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
    vectors = []
    for encoder in settings["encoders"]:
        made = encoder_vectors(settings, encoder, symbols, info, sample, raw_root, device)
        name = " ".join(str(word) for word in described(encoder, "").values() if word is not None)
        vectors.append(checked_side(f"task {settings['task']}: what {name} makes of the tokens", made, FEWEST_TOKENS))
    block = deal_blocks(groups, BLOCKS)
    fewest = len(block) - np.bincount(block).max()  # tokens without the largest block
    entries = [MEASURES[name] for name in settings["measures"]]
    rows_of = [block == number for number in range(block.max() + 1)]
    vectors = [v - v.mean(0) for v in vectors]  # no measure depends on the means, but rounding does
    sides = [Parts.of([Side.of(v[rows]) for rows in rows_of]) for v in vectors]

    rows = []
    for a, b in itertools.combinations(range(len(vectors)), 2):
        x, y = vectors[a], vectors[b]
        if any(entry.full_rank for entry in entries):
            check_rank(x, y, fewest // 2 if any(entry.on_folds for entry in entries) else fewest)
        cross = Parts.of([Cross.of(x[rows], y[rows]) for rows in rows_of])
        parts = Parts.paired(sides[a], sides[b], cross)
        for name in settings["measures"]:
            directions = [(a, b, parts)] + ([] if MEASURES[name].symmetric else [(b, a, parts.swapped)])
            for first, second, both in directions:
                value, low, high = with_interval(name, both, settings["confidence"])
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

"""Rows of the similarity table that compare attention heads; `compare` documents the columns."""

import itertools

from beyondtext.similarity.attention import attention_overlap, head_distances, sequence_distances, total_variation
from beyondtext.similarity.columns import pair_columns
from beyondtext.similarity.jackknife import FEWEST_GROUPS
from beyondtext.similarity.published_code import published_attention_rows


def attention_rows(comparison):
    """Rows for attention heads: last layers of pairs of interest and their nulls, all layers of the layerwise pairs."""
    encoders, confidence = comparison.encoders, comparison.settings["confidence"]
    lengths = encoders[0].lengths
    if len(lengths) < FEWEST_GROUPS:
        return []
    size = {"n_tokens": int(lengths.sum()), "n_sequences": len(lengths)}

    def overlap_row(a, b, distances, layers=()):
        value, low, high = attention_overlap(distances, lengths, confidence)
        numbers = {"measure": "attention", "value": value, "ci_low": low, "ci_high": high}
        return {**pair_columns(a, b, *layers), "variant": "raw", **size, **numbers}

    rows = []
    last = [encoder.attention(encoder.last_layer) for encoder in encoders]
    for number_a, number_b in [*comparison.pairs_of_interest, *comparison.null_pairs]:
        a, b = encoders[number_a], encoders[number_b]
        distances = sequence_distances(last[number_a], last[number_b], lengths)
        rows.append(overlap_row(a, b, total_variation(distances, lengths)))
        rows += published_attention_rows(a, b, distances, lengths)
    for a, b in ((encoders[a], encoders[b]) for a, b in comparison.layerwise_pairs):
        distances = head_distances(a.attention(), b.attention(), lengths)
        heads_a, heads_b = distances.shape[1] // a.last_layer, distances.shape[2] // b.last_layer
        for i, j in itertools.product(range(1, a.layers), range(1, b.layers)):
            if (i, j) != (a.last_layer, b.last_layer):
                of_layers = distances[:, (i - 1) * heads_a : i * heads_a, (j - 1) * heads_b : j * heads_b]
                rows.append(overlap_row(a, b, of_layers, (i, j)))
    return rows

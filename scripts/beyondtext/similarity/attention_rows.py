"""Rows of the similarity table that compare attention heads; `compare` documents the columns."""

import itertools

import numpy as np

from beyondtext.similarity.attention import attention_overlap, sequence_distances, total_variation
from beyondtext.similarity.columns import pair_columns
from beyondtext.similarity.jackknife import FEWEST_GROUPS
from beyondtext.similarity.published_code import published_attention_rows


def attention_rows(comparison):
    """Rows for attention heads: last layers of pairs of interest and their nulls, all layers of the layerwise pairs."""
    encoders, confidence = comparison.encoders, comparison.settings["confidence"]
    lengths, groups = encoders[0].lengths, encoders[0].attention_groups
    if groups.max(initial=-1) + 1 < FEWEST_GROUPS:
        return []
    size = {"n_tokens": int(lengths.sum()), "n_sequences": len(lengths)}
    queries = sums_by_group(lengths, groups)

    def overlap_row(a, b, distances, layers=()):
        value, low, high = attention_overlap(sums_by_group(distances, groups), queries, confidence)
        numbers = {"measure": "attention", "value": value, "ci_low": low, "ci_high": high}
        return {**pair_columns(a, b, *layers), "variant": "raw", **size, **numbers}

    rows = []
    last = [encoder.attention(encoder.last_layer) for encoder in encoders]
    for number_a, number_b in [*comparison.pairs_of_interest, *comparison.null_pairs]:
        a, b = encoders[number_a], encoders[number_b]
        distances = sequence_distances(last[number_a], last[number_b], lengths)
        row = overlap_row(a, b, total_variation(distances, lengths))
        if (number_a, number_b) in comparison.null_pairs:  # its error is the spread over random initializations
            del row["ci_low"], row["ci_high"]
        rows.append(row)
        rows += published_attention_rows(a, b, distances, lengths)
    for a, b in ((encoders[a], encoders[b]) for a, b in comparison.layerwise_pairs):
        distances = total_variation(sequence_distances(a.attention(), b.attention(), lengths), lengths)
        heads_a, heads_b = distances.shape[1] // a.last_layer, distances.shape[2] // b.last_layer
        for i, j in itertools.product(range(1, a.layers), range(1, b.layers)):
            if (i, j) != (a.last_layer, b.last_layer):
                of_layers = distances[:, (i - 1) * heads_a : i * heads_a, (j - 1) * heads_b : j * heads_b]
                rows.append(overlap_row(a, b, of_layers, (i, j)))
    return rows


def sums_by_group(values, groups):
    """The sums of the values of each group, shape (groups, …); ``groups`` has a number from 0 for each of them."""
    sums = np.zeros((groups.max() + 1, *values.shape[1:]), dtype=values.dtype)
    np.add.at(sums, groups, values)
    return sums

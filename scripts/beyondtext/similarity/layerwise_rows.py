"""Rows of the similarity table that compare all layers with all layers; `compare` documents the columns."""

from dataclasses import replace

import numpy as np

from beyondtext.similarity.block_moments import BlockMoments, BlockPairMoments, Stack, cross_moments
from beyondtext.similarity.columns import pair_columns
from beyondtext.similarity.jackknife import measure_with_interval
from beyondtext.similarity.moments import Moments

LAYERWISE_MEASURE = "cka"


def layerwise_rows(comparison):
    """Rows for all layers of some encoders with all layers of others, with `LAYERWISE_MEASURE`.

    Products are in float32, like the activations, and sums over blocks in float64.
    """
    rows = {}
    for b in sorted({b for _, b in comparison.layerwise_pairs}):
        rows |= rows_with_second(comparison, b)
    return [row for pair in comparison.layerwise_pairs for row in rows[pair]]


def rows_with_second(comparison, b):
    """The rows of every pair of encoders whose second is b, by pair; only the layers of b are all in memory at once."""
    encoders, tokens, rows = comparison.encoders, comparison.tokens, {}
    stacks, moments = stacked_layers(tokens, encoders[b])
    for a in (first for first, second in comparison.layerwise_pairs if second == b):
        rows[a, b] = []
        for i in range(encoders[a].layers):
            rows[a, b] += rows_of_layer(comparison, (encoders[a], i), encoders[b], stacks, moments)
    return rows


def stacked_layers(tokens, encoder):
    """All layers of an encoder: a list of `Stack` by block of tokens, and a list of the moments of each layer."""
    # Stacks are filled layer by layer, so that the layers are not in memory twice.
    stacks = [Stack(rows.stop - rows.start, encoder.widths, np.float32) for rows in tokens.slices]
    moments = []
    for number in range(encoder.layers):
        blocks, of_layer = layer_in_blocks(tokens, encoder, number)
        moments.append(of_layer)
        for stack, block in zip(stacks, blocks, strict=True):
            stack.put(number, block)
    return stacks, moments


def layer_in_blocks(tokens, encoder, number):
    """A layer by block of tokens, float32, and its moments, without those of single blocks, which would take memory."""
    blocks = tokens.layer_blocks(encoder, number)
    moments = BlockMoments.from_blocks([Moments.from_array(block).as_float64() for block in blocks])
    return blocks, replace(moments, blocks=[])


def rows_of_layer(comparison, layer_a, b, stacks, moments_b):
    """Rows for one layer with all layers of another encoder.

    Parameters
    ----------
    comparison : Comparison
    layer_a : (Activations, int)
        An encoder and the number of its layer.
    b : Activations
    stacks : list of Stack
        All layers of b, by block of tokens.
    moments_b : list of BlockMoments
        Of each layer of b.
    """
    settings, tokens, rows, (a, i) = comparison.settings, comparison.tokens, [], layer_a
    blocks, moments_a = layer_in_blocks(tokens, a, i)
    by_block = [cross_moments(x, stack) for x, stack in zip(blocks, stacks, strict=True)]
    for j, crosses in enumerate(zip(*by_block, strict=True)):
        if (i, j) == (a.last_layer, b.last_layer) and LAYERWISE_MEASURE in settings["measures"]:
            continue  # last_layer_rows has it
        pair = BlockPairMoments(moments_a, moments_b[j], [cross.as_float64() for cross in crosses])
        value, low, high = measure_with_interval(LAYERWISE_MEASURE, pair, settings["confidence"])
        numbers = {"measure": LAYERWISE_MEASURE, "value": value, "ci_low": low, "ci_high": high}
        # `last` is for the rows of last layers alone, which include several random initializations.
        columns = {**pair_columns(a, b, i, j), "last": False, "variant": "raw"}
        rows.append({**columns, **tokens.size_columns(), **numbers})
    return rows

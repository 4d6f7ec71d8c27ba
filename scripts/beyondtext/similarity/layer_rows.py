"""Rows of the similarity table that compare the representations of layers; `compare` documents the columns."""

import itertools

import numpy as np

from beyondtext.similarity.arrays import check_rows, enough_rows
from beyondtext.similarity.columns import pair_columns, swap_sides
from beyondtext.similarity.jackknife import measure_with_interval
from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.measures.cca import count_components
from beyondtext.similarity.moments import BlockMoments, CrossMoments, Moments, PairMoments, cross_moments
from beyondtext.similarity.nulls import SequencePermutations, gaussian_pair
from beyondtext.similarity.tokens import FEWEST_TOKENS

LAYERWISE_MEASURE = "cka"  # the measure for all layers with all layers
TRUNCATED_VARIANCE = 0.99  # the share of the variance in the truncated variant
MISSING = float("nan")


def last_layer_rows(comparison, layers, variant):
    """Rows for the last layers of every pair of encoders, with every measure.

    Parameters
    ----------
    comparison : Comparison
    layers : list of numpy.ndarray, shapes (tokens, width)
        From `Comparison.last_layers`.
    variant : {"raw", "deconfounded"}
    """
    settings, encoders, tokens = comparison.settings, comparison.encoders, comparison.tokens
    permutations = SequencePermutations(tokens.sequence, tokens.position, settings["permutations"], settings["seed"])
    trained = set(itertools.chain(*comparison.trained_pairs))
    blocks = {number: block_moments(layers[number], tokens.slices) for number in trained}
    moments = [
        blocks[number].total if number in blocks else Moments.from_array(layer) for number, layer in enumerate(layers)
    ]
    rows = []
    for a, b in itertools.combinations(range(len(encoders)), 2):
        columns = {**pair_columns(encoders[a], encoders[b]), "variant": variant, **tokens.size_columns()}
        x, y = layers[a], layers[b]
        if (a, b) in comparison.trained_pairs:
            cross = BlockMoments.from_blocks([CrossMoments.from_arrays(x[block], y[block]) for block in tokens.slices])
            pair = BlockMoments.pair(blocks[a], blocks[b], cross)
            null = []
            if (a, b) in comparison.layerwise_pairs:
                null = permutations.permuted_moments(pair.total, x.astype(np.float32), y.astype(np.float32))
            rows += rows_with_intervals(comparison, columns, pair, null)
        else:
            pair = PairMoments(moments[a], moments[b], CrossMoments.from_arrays(x, y))
            rows += rows_of_values(settings["measures"], columns, pair)
    return rows


def block_moments(values, slices):
    """The moments of one representation by block of rows."""
    return BlockMoments.from_blocks([Moments.from_array(values[rows]) for rows in slices])


def rows_with_intervals(comparison, columns, moments, null):
    """Rows with intervals and nulls for one pair: every measure, in both directions if it is not symmetric.

    Parameters
    ----------
    comparison : Comparison
    columns : dict
        The other columns of the rows.
    moments : BlockMoments of PairMoments
    null : iterable of PairMoments
        The moments after permuting sequences.
    """
    settings, pair = comparison.settings, moments.total
    measures = [MEASURES[name] for name in settings["measures"]]
    for measure in measures:
        if measure.needs_full_rank:
            fewest = comparison.tokens.fewest_in_fit(columns["variant"], measure.on_folds)
            check_rows(pair.x.width, pair.y.width, fewest)
    gaussian = gaussian_pair(pair, settings["seed"])
    null = null_values([measure for measure in measures if not measure.on_folds], null)
    rows = []
    for measure in measures:
        chance = _values(measure, None if measure.on_folds else gaussian)
        for swapped, direction in enumerate(directions(measure, moments)):
            value, low, high = measure_with_interval(measure.name, direction, settings["confidence"])
            draws = [draw[swapped] for draw in null.get(measure.name, [])]
            mean, quantile = (np.mean(draws), np.quantile(draws, 0.95)) if draws else (MISSING, MISSING)
            numbers = {"value": value, "ci_low": low, "ci_high": high, "null_mean": mean, "null_q95": quantile}
            row = swap_sides(columns) if swapped else columns
            rows.append({**row, "measure": measure.name, **numbers, "gaussian": chance[swapped]})
    return rows


def null_values(measures, null):
    """The values of each measure under a null: by name, for each draw a list of one value per direction."""
    values = {measure.name: [] for measure in measures}
    for pair in null:
        for measure in measures:
            values[measure.name].append(_values(measure, pair))
    return values


def rows_of_values(names, columns, pair, gaussian=None):
    """Rows without intervals for one pair, with the measures that are defined for it.

    Parameters
    ----------
    names : list of str
        Keys of `MEASURES`.
    columns : dict
        The other columns of the rows.
    pair : PairMoments
    gaussian : PairMoments, optional
        The Gaussian null of the pair.
    """
    rows = []
    for measure in (MEASURES[name] for name in names):
        full_rank = enough_rows(pair.x.width, pair.y.width, pair.n)
        if measure.on_folds or (measure.needs_full_rank and not full_rank):
            continue
        chance = _values(measure, gaussian)
        for swapped, direction in enumerate(directions(measure, pair)):
            row = swap_sides(columns) if swapped else columns
            numbers = {"value": measure(direction), "gaussian": chance[swapped]}
            rows.append({**row, "measure": measure.name, **numbers})
    return rows


def _values(measure, moments):
    """A measure in its directions; missing without moments."""
    if moments is None:
        return [MISSING, MISSING]
    return [measure(direction) for direction in directions(measure, moments)]


def directions(measure, moments):
    """Yield the moments and, for a measure that is not symmetric, the same with x and y exchanged.

    The exchanged moments are created on demand, so they take over what the first direction has computed.
    """
    yield moments
    if not measure.symmetric:
        yield moments.swapped


def sensitivity_rows(comparison, layers):
    """Rows for fewer sequences, and for leading principal components, of every pair of trained encoders."""
    settings, tokens = comparison.settings, comparison.tokens
    blocks, rows = len(tokens.slices), []
    for a, b in comparison.trained_pairs:
        columns = pair_columns(comparison.encoders[a], comparison.encoders[b])
        x, y = layers[a], layers[b]
        variants = {}
        for variant, count in (("half", blocks // 2), ("quarter", blocks // 4)):
            kept = tokens.slices[count - 1].stop
            if kept >= FEWEST_TOKENS:
                variants[variant] = (x[:kept], y[:kept])
        variants["truncated"] = (leading_components(x), leading_components(y))
        for variant, sides in variants.items():
            pair = PairMoments.from_arrays(*sides)
            row = {**columns, "variant": variant, **tokens.size_columns(pair.n)}
            rows += rows_of_values(settings["measures"], row, pair, gaussian_pair(pair, settings["seed"]))
    return rows


def leading_components(values):
    """The coordinates on the leading principal axes that together have `TRUNCATED_VARIANCE`."""
    moments = Moments.from_array(values)
    return values @ moments.principal_axes[1][:, : count_components(moments, TRUNCATED_VARIANCE)]


def layerwise_rows(comparison, a, b):
    """Rows for all layers of one encoder with all layers of another, with `LAYERWISE_MEASURE`.

    Products are in float32, like the activations, and sums over blocks in float64.
    """
    settings, tokens = comparison.settings, comparison.tokens

    def layers_in_blocks(encoder):
        for number in range(encoder.layers):
            values = tokens.layer(encoder, number, "raw").astype(np.float32)
            yield [values[rows] for rows in tokens.slices]

    def moments_of(blocks):
        return BlockMoments.from_blocks([Moments.from_array(block).as_float64() for block in blocks])

    layers_b = list(layers_in_blocks(b))
    moments_b = [moments_of(blocks) for blocks in layers_b]
    rows = []
    for i, blocks in enumerate(layers_in_blocks(a)):
        moments_a = moments_of(blocks)
        by_block = [cross_moments([x], ys)[0] for x, *ys in zip(blocks, *layers_b, strict=True)]
        for j, crosses in enumerate(zip(*by_block, strict=True)):
            if (i, j) == (a.last_layer, b.last_layer) and LAYERWISE_MEASURE in settings["measures"]:
                continue  # last_layer_rows has it
            cross = BlockMoments.from_blocks([cross.as_float64() for cross in crosses])
            pair = BlockMoments.pair(moments_a, moments_b[j], cross)
            value, low, high = measure_with_interval(LAYERWISE_MEASURE, pair, settings["confidence"])
            numbers = {"measure": LAYERWISE_MEASURE, "value": value, "ci_low": low, "ci_high": high}
            # `last` is for the rows of last layers alone, which include every random initialization.
            columns = {**pair_columns(a, b, i, j), "last": False, "variant": "raw"}
            rows.append({**columns, **tokens.size_columns(), **numbers})
    return rows

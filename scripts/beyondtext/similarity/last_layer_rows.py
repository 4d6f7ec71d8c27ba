"""Rows of the similarity table that compare the representations of last layers; `compare` documents the columns."""

import itertools
from dataclasses import dataclass

import numpy as np

from beyondtext.similarity.arrays import check_rows, enough_rows
from beyondtext.similarity.block_moments import BlockMoments, BlockPairMoments
from beyondtext.similarity.columns import pair_columns, swap_sides
from beyondtext.similarity.jackknife import measures_with_intervals
from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.measures.cca import count_components
from beyondtext.similarity.moments import CrossMoments, Moments, PairMoments, squared_norms
from beyondtext.similarity.nulls import SequencePermutations, Spectra, gaussian_pairs
from beyondtext.similarity.tokens import FEWEST_TOKENS, MOST_CONFOUNDED

TRUNCATED_VARIANCE = 0.99  # the share of the variance in the truncated variant
MISSING = float("nan")


@dataclass(frozen=True)
class PairRows:
    """The rows of a pair of last layers in one variant.

    Attributes
    ----------
    rows : list of dict
        Measure by measure, each in its directions (see `Measure.in_directions`).
    spectra : Spectra or None
        For the Gaussian null, which is missing in the rows; None if they do not get it.
    """

    rows: list
    spectra: Spectra | None


def last_layer_rows(comparison, variants, smaller=True):
    """Rows for the last layers of every pair of interest and its nulls, with every measure.

    Parameters
    ----------
    comparison : Comparison
    variants : list of {"raw", "deconfounded"}
    smaller : bool
        Whether ``raw`` has also rows for fewer sequences and for leading principal components of pairs of interest.
    """
    pairs = []
    for variant in variants:
        pairs += rows_of_variant(comparison, variant, smaller and variant == "raw")
    # Gaussian data have the same shapes in several pairs and variants, so they are drawn for all of these together.
    with_null = [pair for pair in pairs if pair.spectra is not None]
    for place, drawn in gaussian_pairs([pair.spectra for pair in with_null], comparison.settings["seed"]):
        for name, rows in itertools.groupby(with_null[place].rows, lambda row: row["measure"]):
            if not MEASURES[name].on_folds:
                for row, value in zip(rows, MEASURES[name].in_directions(drawn), strict=True):
                    row["gaussian"] = value
    return [row for pair in pairs for row in pair.rows]


@dataclass(frozen=True)
class LastLayer:
    """A last layer in one variant, with what is computed from it alone, so that every pair uses it."""

    values: np.ndarray  # (n, width), centred
    norms: np.ndarray  # (n,) `squared_norms`
    moments: Moments


def rows_of_variant(comparison, variant, smaller):
    """A list of `PairRows` for the pairs of last layers in one variant; see `last_layer_rows`."""
    encoders, tokens = comparison.encoders, comparison.tokens
    pairs, of_smaller, layers = rows_of_pairs_of_interest(comparison, variant, smaller)
    with_random = {*comparison.null_pairs, *(comparison.pairs_of_one_stage if variant == "raw" else ())}
    for number in sorted(set(itertools.chain(*with_random)) - set(layers)):
        values = tokens.last_layer(encoders[number], variant)
        layers[number] = LastLayer(values, squared_norms(values), Moments.from_array(values))
    for a, b in sorted(with_random):
        x, y = layers[a], layers[b]
        cross = CrossMoments.from_arrays(x.values, y.values, (x.norms, y.norms))
        columns = {**pair_columns(encoders[a], encoders[b]), "variant": variant, **tokens.size_columns()}
        pair = PairMoments(x.moments, y.moments, cross)
        pairs.append(PairRows(rows_of_values(comparison.settings["measures"], columns, pair), None))
    return [*pairs, *of_smaller]


def rows_of_pairs_of_interest(comparison, variant, smaller):
    """The rows for the last layers of the pairs of interest, before those of random initializations need memory.

    Parameters
    ----------
    comparison, variant, smaller
        See `last_layer_rows`.

    Returns
    -------
    pairs, of_smaller : list of PairRows
    layers : dict of int to LastLayer
        Of the encoders in these pairs.
    """
    encoders, tokens, settings = comparison.encoders, comparison.tokens, comparison.settings
    permutations = SequencePermutations(tokens.group, tokens.position, settings["permutations"], settings["seed"])
    layers, blocks, parts, pairs, of_smaller = {}, {}, {}, [], []
    for number in sorted(set(itertools.chain(*comparison.pairs_of_interest))):
        values = tokens.last_layer(encoders[number], variant)
        blocks[number] = BlockMoments.from_blocks([Moments.from_array(values[rows]) for rows in tokens.slices])
        layers[number] = LastLayer(values, squared_norms(values), blocks[number].total)
        if smaller:
            parts[number] = smaller_variants(tokens, values, blocks[number])
    for a, b in comparison.pairs_of_interest:
        x, y = layers[a], layers[b]
        columns = {**pair_columns(encoders[a], encoders[b]), "variant": variant, **tokens.size_columns()}
        cross = [
            CrossMoments.from_arrays(x.values[rows], y.values[rows], (x.norms[rows], y.norms[rows]))
            for rows in tokens.slices
        ]
        pair = BlockPairMoments(blocks[a], blocks[b], cross)
        null = []
        # With many symbols, what is left of two unrelated sides lies in one small space, which permuting one of them
        # and Gaussian data leave: both nulls would then be exceeded.
        has_null = tokens.confounded_share(variant) <= MOST_CONFOUNDED
        if (a, b) in comparison.answer_pairs and has_null:
            null = permutations.permuted_moments(pair.total, x.values.astype(np.float32), y.values.astype(np.float32))
        rows = rows_with_intervals(comparison, columns, pair, null)
        pairs.append(PairRows(rows, Spectra.of(pair.total) if has_null else None))
        if smaller:
            of_smaller += rows_of_smaller_variants(comparison, columns, parts[a], parts[b], pair)
    return pairs, of_smaller, layers


def rows_with_intervals(comparison, columns, moments, null):
    """Rows with intervals and nulls for one pair: every measure, in both directions if it is not symmetric.

    Parameters
    ----------
    comparison : Comparison
    columns : dict
        The other columns of the rows.
    moments : BlockPairMoments
    null : iterable of PairMoments
        The moments after permuting sequences.

    Returns
    -------
    list of dict
        Without the Gaussian null.
    """
    settings, pair = comparison.settings, moments.total
    measures = [MEASURES[name] for name in settings["measures"]]
    for measure in measures:
        if measure.needs_full_rank:
            fewest = comparison.tokens.fewest_in_fit(columns["variant"], measure.on_folds)
            check_rows(pair.x.width, pair.y.width, fewest)
    intervals = measures_with_intervals(measures, moments, settings["confidence"])
    null = null_values([measure for measure in measures if not measure.on_folds], null)
    rows = []
    for measure, directions in zip(measures, intervals, strict=True):
        for swapped, (value, low, high) in enumerate(directions):
            draws = [draw[swapped] for draw in null.get(measure.name, [])]
            mean, quantile = (np.mean(draws), np.quantile(draws, 0.95)) if draws else (MISSING, MISSING)
            numbers = {"value": value, "ci_low": low, "ci_high": high, "permuted_mean": mean, "permuted_q95": quantile}
            row = swap_sides(columns) if swapped else columns
            rows.append({**row, "measure": measure.name, **numbers, "gaussian": MISSING})
    return rows


def null_values(measures, null):
    """The values of each measure under a null: by name, for each draw a list of one value per direction."""
    values = {measure.name: [] for measure in measures}
    for pair in null:
        for measure in measures:
            values[measure.name].append(measure.in_directions(pair))
    return values


def rows_of_values(names, columns, pair):
    """Rows without intervals for one pair, with the measures that are defined for it.

    Parameters
    ----------
    names : list of str
        Keys of `MEASURES`.
    columns : dict
        The other columns of the rows.
    pair : PairMoments
    """
    rows = []
    for measure in (MEASURES[name] for name in names):
        full_rank = enough_rows(pair.x.width, pair.y.width, pair.n)
        if measure.on_folds or (measure.needs_full_rank and not full_rank):
            continue
        for swapped, value in enumerate(measure.in_directions(pair)):
            row = swap_sides(columns) if swapped else columns
            rows.append({**row, "measure": measure.name, "value": value, "gaussian": MISSING})
    return rows


def smaller_variants(tokens, values, side):
    """The moments of one representation on fewer sequences, and its leading principal components with their moments.

    Parameters
    ----------
    tokens : TokenBlocks
    values : numpy.ndarray, shape (n, width)
    side : BlockMoments of Moments
        Those of ``values``.

    Returns
    -------
    moments : dict of str to Moments
        By variant: ``half``, ``quarter`` and ``truncated``.
    leading : numpy.ndarray, shape (n, c)
        The coordinates on the leading principal axes that together have `TRUNCATED_VARIANCE`.
    """
    count = count_components(side.total, TRUNCATED_VARIANCE)
    leading = values @ side.total.principal_axes[:, :count]
    moments = {variant: sum_of_first(side.blocks, blocks) for variant, blocks in tokens.parts().items()}
    return {**moments, "truncated": Moments.from_array(leading)}, leading


def sum_of_first(blocks, count):
    """The moments of the first blocks together."""
    return sum(blocks[1:count], blocks[0])


def rows_of_smaller_variants(comparison, columns, smaller_a, smaller_b, moments):
    """The `PairRows` of one pair for fewer sequences and for leading principal components.

    Parameters
    ----------
    comparison : Comparison
    columns : dict
        The other columns of the rows.
    smaller_a, smaller_b
        From `smaller_variants`.
    moments : BlockPairMoments
    """
    tokens, (moments_a, leading_a), (moments_b, leading_b) = comparison.tokens, smaller_a, smaller_b
    crosses = {variant: sum_of_first(moments.cross, count) for variant, count in tokens.parts().items()}
    crosses["truncated"] = CrossMoments.from_arrays(leading_a, leading_b)
    pairs = []
    for variant, cross in crosses.items():
        pair = PairMoments(moments_a[variant], moments_b[variant], cross)
        if pair.n >= FEWEST_TOKENS:
            row = {**columns, "variant": variant, **tokens.size_columns(pair.n)}
            pairs.append(PairRows(rows_of_values(comparison.settings["measures"], row, pair), Spectra.of(pair)))
    return pairs

"""The similarity table of one task, from the representations of its encoders.

One row a pair of layers, measure and variant: ``task``, for either side ``model init seed layer``, ``last``
(whether both are last layers), ``variant``
(``raw``, or ``deconfounded``: what the symbol and its position explain linearly is taken out of both sides), ``measure
value ci_low ci_high``, the mean and the 95 % quantile of the same number with whole sequences exchanged
(``null_mean null_q95``, where there are permutations), ``n_tokens n_sequences``. The last layers of every two
encoders are compared in every measure. All layers are compared in debiased CKA, for every two trained encoders and for
the first random start with every trained one; sequences are exchanged for two trained encoders only. The
rest would take most of the time, and the random starts are a null themselves.
"""

import itertools

import numpy as np
import pandas as pd

from beyondtext.errors import InputError
from beyondtext.files import replacing
from beyondtext.moments import Cross, Pair, Parts, Side, cross_sums
from beyondtext.nulls import permuted_sequences
from beyondtext.representations import Representations
from beyondtext.similarity import MEASURES, check_measures, check_rank, deal_blocks, with_interval

BLOCKS = 20  # of sequences, for the jackknife
EVERY_LAYER = "cka"  # the measure of all layers with all layers
VARIANTS = ("raw", "deconfounded")


def compare(settings, paths, output):
    """Compare every two encoders of a task and write the table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.settings.comparison_settings`.
    paths : list of path
        Their files of representations.
    output : path
        The parquet file to write.

    Raises
    ------
    InputError
        For an unknown measure, files of different tokens, values that are not finite, or too few tokens,
        sequences or groups for what is asked.
    """
    check_measures(settings["measures"])
    encoders = [Representations(path) for path in paths]
    for other in encoders[1:]:
        if other.sample != encoders[0].sample:
            raise InputError(
                f"{encoders[0].path} and {other.path} hold different tokens; delete both and run again, so that both "
                "are made with the same settings"
            )
    tokens = encoders[0].tokens
    blocks = deal_blocks(tokens["group"], BLOCKS)
    order = np.argsort(blocks, kind="stable")
    ends = np.cumsum(np.bincount(blocks))
    slices = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    tokens = {name: values[order] for name, values in tokens.items()}
    explained = confounds(tokens["symbol"], tokens["position"])

    def layer(encoder, number, variant):
        values = encoder.layer(number)[order]
        return values - explained @ (explained.T @ values) if variant == "deconfounded" else values

    rows = []
    for variant in VARIANTS:
        last = [layer(encoder, encoder.layers - 1, variant) for encoder in encoders]
        rows += last_layers(settings, encoders, last, slices, tokens["sequence"], variant)
        del last
        first_random = next((encoder for encoder in encoders if is_random(encoder)), None)
        shown = [encoder for encoder in encoders if not is_random(encoder) or encoder is first_random]
        for a, b in itertools.combinations(shown, 2):
            both = [[layer(side, number, variant) for number in range(side.layers)] for side in (a, b)]
            rows += every_layer(settings, a, b, *both, slices, variant)
    table = pd.DataFrame(rows)
    table.insert(0, "task", settings["task"])
    table["n_tokens"], table["n_sequences"] = len(order), len(np.unique(tokens["sequence"]))
    with replacing(output) as part:
        table.to_parquet(part, index=False)
    return table


def is_random(encoder):
    """Whether an encoder has learned nothing."""
    return encoder.identity["init"] == "scratch"


def confounds(symbol, position):
    """An orthonormal basis of what symbol and position explain linearly, without the mean; shape (tokens, r)."""
    columns = [values[:, None] == np.unique(values) for values in (symbol, position)]
    design = np.hstack(columns).astype(np.float64)
    left, sizes, _ = np.linalg.svd(design - design.mean(0), full_matrices=False)
    return left[:, sizes > 1e-8 * sizes[0]]


def last_layers(settings, encoders, vectors, slices, sequence, variant):
    """Rows for the last layers of every two encoders, in every measure."""
    entries = {name: MEASURES[name] for name in settings["measures"]}
    sides = [parts_of_side(v, slices) for v in vectors]
    # For the null single precision will do; it takes half the time.
    single = [v.astype(np.float32) for v in vectors]
    fewest = len(sequence) - max(part.stop - part.start for part in slices)
    if any(entry.on_folds for entry in entries.values()):
        fewest //= 2
    rows = []
    for a, b in itertools.combinations(range(len(encoders)), 2):
        if any(entry.full_rank for entry in entries.values()):
            check_rank(vectors[a], vectors[b], fewest)
        cross = Parts.of([Cross.of(vectors[a][part], vectors[b][part]) for part in slices])
        parts = Parts.paired(sides[a], sides[b], cross)
        permuted = []
        if not is_random(encoders[a]) and not is_random(encoders[b]):
            permuted = permuted_pairs(settings, sides[a].whole, sides[b].whole, single[a], single[b], sequence)
        found = {name: [] for name in entries}
        for pair in permuted:
            for name, entry in entries.items():
                if not entry.on_folds:
                    both = (pair,) if entry.symmetric else (pair, pair.swapped)
                    found[name].append([entry.on(each) for each in both])
        for name, entry in entries.items():
            for way, (first, second) in enumerate([(a, b)] if entry.symmetric else [(a, b), (b, a)]):
                values = with_interval(name, parts.swapped if way else parts, settings["confidence"])
                row = described(
                    encoders[first], encoders[second], encoders[first].layers - 1, encoders[second].layers - 1
                )
                null = [draw[way] for draw in found[name]]
                rows.append({**row, **scored(name, variant, values, null)})
    return rows


def permuted_pairs(settings, x, y, single_x, single_y, sequence):
    """The pair with whole sequences of y exchanged, many times; sums over one side alone stay as they are."""
    for order in permuted_sequences(sequence, settings["permutations"], settings["seed"]):
        cross = Cross.of(single_x, single_y[order])
        yield Pair(x, y, Cross(*(np.asarray(value, dtype=np.float64) for value in vars(cross).values())))


def every_layer(settings, a, b, layers_a, layers_b, slices, variant):
    """Rows for all layers of one encoder with all layers of another."""
    sides_b = [parts_of_side(y, slices) for y in layers_b]
    rows = []
    for i, x in enumerate(layers_a):  # one at a time: the sums of all pairs in all blocks would take much memory
        side_a = parts_of_side(x, slices)
        by_block = [cross_sums([x[part]], [y[part] for y in layers_b])[0] for part in slices]
        for j, (side_b, found) in enumerate(zip(sides_b, zip(*by_block, strict=True), strict=True)):
            if (i, j) == (a.layers - 1, b.layers - 1) and EVERY_LAYER in settings["measures"]:
                continue  # it is among the last layers' rows
            parts = Parts.paired(side_a, side_b, Parts.of(found))
            values = with_interval(EVERY_LAYER, parts, settings["confidence"])
            rows.append({**described(a, b, i, j), **scored(EVERY_LAYER, variant, values, [])})
    return rows


def parts_of_side(values, slices):
    """The sums of each block of rows."""
    return Parts.of([Side.of(values[part]) for part in slices])


def described(a, b, layer_a, layer_b):
    """The columns that say what is compared."""
    row = {}
    for name, encoder, layer in (("a", a, layer_a), ("b", b, layer_b)):
        row |= {f"{key}_{name}": encoder.identity[key] for key in ("model", "init", "seed")}
        row[f"layer_{name}"] = layer
    return {**row, "last": layer_a == a.layers - 1 and layer_b == b.layers - 1}


def scored(measure, variant, values, null):
    """The columns of a value, its interval and its null."""
    value, low, high = values
    mean, quantile = (np.mean(null), np.quantile(null, 0.95)) if null else (np.nan, np.nan)
    return {
        "measure": measure,
        "variant": variant,
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "null_mean": float(mean),
        "null_q95": float(quantile),
    }

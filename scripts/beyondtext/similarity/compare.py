"""The similarity table of one task, from the representations of its encoders.

One row a pair of layers, measure and variant: ``task``; for either side ``model init stage seed layer``; ``last``
(whether both are last layers); ``variant``; ``measure value ci_low ci_high``; ``null_mean null_q95``, the mean and the
95 % quantile of the same number with whole sequences exchanged; ``gaussian``, the same number on independent Gaussian
data of the same size and spectra; ``n_tokens n_sequences``. What was not computed is missing.

The variants are ``raw``; ``deconfounded``: what the symbol and its position explain linearly is taken out of both
sides; ``truncated``: the leading principal components with 99 % of the variance; ``half`` and ``quarter`` of the
sequences; and ``paper``: the numbers of the released code.

The last layers of every two encoders are compared in every measure. Two trained encoders have intervals, Gaussian nulls
and all variants; sequences are exchanged for those of different models. A random initialization is itself a null,
and its error is the spread over several of them, so these rows have values only. All layers are compared in debiased
CKA and in attention, as they are, for encoders of different models and the first random initialization. On a task with
one model, its trained encoders are compared instead.
"""

import itertools

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.files import replacing
from beyondtext.similarity.activations import Activations
from beyondtext.similarity.arrays import check_rank, checked_side, enough_rows
from beyondtext.similarity.attention import distance_sums, matched_overlap
from beyondtext.similarity.jackknife import FEWEST_GROUPS, deal_blocks, with_interval
from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.measures.cca import components
from beyondtext.similarity.moments import Cross, Pair, Parts, Side, cross_sums
from beyondtext.similarity.nulls import Exchange, gaussian_pair
from beyondtext.similarity.published_code import PAPER_ROWS, paper_attention, paper_pwcca
from beyondtext.study import grid

BLOCKS = 12  # of sequences, for the jackknife; a multiple of four, for the half and the quarter
EVERY_LAYER = "cka"  # the measure of all layers with all layers
FEWEST_TOKENS = 4  # that debiased CKA is defined for
KEPT_VARIANCE = 0.99  # of the truncated variant
SIDE = ("model", "init", "stage", "seed")
MISSING = float("nan")


class Sample:
    """The tokens that all encoders were given, block by block of whole groups.

    Parameters
    ----------
    tokens : dict of str to numpy.ndarray
        As `Activations.tokens`.
    """

    def __init__(self, tokens):
        blocks = deal_blocks(tokens["group"], BLOCKS)
        self.order = np.argsort(blocks, kind="stable")
        ends = np.cumsum(np.bincount(blocks))
        self.slices = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        self.sequence, self.position = (tokens[name][self.order] for name in ("sequence", "position"))
        self.explained = confounds(tokens["symbol"][self.order], self.position)

    def fewest(self, variant, on_folds):
        """The fewest tokens for a fit: without the largest block, and less what symbol and position took."""
        sizes = [part.stop - part.start for part in self.slices]
        halves = (sizes[0::2], sizes[1::2]) if on_folds else (sizes,)
        taken_out = self.explained.shape[1] if variant == "deconfounded" else 0
        return min(sum(half) - max(half) for half in halves) - taken_out

    def take(self, encoder, layer, variant):
        """A layer, centred, in the order of the blocks; deconfounded, without what symbol and position explain.

        Raises `InputError` where a value is not finite or all tokens are alike.
        """
        values = checked_side(f"{encoder.path}: layer {layer}", encoder.layer(layer), FEWEST_TOKENS)[self.order]
        if variant == "deconfounded":
            values -= self.explained @ (self.explained.T @ values)
        return values

    def size(self, tokens=None):
        """The columns that say how many tokens and sequences these are, or the first so many."""
        counted = self.sequence[:tokens]
        return {"n_tokens": len(counted), "n_sequences": len(np.unique(counted))}


def compare(settings, paths, output):
    """Compare every two encoders of a task and write the table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.similarity_settings`.
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
    encoders = [Activations(path) for path in paths]
    seen = {}
    for encoder in encoders:
        if encoder.identity["task"] != settings["task"]:
            raise InputError(
                f"{encoder.path} is of the task {encoder.identity['task']}, but {settings['task']} is compared; give "
                "files of one task"
            )
        other = seen.setdefault(tuple(encoder.identity[key] for key in SIDE), encoder)
        if other is not encoder:
            raise InputError(f"{other.path} and {encoder.path} are of the same encoder; give one of them")
    for other in encoders[1:]:
        if other.sample != encoders[0].sample:
            raise InputError(
                f"{encoders[0].path} and {other.path} hold different tokens; make both with the same settings "
                "(scripts/extract_activations.py)"
            )
    if not trained_pairs(encoders):
        raise InputError("a comparison needs the files of two encoders that have learned something; give another")
    sample = Sample(encoders[0].tokens)
    rows = []
    for variant in ("raw", "deconfounded"):
        last = [sample.take(encoder, encoder.layers - 1, variant) for encoder in encoders]
        rows += last_layers(settings, encoders, last, sample, variant)
        if variant == "raw":
            rows += sensitivity(settings, encoders, last, sample)
    for a, b in shown_pairs(encoders):
        rows += every_layer(settings, a, b, sample)
    rows += paper_rows(encoders)
    rows += attention_rows(settings, encoders)
    table = pd.DataFrame(rows)
    table.insert(0, "task", settings["task"])
    with replacing(output) as part:
        table.to_parquet(part, index=False)
    return table


def is_random(encoder):
    """Whether an encoder has learned nothing."""
    return grid.is_random(encoder.identity["init"], encoder.identity["stage"])


def trained_pairs(encoders):
    """The places of every two encoders that have learned something."""
    return [
        (a, b)
        for a, b in itertools.combinations(range(len(encoders)), 2)
        if not is_random(encoders[a]) and not is_random(encoders[b])
    ]


def shown_pairs(encoders):
    """The encoders whose layers are all compared: those of different models, and the first random initialization.

    Where there is one model alone, they are its trained encoders.
    """
    random = [encoder for encoder in encoders if is_random(encoder)]
    shown = [encoder for encoder in encoders if encoder not in random[1:]]
    different = [(a, b) for a, b in itertools.combinations(shown, 2) if a.identity["model"] != b.identity["model"]]
    return different or [(encoders[a], encoders[b]) for a, b in trained_pairs(encoders)]


def confounds(symbol, position):
    """An orthonormal basis of what symbol and position explain linearly, without the mean; shape (tokens, r)."""
    columns = [values[:, None] == np.unique(values) for values in (symbol, position)]
    design = np.hstack(columns).astype(np.float64)
    left, sizes, _ = np.linalg.svd(design - design.mean(0), full_matrices=False)
    return left[:, sizes > 1e-8 * sizes[0]]


def last_layers(settings, encoders, vectors, sample, variant):
    """Rows for the last layers of every two encoders, in every measure."""
    trained, shown, whole, parts = trained_pairs(encoders), shown_pairs(encoders), {}, {}
    exchange = Exchange(sample.sequence, sample.position, settings["permutations"], settings["seed"])
    for place, values in enumerate(vectors):
        if any(place in pair for pair in trained):
            parts[place] = parts_of_side(values, sample.slices)
        whole[place] = parts[place].whole if place in parts else Side.of(values)
    rows = []
    for a, b in itertools.combinations(range(len(encoders)), 2):
        row = {**described(encoders[a], encoders[b]), "variant": variant, **sample.size()}
        if (a, b) in trained:
            cross = Parts.of([Cross.of(vectors[a][part], vectors[b][part]) for part in sample.slices])
            pair = Parts.paired(parts[a], parts[b], cross)
            null = []
            if (encoders[a], encoders[b]) in shown:
                null = exchange.pairs(pair.whole, vectors[a].astype(np.float32), vectors[b].astype(np.float32))
            rows += measured(settings, row, pair, sample, null, gaussian_pair(pair.whole, settings["seed"]))
        else:
            pair = Pair(whole[a], whole[b], Cross.of(vectors[a], vectors[b]))
            rows += valued(settings, row, pair)
    return rows


def sensitivity(settings, encoders, vectors, sample):
    """Rows for fewer sequences, and for the leading principal components, of every two trained encoders."""
    rows, counts = [], {"half": len(sample.slices) // 2, "quarter": len(sample.slices) // 4}
    for a, b in trained_pairs(encoders):
        row = described(encoders[a], encoders[b])
        x, y = vectors[a], vectors[b]
        for variant, count in counts.items():
            tokens = sample.slices[count - 1].stop
            if tokens < FEWEST_TOKENS:
                continue
            pair = Pair.of(x[:tokens], y[:tokens])
            gaussian = gaussian_pair(pair, settings["seed"])
            rows += valued(settings, {**row, "variant": variant, **sample.size(tokens)}, pair, gaussian)
        pair = Pair.of(leading(x), leading(y))
        gaussian = gaussian_pair(pair, settings["seed"])
        rows += valued(settings, {**row, "variant": "truncated", **sample.size()}, pair, gaussian)
    return rows


def leading(values):
    """The coordinates on the leading principal axes, which together have `KEPT_VARIANCE`."""
    side = Side.of(values)
    return values @ side.principal[1][:, : components(side, KEPT_VARIANCE)]


def measured(settings, row, parts, sample, null, gaussian):
    """The rows of one pair with intervals: every measure, in both directions where it has one."""
    entries = {name: MEASURES[name] for name in settings["measures"]}
    x, y = parts.whole.x, parts.whole.y
    for entry in entries.values():
        if entry.full_rank:
            check_rank(len(x.mean), len(y.mean), sample.fewest(row["variant"], entry.on_folds))
    found = {name: [] for name in entries}
    for pair in null:
        for name, entry in entries.items():
            if not entry.on_folds:
                found[name].append([entry.on(way) for way in ways(entry, pair)])
    rows = []
    for name, entry in entries.items():
        chances = [MISSING] * 2 if entry.on_folds else [entry.on(pair) for pair in ways(entry, gaussian)]
        for way, direction in enumerate(ways(entry, parts)):
            value, low, high = with_interval(name, direction, settings["confidence"])
            draws = [draw[way] for draw in found[name]]
            mean, quantile = (np.mean(draws), np.quantile(draws, 0.95)) if draws else (MISSING, MISSING)
            numbers = {"value": value, "ci_low": low, "ci_high": high, "null_mean": mean, "null_q95": quantile}
            rows.append({**turned(row, way), "measure": name, **numbers, "gaussian": chances[way]})
    return rows


def valued(settings, row, pair, gaussian=None):
    """The rows of one pair without intervals, in the measures that are defined for it."""
    rows = []
    for name in settings["measures"]:
        entry = MEASURES[name]
        if entry.on_folds or (entry.full_rank and not enough_rows(len(pair.x.mean), len(pair.y.mean), pair.n)):
            continue
        chances = [MISSING] * 2 if gaussian is None else [entry.on(way) for way in ways(entry, gaussian)]
        for way, direction in enumerate(ways(entry, pair)):
            rows.append({**turned(row, way), "measure": name, "value": entry.on(direction), "gaussian": chances[way]})
    return rows


def ways(entry, pair):
    """A pair and, where the measure has a direction, the same with its sides in each other's place.

    The latter is made only when it is asked for: it then keeps what the first has computed.
    """
    yield pair
    if not entry.symmetric:
        yield pair.swapped


def turned(row, way):
    """The row with both sides in each other's place, if ``way`` is 1."""
    if not way:
        return row
    return row | {f"{key}_{side}": row[f"{key}_{other}"] for key in (*SIDE, "layer") for side, other in ("ab", "ba")}


def every_layer(settings, a, b, sample):
    """Rows for all layers of one encoder with all layers of another.

    Products are in float32, in which the layers were computed, and the sums over blocks in float64.
    """

    def layers(encoder):
        for number in range(encoder.layers):
            values = sample.take(encoder, number, "raw").astype(np.float32)
            yield [values[part] for part in sample.slices]

    layers_b = list(layers(b))
    sides_b = [Parts.of([Side.of(y).double for y in blocks]) for blocks in layers_b]
    rows = []
    for i, blocks in enumerate(layers(a)):
        side = Parts.of([Side.of(x).double for x in blocks])
        crosses = [cross_sums([x], ys)[0] for x, *ys in zip(blocks, *layers_b, strict=True)]
        for j, found in enumerate(zip(*crosses, strict=True)):
            if (i, j) == (a.layers - 1, b.layers - 1) and EVERY_LAYER in settings["measures"]:
                continue  # it is among the last layers' rows
            parts = Parts.paired(side, sides_b[j], Parts.of([cross.double for cross in found]))
            value, low, high = with_interval(EVERY_LAYER, parts, settings["confidence"])
            numbers = {"measure": EVERY_LAYER, "value": value, "ci_low": low, "ci_high": high}
            # Not among the last layers' rows, where those of all random initializations would be missing.
            rows.append({**described(a, b, i, j), "last": False, "variant": "raw", **sample.size(), **numbers})
    return rows


def parts_of_side(values, slices):
    """The sums of each block of rows."""
    return Parts.of([Side.of(values[part]) for part in slices])


def paper_rows(encoders):
    """Rows for the last layers of every two encoders by the released code's method."""
    last = [encoder.layer(encoder.layers - 1, centred=False) for encoder in encoders]
    rows = []
    for a, b in itertools.permutations(range(len(encoders)), 2):
        value, tokens = paper_pwcca(last[a], last[b]), min(len(last[a]), PAPER_ROWS)
        sequences = len(np.unique(encoders[a].tokens["sequence"][:tokens]))
        size = {"n_tokens": tokens, "n_sequences": sequences}
        rows.append(
            {
                **described(encoders[a], encoders[b]),
                "variant": "paper",
                "measure": "paper_pwcca",
                "value": value,
                **size,
            }
        )
    return rows


def described(a, b, layer_a=None, layer_b=None):
    """The columns that say what is compared; by default the last layers."""
    row, ends = {}, [encoder.layers - 1 for encoder in (a, b)]
    layers = [end if layer is None else layer for end, layer in zip(ends, (layer_a, layer_b), strict=True)]
    for name, encoder, layer in zip("ab", (a, b), layers, strict=True):
        row |= {f"{key}_{name}": encoder.identity[key] for key in SIDE}
        row[f"layer_{name}"] = layer
    return {**row, "last": layers == ends}


def attention_rows(settings, encoders):
    """Rows for the attention heads: of every two encoders' last layers, and of all layers where these are shown."""
    lengths = encoders[0].lengths
    if len(lengths) < FEWEST_GROUPS:
        return []
    size = {"n_tokens": int(lengths.sum()), "n_sequences": len(lengths)}
    last = [encoder.attention(encoder.layers - 1) for encoder in encoders]
    rows = []

    def add(a, b, sums, layers=()):
        value, low, high = matched_overlap(sums, lengths, settings["confidence"])
        numbers = {"measure": "attention", "value": value, "ci_low": low, "ci_high": high}
        rows.append({**described(a, b, *layers), "variant": "raw", **size, **numbers})

    for (a, maps_a), (b, maps_b) in itertools.combinations(zip(encoders, last, strict=True), 2):
        add(a, b, distance_sums(maps_a, maps_b, lengths))
        if len(maps_a) == len(maps_b) <= len(lengths):
            value = paper_attention(padded(maps_a, lengths), padded(maps_b, lengths))
            rows.append({**described(a, b), "variant": "paper", "measure": "paper_attention", "value": value, **size})
    for a, b in shown_pairs(encoders):
        sums = distance_sums(a.attention(), b.attention(), lengths)
        wide, high = sums.shape[1] // (a.layers - 1), sums.shape[2] // (b.layers - 1)
        for i, j in itertools.product(range(1, a.layers), range(1, b.layers)):
            if (i, j) != (a.layers - 1, b.layers - 1):
                add(a, b, sums[:, (i - 1) * wide : i * wide, (j - 1) * high : j * high], (i, j))
    return rows


def padded(maps, lengths):
    """The maps of each sequence, shape (heads, L, L), with zeros up to the longest, as the released code has them."""
    longest, ends = lengths.max(), np.cumsum(lengths**2)
    for end, length in zip(ends, lengths, strict=True):
        room = (0, longest - length)
        yield np.pad(maps[:, end - length**2 : end].reshape(-1, length, length), ((0, 0), room, room))

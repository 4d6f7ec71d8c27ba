"""The similarity table of representations whose similarity is known."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.core.errors import InputError
from beyondtext.report.nulls import above_both
from beyondtext.similarity.activations import Activations, write_activations
from beyondtext.similarity.attention import attention_overlap
from beyondtext.similarity.block_moments import BlockMoments
from beyondtext.similarity.compare import compare
from beyondtext.similarity.jackknife import assign_blocks, measure_with_interval
from beyondtext.similarity.measures import MEASURES, linear_cka, mean_squared_cca, pwcca
from beyondtext.similarity.moments import PairMoments
from beyondtext.similarity.nulls import SequencePermutations
from beyondtext.similarity.tokens import BLOCKS, TokenBlocks
from representations import head_distances, pwcca_of_released_code, row_orders

SETTINGS = {
    "task": "demo",
    "measures": ["cka", "mean_squared_cca", "pwcca"],
    "permutations": 40,
    "seed": 0,
    "confidence": 0.95,
    "domain_models": ["protein"],
}
SEQUENCES, EACH, MAPPED = 60, 10, 12  # MAPPED sequences have attention maps


@pytest.fixture
def tokens():
    generator = np.random.default_rng(0)
    sequence = np.repeat(np.arange(SEQUENCES), EACH)
    return {
        "sequence": sequence,
        "position": np.tile(np.arange(EACH), SEQUENCES),
        "symbol": generator.integers(0, 4, len(sequence)),
        "group": sequence.copy(),
    }


def write(folder, model, init, seed, layers, tokens, sample="one", stage="initial", heads=2):
    path = folder / f"{model}-{init}-{stage}-{seed}.safetensors"
    identity = {"task": "demo", "model": model, "init": init, "stage": stage, "seed": seed}
    generator = np.random.default_rng([len(model), seed])
    weights = generator.random(((len(layers) - 1) * heads, MAPPED, EACH, EACH))
    maps = (weights / weights.sum(-1, keepdims=True)).reshape(len(weights), -1).astype(np.float32)
    layers = [layer.astype(np.float32) for layer in layers]
    write_activations(path, identity, layers, tokens, sample, maps, [EACH] * MAPPED)
    return path


@pytest.fixture
def paths(tmp_path, tokens):
    """Trained encoders that share a part of each sequence, and two random ones that depend only on the symbols."""
    generator = np.random.default_rng(1)
    rows = len(tokens["symbol"])
    shared = generator.standard_normal((SEQUENCES, 3))[tokens["sequence"]]
    symbols = np.eye(4)[tokens["symbol"]]

    def drawn(base, width):
        return base @ generator.standard_normal((base.shape[1], width)) + 0.5 * generator.standard_normal((rows, width))

    known = np.hstack([shared, symbols])
    return [
        write(tmp_path, "text", "pretrained", 3, [drawn(symbols, 5), drawn(known, 5)], tokens),
        write(tmp_path, "text", "scratch", 3, [drawn(symbols, 5), drawn(symbols, 5)], tokens),
        write(tmp_path, "text", "scratch", 4, [drawn(symbols, 5), drawn(symbols, 5)], tokens),
        write(tmp_path, "protein", "pretrained", 3, [drawn(symbols, 6), drawn(symbols, 6), drawn(known, 6)], tokens),
        write(tmp_path, "text", "pretrained", 3, [drawn(symbols, 5), drawn(known, 5)], tokens, stage="finetuned"),
    ]


@pytest.fixture
def table(paths, tmp_path):
    compare(SETTINGS, paths, tmp_path / "demo.parquet")
    return pd.read_parquet(tmp_path / "demo.parquet")


TEXT, TUNED, PROTEIN = (
    ("text", "pretrained", "initial"),
    ("text", "pretrained", "finetuned"),
    ("protein", "pretrained", "initial"),
)
RANDOM = ("text", "scratch", "initial")


def rows(table, a, b, **wanted):
    kept = pd.Series(True, table.index)
    for side, encoder in (("a", a), ("b", b)):
        for key, value in zip(("model", "init", "stage"), encoder, strict=True):
            kept &= table[f"{key}_{side}"] == value
    for column, value in wanted.items():
        kept &= table[column] == value
    return table[kept]


def layer(path, number):
    from safetensors.numpy import load_file

    return load_file(path)[f"layer_{number:02}"].astype(np.float64)


def test_every_pair_has_its_rows(table):
    last = table[table["measure"] == "pwcca"]
    # The three pairs of interest; random initializations with the protein model. Unmodified, also the three pairs of
    # a random initialization with an encoder of its model and stage. Both ways.
    assert len(last[last["variant"] == "deconfounded"]) == 2 * (3 + 2)
    assert len(last[last["variant"] == "raw"]) == 2 * (3 + 2 + 3)
    every = table[(table["measure"] == "cka") & (table["variant"] == "raw")]
    # All layers of both text encoders and of one random one with those of the protein model; last layers of the others.
    assert len(every) == 3 * 2 * 3 + 5
    attended = table[table["measure"] == "attention"]
    assert len(attended) == 3 * 1 * 2 + 2
    assert not table.duplicated(
        [
            *(f"{key}_{side}" for side in "ab" for key in ("model", "init", "stage", "seed", "layer")),
            "measure",
            "variant",
        ]
    ).any()
    assert (table["task"] == "demo").all()
    both = table[table["ci_low"].notna()]
    assert (both["ci_low"] <= both["value"]).all() and (both["value"] <= both["ci_high"]).all()


def test_all_layers_of_one_model_are_compared_if_there_is_no_other(paths, tmp_path):
    table = compare(SETTINGS, [paths[0], paths[1], paths[4]], tmp_path / "demo.parquet")
    every = rows(table, TEXT, TUNED, measure="cka", variant="raw")
    assert sorted(zip(every["layer_a"], every["layer_b"], strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(rows(table, TEXT, RANDOM, measure="cka", variant="raw")) == 1


def test_numbers_of_tokens_and_sequences(table):
    sizes = table.groupby("variant")[["n_tokens", "n_sequences"]].agg(["min", "max"])
    for variant, tokens, sequences in (("deconfounded", 600, 60), ("half", 300, 30), ("quarter", 150, 15)):
        assert set(sizes.loc[variant]) == {tokens, sequences}
    assert set(table.loc[table["measure"] == "attention", "n_tokens"]) == {MAPPED * EACH}


def test_pairs_of_interest_have_intervals_and_nulls_in_every_variant(table):
    real = rows(table, TEXT, PROTEIN, last=True)
    assert set(real["variant"]) == {"raw", "deconfounded", "truncated", "half", "quarter", "paper"}
    moments = real[real["measure"].isin(SETTINGS["measures"])]
    assert moments["gaussian"].notna().all()
    whole = moments[moments["variant"].isin(["raw", "deconfounded"])]
    assert whole[["ci_low", "ci_high", "permuted_mean", "permuted_q95"]].notna().all(axis=None)
    random = rows(table, RANDOM, PROTEIN, last=True)
    assert random["permuted_mean"].isna().all() and set(random["variant"]) == {"raw", "deconfounded", "paper"}


def test_only_where_one_random_initialization_stands_alone_does_it_have_intervals(table):
    is_random = (table["init_a"] == "scratch") | (table["init_b"] == "scratch")
    random = table[is_random]
    assert {"cka", "pwcca", "attention", "paper_attention"} <= set(random.loc[random["last"], "measure"])
    assert random.loc[random["last"], ["ci_low", "ci_high"]].isna().all(axis=None)
    assert random.loc[~random["last"], ["ci_low", "ci_high"]].notna().all(axis=None)
    of_interest = table[~is_random & (table["measure"] == "attention")]
    assert of_interest[["ci_low", "ci_high"]].notna().all(axis=None)


def test_values_are_those_of_the_functions_of_arrays(table, paths):
    text, protein = layer(paths[0], 1), layer(paths[3], 2)
    last = rows(table, TEXT, PROTEIN, variant="raw", layer_a=1, layer_b=2).set_index("measure")
    for name, function in (("cka", linear_cka), ("mean_squared_cca", mean_squared_cca), ("pwcca", pwcca)):
        assert last.loc[name, "value"] == pytest.approx(function(text, protein), abs=1e-6)
    back = rows(table, PROTEIN, TEXT, variant="raw")
    assert back["measure"].tolist() == ["pwcca"]
    assert back["value"].item() == pytest.approx(pwcca(protein, text), abs=1e-6)
    for i, j in ((0, 0), (0, 2), (1, 1)):
        cell = rows(table, TEXT, PROTEIN, variant="raw", measure="cka", layer_a=i, layer_b=j)
        assert cell["value"].item() == pytest.approx(linear_cka(layer(paths[0], i), layer(paths[3], j)), abs=1e-6)
    published = rows(table, PROTEIN, TEXT, variant="paper", measure="paper_pwcca")["value"].item()
    assert published == pytest.approx(pwcca_of_released_code(protein, text), abs=1e-9)


def test_fewer_sequences_and_components(table, paths, tokens):
    text, protein = layer(paths[0], 1), layer(paths[3], 2)
    blocks = assign_blocks(tokens["group"], BLOCKS)
    for variant, kept in (("half", blocks < 6), ("quarter", blocks < 3)):
        cell = rows(table, TEXT, PROTEIN, variant=variant, measure="cka")
        assert cell["value"].item() == pytest.approx(linear_cka(text[kept], protein[kept]), abs=1e-6)
    from sklearn.decomposition import PCA

    left = [PCA(0.99).fit_transform(side) for side in (text, protein)]
    cell = rows(table, TEXT, PROTEIN, variant="truncated", measure="mean_squared_cca")
    assert cell["value"].item() == pytest.approx(mean_squared_cca(*left), abs=1e-6)


def test_attention_overlap_of_last_and_other_layers(table, paths):
    text, protein = (Activations(paths[place]) for place in (0, 3))
    distances = head_distances(text.attention(1), protein.attention(2), text.lengths)
    cell = rows(table, TEXT, PROTEIN, measure="attention", last=True)
    assert tuple(cell[["value", "ci_low", "ci_high"]].iloc[0]) == pytest.approx(
        attention_overlap(distances, text.lengths, 0.95)
    )
    first = rows(table, TEXT, PROTEIN, measure="attention", layer_a=1, layer_b=1)
    distances = head_distances(text.attention(1), protein.attention(1), text.lengths)
    assert first["value"].item() == pytest.approx(attention_overlap(distances, text.lengths, 0.95)[0])
    # These two encoders have the same maps, although one is fine-tuned.
    tuned = rows(table, TEXT, TUNED, measure="attention", last=True)
    assert tuned["value"].item() == 1
    assert rows(table, TEXT, TUNED, measure="paper_attention")["value"].item() > 0


def compared_in_pairs(folder, tokens):
    """The rows on attention of two encoders whose sequences are of one group each two."""
    folder.mkdir()
    paths = []
    for model in ("text", "speech"):
        layers = [np.random.default_rng([len(model), k]).standard_normal((600, 4)) for k in range(2)]
        paths.append(write(folder, model, "pretrained", 3, layers, {**tokens, "group": tokens["sequence"] // 2}))
    table = compare({**SETTINGS, "domain_models": []}, paths, folder / "table.parquet")
    return [Activations(path) for path in paths], table[table["measure"] == "attention"]


def test_the_attention_of_whole_groups_is_left_out(tmp_path, tokens, monkeypatch):
    _, rows = compared_in_pairs(tmp_path / "six", tokens)
    assert rows.empty  # twelve sequences are six groups
    monkeypatch.setitem(globals(), "MAPPED", 24)
    (a, b), rows = compared_in_pairs(tmp_path / "twelve", tokens)
    assert a.attention_groups.tolist() == np.repeat(np.arange(12), 2).tolist()
    distances = head_distances(a.attention(1), b.attention(1), a.lengths).reshape(12, 2, 2, 2).sum(1)
    expected = attention_overlap(distances, np.full(12, 2 * EACH), 0.95)
    assert rows.loc[rows["last"], ["value", "ci_low", "ci_high"]].to_numpy().tolist() == [pytest.approx(expected)]


def test_without_attention_maps_there_are_no_such_rows(tmp_path, tokens):
    paths = []
    for seed in (1, 2):
        layers = [np.random.default_rng([seed, k]).standard_normal((600, 4)).astype(np.float32) for k in range(2)]
        identity = {"task": "demo", "model": f"text{seed}", "init": "pretrained", "stage": "initial", "seed": seed}
        paths.append(tmp_path / f"{seed}.safetensors")
        write_activations(paths[-1], identity, layers, tokens, "one", np.zeros((2, 0), dtype=np.float32), [])
    table = compare(SETTINGS, paths, tmp_path / "demo.parquet")
    assert not table["measure"].str.contains("attention").any()


def test_deconfounding_removes_symbol_and_position(table, paths, tokens):
    from sklearn.linear_model import LinearRegression

    confounds = pd.DataFrame({name: tokens[name].astype(str) for name in ("symbol", "position")})
    design = pd.get_dummies(confounds).to_numpy(float)
    left = [v - LinearRegression().fit(design, v).predict(design) for v in (layer(paths[0], 1), layer(paths[3], 2))]
    cell = rows(table, TEXT, PROTEIN, variant="deconfounded", layer_a=1, layer_b=2, measure="cka")
    assert cell["value"].item() == pytest.approx(linear_cka(*left), abs=1e-5)
    # The random initializations have only the symbols in common with the protein model.
    random = rows(table, RANDOM, PROTEIN, measure="cka", last=True)
    raw, deconfounded = (random.loc[random["variant"] == name, "value"] for name in ("raw", "deconfounded"))
    assert len(raw) == len(deconfounded) == 2
    assert raw.min() > 0.2 > 0.05 > abs(deconfounded).max()


def test_the_null_of_permuted_sequences_is_below_shared_content(table):
    real = rows(table, TEXT, PROTEIN, variant="deconfounded", layer_a=1, layer_b=2)
    assert (real["value"] > real["permuted_q95"] + 0.1).all()
    assert (real["permuted_mean"] < real["permuted_q95"]).all()


def test_the_null_is_that_of_permuted_rows(paths, tmp_path, tokens):
    table = compare({**SETTINGS, "permutations": 3}, [paths[0], paths[3]], tmp_path / "demo.parquet")
    order = np.argsort(assign_blocks(tokens["group"], BLOCKS), kind="stable")
    text, protein = layer(paths[0], 1)[order], layer(paths[3], 2)[order]
    permutations = SequencePermutations(tokens["sequence"][order], tokens["position"][order], 3, 0)
    permuted = [protein[rows_of_y] for rows_of_y in row_orders(permutations)]
    expected = {
        ("cka", TEXT, PROTEIN): [linear_cka(text, other) for other in permuted],
        ("pwcca", TEXT, PROTEIN): [pwcca(text, other) for other in permuted],
        ("pwcca", PROTEIN, TEXT): [pwcca(other, text) for other in permuted],
    }
    for (measure, *sides), draws in expected.items():
        last = dict(zip(("layer_a", "layer_b"), (1, 2) if sides[0] == TEXT else (2, 1), strict=True))
        cell = rows(table, *sides, variant="raw", measure=measure, **last)
        assert cell["permuted_mean"].item() == pytest.approx(np.mean(draws), abs=1e-4)
        assert cell["permuted_q95"].item() == pytest.approx(np.quantile(draws, 0.95), abs=1e-4)
    assert abs(np.mean(expected["pwcca", TEXT, PROTEIN]) - np.mean(expected["pwcca", PROTEIN, TEXT])) > 1e-3


def test_independent_data_are_rarely_called_similar(tokens):
    """Tokens of one sequence are similar, but the two sides are independent."""
    generator, above, called = np.random.default_rng(2), 0, 0
    permutations = SequencePermutations(tokens["sequence"], tokens["position"], 39, 0)
    blocks = TokenBlocks(tokens)
    for _ in range(200):
        x, y = (
            generator.standard_normal((SEQUENCES, 3))[tokens["sequence"]] + generator.standard_normal((600, 3))
            for _ in range(2)
        )
        x, y = x - x.mean(0), y - y.mean(0)
        pair = PairMoments.from_arrays(x, y)
        null = np.quantile(
            [MEASURES["cka"](permuted) for permuted in permutations.permuted_moments(pair, x, y)], 0.95, method="higher"
        )
        above += MEASURES["cka"](pair) > null
        parts = BlockMoments.from_blocks(
            [PairMoments.from_arrays(x[blocks.order][part], y[blocks.order][part]) for part in blocks.slices]
        )
        value, low, high = measure_with_interval("cka", parts, 0.95)
        row = {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "permuted_q95": null,
            "random_high": 0,
        }
        called += above_both(row)
    assert above <= 17  # the value alone: 10 are expected at 5 %, and more than 17 have a probability of 1 %
    assert called <= 10  # by the report's criterion, the whole interval


def test_files_of_different_tokens_are_refused(paths, tmp_path, tokens):
    layers = [np.random.default_rng(0).standard_normal((600, 4))] * 2
    other = write(tmp_path, "other", "pretrained", 3, layers, tokens, "two")
    with pytest.raises(InputError, match=r"text-pretrained.* and .*other-pretrained.* have different tokens"):
        compare(SETTINGS, [paths[0], other], tmp_path / "demo.parquet")
    assert not (tmp_path / "demo.parquet").exists()


def test_files_with_attention_maps_of_other_sequences_are_refused(paths, tmp_path, tokens, monkeypatch):
    monkeypatch.setitem(globals(), "MAPPED", 11)
    layers = [np.random.default_rng(0).standard_normal((600, 4))] * 2
    other = write(tmp_path, "other", "pretrained", 3, layers, tokens)
    with pytest.raises(InputError, match=r"have different tokens; extract both with the same settings"):
        compare(SETTINGS, [paths[0], other], tmp_path / "demo.parquet")


def test_files_of_another_task_or_of_the_same_encoder_are_refused(paths, tmp_path):
    with pytest.raises(InputError, match=r"belongs to the task demo, but the task of this comparison is splice"):
        compare({**SETTINGS, "task": "splice"}, paths, tmp_path / "demo.parquet")
    with pytest.raises(InputError, match=r"belong to the same encoder; give one of them"):
        compare(SETTINGS, [*paths, paths[0]], tmp_path / "demo.parquet")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda layer: layer.__setitem__((7, 2), np.nan), r"other-.*safetensors: layer 1 contains NaN or infinity"),
        (lambda layer: layer.fill(3), r"all rows of .*other-.*safetensors: layer 1 are equal"),
    ],
)
def test_unsuitable_layers_are_named(paths, tmp_path, tokens, fault, message):
    layers = list(np.random.default_rng(0).standard_normal((2, 600, 4)))
    fault(layers[1])
    other = write(tmp_path, "other", "pretrained", 3, layers, tokens)
    with pytest.raises(InputError, match=message):
        compare(SETTINGS, [paths[0], other], tmp_path / "demo.parquet")


def test_too_few_tokens_for_the_width_are_refused_except_for_cka(tmp_path, tokens):
    paths = [
        write(tmp_path, name, "pretrained", 3, list(np.random.default_rng(seed).standard_normal((2, 600, 560))), tokens)
        for seed, name in enumerate(("wide", "wider"))
    ]
    with pytest.raises(InputError, match=r"550 rows are too few for 560 columns; .* at least 562"):
        compare(SETTINGS, paths, tmp_path / "demo.parquet")
    table = compare({**SETTINGS, "measures": ["cka"], "permutations": 2}, paths, tmp_path / "demo.parquet")
    assert abs(table.loc[table["measure"] == "cka", "value"]).max() < 0.1


def test_too_few_sequences_to_permute_leave_that_null_missing(tmp_path, tokens):
    lengths = np.arange(1, 35)
    sequence = np.repeat(np.arange(len(lengths)), lengths)[:600]
    other = {**tokens, "sequence": sequence, "group": sequence}
    paths = [
        write(tmp_path, name, "pretrained", 3, list(np.random.default_rng(seed).standard_normal((2, 595, 4))),
              {name: values[:595] for name, values in other.items()})
        for seed, name in enumerate(("one", "two"))
    ]  # fmt: skip
    table = compare(SETTINGS, paths, tmp_path / "demo.parquet")
    assert table["permuted_q95"].isna().all() and table["gaussian"].notna().any()


def test_where_symbol_and_position_take_up_too_much_their_rows_have_no_null_that_they_would_exceed(tmp_path, tokens):
    """What they leave of unrelated sides is alike, since a symbol that occurs once leaves nothing on either side."""
    many = {**tokens, "symbol": np.arange(600) // 3}
    paths = [
        write(tmp_path, name, "pretrained", 3, list(np.random.default_rng(seed).standard_normal((2, 600, 4))), many)
        for seed, name in enumerate(("one", "two"))
    ]
    table = compare(SETTINGS, paths, tmp_path / "demo.parquet")
    last = table[table["ci_low"].notna() & ~table["measure"].isin(["attention"])]
    left, raw = (last[last["variant"] == name] for name in ("deconfounded", "raw"))
    assert len(left) and left[["permuted_mean", "permuted_q95", "gaussian"]].isna().all(axis=None)
    assert raw["permuted_q95"].notna().any() and raw["gaussian"].notna().any()


def test_one_encoder_and_random_initializations_are_not_enough(paths, tmp_path):
    with pytest.raises(
        InputError, match="differ in their model, initialization or stage, but there is only text pretrained initial in"
    ):
        compare(SETTINGS, paths[:3], tmp_path / "demo.parquet")

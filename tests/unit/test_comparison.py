"""The similarity table, on representations whose likeness is known."""

import numpy as np
import pandas as pd
import pytest

from beyondtext import comparison
from beyondtext.comparison import compare
from beyondtext.errors import InputError
from beyondtext.representations import write_representations
from beyondtext.similarity import linear_cka, mean_squared_cca, pwcca

SETTINGS = {
    "task": "demo",
    "measures": ["cka", "mean_squared_cca", "pwcca"],
    "permutations": 40,
    "seed": 0,
    "confidence": 0.95,
}
SEQUENCES, EACH = 60, 10


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


def write(folder, model, init, seed, layers, tokens, sample="one"):
    path = folder / f"{model}-{init}-{seed}.safetensors"
    identity = {"task": "demo", "model": model, "init": init, "seed": seed}
    write_representations(path, identity, [layer.astype(np.float32) for layer in layers], tokens, sample)
    return path


@pytest.fixture
def paths(tmp_path, tokens):
    """Two trained encoders that share something of each sequence, and two random ones that know the symbols only."""
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
    ]


@pytest.fixture
def table(paths, tmp_path):
    compare(SETTINGS, paths, tmp_path / "demo.parquet")
    return pd.read_parquet(tmp_path / "demo.parquet")


def rows(table, a, b, **wanted):
    kept = (table["model_a"] + table["init_a"] == a) & (table["model_b"] + table["init_b"] == b)
    for column, value in wanted.items():
        kept &= table[column] == value
    return table[kept]


def layer(path, number):
    from safetensors.numpy import load_file

    return load_file(path)[f"layer_{number:02}"].astype(np.float64)


def test_every_pair_has_its_rows(table):
    last = table[(table["measure"] == "pwcca") & (table["variant"] == "raw")]
    assert len(last) == 2 * 6  # six pairs, both ways
    every = table[(table["measure"] == "cka") & (table["variant"] == "raw")]
    # All layers of text, protein and one random start; the other's last layers.
    assert len(every) == 2 * 3 + 2 * 2 + 2 * 3 + 3
    assert not table.duplicated(
        ["model_a", "init_a", "seed_a", "layer_a", "model_b", "init_b", "seed_b", "layer_b", "measure", "variant"]
    ).any()
    assert (table["n_tokens"] == 600).all() and (table["n_sequences"] == 60).all() and (table["task"] == "demo").all()
    assert (table["ci_low"] < table["value"]).all() and (table["value"] < table["ci_high"]).all()


def test_values_are_those_of_the_functions(table, paths):
    text, protein = layer(paths[0], 1), layer(paths[3], 2)
    last = rows(table, "textpretrained", "proteinpretrained", variant="raw", layer_a=1, layer_b=2).set_index("measure")
    for name, function in (("cka", linear_cka), ("mean_squared_cca", mean_squared_cca), ("pwcca", pwcca)):
        assert last.loc[name, "value"] == pytest.approx(function(text, protein), abs=1e-6)
    back = rows(table, "proteinpretrained", "textpretrained", variant="raw")
    assert back["measure"].tolist() == ["pwcca"]
    assert back["value"].item() == pytest.approx(pwcca(protein, text), abs=1e-6)
    for i, j in ((0, 0), (0, 2), (1, 1)):
        cell = rows(table, "textpretrained", "proteinpretrained", variant="raw", layer_a=i, layer_b=j)
        assert cell["value"].item() == pytest.approx(linear_cka(layer(paths[0], i), layer(paths[3], j)), abs=1e-6)


def test_symbol_and_position_are_taken_out(table, paths, tokens):
    from sklearn.linear_model import LinearRegression

    confounds = pd.DataFrame({name: tokens[name].astype(str) for name in ("symbol", "position")})
    design = pd.get_dummies(confounds).to_numpy(float)
    left = [v - LinearRegression().fit(design, v).predict(design) for v in (layer(paths[0], 1), layer(paths[3], 2))]
    cell = rows(
        table, "textpretrained", "proteinpretrained", variant="deconfounded", layer_a=1, layer_b=2, measure="cka"
    )
    assert cell["value"].item() == pytest.approx(linear_cka(*left), abs=1e-5)
    # What the random starts share is the symbols alone.
    random = rows(table, "textscratch", "textscratch", measure="cka").set_index("variant")
    assert random.loc["raw", "value"] > 0.3
    assert random.loc["deconfounded", "ci_low"] < 0 < random.loc["deconfounded", "ci_high"]


def test_exchanged_sequences_are_a_null_for_what_sequences_share(table):
    real = rows(table, "textpretrained", "proteinpretrained", variant="deconfounded", layer_a=1, layer_b=2)
    assert (real["value"] > real["null_q95"] + 0.1).all()
    assert (real["null_mean"] < real["null_q95"]).all()
    assert table[table["init_a"] == "scratch"]["null_mean"].isna().all()


def test_the_null_is_that_of_exchanged_rows(paths, tmp_path, tokens):
    from beyondtext.nulls import permuted_sequences

    table = compare({**SETTINGS, "permutations": 3}, [paths[0], paths[3]], tmp_path / "demo.parquet")
    order = np.argsort(comparison.deal_blocks(tokens["group"], comparison.BLOCKS), kind="stable")
    text, protein = layer(paths[0], 1)[order], layer(paths[3], 2)[order]
    draws = [linear_cka(text, protein[p]) for p in permuted_sequences(tokens["sequence"][order], 3, 0)]
    cell = rows(table, "textpretrained", "proteinpretrained", variant="raw", measure="cka", layer_a=1, layer_b=2)
    assert cell["null_mean"].item() == pytest.approx(np.mean(draws), abs=1e-4)
    assert cell["null_q95"].item() == pytest.approx(np.quantile(draws, 0.95), abs=1e-4)


def test_independent_data_are_hardly_ever_called_similar(tokens):
    """Sequences whose tokens are alike within, but have nothing to do with those of the other side."""
    from beyondtext.moments import Side

    generator, called = np.random.default_rng(2), 0
    settings = {"permutations": 39, "seed": 0}
    for _ in range(200):
        x, y = (
            generator.standard_normal((SEQUENCES, 3))[tokens["sequence"]] + generator.standard_normal((600, 3))
            for _ in range(2)
        )
        x, y = x - x.mean(0), y - y.mean(0)
        single = [side.astype(np.float32) for side in (x, y)]
        null = comparison.permuted_pairs(settings, Side.of(x), Side.of(y), *single, tokens["sequence"])
        called += linear_cka(x, y) > np.quantile(
            [comparison.MEASURES["cka"].on(pair) for pair in null], 0.95, method="higher"
        )
    assert called <= 17  # 10 expected at 5 %; more than 17 has a chance of one in a hundred


def test_files_of_different_tokens_are_refused(paths, tmp_path, tokens):
    layers = [np.random.default_rng(0).standard_normal((600, 4))]
    other = write(tmp_path, "other", "pretrained", 3, layers, tokens, "two")
    with pytest.raises(InputError, match=r"text-pretrained-3.* and .*other-pretrained-3.* hold different tokens"):
        compare(SETTINGS, [paths[0], other], tmp_path / "demo.parquet")
    assert not (tmp_path / "demo.parquet").exists()

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from beyondtext.core.errors import InputError
from beyondtext.similarity.tokens import BLOCKS, TokenBlocks, confound_basis


@pytest.fixture
def tokens(generator):
    sequence = np.repeat(np.arange(30), 5)
    return {
        "sequence": sequence,
        "position": np.tile(np.arange(5), 30),
        "symbol": generator.integers(0, 4, 150),
        "group": sequence // 2,
    }


def test_blocks_consist_of_whole_groups_in_their_order(tokens):
    blocks = TokenBlocks(tokens)
    assert len(blocks.slices) == BLOCKS
    assert sorted(blocks.order) == list(range(150))
    groups = [set(tokens["group"][blocks.order[rows]]) for rows in blocks.slices]
    assert sum(map(len, groups)) == 15 and set.union(*groups) == set(range(15))
    assert (blocks.sequence == tokens["sequence"][blocks.order]).all()


def test_the_tokens_of_a_group_are_adjacent_wherever_its_sequences_are_in_the_sample(tokens):
    tokens["group"] = tokens["sequence"] % 15  # the second sequence of a group comes 15 sequences after its first
    blocks = TokenBlocks(tokens)
    assert (blocks.group == tokens["group"][blocks.order]).all()
    assert np.count_nonzero(np.diff(blocks.group)) == 14
    for number in range(15):  # the sequences of a group, and the tokens of a sequence, keep their order
        assert (np.diff(blocks.order[blocks.group == number]) > 0).all()


@dataclass
class Encoder:
    """What `TokenBlocks` reads from an activation file."""

    values: np.ndarray
    path: str = "demo.safetensors"
    last_layer: int = 2

    def layer(self, number):
        return self.values + np.float32(self.last_layer - number)


def test_layers_are_centred_and_in_blocks(tokens, generator):
    encoder, blocks = Encoder(generator.standard_normal((150, 3)).astype(np.float32) + 5), TokenBlocks(tokens)
    expected = encoder.values[blocks.order].astype(np.float64)
    expected -= expected.mean(0)
    last = blocks.last_layer(encoder, "raw")
    assert last.dtype == np.float64 and last == pytest.approx(expected, abs=1e-12)
    parts = blocks.layer_blocks(encoder, 1)
    assert all(part.dtype == np.float32 for part in parts)
    assert [len(part) for part in parts] == [rows.stop - rows.start for rows in blocks.slices]
    assert np.concatenate(parts) == pytest.approx(expected, abs=1e-5)
    left = blocks.last_layer(encoder, "deconfounded")
    indicators = np.hstack(
        [tokens[name][blocks.order][:, None] == np.unique(tokens[name]) for name in ("symbol", "position")]
    )
    assert indicators.T @ left == pytest.approx(np.zeros((9, 3)), abs=1e-10)


def test_unsuitable_layers_are_refused(tokens):
    values = np.ones((150, 3), dtype=np.float32)
    values[7] = np.nan
    with pytest.raises(InputError, match=r"demo.safetensors: layer 2 contains NaN or infinity in row 7"):
        TokenBlocks(tokens).last_layer(Encoder(values), "raw")
    with pytest.raises(InputError, match=r"all rows of demo.safetensors: layer 0 are equal"):
        TokenBlocks(tokens).layer_blocks(Encoder(np.ones((150, 3), dtype=np.float32)), 0)


def sample_of(sizes):
    """Tokens of groups with these numbers of sequences, each of four tokens."""
    group, position = np.repeat(np.arange(len(sizes)), np.array(sizes) * 4), np.tile(np.arange(4), sum(sizes))
    return {"sequence": np.arange(len(group)) // 4, "position": position, "symbol": position % 3, "group": group}


@pytest.mark.parametrize(
    ("sizes", "half", "quarter"),
    [
        ([5] * 10, 5, 2),
        ([5] * 11, 5, 3),
        ([5] * 12, 6, 3),
        ([3] * 13, 5, 2),  # two groups in the first block
        ([30] + [1] * 11, 1, 1),
        ([1] * 11 + [5], 8, 4),
        ([8, 1, 1, 1, 1, 1, 1, 1, 1, 8], 5, 1),
    ],
)
def test_fewer_sequences_are_the_blocks_closest_to_half_and_a_quarter_of_the_tokens(sizes, half, quarter):
    blocks = TokenBlocks(sample_of(sizes))
    ends = np.array([rows.stop for rows in blocks.slices]) / (4 * sum(sizes))
    assert blocks.parts() == {"half": half, "quarter": quarter}
    for part, share in ((half, 0.5), (quarter, 0.25)):
        assert abs(ends[part - 1] - share) == pytest.approx(np.abs(ends - share).min())


def test_size_columns(tokens):
    blocks = TokenBlocks(tokens)
    assert blocks.size_columns() == {"n_tokens": 150, "n_sequences": 30}
    assert blocks.size_columns(blocks.slices[0].stop) == {"n_tokens": 20, "n_sequences": 4}


def test_degrees_of_freedom_of_a_fit(tokens):
    blocks = TokenBlocks(tokens)  # three blocks of 20 tokens and nine of 10
    confounds = (4 - 1) + (5 - 1)
    assert blocks.fewest_in_fit("raw", on_folds=False) == 150 - 20
    assert blocks.fewest_in_fit("deconfounded", on_folds=False) == 150 - 20 - confounds
    assert blocks.fewest_in_fit("raw", on_folds=True) == 70 - 20
    assert blocks.confounded_share("deconfounded") == pytest.approx(confounds / (150 - 1))
    assert blocks.confounded_share("raw") == 0


def test_the_basis_explains_what_a_regression_on_indicators_does(generator):
    symbol, position = generator.integers(0, 4, 80), np.tile(np.arange(5), 16)
    basis = confound_basis(symbol, position)
    assert basis.T @ basis == pytest.approx(np.eye(7), abs=1e-10)
    values = generator.standard_normal((80, 3))
    values -= values.mean(0)
    design = np.hstack([symbol[:, None] == np.arange(4), position[:, None] == np.arange(5)]).astype(float)
    predicted = LinearRegression().fit(design, values).predict(design)
    assert basis @ (basis.T @ values) == pytest.approx(predicted, abs=1e-10)

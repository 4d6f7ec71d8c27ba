import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

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


def test_the_basis_explains_what_a_regression_on_indicators_does(generator):
    symbol, position = generator.integers(0, 4, 80), np.tile(np.arange(5), 16)
    basis = confound_basis(symbol, position)
    assert basis.T @ basis == pytest.approx(np.eye(7), abs=1e-10)
    values = generator.standard_normal((80, 3))
    values -= values.mean(0)
    design = np.hstack([symbol[:, None] == np.arange(4), position[:, None] == np.arange(5)]).astype(float)
    predicted = LinearRegression().fit(design, values).predict(design)
    assert basis @ (basis.T @ values) == pytest.approx(predicted, abs=1e-10)

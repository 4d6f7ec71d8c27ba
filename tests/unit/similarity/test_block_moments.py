"""Moments by block of tokens."""

import itertools

import numpy as np
import pytest

from beyondtext.similarity.block_moments import BlockMoments, BlockPairMoments, Stack, cross_moments
from beyondtext.similarity.measures import (
    MEASURES,
    linear_cka,
    mean_squared_cca,
    procrustes,
    pwcca,
    rsa,
    svcca,
)
from beyondtext.similarity.moments import Moments, PairMoments
from representations import related_pair

FUNCTIONS = {
    "cka": linear_cka,
    "cka_biased": lambda x, y: linear_cka(x, y, debiased=False),
    "mean_squared_cca": mean_squared_cca,
    "pwcca": pwcca,
    "svcca": svcca,
    "procrustes": procrustes,
    "rsa": rsa,
}


def layers_of_two_models(generator, n=400):
    """Layers of a shared latent part: of several widths, far from zero, one of lower rank."""
    shared = generator.standard_normal((n, 3))

    def layer(width):
        seen = shared @ generator.standard_normal((3, width)) + generator.standard_normal((n, width))
        return seen + 1000 * generator.standard_normal(width)

    xs, ys = [layer(6), layer(4)], [layer(5), layer(6), layer(6)]
    xs[1] = np.hstack([xs[1], xs[1][:, :2] - xs[1][:, 2:]])
    return xs, ys


def stacked(arrays):
    stack = Stack(len(arrays[0]), [array.shape[1] for array in arrays], np.float64)
    for place, array in enumerate(arrays):
        stack.put(place, array)
    return stack


def test_moments_of_blocks_give_the_measures_of_all_tokens(generator):
    """Also if the cross moments of all layers come from one product, as in the similarity table."""
    xs, ys = layers_of_two_models(generator)
    centred = [[layer - layer.mean(0) for layer in layers] for layers in (xs, ys)]
    edges = [0, 150, 300, 390, 400]
    blocks = [
        [[layer[start:end] for layer in layers] for layers in centred] for start, end in itertools.pairwise(edges)
    ]
    crosses = [[cross_moments(x, stacked(ys)) for x in xs] for xs, ys in blocks]
    for i, x in enumerate(xs):
        for j, y in enumerate(ys):
            pair = BlockPairMoments(
                BlockMoments.from_blocks([Moments.from_array(block[0][i]) for block in blocks]),
                BlockMoments.from_blocks([Moments.from_array(block[1][j]) for block in blocks]),
                [cross[i][j] for cross in crosses],
            )
            for name, function in FUNCTIONS.items():
                assert MEASURES[name](pair.total) == pytest.approx(function(x, y), abs=1e-9), name


def test_leaving_a_block_out_is_a_subtraction(generator):
    x, y = related_pair(generator, n=60)
    blocks = BlockMoments.from_blocks([PairMoments.from_arrays(x[k::3], y[k::3]) for k in range(3)])
    kept = np.arange(60) % 3 != 1
    expected = PairMoments.from_arrays(x[kept], y[kept])
    assert blocks.left_out[1].n == expected.n == 40
    assert blocks.left_out[1].covariance == pytest.approx(expected.covariance)
    assert blocks.left_out[1].product_of_squares == pytest.approx(expected.product_of_squares)

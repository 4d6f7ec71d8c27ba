"""Synthetic representations for tests of similarity."""

import numpy as np

from beyondtext.similarity.block_moments import BlockMoments, BlockPairMoments
from beyondtext.similarity.moments import CrossMoments, Moments


def related_pair(generator, n=400, p=6, q=5):
    """Two representations, shapes (n, p) and (n, q), of a shared latent part with noise; their means are not zero."""
    shared = generator.standard_normal((n, 3))
    x = shared @ generator.standard_normal((3, p)) + 0.5 * generator.standard_normal((n, p)) + 2
    y = shared @ generator.standard_normal((3, q)) + 0.5 * generator.standard_normal((n, q)) - 1
    return x, y


def orthogonal_matrix(generator, width):
    """A random orthogonal matrix."""
    return np.linalg.qr(generator.standard_normal((width, width)))[0]


def block_pair(x, y, blocks):
    """The moments by block of two centred representations; ``blocks`` has the block of each row, from 0."""
    rows = [blocks == block for block in range(blocks.max() + 1)]
    x, y = x - x.mean(0), y - y.mean(0)
    sides = [BlockMoments.from_blocks([Moments.from_array(side[r]) for r in rows]) for side in (x, y)]
    return BlockPairMoments(*sides, [CrossMoments.from_arrays(x[r], y[r]) for r in rows])

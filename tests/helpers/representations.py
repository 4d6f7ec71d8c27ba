"""Synthetic representations for tests of similarity."""

import numpy as np

from beyondtext.similarity.attention import l1_distances, sequence_distances, total_variation
from beyondtext.similarity.block_moments import BlockMoments, BlockPairMoments
from beyondtext.similarity.moments import CrossMoments, Moments
from beyondtext.similarity.published_code import PUBLISHED_TOKENS, RIDGE, published_pwcca, ridge_factor


def related_pair(generator, n=400, p=6, q=5):
    """Two representations, shapes (n, p) and (n, q), of a shared latent part with noise; their means are not zero."""
    shared = generator.standard_normal((n, 3))
    x = shared @ generator.standard_normal((3, p)) + 0.5 * generator.standard_normal((n, p)) + 2
    y = shared @ generator.standard_normal((3, q)) + 0.5 * generator.standard_normal((n, q)) - 1
    return x, y


def orthogonal_matrix(generator, width):
    """A random orthogonal matrix."""
    return np.linalg.qr(generator.standard_normal((width, width)))[0]


def row_orders(permutations):
    """Yield, for each of `SequencePermutations`, the row of y that is paired with each row of x."""
    for classes, shifts in permutations.rounds:
        for shift in range(shifts):
            order = np.empty(sum(rows.size for rows, _ in classes), dtype=np.int64)
            for rows_x, rows_y in classes:
                order[rows_x] = np.roll(rows_y, -shift, axis=0)
            yield order


def pwcca_of_released_code(x, y, ridge=RIDGE, tokens=PUBLISHED_TOKENS):
    """`published_pwcca` of the first tokens of two arrays."""
    sides = [side[:tokens] for side in (x, y)]
    return published_pwcca(sides, [ridge_factor(side, ridge) for side in sides])


def attention_costs(a, b):
    """The distances that `matched_costs` takes, of maps of shape (sequences, heads, positions, positions)."""
    return np.stack([l1_distances(y.reshape(len(y), -1), x.reshape(len(x), -1)) for x, y in zip(a, b, strict=True)])


def head_distances(a, b, lengths):
    """The total variation distances of the heads of two encoders, for each sequence."""
    lengths = np.asarray(lengths)
    return total_variation(sequence_distances(np.asarray(a), np.asarray(b), lengths), lengths)


def block_pair(x, y, blocks):
    """The moments by block of two centred representations; ``blocks`` has the block of each row, from 0."""
    rows = [blocks == block for block in range(blocks.max() + 1)]
    x, y = x - x.mean(0), y - y.mean(0)
    sides = [BlockMoments.from_blocks([Moments.from_array(side[r]) for r in rows]) for side in (x, y)]
    return BlockPairMoments(*sides, [CrossMoments.from_arrays(x[r], y[r]) for r in rows])

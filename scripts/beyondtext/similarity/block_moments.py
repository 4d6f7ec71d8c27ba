"""Moments by block of tokens: of each block, of all together, and of all but each block; what the jackknife takes."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from beyondtext.similarity.moments import CrossMoments, PairMoments, squared_norms


@dataclass
class BlockMoments:
    """Moments by block of tokens: of each block, of all blocks together, and of all but each block.

    Attributes
    ----------
    blocks : list
        `Moments` or `PairMoments` of disjoint sets of tokens.
    total
        Their sum.
    left_out : list
        The total without each block.
    """

    blocks: list
    total: object
    left_out: list

    @classmethod
    def from_blocks(cls, blocks):
        """Add up the moments of disjoint sets of tokens."""
        total = sum(blocks[1:], blocks[0])
        return cls(blocks, total, [total - block for block in blocks])


@dataclass
class BlockPairMoments:
    """The `PairMoments` of two sides by block of tokens, with the properties of `BlockMoments`.

    Attributes
    ----------
    x, y : BlockMoments of Moments
        What they have computed is used by every pair that they are part of.
    cross : list of CrossMoments
        Of each block.
    """

    x: BlockMoments
    y: BlockMoments
    cross: list

    @property
    def blocks(self):
        """A list of the moments of each block."""
        return [PairMoments(*sides) for sides in zip(self.x.blocks, self.y.blocks, self.cross, strict=True)]

    @cached_property
    def total(self):
        """The moments of all blocks together."""
        return PairMoments(self.x.total, self.y.total, sum(self.cross[1:], self.cross[0]))

    @property
    def left_out(self):
        """Yield the total without each block; one at a time, since its cross moments are in no other pair."""
        for x, y, block in zip(self.x.left_out, self.y.left_out, self.cross, strict=True):
            yield PairMoments(x, y, self.total.cross - block)


class Stack:
    """Several representations of the same tokens side by side, so that one matrix product multiplies all of them.

    Parameters
    ----------
    n : int
        The number of tokens.
    widths : list of int
        The number of columns of each representation.
    dtype : numpy.dtype
    """

    def __init__(self, n, widths, dtype):
        edges = np.cumsum([0, *widths])
        self.columns = [slice(start, end) for start, end in itertools.pairwise(edges)]
        self.values, self.norms = np.empty((n, edges[-1]), dtype), np.empty((n, len(widths)), dtype)

    def put(self, place, array):
        """Copy one of the representations, shape (n, width), to its place."""
        self.values[:, self.columns[place]], self.norms[:, place] = array, squared_norms(array)


def cross_moments(x, stack):
    """The cross moments of an array of shape (n, p) with every array of a `Stack`.

    Returns
    -------
    list of CrossMoments
        Their arrays are views of common ones.
    """
    y, norms_x, norms_y = stack.values, squared_norms(x)[:, None], stack.norms
    outer, x_weighted, y_weighted, products = x.T @ y, x.T @ norms_y, norms_x.T @ y, norms_x.T @ norms_y
    return [
        CrossMoments(outer[:, columns], x_weighted[:, j], y_weighted[0, columns], products[0, j])
        for j, columns in enumerate(stack.columns)
    ]

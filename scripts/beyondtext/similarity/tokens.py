"""The tokens that are compared, in blocks for the jackknife."""

import numpy as np

from beyondtext.similarity.arrays import check_representation
from beyondtext.similarity.jackknife import assign_blocks

BLOCKS = 12  # of sequences; a multiple of four, for half and a quarter of them
FEWEST_TOKENS = 4  # for which debiased CKA is defined


class TokenBlocks:
    """The tokens of a sample, sorted into blocks of whole groups of sequences.

    Parameters
    ----------
    tokens : dict of str to numpy.ndarray of int, shape (n,)
        As `Activations.tokens`.

    Attributes
    ----------
    order : numpy.ndarray of int, shape (n,)
        The index of each token, block by block, in the sample.
    slices : list of slice
        The rows of each block.
    sequence, position : numpy.ndarray of int, shape (n,)
        Of each token, block by block.

    Raises
    ------
    InputError
        For too few groups.
    """

    def __init__(self, tokens):
        blocks = assign_blocks(tokens["group"], BLOCKS)
        self.order = np.argsort(blocks, kind="stable")
        ends = np.cumsum(np.bincount(blocks))
        self.slices = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        self.sequence, self.position = (tokens[name][self.order] for name in ("sequence", "position"))
        self._confounds = confound_basis(tokens["symbol"][self.order], self.position)

    def fewest_in_fit(self, variant, on_folds):
        """The minimum degrees of freedom for a fit: the tokens without the largest block and the confounds."""
        sizes = [block.stop - block.start for block in self.slices]
        parts = (sizes[0::2], sizes[1::2]) if on_folds else (sizes,)
        confounds = self._confounds.shape[1] if variant == "deconfounded" else 0
        return min(sum(part) - max(part) for part in parts) - confounds

    def layer(self, encoder, number, variant):
        """A layer of an encoder on these tokens, centred, float64, shape (n, width).

        With the variant ``deconfounded``, what symbol and position explain linearly is removed. Raises `InputError` if
        a value is not finite or all tokens are equal.
        """
        name = f"{encoder.path}: layer {number}"
        values = check_representation(name, encoder.layer(number), FEWEST_TOKENS)[self.order]
        if variant == "deconfounded":
            values -= self._confounds @ (self._confounds.T @ values)
        return values

    def size_columns(self, tokens=None):
        """The table's columns for the number of tokens and sequences, of all or of the first ``tokens``."""
        sequences = self.sequence[:tokens]
        return {"n_tokens": len(sequences), "n_sequences": len(np.unique(sequences))}


def confound_basis(symbol, position):
    """An orthonormal basis of the centred indicators of symbol and position.

    Parameters
    ----------
    symbol, position : numpy.ndarray of int, shape (n,)

    Returns
    -------
    numpy.ndarray of float64, shape (n, rank)
    """
    indicators = [values[:, None] == np.unique(values) for values in (symbol, position)]
    design = np.hstack(indicators).astype(np.float64)
    left, singular_values, _ = np.linalg.svd(design - design.mean(0), full_matrices=False)
    return left[:, singular_values > 1e-8 * singular_values[0]]

"""The tokens that are compared, in blocks for the jackknife."""

import numpy as np

from beyondtext.similarity.arrays import check_values
from beyondtext.similarity.jackknife import assign_blocks

BLOCKS = 12  # of sequences; a multiple of four, for half and a quarter of blocks of equal size
PARTS = {"half": 1 / 2, "quarter": 1 / 4}  # variants with fewer sequences: the share of the tokens
FEWEST_TOKENS = 4  # for which debiased CKA is defined
MOST_CONFOUNDED = 0.03  # the share of the degrees of freedom that may be removed before permuted sequences are no null


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
    sequence, position, group : numpy.ndarray of int, shape (n,)
        Of each token, block by block; tokens of one group are adjacent.

    Raises
    ------
    InputError
        For too few groups.
    """

    def __init__(self, tokens):
        blocks = assign_blocks(tokens["group"], BLOCKS)
        _, first, place = np.unique(tokens["group"], return_index=True, return_inverse=True)
        self.order = np.lexsort((first[place], blocks))  # by block, and within it by the first token of the group
        ends = np.cumsum(np.bincount(blocks))
        self.slices = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        names = ("sequence", "position", "group")
        self.sequence, self.position, self.group = (tokens[name][self.order] for name in names)
        self._confounds = confound_basis(tokens["symbol"][self.order], self.position)

    def fewest_in_fit(self, variant, on_folds):
        """The minimum degrees of freedom for a fit: the tokens without the largest block and the confounds."""
        sizes = [block.stop - block.start for block in self.slices]
        parts = (sizes[0::2], sizes[1::2]) if on_folds else (sizes,)
        confounds = self._confounds.shape[1] if variant == "deconfounded" else 0
        return min(sum(part) - max(part) for part in parts) - confounds

    def confounded_share(self, variant):
        """The share of the degrees of freedom that symbol and position take up in a variant."""
        return self._confounds.shape[1] / (len(self.order) - 1) if variant == "deconfounded" else 0.0

    def last_layer(self, encoder, variant):
        """The last layer of an encoder on these tokens, centred, float64, shape (n, width).

        With the variant ``deconfounded``, what symbol and position explain linearly is removed. Raises `InputError` if
        a value is not finite or all tokens are equal.
        """
        values, mean = self._read(encoder, encoder.last_layer)
        values = values[self.order] - mean
        if variant == "deconfounded":
            values -= self._confounds @ (self._confounds.T @ values)
        return values

    def layer_blocks(self, encoder, number):
        """A layer by block of tokens, centred on the mean of all; float32, like the file, shapes (n of block, width).

        Raises `InputError` as `last_layer` does.
        """
        values, mean = self._read(encoder, number)
        return [(values[self.order[rows]] - mean).astype(np.float32) for rows in self.slices]

    def _read(self, encoder, number):
        """A layer of an encoder in the order of its file, float32, and its mean, float64, after checking both."""
        values = encoder.layer(number)
        check_values(f"{encoder.path}: layer {number}", values, FEWEST_TOKENS)
        return values, values.mean(0, dtype=np.float64)

    def parts(self):
        """The variants with fewer sequences: how many of the first blocks come closest to each share of the tokens."""
        ends = np.array([rows.stop for rows in self.slices])
        return {variant: int(np.abs(ends - share * ends[-1]).argmin()) + 1 for variant, share in PARTS.items()}

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

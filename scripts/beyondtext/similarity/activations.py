"""The file of one encoder's representations: what its layers make of a sample of a task's tokens.

One safetensors file. ``layer_00`` is the output of the embeddings, ``layer_01`` that of the first layer, and so
on: float32, shape (tokens, width). ``sequence``, ``position``, ``symbol`` and ``group`` (int64, shape (tokens,))
say which tokens they are: the place of the sequence in the sample, of the symbol in the sequence and in the
task's alphabet, and of the sequence's group among the sample's. ``attention`` (float32, laid out as in
`beyondtext.similarity.attention`) has the attention maps of the first sequences of the sample, and
``attention_lengths`` (int64) their tokens, special ones among them. The metadata hold the ``identity`` of the encoder
(``task model init stage seed``) and the ``sample``, a digest of which tokens these are.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from beyondtext.core.errors import InputError
from beyondtext.core.files import replacing

TOKEN_COLUMNS = ("sequence", "position", "symbol", "group")


def sample_tokens(lengths, tokens, sequences, tokens_per_sequence, seed):
    """Draw sequences, and tokens in each of them, until there are enough of both.

    Sequences of one length have their tokens at the same positions, so that they can change places.

    Parameters
    ----------
    lengths : sequence of int
        Symbols in each sequence.
    tokens, sequences : int
        At least so many; all there are where there are fewer.
    tokens_per_sequence : int
        At most so many.
    seed : int

    Returns
    -------
    list of (int, numpy.ndarray of int)
        A sequence's index and the sorted positions of its drawn symbols, in the order drawn.
    """
    generator, sample, positions, found = np.random.default_rng(seed), [], {}, 0
    for index in generator.permutation(len(lengths)):
        if found >= tokens and len(sample) >= sequences:
            break
        length = lengths[index]
        if length not in positions:
            positions[length] = np.sort(generator.permutation(length)[:tokens_per_sequence])
        sample.append((int(index), positions[length]))
        found += len(sample[-1][1])
    return sample


def describe_sample(sample, examples, alphabet):
    """The ``TOKEN_COLUMNS`` of a sample, and its digest.

    Parameters
    ----------
    sample : list of (int, numpy.ndarray of int)
        From `sample_tokens`, on the rows of ``examples``.
    examples : pandas.DataFrame
        With the columns ``id group symbols``.
    alphabet : list of str
        Symbols outside it get the number after its last.
    """
    place = {symbol: number for number, symbol in enumerate(alphabet)}
    counts = [len(positions) for _, positions in sample]
    chosen = examples.iloc[[index for index, _ in sample]]
    symbols = [
        place.get(symbols[position], len(place))
        for symbols, (_, positions) in zip(chosen["symbols"], sample, strict=True)
        for position in positions
    ]
    columns = {
        "sequence": np.repeat(np.arange(len(sample)), counts),
        "position": np.concatenate([positions for _, positions in sample]),
        "symbol": np.array(symbols),
        "group": np.repeat(np.unique(chosen["group"], return_inverse=True)[1], counts),
    }
    columns = {name: np.ascontiguousarray(columns[name], dtype=np.int64) for name in TOKEN_COLUMNS}
    digest = hashlib.sha256("\x1f".join(chosen["id"].astype(str)).encode())
    for values in columns.values():
        digest.update(values.tobytes())
    return columns, digest.hexdigest()


def write_activations(path, identity, layers, columns, sample, attention, lengths):
    """Write the file.

    Parameters
    ----------
    path : path
    identity : dict
    layers : sequence of numpy.ndarray of float32, each of shape (tokens, width)
    columns, sample
        From `describe_sample`.
    attention : numpy.ndarray of float32, shape (heads, entries)
    lengths : sequence of int
        Tokens of each sequence that there are attention maps of; none are fine.
    """
    from safetensors.numpy import save_file

    tensors = {f"layer_{number:02}": np.ascontiguousarray(layer) for number, layer in enumerate(layers)}
    maps = {"attention": attention, "attention_lengths": np.array(lengths, dtype=np.int64)}
    with replacing(path) as part:
        save_file({**tensors, **columns, **maps}, part, {"identity": json.dumps(identity), "sample": sample})


class Activations:
    """A file of representations; its layers are read when they are asked for.

    Raises
    ------
    InputError
        If the file is missing or is not such a file.
    """

    def __init__(self, path):
        from safetensors import SafetensorError, safe_open

        self.path = Path(path)
        try:
            self._file = safe_open(path, framework="numpy")
            names, metadata = set(self._file.keys()), self._file.metadata() or {}
            self.identity, self.sample = json.loads(metadata["identity"]), metadata["sample"]
            self.tokens = {name: self._file.get_tensor(name) for name in TOKEN_COLUMNS}
            self.lengths = self._file.get_tensor("attention_lengths")
        except FileNotFoundError:
            raise InputError(f"{path} is missing; scripts/extract_activations.py makes it") from None
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} is not a file of representations ({error}); give one that scripts/extract_activations.py wrote"
            ) from None
        self.layers = sum(name.startswith("layer_") for name in names)

    def layer(self, number, centred=True):
        """One layer, float64, shape (tokens, width)."""
        values = self._file.get_tensor(f"layer_{number:02}").astype(np.float64)
        return values - values.mean(0) if centred else values

    def attention(self, layer=None):
        """The attention maps of all heads, or of one layer's (the first is 1); float32, shape (heads, entries)."""
        maps = self._file.get_tensor("attention")
        each = len(maps) // (self.layers - 1)
        return maps if layer is None else maps[(layer - 1) * each : layer * each]

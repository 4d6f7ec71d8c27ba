"""The activation file of one encoder: the representations of a sample of a task's tokens in every layer.

It is a safetensors file. ``layer_00`` is the output of the embeddings, ``layer_01`` that of the first layer, and so on:
float32, shape (tokens, width). ``sequence``, ``position``, ``symbol`` and ``group`` (int64, shape (tokens,)) identify
the tokens: the index of the sequence in the sample, of the symbol in the sequence, of the symbol in the task's
alphabet, and of the sequence's group in the sample. ``attention`` (float32, in the layout of
`beyondtext.similarity.attention`) has the attention maps of the first sequences of the sample, and
``attention_lengths`` (int64) their numbers of tokens, including special tokens. The metadata have the ``identity`` of
the encoder (``task model init stage seed``), the ``sample``, a digest of the tokens, and the ``checksum`` of all this.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import check_is_file
from beyondtext.core.tensors import write_tensors

TOKEN_COLUMNS = ("sequence", "position", "symbol", "group")
REMEDY = "delete it and run `snakemake --cores 2 similarity` again"


def draw_sample(settings, test, alphabet):
    """The sample of a task's test examples that is compared.

    Parameters
    ----------
    settings : dict
        With the keys ``tokens sequences tokens_per_sequence sample_seed``; see `sample_tokens`.
    test : pandas.DataFrame
        The task's test examples, with the columns ``id group symbols``.
    alphabet : list of str

    Returns
    -------
    sample : list of (int, numpy.ndarray of int)
        As `sample_tokens`.
    columns : dict of str to numpy.ndarray of int64, shape (tokens,)
    digest : str
        As `describe_sample`.
    """
    lengths = [len(symbols) for symbols in test["symbols"]]
    sample = sample_tokens(
        lengths, settings["tokens"], settings["sequences"], settings["tokens_per_sequence"], settings["sample_seed"]
    )
    return sample, *describe_sample(sample, test, alphabet)


def sample_tokens(lengths, tokens, sequences, tokens_per_sequence, seed):
    """Draw sequences, and tokens from each of them, until there are enough of both.

    Sequences of the same length have their tokens at the same positions, so that they can be permuted.

    Parameters
    ----------
    lengths : sequence of int
        The number of symbols in each sequence.
    tokens, sequences : int
        The minimum to draw; all are drawn if there are fewer.
    tokens_per_sequence : int
        The maximum number of tokens to draw from one sequence.
    seed : int

    Returns
    -------
    list of (int, numpy.ndarray of int)
        The index of each drawn sequence and the sorted positions of its drawn symbols, in the order drawn.
    """
    generator, sample, positions, drawn = np.random.default_rng(seed), [], {}, 0
    for index in generator.permutation(len(lengths)):
        if drawn >= tokens and len(sample) >= sequences:
            break
        length = lengths[index]
        if length not in positions:
            positions[length] = np.sort(generator.permutation(length)[:tokens_per_sequence])
        sample.append((int(index), positions[length]))
        drawn += len(positions[length])
    return sample


def describe_sample(sample, examples, alphabet):
    """The ``TOKEN_COLUMNS`` of a sample, and its digest.

    Parameters
    ----------
    sample : list of (int, numpy.ndarray of int)
        From `sample_tokens`; indices are rows of ``examples``.
    examples : pandas.DataFrame
        With the columns ``id group symbols``.
    alphabet : list of str
        Symbols outside it get the number after its last.

    Returns
    -------
    columns : dict of str to numpy.ndarray of int64, shape (tokens,)
    digest : str
    """
    number_of = {symbol: number for number, symbol in enumerate(alphabet)}
    counts = [len(positions) for _, positions in sample]
    drawn = examples.iloc[[index for index, _ in sample]]
    symbols = [
        number_of.get(symbols[position], len(number_of))
        for symbols, (_, positions) in zip(drawn["symbols"], sample, strict=True)
        for position in positions
    ]
    columns = {
        "sequence": np.repeat(np.arange(len(sample)), counts),
        "position": np.concatenate([positions for _, positions in sample]),
        "symbol": np.array(symbols),
        "group": np.repeat(np.unique(drawn["group"], return_inverse=True)[1], counts),
    }
    columns = {name: np.ascontiguousarray(columns[name], dtype=np.int64) for name in TOKEN_COLUMNS}
    digest = hashlib.sha256("\x1f".join(drawn["id"].astype(str)).encode())
    for values in columns.values():
        digest.update(values.tobytes())
    return columns, digest.hexdigest()


def write_activations(path, identity, layers, columns, sample, attention, lengths):
    """Write an activation file.

    Parameters
    ----------
    path : path
    identity : dict
        ``task model init stage seed`` of the encoder.
    layers : sequence of numpy.ndarray of float32, each of shape (tokens, width)
    columns, sample
        From `describe_sample`.
    attention : numpy.ndarray of float32, shape (heads, entries)
    lengths : sequence of int
        The number of tokens of each sequence in ``attention``; may be empty.
    """
    from safetensors.numpy import save_file

    tensors = {f"layer_{number:02}": np.ascontiguousarray(layer) for number, layer in enumerate(layers)}
    tensors |= {**columns, "attention": attention, "attention_lengths": np.array(lengths, dtype=np.int64)}
    metadata = {"identity": json.dumps(identity), "sample": sample}
    metadata["checksum"] = _checksum(metadata, tensors, tensors.__getitem__)
    write_tensors(path, save_file, tensors, metadata)


def _checksum(metadata, names, tensor):
    """The SHA-256 of some metadata and of the tensors with some names, which ``tensor(name)`` returns."""
    digest = hashlib.sha256(f"{metadata['identity']} {metadata['sample']}".encode())
    for name in sorted(names):
        values = np.ascontiguousarray(tensor(name))
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.reshape(-1).data)
    return digest.hexdigest()


class Activations:
    """An activation file; layers and attention maps are read on demand.

    Attributes
    ----------
    path : pathlib.Path
    identity : dict
        ``task model init stage seed`` of the encoder.
    sample : str
        The digest of the tokens.
    tokens : dict of str to numpy.ndarray of int64, shape (tokens,)
        The ``TOKEN_COLUMNS``.
    lengths : numpy.ndarray of int64
        The number of tokens of each sequence that has attention maps.
    layers : int
        The number of layers, including the embeddings.
    widths : list of int
        The width of each layer.

    Raises
    ------
    InputError
        If the file is missing, is not an activation file, was changed, or is that of another encoder.
    """

    def __init__(self, path):
        from safetensors import SafetensorError

        self.path = Path(path)
        check_is_file(self.path)
        try:
            with self._open() as file:
                names, metadata = sorted(file.keys()), file.metadata() or {}
                self.identity, self.sample = dict(json.loads(metadata["identity"])), metadata["sample"]
                is_intact = metadata["checksum"] == _checksum(metadata, names, file.get_tensor)
                self.tokens = {name: file.get_tensor(name) for name in TOKEN_COLUMNS}
                self.lengths = file.get_tensor("attention_lengths")
                layers = [name for name in names if name.startswith("layer_")]
                self.widths = [file.get_slice(name).get_shape()[1] for name in layers]
        except FileNotFoundError:
            if self.path.exists():  # safetensors says so of every file that it cannot open
                raise InputError(f"{path} cannot be read; change its permissions") from None
            raise InputError(f"{path} is missing; scripts/extract_activations.py writes it") from None
        except (SafetensorError, LookupError, TypeError, ValueError, RecursionError) as error:
            reason = error if isinstance(error, SafetensorError) else "its metadata are not those of one"
            raise InputError(
                f"{path} is not an activation file ({reason}); write it with scripts/extract_activations.py"
            ) from None
        self.layers = len(self.widths)
        if not is_intact:
            raise InputError(
                f"{path} was changed after it was written: its content does not have its checksum; {REMEDY}"
            )
        place = paths.place(path, paths.ACTIVATIONS)
        if place is not None and place != (own := paths.ACTIVATIONS.format(**self.identity)):
            raise InputError(f"{path} belongs to another encoder, {own}; {REMEDY}")

    def _open(self):
        """The file, to be closed after each read: as long as it is open, what was read counts as used memory."""
        from safetensors import safe_open

        return safe_open(self.path, framework="numpy")

    @property
    def attention_groups(self):
        """The group of each sequence that has attention maps, numbered from 0 on; int, shape (sequences,)."""
        _, first = np.unique(self.tokens["sequence"], return_index=True)
        groups = self.tokens["group"][first][: len(self.lengths)]
        numbers = {group: number for number, group in enumerate(dict.fromkeys(groups.tolist()))}
        return np.array([numbers[group] for group in groups.tolist()], dtype=np.int64)

    @property
    def last_layer(self):
        """The number of the last layer."""
        return self.layers - 1

    def layer(self, number):
        """One layer; float32, shape (tokens, width)."""
        with self._open() as file:
            return file.get_tensor(f"layer_{number:02}")

    def attention(self, layer=None):
        """The attention maps of all heads, or of one layer (the first is 1); float32, shape (heads, entries)."""
        with self._open() as file:
            if layer is None:
                return file.get_tensor("attention")
            maps = file.get_slice("attention")
            heads = maps.get_shape()[0] // self.last_layer  # of one layer; the embeddings have none
            return maps[(layer - 1) * heads : layer * heads]

"""The shape of a model: from its downloaded configuration, or else from its definition."""

from dataclasses import dataclass

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json
from beyondtext.study import definitions

SPECIAL = 2  # tokens around each sequence
COPIES = 5  # of each weight in training, all float32: itself, its gradient, two moments of AdamW, that of the best step


@dataclass(frozen=True)
class Shape:
    """The shape of an encoder.

    Attributes
    ----------
    layers : int
    width : int
        Of a token's representation.
    feed_forward : int
        Width of the feed-forward part.
    entries : int
        Of the vocabulary.
    stored_layers : int or None
        Layers with weights of their own, if layers share weights, as in an ALBERT.
    embedding : int or None
        Width of a vocabulary entry, if it differs from ``width``.
    positions : int or None
        The longest input in tokens, including special tokens; None if it is not known.
    """

    layers: int
    width: int
    feed_forward: int
    entries: int
    stored_layers: int | None = None
    embedding: int | None = None
    positions: int | None = None

    @property
    def layer_weights(self):
        """The number of weights in the matrices of all layers."""
        return self.layers * (4 * self.width**2 + 2 * self.width * self.feed_forward)

    @property
    def bytes(self):
        """The size of a file with all weights as float32."""
        layers = self.layer_weights * (self.stored_layers or self.layers) // self.layers
        return 4 * (layers + self.entries * (self.embedding or self.width))

    def forward(self, tokens, length):
        """The operations of a forward pass over ``tokens`` tokens in sequences of ``length`` tokens."""
        return tokens * (2 * self.layer_weights + 4 * self.layers * self.width * length)


def shape_of(name, root=paths.ROOT):
    """A model's `Shape`, from its downloaded configuration or else from its definition."""
    model = definitions.model(name)
    downloaded = recorded(root / paths.raw(model["source"]) / model["configuration"])
    keys = ("num_hidden_layers", "hidden_size", "intermediate_size", "vocab_size")
    if not all(_is_size(downloaded.get(key)) for key in keys):
        return Shape(**model["shape"])
    return Shape(
        *(downloaded[key] for key in keys),
        *(
            downloaded[key] if _is_size(downloaded.get(key)) else None
            for key in ("num_hidden_groups", "embedding_size")
        ),
        _positions(model["family"], downloaded),
    )


def _is_size(value):
    """Whether a value from a file that somebody else wrote can be a size."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _positions(family, downloaded):
    """The longest input; as `beyondtext.models.loading.positions`, which asks the encoder itself."""
    count = downloaded.get("max_position_embeddings")
    if not _is_size(count):
        return None
    pad, rotary = downloaded.get("pad_token_id", 1), downloaded.get("position_embedding_type") == "rotary"
    return count - skipped_positions(family, pad, rotary) if isinstance(pad, int) else count


def skipped_positions(family, pad, rotary):
    """How many of its position embeddings a model does not use.

    RoBERTa and ESM start to count positions after the pad id; with ``rotary`` embeddings there is nothing to count.
    """
    return pad + 1 if family in ("roberta", "esm") and not rotary else 0


def recorded(path):
    """The contents of a JSON file with an object; empty if there is no such file, or another program is writing it."""
    try:
        value = read_json(path)
    except InputError:
        return {}
    return value if isinstance(value, dict) else {}


def most_symbols(name, task, root=None):
    """The largest number of symbols of a task's sequence that a model can read; None if that is not known.

    Parameters
    ----------
    name : str
        The model's.
    task : dict
        The task's definition.
    root : pathlib.Path, optional
        The folder that the downloads are in.
    """
    positions = shape_of(name, root or paths.ROOT).positions
    if positions is None:
        return None
    # A RoBERTa has two special tokens between the sequences of a pair, in place of the one symbol that is counted.
    between = definitions.is_paired(task) and definitions.model(name)["family"] == "roberta"
    return positions - SPECIAL - between

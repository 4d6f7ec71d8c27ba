"""What a model's configuration file, ``config.json``, says about the architecture of its encoder.

The file comes from whoever published the model. So only the keys below, within their bounds, reach transformers'
configuration class. All others are ignored: some of them, such as ``_attn_implementation``, would choose an
implementation, and with that even download code.
"""

from dataclasses import dataclass, field

from beyondtext.core.errors import InputError
from beyondtext.models.published_files import shortened
from beyondtext.study.shape import skipped_positions

# The smallest and the largest value of each number; with two whole numbers, the value is one too. The limits are far
# above those of any published encoder.
SIZES = {  # which a file must give
    "vocab_size": (1, 10_000_000),
    "hidden_size": (3, 65_536),  # a normalized vector of two numbers can only be (1, -1) or (-1, 1)
    "num_hidden_layers": (1, 1_000),
    "num_attention_heads": (1, 1_024),
    "intermediate_size": (1, 1_000_000),
    "max_position_embeddings": (3, 1_000_000),
}
OTHERS = {
    "pad_token_id": (0, 9_999_999),
    "hidden_dropout_prob": (0.0, 0.9),
    "attention_probs_dropout_prob": (0.0, 0.9),
    "initializer_range": (1e-6, 1.0),
    "layer_norm_eps": (1e-20, 0.1),
}
TOKEN_TYPES = {"type_vocab_size": (1, 1_000)}
ACTIVATIONS = (
    *("gelu", "gelu_new", "gelu_fast", "gelu_python", "gelu_pytorch_tanh", "gelu_accurate", "quick_gelu"),
    *("relu", "silu", "swish", "tanh"),
)
MUST_BE_FALSE = ("is_decoder", "is_encoder_decoder", "add_cross_attention", "is_folding_model")
OWN = "the model's own config.json"


@dataclass(frozen=True)
class Family:
    """A family of architectures.

    Attributes
    ----------
    name : str
        The prefix of its classes in transformers.
    types : tuple of str
        The values of ``model_type`` that stand for this architecture.
    numbers : dict of str to (smallest, largest)
        Keys with a number, besides `SIZES` and `OTHERS`.
    choices : dict of str to tuple
        Keys with one of a few values.
    """

    name: str
    types: tuple[str, ...]
    numbers: dict = field(default_factory=dict)
    choices: dict = field(default_factory=dict)


_BERT = {"hidden_act": ACTIVATIONS, "position_embedding_type": ("absolute",)}
FAMILIES = {
    "bert": Family("Bert", ("bert",), TOKEN_TYPES, _BERT),
    "roberta": Family("Roberta", ("roberta", "xlm-roberta", "camembert"), TOKEN_TYPES, _BERT),
    "albert": Family(
        "Albert",
        ("albert",),
        {
            **TOKEN_TYPES,
            "embedding_size": (1, 65_536),
            "num_hidden_groups": (1, 1_000),
        },
        {**_BERT, "inner_group_num": (1,)},  # with more, a layer would have several hidden states
    ),
    "esm": Family(
        "Esm",
        ("esm",),
        {"mask_token_id": (0, 9_999_999), "rope_theta": (1.0, 1e9)},
        {
            "hidden_act": ("gelu",),  # the only one that there is
            "position_embedding_type": ("absolute", "rotary"),
            "token_dropout": (True, False),
            "emb_layer_norm_before": (True, False),
        },
    ),
}


def encoder_settings(settings, family):
    """The part of a configuration that describes an encoder, checked.

    Parameters
    ----------
    settings : dict
        The contents of a ``config.json``.
    family : str
        A key of `FAMILIES`.

    Returns
    -------
    dict
        For the family's configuration class in transformers. A key that the file lacks, or that is null there, is
        missing here too.

    Raises
    ------
    InputError
        If a size is missing, a value is of another type or out of bounds, or the values do not fit each other.
    """
    known = FAMILIES[family]
    given = {key: value for key, value in settings.items() if value is not None}
    _check_kind(given, family)
    kept = {}
    for key, bounds in {**SIZES, **OTHERS, **known.numbers}.items():
        if key in given:
            _check_number(key, given[key], *bounds)
            kept[key] = given[key]
        elif key in SIZES:
            raise InputError(f"{key} is missing; give {OWN}")
    for key, values in known.choices.items():
        if key in given:
            # By type as well, since 1 == True.
            if not any(type(given[key]) is type(value) and given[key] == value for value in values):
                raise InputError(
                    f"{key} is {shortened(given[key])}, but a model of the family {family} can only be read if it is "
                    f"{_either(values)}; use another model"
                )
            kept[key] = given[key]
    _check_together(kept, family)
    return kept


def _check_kind(given, family):
    """Refuse the configuration of another family, or of a model that is no encoder."""
    types = FAMILIES[family].types
    if "model_type" in given and given["model_type"] not in types:
        raise InputError(
            f"model_type is {shortened(given['model_type'])}, but the model's definition says family: {family}; "
            "correct the family, or give the configuration of this model"
        )
    for key in MUST_BE_FALSE:
        if given.get(key, False) is not False:
            raise InputError(f"{key} is {shortened(given[key])}, but only encoders can be read; use another model")


def _check_number(key, value, smallest, largest):
    whole = isinstance(smallest, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise InputError(f"{key} is {shortened(value)}, not a {'whole ' * whole}number; give {OWN}")
    if not smallest <= value <= largest:  # so NaN is refused too
        raise InputError(f"{key} is {shortened(value)}, but it must be from {smallest:,} to {largest:,}; give {OWN}")


def _check_together(kept, family):
    """Refuse values that do not fit each other."""
    width, heads, entries = kept["hidden_size"], kept["num_attention_heads"], kept["vocab_size"]
    rotary = kept.get("position_embedding_type") == "rotary"
    if width % heads or (rotary and width // heads % 2):
        raise InputError(
            f"hidden_size is {width} and num_attention_heads {heads}, but the first must be a multiple of "
            f"{'twice ' * rotary}the second; give {OWN}"
        )
    for key in ("pad_token_id", "mask_token_id"):
        if kept.get(key, 0) >= entries:
            raise InputError(f"{key} is {kept[key]}, but vocab_size is {entries}; give {OWN}")
    if kept.get("token_dropout") and "mask_token_id" not in kept:
        raise InputError(f"token_dropout is true, but mask_token_id is missing; give {OWN}")
    if kept.get("num_hidden_groups", 1) > kept["num_hidden_layers"]:
        raise InputError(
            f"num_hidden_groups is {kept['num_hidden_groups']}, but num_hidden_layers only "
            f"{kept['num_hidden_layers']}; give {OWN}"
        )
    skipped = skipped_positions(family, kept.get("pad_token_id", 1), rotary)  # and a sequence has two special tokens
    if kept["max_position_embeddings"] - skipped < SIZES["max_position_embeddings"][0]:
        raise InputError(
            f"max_position_embeddings is {kept['max_position_embeddings']}, of which a model of the family {family} "
            f"with the pad_token_id {skipped - 1} cannot use the first {skipped}; give {OWN}"
        )


def parameter_bytes(settings):
    """The memory that an encoder's parameters take as float32, to within a few per cent, from its checked settings."""
    width, feed_forward = settings["hidden_size"], settings["intermediate_size"]
    layers = settings["num_hidden_layers"]
    if "num_hidden_groups" in settings:  # of layers that share their weights, in an ALBERT
        layers = settings["num_hidden_groups"]
    rows = settings["vocab_size"] + settings["max_position_embeddings"] + settings.get("type_vocab_size", 0)
    weights = layers * (4 * width**2 + 2 * width * feed_forward) + rows * settings.get("embedding_size", width)
    return 4 * weights


def _either(values):
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)

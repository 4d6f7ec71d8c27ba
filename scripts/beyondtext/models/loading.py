"""Building an encoder and initializing it."""

from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import torch

from beyondtext.core.errors import InputError, located
from beyondtext.data.raw import require_file
from beyondtext.models.architecture import FAMILIES, encoder_settings, parameter_bytes
from beyondtext.models.device import free_memory
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.models.published_files import read_object
from beyondtext.models.weights import encoder_weights, read_tensors, refuse_not_finite
from beyondtext.study.shape import skipped_positions


def load_encoder(model, files, init, seed, attention="eager"):
    """Build an encoder and initialize it.

    Parameters
    ----------
    model : dict
        The model's definition.
    files : dict of str to pathlib.Path
        The verified files of its source.
    init : str
        A name in `beyondtext.models.initializations.INITIALIZATIONS`.
    seed : int
        The run's init seed. It seeds torch's global generator, which the initialization draws from.
    attention : str
        An attention implementation known to transformers, such as
        `beyondtext.models.kernels.BLOCKED_ATTENTION`.

    Returns
    -------
    transformers.PreTrainedModel
        In training mode, float32, on the CPU.

    Raises
    ------
    InputError
        If the configuration file or the weights file cannot be used (see `beyondtext.models.architecture` and
        `beyondtext.models.weights`) or do not fit each other, or if the initialization does not apply to the model.
    """
    initialization = INITIALIZATIONS[init]
    torch.manual_seed(seed)
    path = require_file(files, model["configuration"])
    settings = read_object(path)
    with located(path):
        encoder = build(model, settings, attention, initialization.random)
    with located(model["source"]):
        initialization.apply(
            encoder, lambda: encoder_weights(encoder, require_file(files, model["weights"]), model.get("prefix", ""))
        )
    return encoder.train()


def positions(config):
    """How many tokens, including special tokens, an encoder has position embeddings for."""
    rotary = getattr(config, "position_embedding_type", None) == "rotary"
    return config.max_position_embeddings - skipped_positions(config.model_type, config.pad_token_id, rotary)


def load_finetuned(encoder, path):
    """Load the weights file of a run (`beyondtext.training.run_files`) into an encoder.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
        Changed in place.
    path : path
        `beyondtext.training.run_files.check_weights` says whether the file is the expected one.

    Raises
    ------
    InputError
        If the file does not fit the encoder, or has values that are not finite.
    """
    try:
        encoder.load_state_dict(read_tensors(Path(path)))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(
            f"{path} does not hold the weights of this model ({reason}); give the encoder.safetensors of its run"
        ) from None
    for name, value in encoder.named_parameters():
        refuse_not_finite(value, f"{path}: tensor {name}")


def build(model, settings, attention, random=True):
    """An encoder of a model's architecture, with its random initialization if ``random``.

    ``model`` is the model's definition, ``settings`` what its configuration file has, and ``attention`` is as for
    `load_encoder`. `InputError` if the settings cannot be used, do not fit the definition, or need more memory than is
    free.
    """
    family, pad = model["family"], model["special_ids"]["pad"]
    settings = encoder_settings(settings, family)
    if settings.setdefault("pad_token_id", pad) != pad:
        raise InputError(
            f"pad_token_id is {settings['pad_token_id']}, but the model's definition says special_ids.pad: {pad}; "
            "correct the definition"
        )
    needed, free = parameter_bytes(settings), free_memory(torch.device("cpu"))
    if needed > free:
        raise InputError(
            f"an encoder of these sizes needs {needed / 1e9:,.1f} GB of memory, but {free / 1e9:.1f} GB are free; use "
            "a smaller model, or a machine with more memory"
        )
    # By name, since transformers' Auto classes would import every architecture.
    module = import_module(f"transformers.models.{family}.modeling_{family}")
    name = FAMILIES[family].name
    config = getattr(module, f"{name}Config")(**settings, attn_implementation=attention)
    from transformers.initialization import no_init_weights  # the import of the module above has loaded it

    with nullcontext() if random else no_init_weights():
        return getattr(module, f"{name}Model")(config, add_pooling_layer=model["pooling"] == "cls")

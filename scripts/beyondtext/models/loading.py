"""Building an encoder and reading its weights.

Weights are read from safetensors, or from a ``.bin`` with ``torch.load(weights_only=True)``: nothing in
the file is ever executed.
"""

import json
from importlib import import_module
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from beyondtext.core.errors import InputError, located
from beyondtext.data.raw import only_file
from beyondtext.models.initializations import INITIALIZATIONS

# What transformers calls the parts of each family. The concrete classes: the Auto classes import every architecture.
FAMILIES = {"bert": "Bert", "albert": "Albert", "roberta": "Roberta", "esm": "Esm"}


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
        The run's init seed. The global torch generator is left in a state that depends on it.
    attention : str
        The name of an attention implementation that transformers knows; see `beyondtext.models.kernels`.

    Returns
    -------
    transformers.PreTrainedModel
        In training mode, float32, on the CPU.

    Raises
    ------
    InputError
        If the weights file lacks a tensor of the encoder or one has another shape, or if the model does not have what
        the initialization keeps.
    """
    torch.manual_seed(seed)
    encoder = _architecture(model, files, attention)
    with located(model["source"]):
        INITIALIZATIONS[init].apply(encoder, lambda: _read_weights(encoder, model, files))
    return encoder.train()


def _architecture(model, files, attention):
    settings = json.loads(only_file(files, model["configuration"]).read_text(encoding="utf-8"))
    family, name = model["family"], FAMILIES[model["family"]]
    module = import_module(f"transformers.models.{family}.modeling_{family}")
    config = getattr(module, f"{name}Config")(**settings, attn_implementation=attention)
    return getattr(module, f"{name}Model")(config, add_pooling_layer=model["pooling"] == "cls")


def positions(config):
    """How many tokens, special ones included, an encoder has positions for."""
    # RoBERTa counts positions from the one after the pad id.
    skipped = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return config.max_position_embeddings - skipped


def _read_weights(encoder, model, files):
    """The weights in a model's file for every parameter of an encoder, as a dict of str to torch.Tensor."""
    path = only_file(files, model["weights"])
    if path.suffix == ".safetensors":
        tensors = load_file(path)
    else:
        tensors = torch.load(path, weights_only=True, map_location="cpu")
    prefix = model.get("prefix", "")
    tensors = {_current(name.removeprefix(prefix)): value for name, value in tensors.items() if name.startswith(prefix)}
    weights = {}
    for name, parameter in encoder.named_parameters():
        if name not in tensors:
            raise InputError(f"{path}: tensor {prefix}{name} is missing; check the model's family and prefix")
        if tensors[name].shape != parameter.shape:
            raise InputError(
                f"{path}: tensor {prefix}{name} has shape {tuple(tensors[name].shape)}, but the configuration asks "
                f"for {tuple(parameter.shape)}; the two files do not belong together"
            )
        weights[name] = tensors[name]
    return weights


def _current(name):
    """A tensor's name today; files made before 2019 have names of TensorFlow's in them."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def load_finetuned(encoder, path, identity):
    """Give an encoder the weights of a run's file (`beyondtext.training.run_files`).

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    path : path
    identity : dict
        What the run has to have been: ``task``, ``model``, ``init``, ``seed`` and ``mapping``.

    Raises
    ------
    InputError
        If the file is missing, is of another run, or does not fit the encoder.
    """
    try:
        with safe_open(path, framework="pt") as held:
            found = json.loads((held.metadata() or {}).get("run", "{}"))
        wrong = [key for key in identity if found.get(key) != identity[key]]
        if wrong:
            raise InputError(
                f"{path} holds the weights of a run with the {wrong[0]} {found.get(wrong[0])}, but those with the "
                f"{wrong[0]} {identity[wrong[0]]} are wanted; give the encoder.safetensors of that run"
            )
        encoder.load_state_dict(load_file(path))
    except FileNotFoundError:
        record = Path(path).parent / "run.json"
        raise InputError(f"{path} is missing; make it with `snakemake --cores 2 --force {record}`") from None
    except (RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(
            f"{path} does not hold the weights of this model ({reason}); give the encoder.safetensors of its run"
        ) from None

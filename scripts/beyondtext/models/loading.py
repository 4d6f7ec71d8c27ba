"""Building an encoder and reading its weights.

Weights are read from safetensors, or from a ``.bin`` file with ``torch.load(weights_only=True)``: loading never
executes anything in a file.
"""

import json
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from beyondtext.core.errors import InputError, located
from beyondtext.data.raw import require_file
from beyondtext.models.initializations import INITIALIZATIONS

# The prefix of each family's classes in transformers. Its Auto classes would import every architecture.
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
        If the weights file lacks one of the encoder's tensors or has it in another shape, or if the initialization does
        not apply to the model.
    """
    initialization = INITIALIZATIONS[init]
    torch.manual_seed(seed)
    settings = json.loads(require_file(files, model["configuration"]).read_text(encoding="utf-8"))
    encoder = build(model, settings, attention, initialization.random)
    with located(model["source"]):
        initialization.apply(encoder, lambda: _read_weights(encoder, model, files))
    return encoder.train()


def positions(config):
    """How many tokens, including special tokens, an encoder has position embeddings for."""
    # RoBERTa starts to count positions after the pad id.
    skipped = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return config.max_position_embeddings - skipped


def load_finetuned(encoder, path, identity):
    """Load the weights file of a run (`beyondtext.training.run_files`) into an encoder.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
        Changed in place.
    path : path
    identity : dict
        The expected run: ``task``, ``model``, ``init``, ``seed`` and ``mapping``.

    Raises
    ------
    InputError
        If the file is missing, belongs to another run, or does not fit the encoder.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            run = json.loads((stored.metadata() or {}).get("run", "{}"))
        wrong = [key for key in identity if run.get(key) != identity[key]]
        if wrong:
            raise InputError(
                f"{path} contains the weights of a run with the {wrong[0]} {run.get(wrong[0])}, but those with the "
                f"{wrong[0]} {identity[wrong[0]]} were expected; give the encoder.safetensors of that run"
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


def build(model, settings, attention, random=True):
    """An encoder of a model's architecture, with its random initialization if ``random``.

    ``model`` is the model's definition, ``settings`` what its configuration file has, and ``attention`` is as for
    `load_encoder`.
    """
    family, name = model["family"], FAMILIES[model["family"]]
    module = import_module(f"transformers.models.{family}.modeling_{family}")
    config = getattr(module, f"{name}Config")(**settings, attn_implementation=attention)
    from transformers.initialization import no_init_weights  # the import of the module above has loaded it

    with nullcontext() if random else no_init_weights():
        return getattr(module, f"{name}Model")(config, add_pooling_layer=model["pooling"] == "cls")


def _read_weights(encoder, model, files):
    """The stored value of every parameter of an encoder, as a dict of str to torch.Tensor."""
    path = require_file(files, model["weights"])
    if path.suffix == ".safetensors":
        tensors = load_file(path)
    else:
        tensors = torch.load(path, weights_only=True, map_location="cpu")
    prefix = model.get("prefix", "")
    tensors = {
        _modern_name(name.removeprefix(prefix)): value for name, value in tensors.items() if name.startswith(prefix)
    }
    weights = {}
    for name, parameter in encoder.named_parameters():
        if name not in tensors:
            raise InputError(f"{path}: tensor {prefix}{name} is missing; check the model's family and prefix")
        if tensors[name].shape != parameter.shape:
            raise InputError(
                f"{path}: tensor {prefix}{name} has shape {tuple(tensors[name].shape)}, but the model's configuration "
                f"requires {tuple(parameter.shape)}; give the weights and the configuration of the same model"
            )
        weights[name] = tensors[name]
    return weights


def _modern_name(name):
    """A tensor's present-day name; files from before 2019 use TensorFlow's names for LayerNorm."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")

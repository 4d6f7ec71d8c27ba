"""Reading the weights of a model that somebody else published.

Weights are read from safetensors, or from a ``.bin`` file with ``torch.load(weights_only=True)``: loading never
executes anything in a file.
"""

import errno
import re
import warnings
import zipfile

import torch
from safetensors.torch import load_file

from beyondtext.core.errors import InputError
from beyondtext.models.published_files import shortened

# The last part of the names of buffers, which old versions of transformers stored.
BUFFERS = ("position_ids", "token_type_ids", "inv_freq")
ROTARY = "rotary_embeddings.inv_freq"  # of an encoder that has them
BEGINNING = 200  # bytes
DISGUISES = {  # what other files begin with that downloads may bring instead of weights
    b"version https://git-lfs": "a Git LFS pointer",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"{": "JSON",
}


def encoder_weights(encoder, path, prefix):
    """The stored value of every parameter of an encoder, and the frequencies of its rotary embeddings if stored.

    The frequencies of ESM-2 were rounded to float16 when it was trained, so its own differ from computed ones.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    path : pathlib.Path
        Of the weights file.
    prefix : str
        Of the encoder's tensors in the file.

    Returns
    -------
    dict of str to torch.Tensor
        Float32, by the encoder's own names.

    Raises
    ------
    InputError
        If the file cannot be read as one of tensors; if it lacks a parameter, or has it in another shape, of a type
        without fractions, or with a value that is no finite number; or if it has more layers than the encoder.
    """
    tensors = _own_names(read_tensors(path), path, prefix)
    weights = {}
    for name, parameter in encoder.named_parameters():
        where = f"{path}: tensor {prefix}{name}"
        if name not in tensors:
            raise InputError(f"{where} is missing; check the model's family and prefix")
        weights[name] = _checked(tensors[name], parameter.shape, where)
    _refuse_others(tensors, encoder, path, prefix)
    stored = sorted(name for name in tensors if name.endswith(ROTARY))
    for name, buffer in encoder.named_buffers():
        if name == ROTARY and stored:  # old files have them once for each layer
            weights[name] = _checked(tensors[stored[0]], buffer.shape, f"{path}: tensor {prefix}{stored[0]}")
    return weights


def read_tensors(path):
    """All that a weights file holds by name, as a dict; nothing in the file is executed.

    Raises
    ------
    InputError
        If the file is not one of tensors, is incomplete, or contains Python objects other than tensors.
    """
    with open(path, "rb") as stream:
        beginning = stream.read(BEGINNING)
    found = "empty" if not beginning else None
    for start, kind in DISGUISES.items():
        if beginning.lstrip().lower().startswith(start):
            found = kind
    if found:
        raise InputError(f"{path} is {found}, not weights; give the model's own weights")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        _refuse_compression(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about old forms of pickles, which are read or refused here
            tensors = torch.load(path, weights_only=True, map_location="cpu")
    except InputError:
        raise
    except Exception as error:  # whatever the libraries meet in a broken file
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # about the disk, not the content
            raise
        raise InputError(_why_unreadable(path, error)) from None
    if not isinstance(tensors, dict):
        raise InputError(
            f"{path} holds a {type(tensors).__name__}, not tensors with names; give a file that was written with "
            "torch.save(model.state_dict(), path), or safetensors"
        )
    return tensors


def _why_unreadable(path, error):
    """The message about a file that safetensors or torch refuses."""
    foreign = re.search(r"(?:GLOBAL|class|function) ([\w.]*\w)", str(error)) if "eights" in str(error) else None
    if foreign:
        return (
            f"{path} contains the Python object {shortened(foreign[1])}, and loading such objects can run code; it was "
            "not loaded; give the model's weights as safetensors, or as a .bin file with tensors only"
        )
    kind = "safetensors file" if path.suffix == ".safetensors" else "file that torch.save wrote"
    return f"{path} is not a complete {kind} with tensors only; download it again, or give the model's own weights"


def _refuse_compression(path):
    """Refuse an archive that unpacks to more than its own size: torch writes none, and it might fill the memory."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > path.stat().st_size:
            raise InputError(
                f"{path} unpacks to {unpacked:,} bytes, more than it has itself, which files of torch.save do not; "
                "give the model's own weights"
            )


def _own_names(tensors, path, prefix):
    """The tensors whose names begin with the prefix, by the encoder's own names."""
    own = {}
    for name, value in tensors.items():
        if not isinstance(name, str):
            raise InputError(
                f"{path} has the key {shortened(name)}, but every tensor needs a name; give the model's own weights"
            )
        if name.startswith(prefix):
            modern = _modern_name(name.removeprefix(prefix))
            if modern in own:
                raise InputError(
                    f"{path} has the tensor {shortened(prefix + modern)} twice; give the model's own weights"
                )
            own[modern] = value
    return own


def _modern_name(name):
    """A tensor's present-day name; files from before 2019 use TensorFlow's names for LayerNorm."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _checked(value, shape, where):
    """A tensor as float32, if it can be a parameter of this shape."""
    own = "give the model's own weights"
    if not isinstance(value, torch.Tensor):
        raise InputError(f"{where} is a {type(value).__name__}, not a tensor; {own}")
    usual = value.layout == torch.strided and not value.is_nested and value.device.type == "cpu"
    if not (usual and value.is_floating_point()):
        kind = f"{value.dtype}, {value.layout}, {value.device}".replace("torch.", "")
        raise InputError(
            f"{where} holds {kind}, not a plain array of floating-point numbers; give weights that are neither "
            "quantized nor sparse"
        )
    if value.shape != shape:
        raise InputError(
            f"{where} has shape {tuple(value.shape)}, but the model's configuration requires {tuple(shape)}; give the "
            "weights and the configuration of the same model"
        )
    value = value.detach().to(torch.float32)
    refuse_not_finite(value, where)
    return value


def refuse_not_finite(value, where):
    """Raise `InputError` if a tensor has a NaN, or a number that is too large for float32."""
    smallest, largest = torch.aminmax(value.detach())  # both are NaN if any value is
    if not (torch.isfinite(smallest) and torch.isfinite(largest)):
        raise InputError(f"{where} has values that are no finite numbers; give the model's own weights")


def _refuse_others(tensors, encoder, path, prefix):
    """Refuse a file that describes another encoder, which has more parameters, such as further layers."""
    known = {name for name, _ in (*encoder.named_parameters(), *encoder.named_buffers())}
    rotary = getattr(encoder.config, "position_embedding_type", None) == "rotary"
    if rotary:  # the published ESM-2 have them, but do not use them
        known.add("embeddings.position_embeddings.weight")
    for name in tensors:
        if name.startswith(("encoder.", "embeddings.")) and name not in known and not name.endswith(BUFFERS):
            raise InputError(
                f"{path} has the tensor {shortened(prefix + name)}, which the model's configuration does not; give the "
                "weights and the configuration of the same model"
            )

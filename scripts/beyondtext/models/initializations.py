"""Initializations: the weights that fine-tuning starts from.

A new initialization is one entry of `INITIALIZATIONS`: the schema, the command line, the tables, the figures and the
page take its name, title, colour and marker from there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from beyondtext.core.errors import InputError


def _any_model(name, model, mappings):
    """No reason against any model."""


@dataclass(frozen=True)
class Initialization:
    """How an encoder gets the weights that it has before the first step.

    Attributes
    ----------
    name : str
        As configurations write it.
    title : str
        As the report writes it.
    colour, marker : str
        In figures, as Matplotlib takes them.
    apply : callable
        ``apply(encoder, pretrained)`` changes a randomly initialized encoder in place. ``pretrained()`` reads the
        weights of the model's file, a dict of str to torch.Tensor with an entry for every parameter of the encoder.
    unsuitable : callable
        ``unsuitable(name, model, mappings)`` says in a sentence why a model (its name and definition) cannot have this
        initialization with these mappings and what to do, or returns None.
    """

    name: str
    title: str
    colour: str
    marker: str
    apply: Callable
    unsuitable: Callable = _any_model


def _keep_random(encoder, pretrained):
    """The architecture's own random initialization."""


def _load_all(encoder, pretrained):
    """Every tensor as published."""
    _load(encoder, pretrained(), lambda name: True)


def _randomize_word_embeddings(encoder, pretrained):
    """Pre-trained weights, except for the word embeddings."""
    _load(encoder, pretrained(), lambda name: "word_embeddings" not in name)


def _load_position_embeddings(encoder, pretrained):
    """Random weights, except for the embeddings of positions and token types."""
    weights = pretrained()
    kept = [name for name in weights if "position_embeddings" in name or "token_type_embeddings" in name]
    if not kept:
        raise InputError(
            "the model has no embeddings of positions or token types, so pretrain_embed would keep nothing; give it "
            "another init"
        )
    _load(encoder, weights, lambda name: name in kept)


def _shuffle_tensors(encoder, pretrained):
    """Pre-trained weights, with the values of each tensor in random order."""
    import torch  # not at the top: programs that only list the initializations need not wait for it

    _load_all(encoder, pretrained)
    for parameter in encoder.parameters():
        flat = parameter.data.view(-1)
        flat.copy_(flat[torch.randperm(len(flat))])


def _load(encoder, weights, wanted):
    """Copy the weights of the parameters whose name is ``wanted``."""
    for name, parameter in encoder.named_parameters():
        if wanted(name):
            parameter.data.copy_(weights[name])


def _needs_identity(name, model, mappings):
    if mappings != ["identity"]:
        return (
            f"the init domain is for a model that reads the task's symbols by name, but the mappings are {mappings}; "
            "give domain an entry of its own, with mappings: [identity]"
        )
    return None


def _needs_pretraining_steps(name, model, mappings):
    if "pretraining_steps" not in model:
        return (
            f"pretrain_ckpt is for intermediate checkpoints, but config/models/{name}.yaml gives no pretraining_steps; "
            "add them, or use the init pretrained"
        )
    return None


# Colours are those of Okabe and Ito, which colour-blind readers can tell apart.
INITIALIZATIONS = {
    initialization.name: initialization
    for initialization in (
        Initialization("pretrained", "pre-trained", "#0072B2", "o", _load_all),
        Initialization("scratch", "random initialization", "#D55E00", "s", _keep_random),
        Initialization("rand_embed", "pre-trained, random word embeddings", "#009E73", "^", _randomize_word_embeddings),
        Initialization(
            "pretrain_embed", "random, pre-trained position embeddings", "#CC79A7", "v", _load_position_embeddings
        ),
        Initialization("shuffled", "pre-trained, shuffled within each tensor", "#E69F00", "D", _shuffle_tensors),
        Initialization("domain", "pre-trained on the task's domain", "#56B4E9", "P", _load_all, _needs_identity),
        Initialization("pretrain_ckpt", "pre-training checkpoint", "#000000", "X", _load_all, _needs_pretraining_steps),
    )
}

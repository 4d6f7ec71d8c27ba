"""Initializations: the weights that fine-tuning starts from.

Adding an initialization means adding one entry to `INITIALIZATIONS`: the configuration's schema, the command line and
the report take its name, title, colour and marker from there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from beyondtext.core.errors import InputError


def _suits_any_model(name, model, mappings):
    """Return None: this initialization suits every model."""


@dataclass(frozen=True)
class Initialization:
    """How an encoder gets its weights before the first training step.

    Attributes
    ----------
    name : str
        Its name in configurations.
    title : str
        Its name in the report.
    description : str
        What it does, for the report's list of terms: a clause without a full stop.
    colour, marker : str
        In figures, as Matplotlib accepts them.
    apply : callable
        ``apply(encoder, pretrained)`` changes a randomly initialized encoder in place. ``pretrained()`` reads the
        published weights: a dict of str to torch.Tensor with an entry for every parameter of the encoder, and for
        stored rotary frequencies. Random numbers come from torch's global generator, which the run's init seed has
        seeded.
    unsuitable : callable
        ``unsuitable(name, model, mappings)`` returns None if the model (its name and definition) can have this
        initialization with these mappings, or else one sentence that says why not and what to do.
    random : bool
        Whether it uses random numbers. If it does not, the encoder's parameters have no defined values before
        ``apply`` sets all of them: drawing them takes longer than loading them.
    published : bool
        Whether the encoder is then a published model as it is, so that the report may advise to use it.
    """

    name: str
    title: str
    description: str
    colour: str
    marker: str
    apply: Callable
    unsuitable: Callable = _suits_any_model
    random: bool = True
    published: bool = False


def _keep_random(encoder, pretrained):
    """Keep the architecture's own random initialization."""


def _load_all(encoder, pretrained):
    """Load every tensor."""
    _load(encoder, pretrained(), lambda name: True)


def _randomize_word_embeddings(encoder, pretrained):
    """Load every tensor except for the word embeddings, which stay random."""
    _load(encoder, pretrained(), lambda name: "word_embeddings" not in name)


def _load_position_embeddings(encoder, pretrained):
    """Load only the embeddings of positions and token types; everything else stays random."""
    weights = pretrained()
    kept = [name for name in weights if "position_embeddings" in name or "token_type_embeddings" in name]
    if not kept:
        raise InputError(
            "the model has no embeddings of positions or token types, so pretrain_embed would be the same as scratch; "
            "choose another init for it"
        )
    _load(encoder, weights, lambda name: name in kept)


def _shuffle_tensors(encoder, pretrained):
    """Load every tensor, then permute the values within each at random."""
    import torch  # imported here, so that programs that only list the initializations start without it

    _load_all(encoder, pretrained)
    for parameter in encoder.parameters():
        flat = parameter.data.view(-1)
        flat.copy_(flat[torch.randperm(len(flat))])


def _load(encoder, weights, wanted):
    """Copy the weights of those parameters, and of those stored buffers, for which ``wanted(name)`` is true."""
    for name, parameter in encoder.named_parameters():
        if wanted(name):
            parameter.data.copy_(weights[name])
    for name, buffer in encoder.named_buffers():
        if name in weights and wanted(name):
            buffer.copy_(weights[name])


def _needs_identity(name, model, mappings):
    if mappings != ["identity"]:
        return (
            f"the init domain is for a model that reads the task's symbols by name, but the mappings are {mappings}; "
            "give domain an entry of its own with mappings: [identity]"
        )
    return None


def _needs_pretraining_steps(name, model, mappings):
    if "pretraining_steps" not in model:
        return (
            f"pretrain_ckpt is for intermediate checkpoints, but config/models/{name}.yaml has no pretraining_steps; "
            "add them, or use the init pretrained"
        )
    return None


# The colours are the palette of Okabe and Ito, which colour-blind readers can distinguish.
INITIALIZATIONS = {
    initialization.name: initialization
    for initialization in (
        Initialization(
            "pretrained",
            "pre-trained",
            "loads every tensor of the published model",
            "#0072B2",
            "o",
            _load_all,
            random=False,
            published=True,
        ),
        Initialization(
            "scratch",
            "random initialization",
            "draws every tensor at random, as the architecture does when it is trained from scratch",
            "#D55E00",
            "s",
            _keep_random,
        ),
        Initialization(
            "rand_embed",
            "pre-trained, random word embeddings",
            "draws the word embeddings at random and loads everything else",
            "#009E73",
            "^",
            _randomize_word_embeddings,
        ),
        Initialization(
            "pretrain_embed",
            "random, pre-trained position embeddings",
            "loads the embeddings of positions and token types and draws everything else at random",
            "#CC79A7",
            "v",
            _load_position_embeddings,
        ),
        Initialization(
            "shuffled",
            "pre-trained, shuffled within each tensor",
            "keeps the values of every tensor and destroys their order",
            "#E69F00",
            "D",
            _shuffle_tensors,
        ),
        Initialization(
            "domain",
            "pre-trained on the task's domain",
            "loads a model of the task's own kind of sequence, which reads its symbols by name",
            "#56B4E9",
            "P",
            _load_all,
            _needs_identity,
            random=False,
            published=True,
        ),
        Initialization(
            "pretrain_ckpt",
            "pre-training checkpoint",
            "loads the model as it was after some of its pre-training steps",
            "#000000",
            "X",
            _load_all,
            _needs_pretraining_steps,
            random=False,
            published=True,
        ),
    )
}

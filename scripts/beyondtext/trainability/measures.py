"""Four measurements of how easily a model can be trained, before its first step.

Kao & Lee (2021) used them to ask why pre-trained weights train faster. All are taken in eval mode, so that dropout does
not change them, and on real tokens only, never on padding. They are functions of a model and arrays of ids; the caller
chooses the sequences.
"""

import inspect
from contextlib import contextmanager

import torch
from torch import nn

from beyondtext.models.batches import collate, to_device

NULL_DIRECTIONS = 2  # of a layer normalization, whose output keeps its mean and its length, but for gain and bias


def gradient_cosines(model, batches, target, pad, device, budget=2 * 10**9):
    """Cosines between the loss gradients of different batches, over all parameters together.

    Batches whose gradients point in different directions undo each other's steps: gradient confusion (Sankararaman
    et al. 2020, "The impact of neural network overparameterization on gradient confusion and stochastic gradient
    descent", ICML).

    Parameters
    ----------
    model : beyondtext.models.classifier.SequenceModel
    batches : list of (list of numpy.ndarray, list)
        The id arrays and the targets of each batch.
    target : beyondtext.training.targets.ClassTarget or NumberTarget
    pad : int
        The id of the padding token.
    device : torch.device
    budget : int
        Bytes for the gradients that are in memory at once; at least three are. The others are computed again.

    Returns
    -------
    numpy.ndarray of float64, shape (batches, batches)
        In [-1, 1], symmetric, 1 on the diagonal.
    """
    gradient_bytes = 4 * sum(parameter.numel() for parameter in model.parameters())
    block = max(2, budget // gradient_bytes - 1)  # and one more gradient that is compared with the block
    products = torch.zeros(len(batches), len(batches), dtype=torch.float64)
    for first in range(0, len(batches), block):
        in_memory = []
        for place in range(first, len(batches)):
            gradient = _gradient(model, batches[place], target, pad, device)
            if len(in_memory) < block:
                in_memory.append(gradient)
            for other, earlier in enumerate(in_memory):
                product = sum(torch.dot(a, b).double() for a, b in zip(gradient, earlier, strict=True))
                products[place, first + other] = products[first + other, place] = product
    norms = products.diagonal().sqrt()
    return (products / torch.outer(norms, norms)).clamp(-1, 1).numpy()


def _gradient(model, batch, target, pad, device):
    """The gradient of a batch's mean loss, as a flat tensor for each parameter."""
    sequences, values = batch
    model.to(device).eval()
    ids, mask = collate(sequences, pad, device)
    loss = target.losses(model(ids, mask), to_device(target.encode(values), device)).mean()
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [gradient.flatten() for gradient in torch.autograd.grad(loss, trainable, materialize_grads=True)]


@torch.no_grad()
def perturbation_changes(model, batches, pad, device, noise, seed):
    """The relative change of the first token's last vector when Gaussian noise is added to every weight.

    Parameters
    ----------
    model : beyondtext.models.classifier.SequenceModel
        Its weights are restored.
    batches : list of list of numpy.ndarray
        Id arrays; each batch gets noise of its own.
    pad : int
        The id of the padding token.
    device : torch.device
    noise : float
        The standard deviation of the noise, in the unit of the weights.
    seed : int
        Of the noise.

    Returns
    -------
    numpy.ndarray of float64, shape (sequences,)
        The distance between the vectors with and without noise, divided by the length of the latter.
    """
    model.to(device).eval()
    generator = torch.Generator(device).manual_seed(seed)
    weights = [parameter.detach().clone() for parameter in model.parameters()]
    changes = []
    try:
        for sequences in batches:
            ids, mask = collate(sequences, pad, device)
            without_noise = _first_token(model, ids, mask)
            for parameter in model.parameters():
                draw = torch.randn(parameter.shape, generator=generator, device=device, dtype=parameter.dtype)
                parameter.add_(draw, alpha=noise)
            with_noise = _first_token(model, ids, mask)
            _restore(model, weights)
            changes.append((with_noise - without_noise).norm(dim=1) / without_noise.norm(dim=1))
    finally:
        _restore(model, weights)
    return torch.cat(changes).cpu().numpy()


def _first_token(model, ids, mask):
    """The last layer's vectors of the first tokens, float64, shape (batch, width)."""
    return model.encode(ids, mask).last_hidden_state[:, 0].double()


def _restore(model, weights):
    for parameter, value in zip(model.parameters(), weights, strict=True):
        parameter.copy_(value)


@torch.no_grad()
def layer_norm_input_deviations(model, batches, pad, device):
    """The standard deviation over features of the input of each layer normalization, for every real token.

    A normalization divides by this standard deviation, and so do the gradients in the backward pass: where it is large,
    the layers below get small gradients (Xiong et al. 2020, "On layer normalization in the transformer architecture",
    ICML).

    Parameters
    ----------
    model : beyondtext.models.classifier.SequenceModel
    batches : list of list of numpy.ndarray
        Id arrays.
    pad : int
        The id of the padding token.
    device : torch.device

    Returns
    -------
    dict of str to numpy.ndarray of float64, shape (tokens,)
        For each normalization, in execution order. A normalization that several layers share has an entry for each of
        its executions; from the second on, their names end with ``#2`` and so on.
    """
    model.to(device).eval()
    deviations = {}
    with _layer_norm_inputs(model) as inputs:
        for sequences in batches:
            ids, mask = collate(sequences, pad, device)
            inputs.clear()
            model.encode(ids, mask)
            executions = {}
            for module_name, values in inputs:
                executions[module_name] = executions.get(module_name, 0) + 1
                number = executions[module_name]
                name = module_name if number == 1 else f"{module_name}#{number}"
                deviations.setdefault(name, []).append(values.double().std(-1, unbiased=False)[mask.bool()])
    return {name: torch.cat(parts).cpu().numpy() for name, parts in deviations.items()}


@contextmanager
def _layer_norm_inputs(model):
    """Record the inputs of the encoder's layer normalizations: a list of (module name, tensor), in execution order."""
    inputs = []

    def recorder(name):
        return lambda module, arguments: inputs.append((name, arguments[0]))

    hooks = [
        module.register_forward_pre_hook(recorder(name))
        for name, module in model.encoder.named_modules()
        if isinstance(module, nn.LayerNorm)
    ]
    try:
        yield inputs
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def layer_arguments(model, ids):
    """What a model's layers receive for some ids without padding: the embeddings, and the other arguments by name.

    The latter are the positions of rotary embeddings, for example.
    """
    seen = []
    layers = model.encoder.encoder
    with layers.register_forward_pre_hook(lambda _, *given: seen.append(given), with_kwargs=True):
        model.encode(ids, torch.ones_like(ids))
    [(given, named)] = seen
    arguments = inspect.signature(layers.forward).bind(*given, **named).arguments
    arguments |= arguments.pop("kwargs", {})
    return arguments.pop("hidden_states"), arguments


def jacobian_singular_values(model, sequence, token, device, chunk=32):
    """Singular values of the Jacobian of one token's last vector with respect to the embeddings of all tokens.

    Every encoder ends in a layer normalization, whose output no input can change in two directions. The singular values
    of these say nothing about the network, and are left out: they would be 0 but for rounding errors, or for the small
    number that the normalization adds to the variance. If the others are close to 1, signals and gradients keep their
    size across the layers: dynamical isometry (Pennington et al. 2017, "Resurrecting the sigmoid in deep learning
    through dynamical isometry", NeurIPS).

    Parameters
    ----------
    model : beyondtext.models.classifier.SequenceModel
        Its encoder must have plain ("eager") attention, which `torch.func` can trace.
    sequence : numpy.ndarray of int64
        Ids, without padding.
    token : int
        The index of the token in the sequence.
    device : torch.device
    chunk : int
        The number of rows of the Jacobian that are computed together; memory grows with it.

    Returns
    -------
    numpy.ndarray of float64, shape (width - 2,)
        From largest to smallest; fewer where the embeddings have fewer numbers.
    """
    layers = model.to(device).eval().encoder.encoder
    embedded, others = layer_arguments(model, torch.as_tensor(sequence, device=device)[None])

    def last_vector(values):
        return layers(values, **others).last_hidden_state[0, token]

    # Not torch.func.jacrev, which keeps what a second derivative would need: gigabytes for a small model.
    output, pull_back = torch.func.vjp(last_vector, embedded)
    with torch.no_grad():
        directions = torch.eye(len(output), device=device).split(chunk)
        jacobian = torch.cat([torch.func.vmap(pull_back)(rows)[0].flatten(1) for rows in directions])
    # The Jacobian has many more columns than rows; R of the QR decomposition of its transpose has the same singular
    # values, and is small.
    triangle = torch.linalg.qr(jacobian.double().T, mode="r").R
    return torch.linalg.svdvals(triangle).cpu().numpy()[: len(output) - NULL_DIRECTIONS]

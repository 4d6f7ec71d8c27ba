"""How easily a model can be trained from where it starts: four measurements before the first step.

Each was made by Kao & Lee (2021) to ask why pre-trained weights train faster. All are taken in eval mode, so that no
dropout mask is mistaken for an effect, and of real tokens only, never of padding. They are pure functions of a model
and of id arrays; whoever calls them chooses the sequences.
"""

import torch
from torch import nn

from beyondtext.models.batches import collate, to_device


def gradient_cosines(model, batches, target, pad, device, budget=2 * 10**9):
    """Cosines between the loss gradients of different batches, over all parameters together.

    Batches whose gradients point in different directions undo each other's steps: gradient confusion (Sankararaman
    et al. 2020, "The impact of neural network overparameterization on gradient confusion and stochastic gradient
    descent", ICML).

    Parameters
    ----------
    model : beyondtext.encoders.SequenceModel
    batches : list of (list of numpy.ndarray, list)
        The id arrays and the targets of each batch.
    target : beyondtext.targets.ClassTarget or NumberTarget
    pad : int
    device : torch.device
    budget : int
        Bytes for gradients that are held at once, at least three of them. Those that do not fit are computed again.

    Returns
    -------
    numpy.ndarray of float64, shape (batches, batches)
        In [-1, 1], symmetric, 1 on the diagonal.
    """
    size = 4 * sum(parameter.numel() for parameter in model.parameters())
    block = max(2, budget // size - 1)  # one more is compared with them
    products = torch.zeros(len(batches), len(batches), dtype=torch.float64)
    for first in range(0, len(batches), block):
        held = []
        for place in range(first, len(batches)):
            gradient = _gradient(model, batches[place], target, pad, device)
            if len(held) < block:
                held.append(gradient)
            for other, earlier in enumerate(held):
                product = sum(torch.dot(a, b).double() for a, b in zip(gradient, earlier, strict=True))
                products[place, first + other] = products[first + other, place] = product
    lengths = products.diagonal().sqrt()
    return (products / torch.outer(lengths, lengths)).clamp(-1, 1).numpy()


def _gradient(model, batch, target, pad, device):
    """The gradient of a batch's mean loss, a flat tensor for each parameter."""
    sequences, values = batch
    model.to(device).eval()
    ids, mask = collate(sequences, pad, device)
    loss = target.loss(model(ids, mask), to_device(target.encode(values), device))
    used = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [gradient.flatten() for gradient in torch.autograd.grad(loss, used, materialize_grads=True)]


@torch.no_grad()
def perturbation(model, batches, pad, device, noise, seed):
    """How far the vector of the first token moves when Gaussian noise is added to every weight.

    Parameters
    ----------
    model : beyondtext.encoders.SequenceModel
        Left as it was.
    batches : list of list of numpy.ndarray
        Id arrays; each batch gets noise of its own.
    pad : int
    device : torch.device
    noise : float
        The standard deviation of the noise, in the weights' own unit.
    seed : int
        Of the noise.

    Returns
    -------
    numpy.ndarray of float64, shape (sequences,)
        The distance between the last layer's vector of the first token before and after, divided by its length
        before.
    """
    model.to(device).eval()
    generator = torch.Generator(device).manual_seed(seed)
    kept = [parameter.detach().clone() for parameter in model.parameters()]
    found = []
    try:
        for sequences in batches:
            ids, mask = collate(sequences, pad, device)
            before = model.encode(ids, mask).last_hidden_state[:, 0].double()
            for parameter in model.parameters():
                drawn = torch.randn(parameter.shape, generator=generator, device=device, dtype=parameter.dtype)
                parameter.add_(drawn, alpha=noise)
            after = model.encode(ids, mask).last_hidden_state[:, 0].double()
            _restore(model, kept)
            found.append((after - before).norm(dim=1) / before.norm(dim=1))
    finally:
        _restore(model, kept)
    return torch.cat(found).cpu().numpy()


def _restore(model, values):
    for parameter, value in zip(model.parameters(), values, strict=True):
        parameter.copy_(value)


@torch.no_grad()
def layer_norm_inputs(model, batches, pad, device):
    """The spread of what enters each layer normalisation, of every real token.

    A normalisation divides by this standard deviation, and so do gradients on their way back: where it is large, the
    layers below get small ones (Xiong et al. 2020, "On layer normalization in the transformer architecture", ICML).

    Parameters
    ----------
    model : beyondtext.encoders.SequenceModel
    batches : list of list of numpy.ndarray
        Id arrays.
    pad : int
    device : torch.device

    Returns
    -------
    dict of str to numpy.ndarray of float64, shape (tokens,)
        For each normalisation, in the order in which they run: the standard deviation over a token's features. A
        normalisation that several layers share is named once for each time it runs, with ``#2`` and so on.
    """
    model.to(device).eval()
    names = {module: name for name, module in model.encoder.named_modules() if isinstance(module, nn.LayerNorm)}
    entered = []
    hooks = [
        module.register_forward_pre_hook(lambda module, inputs: entered.append((names[module], inputs[0])))
        for module in names
    ]
    found = {}
    try:
        for sequences in batches:
            ids, mask = collate(sequences, pad, device)
            entered.clear()
            model.encode(ids, mask)
            times = {}
            for name, values in entered:
                times[name] = times.get(name, 0) + 1
                shown = name if times[name] == 1 else f"{name}#{times[name]}"
                found.setdefault(shown, []).append(values.double().std(-1, unbiased=False)[mask.bool()])
    finally:
        for hook in hooks:
            hook.remove()
    return {name: torch.cat(parts).cpu().numpy() for name, parts in found.items()}


def jacobian_singular_values(model, sequence, token, device, chunk=32):
    """Singular values of the Jacobian of one token's last vector by what the embeddings gave for all tokens.

    Where they lie close to 1, signals and gradients keep their size through the layers: dynamical isometry (Pennington
    et al. 2017, "Resurrecting the sigmoid in deep learning through dynamical isometry", NeurIPS).

    Parameters
    ----------
    model : beyondtext.encoders.SequenceModel
        With an encoder that has plain ("eager") attention, which `torch.func` can follow.
    sequence : numpy.ndarray of int64
        Ids, without padding.
    token : int
        Which of them.
    device : torch.device
    chunk : int
        Rows of the Jacobian that are computed together; memory grows with it.

    Returns
    -------
    numpy.ndarray of float64, shape (width,)
        From the largest to the smallest.
    """
    encoder = model.to(device).eval().encoder
    ids = torch.as_tensor(sequence, device=device)[None]
    with torch.no_grad():
        embedded = encoder.embeddings(input_ids=ids)

    def last_vector(values):
        return encoder.encoder(values).last_hidden_state[0, token]

    # Not torch.func.jacrev: it keeps what a second derivative would need, gigabytes for a small model.
    output, pull_back = torch.func.vjp(last_vector, embedded)
    with torch.no_grad():
        directions = torch.eye(len(output), device=device).split(chunk)
        rows = torch.cat([torch.func.vmap(pull_back)(some)[0].flatten(1) for some in directions])
    # A matrix with few rows and many columns: that of its transpose's QR decomposition has the same singular values.
    triangle = torch.linalg.qr(rows.double().T, mode="r").R
    return torch.linalg.svdvals(triangle).cpu().numpy()

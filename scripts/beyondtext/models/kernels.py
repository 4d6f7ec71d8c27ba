"""Parts of an encoder for training on a CPU: the same functions as torch's and transformers', at lower cost.

On a CPU, the matrix products of a small encoder run near the hardware's peak, and much of the rest of a step goes into
dropout, into attention weights that do not fit in the cache, and into conversions between float32 and bfloat16.
Therefore attention processes a block of its matrices at a time, each 64-bit random number decides on four elements, and
masks are applied to bfloat16 numbers without conversion. On a GPU, torch's own kernels do this. Importing this module
registers the attention with transformers under `BLOCKED_ATTENTION`; `replace_modules` does the rest.
"""

import math
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.activations import NewGELUActivation
from transformers.masking_utils import sdpa_mask

BLOCKED_ATTENTION = "blocked"  # the value of transformers' attn_implementation
BLOCK = 2**20  # bytes of attention weights per block: about the size of a core's cache
LEVELS = 2**16  # distinct values of the 16 random bits that decide on one element


def fastest_attention(device):
    """The value of transformers' attn_implementation with which an encoder is fastest on a device."""
    return "sdpa" if device.type == "cuda" else BLOCKED_ATTENTION


def drop_threshold(p):
    """How many of the 65,536 values of an element's random bits drop it: ``p`` to within 1 / 131,072."""
    return round(p * LEVELS)


def keep_scale(p):
    """The factor on kept elements that leaves the expectation exactly unchanged."""
    return LEVELS / (LEVELS - drop_threshold(p))


class RandomBits:
    """A stream of uniform 16-bit integers, seeded from torch's global generator.

    NumPy's SFC64 draws 64 bits in half the time of torch's Mersenne Twister.
    """

    def __init__(self):
        self._stream = np.random.SFC64(int(torch.empty((), dtype=torch.int64).random_()))

    def draw(self, shape):
        """An int16 tensor of a given shape."""
        count = math.prod(shape)
        words = torch.from_numpy(self._stream.random_raw((count + 3) // 4))
        return words.view(torch.int16)[:count].view(shape)


def draw_keep(random, shape, p):
    """An int16 tensor with 1 where an element is kept and 0 where it is dropped; None if ``p`` is 0."""
    if p == 0:
        return None
    return random.draw(shape).ge_(drop_threshold(p) - LEVELS // 2)


def masked(x, keep):
    """``x * keep`` for 0 and 1 in ``keep``; ``x`` itself if ``keep`` is None."""
    if keep is None:
        return x
    return (_integers(x) * keep).view(x.dtype)


def mask_(x, keep):
    """`masked` in place."""
    if keep is not None:
        _integers(x).mul_(keep)
    return x


def _integers(x):
    """The bits of 16-bit numbers as integers; other numbers themselves.

    A number times 0 or 1 has the bits that its own bits, as an integer, have times 0 or 1. Integers are multiplied
    without conversion to float32 and back, which takes most of the time of a product in bfloat16.
    """
    return x.view(torch.int16) if x.dtype.itemsize == 2 else x


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p):
        x = x.contiguous()
        keep = draw_keep(RandomBits(), x.shape, p)
        ctx.save_for_backward(keep)
        ctx.scale = keep_scale(p)
        return masked(x, keep).mul_(ctx.scale)

    @staticmethod
    def backward(ctx, gradient):
        (keep,) = ctx.saved_tensors
        return masked(gradient.contiguous(), keep).mul_(ctx.scale), None


class Dropout(nn.Module):
    """`torch.nn.Dropout` for a CPU: the same distribution at lower cost.

    Parameters
    ----------
    p : float
        The probability that an element is dropped, rounded to a multiple of 1 / 65,536.
    """

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        """``x`` with elements dropped in training mode; ``x`` itself in evaluation mode."""
        return _Dropout.apply(x, self.p) if self.training and self.p > 0 else x


def replace_modules(model):
    """Replace, in place, the modules of a model for which this module or torch has a cheaper equivalent on a CPU.

    Parameters have the same names afterwards. Modules of other types stay as they are.
    """
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            setattr(parent, name, _equivalent(child))


def _equivalent(module):
    kind = type(module)
    if kind is nn.Dropout:
        return Dropout(module.p)
    if kind is NewGELUActivation:  # written as eight operations
        return nn.GELU(approximate="tanh")
    if kind.__name__ == "EsmIntermediate":  # by name: the import would take time; its GELU is written as five
        return nn.Sequential(OrderedDict(dense=module.dense, activation=nn.GELU()))
    return module


class _Attention(torch.autograd.Function):
    """dropout(softmax(scaling * query @ key' + bias)) @ value, for tensors of shape (batch, heads, tokens, width)."""

    @staticmethod
    def forward(ctx, query, key, value, bias, scaling, p):
        ctx.shape, ctx.scaling, ctx.p = query.shape, scaling, p
        query, key, value = _to_matrices(query, scaling), _to_matrices(key), _to_matrices(value)
        output, random, weights, keeps = torch.empty_like(value), RandomBits(), [], []
        for q, k, v, b, out in _blocks(query, key, value, bias, output):
            scores = torch.bmm(q, k.transpose(1, 2))
            if b is not None:
                scores += b
            weights.append(_softmax(scores))
            keeps.append(draw_keep(random, scores.shape, p))
            torch.bmm(masked(weights[-1], keeps[-1]), v, out=out)
        ctx.save_for_backward(query, key, value, *weights, *keeps)
        return _from_matrices(output, ctx.shape, keep_scale(p))

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, *saved = ctx.saved_tensors
        weights, keeps = saved[: len(saved) // 2], saved[len(saved) // 2 :]
        gradient = _to_matrices(gradient, keep_scale(ctx.p))
        d_query, d_key, d_value = (torch.empty_like(tensor) for tensor in (query, key, value))
        blocks = _blocks(query, key, value, gradient, d_query, d_key, d_value)
        for (q, k, v, g, d_q, d_k, d_v), weight, keep in zip(blocks, weights, keeps, strict=True):
            d_weight = mask_(torch.bmm(g, v.transpose(1, 2)), keep)
            d_scores = _softmax_backward(d_weight, weight)
            torch.bmm(d_scores, k, out=d_q)
            torch.bmm(d_scores.transpose(1, 2), q, out=d_k)
            torch.bmm(masked(weight, keep).transpose(1, 2), g, out=d_v)
        d_query = _from_matrices(d_query, ctx.shape, ctx.scaling)
        return d_query, _from_matrices(d_key, ctx.shape), _from_matrices(d_value, ctx.shape), None, None, None


def _blocks(first, *others):
    """Blocks of matrices of all tensors, None for a tensor that is None."""
    matrices, tokens, _ = first.shape
    size = max(1, BLOCK // (first.dtype.itemsize * tokens**2))
    none = [None] * math.ceil(matrices / size)
    return list(zip(*(none if x is None else x.split(size) for x in (first, *others)), strict=True))


def _to_matrices(x, factor=1.0):
    """``factor * x``, contiguous, of shape (batch * heads, tokens, width) from (batch, heads, tokens, width)."""
    out = torch.empty(x.shape, dtype=x.dtype)
    return (out.copy_(x) if factor == 1 else torch.mul(x, factor, out=out)).flatten(0, 1)


def _from_matrices(x, shape, factor=1.0):
    """The inverse of `_to_matrices`, in the memory layout (batch, tokens, heads, width), that of the layers around."""
    batch, heads, tokens, width = shape
    out = torch.empty(batch, tokens, heads, width, dtype=x.dtype).transpose(1, 2)
    return out.copy_(x.view(shape)) if factor == 1 else torch.mul(x.view(shape), factor, out=out)


def _softmax(scores):
    """The softmax over the last dimension, in the scores' own precision.

    torch's kernel for bfloat16 is slow where rows do not fill whole vector registers; that for float32 is not.
    """
    if scores.dtype == torch.bfloat16 and scores.shape[-1] % 32:
        return torch.softmax(scores, -1, dtype=torch.float32).to(scores.dtype)
    return torch.softmax(scores, -1)


def _softmax_backward(gradient, softmax):
    """The gradient of the scores from that of their softmax over the last dimension.

    It is ``softmax * (gradient - (gradient * softmax).sum(-1, keepdim=True))``. Written in torch's public operations,
    this formula makes several passes over memory and needs temporary tensors of the size of the attention weights. The
    function that autograd itself calls makes one pass. It is private to torch, so a test compares it with autograd.
    """
    return torch._softmax_backward_data(gradient, softmax, -1, softmax.dtype)


def attention(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **unused):
    """One attention layer, with the signature that transformers requires.

    Parameters
    ----------
    module : torch.nn.Module
        The layer; unused.
    query, key, value : torch.Tensor, shape (batch, heads, tokens, width)
    attention_mask : torch.Tensor of bool, shape (batch, 1, 1 or tokens, tokens), or None
        True at real tokens; all rows are the same.
    scaling : float, optional
        The factor on the scores; 1 / sqrt(width) by default.
    dropout : float
        0 in evaluation mode. Without dropout, torch's fused attention is used, except for gradients in bfloat16, where
        it takes two to four times as long.

    Returns
    -------
    output : torch.Tensor, shape (batch, tokens, heads, width)
    None
        In place of the attention weights that other implementations return.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if dropout == 0 and not (query.requires_grad and query.dtype == torch.bfloat16):
        output = nn.functional.scaled_dot_product_attention(query, key, value, attention_mask, scale=scaling)
        return output.transpose(1, 2).contiguous(), None

    bias = None
    if attention_mask is not None:
        batch, heads, tokens, _ = query.shape
        row = attention_mask[:, :, :1].expand(batch, heads, 1, tokens)
        bias = query.new_zeros(row.shape).masked_fill_(~row, -math.inf).view(batch * heads, 1, tokens)
    output = _Attention.apply(query, key, value, bias, scaling, dropout)
    return output.transpose(1, 2), None


AttentionInterface.register(BLOCKED_ATTENTION, attention)
AttentionMaskInterface.register(BLOCKED_ATTENTION, sdpa_mask)

"""Attention and dropout for training on a CPU: the same functions as torch's, at lower cost.

On a CPU, the matrix products of a small encoder run near the hardware's peak, and much of the rest of a step goes into
drawing dropout masks and, for long sequences, into attention weights that no longer fit in the cache. Therefore each
64-bit random number decides on four elements, and attention processes a block of its matrices at a time. On a GPU,
torch's own fused kernels do both. Importing this module registers the attention with transformers under
`BLOCKED_ATTENTION`.
"""

import math

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

BLOCKED_ATTENTION = "blocked"  # the value of transformers' attn_implementation
BLOCK = 2**18  # attention weights per block: with their dropout masks, about the size of a core's cache
LEVELS = 2**16  # distinct values of the 16 random bits that decide on one element


def drop_threshold(p):
    """How many of the 65,536 values of an element's random bits drop it: ``p`` to within 1 / 131,072."""
    return round(p * LEVELS)


def keep_scale(p):
    """The factor on kept elements that leaves the expectation exactly unchanged."""
    return LEVELS / (LEVELS - drop_threshold(p))


def draw_bits(shape):
    """Uniform int16 values of a given shape, from torch's global generator."""
    count = math.prod(shape)
    words = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.int16)[:count].view(shape)


def keep_mask(bits, p, out):
    """Fill ``out`` with 1 where an element is kept and 0 where it is dropped; return it."""
    return torch.ge(bits, drop_threshold(p) - LEVELS // 2, out=out)


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p):
        factor = keep_mask(draw_bits(x.shape), p, torch.empty_like(x, memory_format=torch.contiguous_format))
        factor *= keep_scale(p)
        ctx.save_for_backward(factor)
        return x * factor

    @staticmethod
    def backward(ctx, gradient):
        (factor,) = ctx.saved_tensors
        return gradient * factor, None


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


def replace_dropout(module):
    """Replace every `torch.nn.Dropout` in a module by `Dropout`."""
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                setattr(parent, name, Dropout(child.p))


class _Attention(torch.autograd.Function):
    """dropout(softmax(query @ key' + bias)) @ value, for tensors of shape (matrices, tokens, width)."""

    @staticmethod
    def forward(ctx, query, key, value, bias, p):
        matrices, tokens, _ = query.shape
        size = max(1, BLOCK // tokens**2)
        blocks = [slice(start, start + size) for start in range(0, matrices, size)]
        output = torch.empty_like(value)
        weights, bits = [], []
        for block in blocks:
            scores = torch.bmm(query[block], key[block].transpose(1, 2))
            if bias is not None:
                scores += bias[block]
            weights.append(torch.softmax(scores, -1))
            bits.append(draw_bits(scores.shape))
            dropped = keep_mask(bits[-1], p, out=scores).mul_(weights[-1])
            torch.bmm(dropped, value[block], out=output[block])
        ctx.save_for_backward(query, key, value, *weights, *bits)
        ctx.blocks, ctx.p = blocks, p
        return output * keep_scale(p)

    @staticmethod
    def backward(ctx, gradient):
        query, key, value, *saved = ctx.saved_tensors
        gradient = gradient * keep_scale(ctx.p)
        d_query, d_key, d_value = (torch.empty_like(tensor) for tensor in (query, key, value))
        weights, bits = saved[: len(ctx.blocks)], saved[len(ctx.blocks) :]
        for block, weight, drawn in zip(ctx.blocks, weights, bits, strict=True):
            keep = keep_mask(drawn, ctx.p, out=torch.empty_like(weight))
            d_weight = torch.bmm(gradient[block], value[block].transpose(1, 2)).mul_(keep)
            d_scores = _softmax_backward(d_weight, weight)
            torch.bmm(d_scores, key[block], out=d_query[block])
            torch.bmm(d_scores.transpose(1, 2), query[block], out=d_key[block])
            torch.bmm(keep.mul_(weight).transpose(1, 2), gradient[block], out=d_value[block])
        return d_query, d_key, d_value, None, None


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
        0 in evaluation mode, which uses torch's fused attention.

    Returns
    -------
    output : torch.Tensor, shape (batch, tokens, heads, width)
    None
        In place of the attention weights that other implementations return.
    """
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if dropout == 0:
        output = nn.functional.scaled_dot_product_attention(query, key, value, attention_mask, scale=scaling)
        return output.transpose(1, 2).contiguous(), None

    batch, heads, tokens, width = query.shape
    bias = None
    if attention_mask is not None:
        row = attention_mask[:, :, :1].expand(batch, heads, 1, tokens)
        bias = query.new_zeros(row.shape).masked_fill_(~row, -math.inf).view(batch * heads, 1, tokens)
    matrices = [tensor.reshape(batch * heads, tokens, width) for tensor in (query * scaling, key, value)]
    output = _Attention.apply(*matrices, bias, dropout)
    return output.view(batch, heads, tokens, width).transpose(1, 2).contiguous(), None


AttentionInterface.register(BLOCKED_ATTENTION, attention)
AttentionMaskInterface.register(BLOCKED_ATTENTION, sdpa_mask)

"""Attention and dropout for training on a processor: the same functions, at less cost.

On a processor the products of a small encoder run near the peak of the hardware, and much of the rest
of a step goes into drawing dropout masks and into attention weights that no longer fit the cache once
sequences are long. So masks are cut from 64-bit draws, four elements from each, and attention goes
through its matrices a block at a time. On a GPU torch's own fused kernels do both. Importing this module
makes the attention known to transformers under `NAME`.
"""

import math

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

NAME = "blocked"  # for transformers' attn_implementation
BLOCK = 2**18  # attention weights handled together: with their masks, about what a core's cache holds
LEVELS = 2**16  # values of the 16 random bits that decide on one element


def drop_count(p):
    """How many of the 65,536 values of an element's bits drop it; ``p`` to within 1 / 131,072."""
    return round(p * LEVELS)


def keep_scale(p):
    """What kept elements are multiplied by, so that the expectation stays exactly what it was."""
    return LEVELS / (LEVELS - drop_count(p))


def draw_bits(shape):
    """Uniform int16 values from torch's global generator."""
    count = math.prod(shape)
    words = torch.empty((count + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
    return words.view(torch.int16)[:count].view(shape)


def kept(bits, p, out):
    """Fill ``out`` with 1 where an element is kept and 0 where it is dropped."""
    return torch.ge(bits, drop_count(p) - LEVELS // 2, out=out)


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, p):
        factor = kept(draw_bits(x.shape), p, torch.empty_like(x, memory_format=torch.contiguous_format))
        factor *= keep_scale(p)
        ctx.save_for_backward(factor)
        return x * factor

    @staticmethod
    def backward(ctx, gradient):
        (factor,) = ctx.saved_tensors
        return gradient * factor, None


class Dropout(nn.Module):
    """`torch.nn.Dropout` for a processor: the same distribution at less cost."""

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        """``x`` with elements dropped in training mode; unchanged otherwise."""
        return _Dropout.apply(x, self.p) if self.training and self.p > 0 else x


def replace_dropout(module):
    """Put `Dropout` in the place of every `torch.nn.Dropout` of a module."""
    for parent in list(module.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout):
                setattr(parent, name, Dropout(child.p))


class _Attention(torch.autograd.Function):
    """softmax(q k' + bias), dropped out, times v, for (matrices, tokens, width) tensors."""

    @staticmethod
    def forward(ctx, query, key, value, bias, p):
        matrices, tokens, _ = query.shape
        blocks = [slice(start, start + _per_block(tokens)) for start in range(0, matrices, _per_block(tokens))]
        output = torch.empty_like(value)
        weights, bits = [], []
        for block in blocks:
            scores = torch.bmm(query[block], key[block].transpose(1, 2))
            if bias is not None:
                scores += bias[block]
            weights.append(torch.softmax(scores, -1))
            bits.append(draw_bits(scores.shape))
            dropped = kept(bits[-1], p, out=scores).mul_(weights[-1])
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
            keep = kept(drawn, ctx.p, out=torch.empty_like(weight))
            d_weight = torch.bmm(gradient[block], value[block].transpose(1, 2)).mul_(keep)
            d_scores = torch._softmax_backward_data(d_weight, weight, -1, weight.dtype)
            torch.bmm(d_scores, key[block], out=d_query[block])
            torch.bmm(d_scores.transpose(1, 2), query[block], out=d_key[block])
            torch.bmm(keep.mul_(weight).transpose(1, 2), gradient[block], out=d_value[block])
        return d_query, d_key, d_value, None, None


def _per_block(tokens):
    return max(1, BLOCK // tokens**2)


def attention(module, query, key, value, attention_mask, scaling=None, dropout=0.0, **unused):
    """One attention layer, with the signature that transformers asks for.

    Parameters
    ----------
    module : torch.nn.Module
        The layer; unused.
    query, key, value : torch.Tensor, shape (batch, heads, tokens, width)
    attention_mask : torch.Tensor of bool, shape (batch, 1, 1 or tokens, tokens), or None
        True at real tokens; all rows alike.
    scaling : float, optional
        What scores are multiplied by; by default 1 / sqrt(width).
    dropout : float
        0 in evaluation mode; torch's fused attention is used then.

    Returns
    -------
    output : torch.Tensor, shape (batch, tokens, heads, width)
    None
        Where other implementations return the attention weights.
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


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, sdpa_mask)

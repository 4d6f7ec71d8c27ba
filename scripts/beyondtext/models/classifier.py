"""An encoder with a pooling and a linear head."""

import torch
from torch import nn


def expanded(mask, config):
    """A mask of real tokens as attention takes it, of shape (batch, 1, 1, tokens), where the family allows it.

    Of a mask of two dimensions transformers asks whether all of it is set, and a step on a GPU waits for the
    answer. ESM's embeddings want the two dimensions.
    """
    return mask if config.model_type == "esm" else mask[:, None, None, :].bool()


def token_types(ids, mask, separator):
    """0 up to the first ``separator`` and 1 after it, 0 for padding; all of shape (batch, tokens)."""
    ends = (ids == separator).long()
    return (ends.cumsum(1) - ends).clamp(max=1) * mask


class SequenceModel(nn.Module):
    """An encoder, the pooling it was trained with, and a linear head.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    pooling : {"mean", "cls"}
        ``mean``: over all real tokens; ``cls``: the encoder's own pooler over the first token.
    outputs : int
        Classes, or 1 for a number.
    separator : int, optional
        For pairs of sequences: the id that ends each of them. An encoder with token types is told which of the two
        a token is of.
    """

    def __init__(self, encoder, pooling, outputs, separator=None):
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.separator = separator if getattr(encoder.config, "type_vocab_size", 1) > 1 else None
        self.dropout = nn.Dropout(encoder.config.hidden_dropout_prob)
        self.head = nn.Linear(encoder.config.hidden_size, outputs)
        nn.init.normal_(self.head.weight, std=encoder.config.initializer_range)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids, mask):
        """Logits of shape (batch, outputs) from ids and mask of shape (batch, tokens)."""
        encoded = self.encode(ids, mask)
        if self.pooling == "cls":
            pooled = encoded.pooler_output
        else:
            weights = mask.unsqueeze(-1).to(encoded.last_hidden_state.dtype)
            pooled = (encoded.last_hidden_state * weights).sum(1) / weights.sum(1)
        # In bfloat16 the head would round predicted numbers to three digits, and tie their ranks.
        with torch.autocast(pooled.device.type, enabled=False):
            return self.head(self.dropout(pooled.float()))

    def encode(self, ids, mask):
        """What the encoder makes of ids and mask of shape (batch, tokens): transformers' output, without the head."""
        attended = expanded(mask, self.encoder.config) if ids.is_cuda else mask
        types = {} if self.separator is None else {"token_type_ids": token_types(ids, mask, self.separator)}
        return self.encoder(input_ids=ids, attention_mask=attended, **types)

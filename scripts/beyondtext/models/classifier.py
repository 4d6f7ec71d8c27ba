"""An encoder with pooling and a linear head."""

import torch
from torch import nn


def broadcast_mask(mask, config):
    """Expand a mask (batch, tokens) of real tokens to the boolean (batch, 1, 1, tokens) that attention broadcasts.

    Given a two-dimensional mask, transformers first checks whether every entry is set, and on a GPU that check makes
    each step wait for the device. There are two exceptions, for which the mask is returned unchanged: the embeddings of
    ESM need the two-dimensional one, and plain ("eager") attention would add a boolean one to its scores.
    """
    plain = config.model_type == "esm" or config._attn_implementation == "eager"
    return mask if plain else mask[:, None, None, :].bool()


def token_type_ids(ids, mask, separator):
    """Token types: 0 up to and including the first ``separator``, 1 after it, 0 for padding.

    All arrays have the shape (batch, tokens).
    """
    separators = (ids == separator).long()
    return (separators.cumsum(1) - separators).clamp(max=1) * mask


class SequenceModel(nn.Module):
    """An encoder, the pooling that it was pre-trained with, and a linear head.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    pooling : {"mean", "cls"}
        ``mean`` averages over all real tokens; ``cls`` uses the encoder's own pooler on the first token.
    outputs : int
        The number of classes, or 1 for a numeric target.
    separator : int, optional
        For pairs of sequences: the id that ends each of the two. Encoders with token types then receive them.
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
        # Pooling and a head in bfloat16 would round predicted numbers to three digits, and so create ties in their
        # ranks.
        with torch.autocast(mask.device.type, enabled=False):
            if self.pooling == "cls":
                pooled = encoded.pooler_output.float()
            else:
                weights = mask / mask.sum(1, keepdim=True)
                pooled = torch.bmm(weights.unsqueeze(1), encoded.last_hidden_state.float()).squeeze(1)
            return self.head(self.dropout(pooled))

    def encode(self, ids, mask):
        """The encoder's output, as transformers returns it, for ids and mask of shape (batch, tokens)."""
        attention_mask = broadcast_mask(mask, self.encoder.config) if ids.is_cuda else mask
        types = {} if self.separator is None else {"token_type_ids": token_type_ids(ids, mask, self.separator)}
        return self.encoder(input_ids=ids, attention_mask=attention_mask, **types)

"""Word embeddings without the rows that a task never uses."""

import torch
from torch import nn


def keep_rows(encoder, ids, pad):
    """Keep only the embedding rows of ``ids``; return the old-to-new id table.

    Rows that no batch uses get no gradient, and without weight decay no update, so training is the
    same without them; it is cheaper, since most of a small model's parameters are word embeddings.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
        Changed in place.
    ids : iterable of int
        All ids that will occur.
    pad : int
        The pad id; it is always kept and stays what it is, since RoBERTa counts positions from it.

    Returns
    -------
    torch.Tensor of int64, shape (vocabulary,)
        The new id of each kept row; -1, which no embedding accepts, for the others.
    """
    embeddings = encoder.get_input_embeddings()
    if encoder.config.model_type == "esm":
        # It looks for the mask token among the ids, so they must stay as they are; it has 33 rows.
        return torch.arange(embeddings.num_embeddings)
    kept = torch.tensor(sorted({*range(pad + 1), *ids}))
    table = torch.full((embeddings.num_embeddings,), -1)
    table[kept] = torch.arange(len(kept))
    smaller = nn.Embedding(len(kept), embeddings.embedding_dim, padding_idx=int(table[pad]))
    smaller.weight.data.copy_(embeddings.weight.data[kept])
    encoder.set_input_embeddings(smaller)
    return table


def whole_weights(encoder, embeddings, table):
    """The weights of an encoder that went through `keep_rows`, with all rows again.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    embeddings : torch.nn.Embedding
        Its word embeddings before; rows that were not kept are taken from them.
    table : numpy.ndarray or torch.Tensor, shape (vocabulary,)
        What `keep_rows` returned.

    Returns
    -------
    dict of str to torch.Tensor
        On the CPU.
    """
    weights = {name: value.detach().cpu() for name, value in encoder.state_dict().items()}
    name = next(name for name, value in encoder.named_parameters() if value is encoder.get_input_embeddings().weight)
    table = torch.as_tensor(table)
    whole = embeddings.weight.detach().cpu().clone()
    whole[table >= 0] = weights[name][table[table >= 0]]
    return {**weights, name: whole}

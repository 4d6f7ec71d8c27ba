"""Word embeddings restricted to the ids that a task uses."""

import torch
from torch import nn


def keep_rows(encoder, ids, pad):
    """Drop the word embeddings of all ids but ``ids``; return the table from old to new ids.

    Embedding rows that no batch uses receive no gradient and, without weight decay, no update, so training without them
    gives the same result. It is cheaper, since word embeddings are most of a small model's parameters.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
        Changed in place.
    ids : iterable of int
        All ids that will occur.
    pad : int
        The pad id. It and all ids below it are kept and unchanged, since RoBERTa counts positions from the pad id.

    Returns
    -------
    torch.Tensor of int64, shape (vocabulary,)
        The new id of each kept row; -1, which no embedding accepts, for the others.
    """
    embeddings = encoder.get_input_embeddings()
    if encoder.config.model_type == "esm":
        # ESM searches the ids for its mask token, so they must not change; it has only 33 rows anyway.
        return torch.arange(embeddings.num_embeddings)
    kept = torch.tensor(sorted({*range(pad + 1), *ids}))
    new_ids = torch.full((embeddings.num_embeddings,), -1)
    new_ids[kept] = torch.arange(len(kept))
    compact = nn.Embedding(len(kept), embeddings.embedding_dim, padding_idx=int(new_ids[pad]))
    compact.weight.data.copy_(embeddings.weight.data[kept])
    encoder.set_input_embeddings(compact)
    return new_ids


def whole_weights(encoder, embeddings, new_ids):
    """The weights of an encoder after `keep_rows`, with its word embeddings restored to full size.

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    embeddings : torch.nn.Embedding
        Its word embeddings before `keep_rows`, which supply the dropped rows.
    new_ids : numpy.ndarray or torch.Tensor of int64, shape (vocabulary,)
        The table that `keep_rows` returned.

    Returns
    -------
    dict of str to torch.Tensor
        On the CPU.
    """
    weights = {name: value.detach().cpu() for name, value in encoder.state_dict().items()}
    name = next(name for name, value in encoder.named_parameters() if value is encoder.get_input_embeddings().weight)
    new_ids = torch.as_tensor(new_ids)
    full = embeddings.weight.detach().cpu().clone()
    full[new_ids >= 0] = weights[name][new_ids[new_ids >= 0]]
    return {**weights, name: full}

"""Loading an encoder with the weights that an init asks for.

Weights are read from safetensors, or from a ``.bin`` with ``torch.load(weights_only=True)``: nothing in
the file is ever executed.
"""

import json
from importlib import import_module

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from beyondtext.errors import InputError
from beyondtext.raw import only_file

# What transformers calls the parts of each family. The concrete classes: the Auto classes import every architecture.
FAMILIES = {"bert": "Bert", "albert": "Albert", "roberta": "Roberta", "esm": "Esm"}


def load_vocabulary(model, files):
    """A model's vocabulary as a list of str, in the order of its ids.

    The file is a vocab.txt with an entry a line, or the tokenizer.json of the tokenizers library.

    Raises
    ------
    InputError
        If the ids of a tokenizer.json are not those from 0 on.
    """
    path = only_file(files, model["vocabulary"])
    if path.suffix != ".json":
        return path.read_text(encoding="utf-8").splitlines()
    held = json.loads(path.read_text(encoding="utf-8"))
    entries = held["model"]["vocab"]
    ids = entries if isinstance(entries, dict) else {entry: index for index, (entry, _) in enumerate(entries)}
    ids |= {added["content"]: added["id"] for added in held.get("added_tokens", [])}
    places = {index: entry for entry, index in ids.items()}
    if sorted(places) != list(range(len(places))):
        raise InputError(f"{path} has {len(places)} entries, but their ids are not those from 0 on; replace it")
    return [places[index] for index in range(len(places))]


def load_encoder(model, files, init, seed, attention="eager"):
    """Build an encoder and give it its starting weights.

    Parameters
    ----------
    model : dict
        The model's definition.
    files : dict of str to pathlib.Path
        The verified files of its source.
    init : str
        ``pretrained``, ``domain``, ``pretrain_ckpt``: the weights of the file (the configuration sees to it that
        the model is one of the task's domain, or an intermediate checkpoint); ``scratch``: the architecture's own
        random initialisation; ``rand_embed``: pre-trained weights, word embeddings drawn anew;
        ``pretrain_embed``: a random start with the position and token-type embeddings of pre-training;
        ``shuffled``: pre-trained weights, the values of each tensor in random order.
    seed : int
        The run's init seed. The global torch generator is left at a state that depends on it.
    attention : str
        The name of an attention implementation that transformers knows; see `beyondtext.attention`.

    Returns
    -------
    transformers.PreTrainedModel
        In training mode, float32, on the CPU.

    Raises
    ------
    InputError
        If the weights file lacks a tensor of the encoder, or one has another shape; for ``pretrain_embed`` also if
        the model has no embeddings of positions or token types.
    """
    torch.manual_seed(seed)
    encoder = _architecture(model, files, attention)
    if init != "scratch":
        drawn = {name: parameter.detach().clone() for name, parameter in encoder.named_parameters()}
        _load_weights(encoder, model, files)
        if init == "rand_embed":
            _restore(encoder, drawn, [name for name in drawn if "word_embeddings" in name])
        elif init == "pretrain_embed":
            kept = [name for name in drawn if "position_embeddings" in name or "token_type_embeddings" in name]
            if not kept:
                raise InputError(
                    f"{model['source']}: the model has no embeddings of positions or token types, so there is nothing "
                    "that pretrain_embed could keep; give it another init"
                )
            _restore(encoder, drawn, drawn.keys() - kept)
        elif init == "shuffled":
            for parameter in encoder.parameters():
                flat = parameter.data.view(-1)
                flat.copy_(flat[torch.randperm(len(flat))])
    return encoder.train()


def _restore(encoder, values, names):
    """Give the parameters of these names earlier values."""
    for name, parameter in encoder.named_parameters():
        if name in names:
            parameter.data.copy_(values[name])


def _architecture(model, files, attention):
    settings = json.loads(only_file(files, model["configuration"]).read_text(encoding="utf-8"))
    family, name = model["family"], FAMILIES[model["family"]]
    module = import_module(f"transformers.models.{family}.modeling_{family}")
    config = getattr(module, f"{name}Config")(**settings, attn_implementation=attention)
    return getattr(module, f"{name}Model")(config, add_pooling_layer=model["pooling"] == "cls")


def positions(config):
    """How many tokens, special ones included, an encoder has positions for."""
    # RoBERTa counts positions from the one after the pad id.
    skipped = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return config.max_position_embeddings - skipped


def _load_weights(encoder, model, files):
    path = only_file(files, model["weights"])
    if path.suffix == ".safetensors":
        tensors = load_file(path)
    else:
        tensors = torch.load(path, weights_only=True, map_location="cpu")
    prefix = model.get("prefix", "")
    tensors = {_current(name.removeprefix(prefix)): value for name, value in tensors.items() if name.startswith(prefix)}
    for name, parameter in encoder.named_parameters():
        if name not in tensors:
            raise InputError(f"{path}: tensor {prefix}{name} is missing; check the model's family and prefix")
        if tensors[name].shape != parameter.shape:
            raise InputError(
                f"{path}: tensor {prefix}{name} has shape {tuple(tensors[name].shape)}, but the configuration asks "
                f"for {tuple(parameter.shape)}; the two files do not belong together"
            )
        parameter.data.copy_(tensors[name])


def _current(name):
    """A tensor's name today; files made before 2019 have names of TensorFlow's in them."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


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


def load_finetuned(encoder, path, identity):
    """Give an encoder the weights of a run's file (`beyondtext.runs`).

    Parameters
    ----------
    encoder : transformers.PreTrainedModel
    path : path
    identity : dict
        What the run has to have been: ``task``, ``model``, ``init``, ``seed`` and ``mapping``.

    Raises
    ------
    InputError
        If the file is missing, is of another run, or does not fit the encoder.
    """
    try:
        with safe_open(path, framework="pt") as held:
            found = json.loads((held.metadata() or {}).get("run", "{}"))
        wrong = [key for key in identity if found.get(key) != identity[key]]
        if wrong:
            raise InputError(
                f"{path} holds the weights of a run with the {wrong[0]} {found.get(wrong[0])}, but those with the "
                f"{wrong[0]} {identity[wrong[0]]} are wanted; give the encoder.safetensors of that run"
            )
        encoder.load_state_dict(load_file(path))
    except FileNotFoundError:
        raise InputError(f"{path} is missing; `snakemake --cores 2 finetune` makes it") from None
    except (RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(
            f"{path} does not hold the weights of this model ({reason}); give the encoder.safetensors of its run"
        ) from None


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

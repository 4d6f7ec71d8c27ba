"""Tiny random models of each family, as a source would deliver them."""

import json

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]"]
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "vocab_size": 60,
    "pad_token_id": 0,
}


def tiny_model(folder, family, prefix="", pooling="mean", **settings):
    """Write config.json, vocab.txt and model.safetensors; return (definition, files)."""
    import torch
    import transformers
    from safetensors.torch import save_file

    torch.manual_seed(11)
    name = {"bert": "Bert", "albert": "Albert", "roberta": "Roberta", "esm": "Esm"}[family]
    own = {"esm": {"mask_token_id": 4, "token_dropout": True}, "albert": {"embedding_size": 8}}.get(family, {})
    config = getattr(transformers, f"{name}Config")(**{**SIZES, **own, **settings})
    network = getattr(transformers, f"{name}Model")(config, add_pooling_layer=pooling == "cls")
    with torch.no_grad():  # unlike a fresh start, so that loading can be told from initialising
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(network.config.to_dict()))
    words = [chr(ord("A") + i) for i in range(26)] + [f"w{i}" for i in range(29)]
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *words]) + "\n")
    save_file({prefix + k: v.contiguous() for k, v in network.state_dict().items()}, folder / "model.safetensors")
    definition = {
        "source": "tiny",
        "family": family,
        "weights": "model.safetensors",
        "configuration": "config.json",
        "vocabulary": "vocab.txt",
        "prefix": prefix,
        "domain": "text",
        "pooling": pooling,
        "first_free_id": 5,
        "special_ids": {"pad": 0, "start": 2, "end": 3, "unknown": 1},
    }
    files = {name: folder / name for name in ("config.json", "vocab.txt", "model.safetensors")}
    return definition, files

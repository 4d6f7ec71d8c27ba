"""Tiny random models of each family, as a source would deliver them, and a tiny task to train them on."""

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
TASK = {
    "domain": "dna",
    "title": "Demo",
    "target": {"kind": "class", "classes": ["fewer", "more"]},
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": "AC"},
    "source": "demo",
}
TRAINING = {
    "steps": 6,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "warmup_fraction": 0.0,
    "weight_decay": 0.0,
    "clip_norm": 1.0,
    "evaluations": 2,
    "precision": "float32",
}


def tiny_model(folder, family, prefix="", pooling="mean", **settings):
    """Write config.json, vocab.txt and model.safetensors of a model; return (definition, files)."""
    import torch
    import transformers
    from safetensors.torch import save_file

    torch.manual_seed(11)
    name = {"bert": "Bert", "albert": "Albert", "roberta": "Roberta", "esm": "Esm"}[family]
    own = {"esm": {"mask_token_id": 4, "token_dropout": True}, "albert": {"embedding_size": 8}}.get(family, {})
    config = getattr(transformers, f"{name}Config")(**{**SIZES, **own, **settings})
    network = getattr(transformers, f"{name}Model")(config, add_pooling_layer=pooling == "cls")
    with torch.no_grad():  # unlike any random initialization, so that a loaded tensor is recognizable
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
        "special_ids": {"pad": config.pad_token_id, "start": 2, "end": 3, "unknown": 1 - config.pad_token_id},
    }
    files = {name: folder / name for name in ("config.json", "vocab.txt", "model.safetensors")}
    return definition, files


def tiny_source(folder):
    """Write a downloaded source that contains a tiny BERT; return its folder and the model's definition."""
    from beyondtext.core import files
    from sources import write_record_of_source

    definition, paths = tiny_model(folder / "tiny", "bert")
    listed = {name: {"sha256": files.sha256(path), "size": path.stat().st_size} for name, path in paths.items()}
    write_record_of_source(folder / "tiny", listed)
    return folder / "tiny", definition


def tiny_examples(folder, longest=12):
    """Write demo.parquet: distinct sequences of A and C, classified by whether A is the more frequent one."""
    import numpy as np
    import pandas as pd

    from beyondtext.data.examples import write_examples

    generator, drawn = np.random.default_rng(0), {}
    while len(drawn) < 80:
        drawn.setdefault("".join(generator.choice(list("AC"), generator.integers(7, longest + 1))))
    table = pd.DataFrame({"id": [f"r{n}" for n in range(80)], "symbols": [list(word) for word in drawn]})
    table["target"] = ["more" if word.count("A") > word.count("C") else "fewer" for word in drawn]
    table["split"] = ["train"] * 48 + ["validation"] * 16 + ["test"] * 16
    path = folder / "demo.parquet"
    write_examples(path, "demo", TASK, table.assign(group=table["id"]), ["A", "C"], {})
    return path


def tiny_settings(definition, **changes):
    """The settings of a run of a tiny model on `tiny_examples`."""
    run = {"task": "demo", "model": "tiny", "init": "pretrained", "mapping": "permutation", "fraction": 1.0}
    run |= {"rate": "fixed", "seed": 7}
    rest = {"special_ids": "keep", "device": "cpu", "training": TRAINING, "model_definition": definition}
    return {**run, **rest, **changes}


def run_options(state, **changes):
    """How a test carries out its runs, with a folder for their workspaces."""
    from beyondtext.training.run import RunOptions

    given = {"checkpoint_seconds": 60, "gpu_jobs": 1, "runs_per_process": 1, "workflow": None, **changes}
    return RunOptions(state, **given)


def finished_run(folder):
    """Write the files of a run, with made-up content, into a folder; return its record."""
    import pandas as pd

    from beyondtext.training.run_files import CURVE_COLUMNS, EXAMPLE_COLUMNS, RECORD_KEYS, write_run

    record = dict.fromkeys(sorted(RECORD_KEYS))
    curve = pd.DataFrame([[0, 0, 0.5, 0.5, 0.7]], columns=CURVE_COLUMNS)
    predictions = pd.DataFrame([["a", "a", "b", "b"]], columns=[*EXAMPLE_COLUMNS, "prediction"])
    write_run(folder, record, predictions, curve)
    return record

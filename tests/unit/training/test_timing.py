"""The time of a training step."""

import json

import numpy as np
import pytest
import torch

from beyondtext.core import paths
from beyondtext.core.files import read_yaml
from beyondtext.models.loading import build
from beyondtext.study import definitions
from beyondtext.training.timing import TIMED, configuration, step_seconds, typical_batches

MODELS = ["minilm-l6", "albert-base-v1", "roberta-base", "esm2-8m"]  # one of each family


@pytest.fixture(scope="module")
def config():
    default = read_yaml(paths.CONFIG / "config.yaml")
    return {**default, "device": "cpu", "training": {**default["training"], "batch_size": 4}}


@pytest.mark.parametrize("name", MODELS)
def test_a_network_of_every_family_follows_from_its_definition(name, tmp_path):
    model = definitions.model(name)
    shape, settings = model["shape"], configuration(name, model, tmp_path)
    with torch.device("meta"):  # no memory, no time
        encoder = build(model, settings, "eager", random=False)
    assert encoder.config.num_hidden_layers == shape["layers"]
    assert encoder.get_input_embeddings().weight.shape == (shape["entries"], shape.get("embedding", shape["width"]))
    layers = sum(value.numel() for key, value in encoder.named_parameters() if "encoder" in key and value.dim() == 2)
    stored = shape.get("stored_layers", shape["layers"])
    one = 4 * shape["width"] ** 2 + 2 * shape["width"] * shape["feed_forward"]
    mapped = shape["embedding"] * shape["width"] if "embedding" in shape else 0  # of ALBERT's embeddings
    assert layers == stored * one + mapped


def test_the_heads_are_as_wide_as_those_of_the_published_models(tmp_path):
    for name, heads in {"minilm-l6": 12, "bert-base-uncased": 12, "bert-large-uncased": 16}.items():
        assert configuration(name, definitions.model(name), tmp_path)["num_attention_heads"] == heads


def tiny(folder, name="minilm-l6", **changes):
    """Write the configuration of a tiny network where that of a downloaded model would be."""
    model = definitions.model(name)
    path = folder / paths.raw(model["source"]) / model["configuration"]
    path.parent.mkdir(parents=True)
    sizes = {"num_hidden_layers": 1, "hidden_size": 16, "intermediate_size": 32, "num_attention_heads": 2}
    path.write_text(json.dumps({**sizes, "vocab_size": 1100, "max_position_embeddings": 64, **changes}))
    return model


def test_steps_are_timed_with_the_downloaded_configuration(config, tmp_path):
    model = tiny(tmp_path)
    threads = torch.get_num_threads()
    seconds = step_seconds("minilm-l6", model, [10, 20, 30, 40, 500], 20, config, tmp_path)
    assert 0 < seconds < 5 and torch.get_num_threads() == threads


def test_longer_sequences_and_deeper_networks_take_longer(config, tmp_path):
    few, many = tiny(tmp_path / "few"), tiny(tmp_path / "many", num_hidden_layers=24)
    short = step_seconds("minilm-l6", few, [5] * 8, 20, config, tmp_path / "few")
    deep = step_seconds("minilm-l6", many, [60] * 8, 20, config, tmp_path / "many")
    assert deep > 3 * short


def test_one_sequence_is_enough(config, tmp_path):
    assert step_seconds("minilm-l6", tiny(tmp_path), [7], 2, config, tmp_path) > 0


def test_an_incomplete_batch_does_not_count_wherever_it_is():
    for sequences in (2_446, 2_584, 5_315):  # in whose epochs it comes first
        assert all(len(rows) == 16 for rows in typical_batches(np.full(sequences, 50), 16))
    assert all(len(rows) == 5 for rows in typical_batches(np.full(5, 50), 16))


def test_the_batches_are_typical_of_an_epoch():
    lengths = np.random.default_rng(0).integers(10, 500, 1000)
    batches = typical_batches(lengths, 16)
    assert len(batches) == TIMED and all(len(rows) == 16 for rows in batches)
    widths = [max(lengths[rows]) for rows in batches]
    assert widths == sorted(widths) and 60 < widths[0] < 130 and 200 < widths[1] < 300 and widths[2] > 380

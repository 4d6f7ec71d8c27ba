"""What is known of a model before and after it is downloaded."""

import json

import pytest

import shipped
from beyondtext.core import paths
from beyondtext.study import definitions, shape

SIZES = {"num_hidden_layers": 2, "hidden_size": 4, "intermediate_size": 8, "vocab_size": 10}


def downloaded(folder, name, text):
    """Write the configuration of a model as if it had been downloaded."""
    model = definitions.model(name)
    path = folder / paths.raw(model["source"]) / model["configuration"]
    path.parent.mkdir(parents=True)
    path.write_text(text if isinstance(text, str) else json.dumps(text))


@pytest.mark.parametrize(
    ("name", "more", "positions"),
    [
        ("bert-base-uncased", {"max_position_embeddings": 64}, 64),
        ("bert-base-uncased", {}, None),
        ("roberta-base", {"max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ("roberta-base", {"max_position_embeddings": 66, "pad_token_id": 0}, 65),
    ],
)
def test_the_longest_input_is_that_of_the_downloaded_model(tmp_path, name, more, positions):
    downloaded(tmp_path, name, {**SIZES, **more})
    assert shape.shape_of(name, tmp_path).positions == positions


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", {"hidden_size": 4}, {**SIZES, "hidden_size": None}, {**SIZES, "vocab_size": True}]
)
def test_a_configuration_that_says_nothing_leaves_the_definition(tmp_path, text):
    before = shape.shape_of("bert-base-uncased", tmp_path)
    downloaded(tmp_path, "bert-base-uncased", text)
    assert shape.shape_of("bert-base-uncased", tmp_path) == before


@pytest.mark.parametrize("key", ["max_position_embeddings", "num_hidden_groups", "embedding_size", "pad_token_id"])
@pytest.mark.parametrize("value", ["512", [512], True, -1, None, {"a": 1}])
def test_other_values_that_are_no_sizes_are_unknown(tmp_path, key, value):
    downloaded(tmp_path, "roberta-base", {**SIZES, key: value})
    found = shape.shape_of("roberta-base", tmp_path)
    assert (found.layers, found.stored_layers, found.embedding, found.positions) == (2, None, None, None)


def test_special_tokens_are_not_symbols(tmp_path):
    single, pair = definitions.task("splice"), definitions.task("mrpc")
    assert shape.most_symbols("bert-base-uncased", single, tmp_path) == 510
    assert shape.most_symbols("bert-base-uncased", pair, tmp_path) == 510  # with one token between the two
    assert shape.most_symbols("roberta-base", single, tmp_path) == 510
    assert shape.most_symbols("roberta-base", pair, tmp_path) == 509  # with two
    downloaded(tmp_path, "bert-base-uncased", SIZES)
    assert shape.most_symbols("bert-base-uncased", single, tmp_path) is None


@pytest.mark.parametrize("name", shipped.names("models"))
def test_every_models_longest_input_is_known(name):
    assert shape.shape_of(name, paths.ROOT / "nowhere").positions >= 512

"""Building encoders and reading their weights."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from beyondtext.core.errors import InputError
from beyondtext.models import loading
from beyondtext.models.loading import load_encoder, load_finetuned, positions
from tiny import tiny_model


@pytest.fixture(params=["bert", "albert", "roberta", "esm"])
def tiny(request, tmp_path):
    return tiny_model(tmp_path, request.param, prefix="esm." if request.param == "esm" else "")


def test_weights_of_another_model_are_refused(tiny):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    name = next(name for name in stored if name.endswith("query.weight"))
    save_file({**stored, name: torch.zeros(3, 3)}, files["model.safetensors"])
    with pytest.raises(InputError, match=r"query\.weight has shape \(3, 3\).*\(16, 16\)"):
        load_encoder(definition, files, "pretrained", 0)
    del stored[name]
    save_file(stored, files["model.safetensors"])
    with pytest.raises(InputError, match=r"model\.safetensors: tensor .*query\.weight is missing"):
        load_encoder(definition, files, "pretrained", 0)


def test_a_pickle_that_would_run_code_is_refused(tiny, tmp_path):
    import os

    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    definition, files = tiny
    torch.save({"x": Bomb()}, tmp_path / "model.bin")
    with pytest.raises(
        InputError, match=r"model\.bin contains the Python object 'posix\.mkdir', and loading such objects"
    ):
        load_encoder({**definition, "weights": "bin"}, {**files, "bin": tmp_path / "model.bin"}, "pretrained", 0)
    assert not (tmp_path / "ran").exists()


def test_a_bin_file_has_the_same_weights_as_safetensors(tiny, tmp_path):
    definition, files = tiny
    torch.save(load_file(files["model.safetensors"]), tmp_path / "model.bin")
    from_bin = load_encoder(
        {**definition, "weights": "bin"}, {**files, "bin": tmp_path / "model.bin"}, "pretrained", 0
    ).state_dict()
    expected = load_encoder(definition, files, "pretrained", 0).state_dict()
    assert all(torch.equal(from_bin[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("family", "pad", "room"), [("bert", 0, 40), ("albert", 0, 40), ("roberta", 1, 38), ("esm", 1, 38)]
)
def test_positions_is_the_largest_number_of_tokens_that_an_encoder_reads(tmp_path, family, pad, room):
    encoder = load_encoder(*tiny_model(tmp_path, family, pad_token_id=pad), "pretrained", 0).eval()
    assert positions(encoder.config) == room
    assert encoder(input_ids=torch.full((1, room), 7)).last_hidden_state.shape[1] == room
    with pytest.raises((IndexError, RuntimeError)):
        encoder(input_ids=torch.full((1, room + 1), 7))


def test_the_layer_norms_of_old_files_are_read(tmp_path):
    definition, files = tiny_model(tmp_path, "bert")
    stored = load_file(files["model.safetensors"])
    old = {n.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): v for n, v in stored.items()}
    assert old.keys() != stored.keys()
    save_file(old, files["model.safetensors"])
    for name, value in load_encoder(definition, files, "pretrained", 0).named_parameters():
        assert torch.equal(value, stored[name]), name


def test_finetuned_weights_are_loaded(tmp_path):
    definition, files = tiny_model(tmp_path, "bert")
    other = load_encoder(definition, files, "scratch", 5)
    path = tmp_path / "encoder.safetensors"
    encoder = load_encoder(definition, files, "pretrained", 0)
    for metadata in (None, {"run": '{"task": "demo", "seed": 7}'}):  # as earlier versions wrote
        save_file(other.state_dict(), path, metadata)
        load_finetuned(encoder, path)
        assert all(torch.equal(a, b) for a, b in zip(encoder.parameters(), other.parameters(), strict=True))


def test_finetuned_weights_of_another_shape_are_refused(tmp_path):
    encoder = load_encoder(*tiny_model(tmp_path, "bert"), "pretrained", 0)
    path = tmp_path / "encoder.safetensors"
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(InputError, match=r"encoder\.safetensors does not hold the weights of this model"):
        load_finetuned(encoder, path)
    path.write_bytes(b"no safetensors")
    with pytest.raises(InputError, match=r"encoder\.safetensors is not a complete safetensors file"):
        load_finetuned(encoder, path)


def change(files, **changes):
    """Change a model's configuration file."""
    settings = json.loads(files["config.json"].read_text())
    files["config.json"].write_text(json.dumps({**settings, **changes}))


@pytest.mark.parametrize("init", ["pretrained", "scratch"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_hidden_layers": 10_000_000}, "num_hidden_layers is 10000000, but it must be from 1 to 1,000; give the"),
        ({"hidden_size": "16"}, "hidden_size is '16', not a whole number"),
        ({"model_type": "gpt2"}, "model_type is 'gpt2', but the model's definition says family: "),
        ({"is_decoder": True}, "is_decoder is True, but only encoders can be read"),
        ({"pad_token_id": 5}, r"pad_token_id is 5, but the model's definition says special_ids\.pad: 0"),
        (
            {"vocab_size": 9_000_000, "hidden_size": 65_536},
            r"an encoder of these sizes needs [\d,.]+ GB of memory, but",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used_is_named(tiny, init, changes, message):
    definition, files = tiny
    change(files, **changes)
    with pytest.raises(InputError, match=rf"^{files['config.json']}: {message}"):
        load_encoder(definition, files, init, 0)


def test_a_model_that_does_not_fit_into_memory_is_not_built(tiny, monkeypatch):
    monkeypatch.setattr(loading, "free_memory", lambda device: 10_000)
    with pytest.raises(
        InputError, match=r"config\.json: an encoder of these sizes needs 0\.0 GB of memory, but 0\.0 GB"
    ):
        load_encoder(*tiny, "scratch", 0)


def test_without_a_pad_id_that_of_the_definition_counts(tiny):
    definition, files = tiny
    change(files, pad_token_id=None)
    assert load_encoder(definition, files, "pretrained", 0).config.pad_token_id == 0


@pytest.mark.parametrize("layers", [1, 3])
def test_a_configuration_with_another_number_of_layers_than_the_weights_is_refused(tmp_path, layers):
    definition, files = tiny_model(tmp_path, "bert")  # of two layers
    change(files, num_hidden_layers=layers)
    with pytest.raises(InputError, match=r"which the model's configuration does not|encoder\.layer\.2\..* is missing"):
        load_encoder(definition, files, "pretrained", 0)

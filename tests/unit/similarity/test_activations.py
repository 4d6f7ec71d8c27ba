import json

import numpy as np
import pandas as pd
import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.models.loading import load_encoder
from beyondtext.similarity import activations, extract
from beyondtext.similarity.activations import Activations
from tiny import tiny_model

ALPHABET = ["A", "C", "G"]


@pytest.fixture
def examples():
    symbols = [list("ACGT"), list("GG"), list("CAT"), list("AAAAAA"), list("CCCC")]
    return pd.DataFrame({"id": [f"s{i}" for i in range(5)], "group": list("xyxzz"), "symbols": symbols})


def lengths(examples):
    return [len(symbols) for symbols in examples["symbols"]]


def test_a_sample_has_enough_of_both_where_there_is_enough(examples):
    for tokens, sequences in ((1, 1), (6, 1), (1, 3), (9, 3), (100, 100)):
        sample = activations.sample_tokens(lengths(examples), tokens, sequences, 3, 0)
        drawn = sum(len(positions) for _, positions in sample)
        assert (drawn >= tokens and len(sample) >= sequences) or len(sample) == 5
        assert len({index for index, _ in sample}) == len(sample)
        for index, positions in sample:
            assert len(positions) == min(3, lengths(examples)[index]) == len(set(positions))
            assert (np.diff(positions) > 0).all() and positions.max() < lengths(examples)[index]
    alike = activations.sample_tokens([9] * 20, 60, 20, 3, 0)
    assert len({tuple(positions) for _, positions in alike}) == 1
    short = activations.sample_tokens(lengths(examples), 6, 1, 3, 0)
    longer = activations.sample_tokens(lengths(examples), 9, 1, 3, 0)
    assert [index for index, _ in longer][: len(short)] == [index for index, _ in short]


def test_a_sample_is_described_token_by_token(examples):
    sample = [(2, np.array([0, 2])), (0, np.array([1, 3])), (3, np.array([5]))]
    columns, digest = activations.describe_sample(sample, examples, ALPHABET)
    assert columns["sequence"].tolist() == [0, 0, 1, 1, 2]
    assert columns["position"].tolist() == [0, 2, 1, 3, 5]
    assert columns["symbol"].tolist() == [1, 3, 1, 3, 0]  # T is outside the alphabet
    assert columns["group"].tolist() == [0, 0, 0, 0, 1]
    others = [sample[::-1], [(2, np.array([0, 1])), *sample[1:]], [(4, np.array([0, 2])), *sample[1:]]]
    digests = {activations.describe_sample(other, examples, ALPHABET)[1] for other in others}
    assert len(digests | {digest}) == 4


def test_a_file_gives_back_what_was_written(tmp_path, examples):
    sample = [(0, np.array([0, 1])), (1, np.array([1]))]
    columns, digest = activations.describe_sample(sample, examples, ALPHABET)
    layers = [np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32) for _ in range(12)]
    maps = np.random.default_rng(1).random((22, 5)).astype(np.float32)
    path = tmp_path / "seed3.safetensors"
    activations.write_activations(path, {"task": "demo", "seed": 3}, layers, columns, digest, maps, [1, 2])
    read = Activations(path)
    assert (read.identity, read.sample, read.layers) == ({"task": "demo", "seed": 3}, digest, 12)
    assert {name: values.tolist() for name, values in read.tokens.items()} == {
        name: values.tolist() for name, values in columns.items()
    }
    assert read.lengths.tolist() == [1, 2] and (read.attention() == maps).all()
    assert (read.attention(1) == maps[:2]).all() and (read.attention(11) == maps[20:]).all()
    for number, layer in enumerate(layers):
        assert (read.layer(number, centred=False) == layer).all()
        assert np.allclose(read.layer(number), layer - layer.mean(0, dtype=np.float64), atol=1e-7)
        assert read.layer(number).dtype == np.float64


def test_a_bad_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.safetensors is missing"):
        Activations(tmp_path / "gone.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match=r"torn\.safetensors is not a file of representations"):
        Activations(tmp_path / "torn.safetensors")


@pytest.mark.parametrize("family", ["bert", "esm"])
def test_layers_are_those_of_each_sequence_alone(tmp_path, family):
    """Padding and the order in batches change nothing, and the special token at the start is skipped."""
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0)
    generator = np.random.default_rng(0)
    sequences = [np.concatenate([[2], generator.integers(5, 30, n), [3]]) for n in (4, 9, 1, 6)]
    positions = [np.array([0, 3]), np.array([8]), np.array([0]), np.array([1, 2, 5])]
    layers = extract.layer_outputs(encoder, sequences, positions, 0, torch.device("cpu"))
    assert [layer.shape for layer in layers] == [(7, 16)] * 3
    with torch.no_grad():
        alone = [
            torch.stack(encoder(torch.tensor(ids)[None], output_hidden_states=True).hidden_states)[:, 0, where + 1]
            for ids, where in zip(sequences, positions, strict=True)
        ]
    assert np.allclose(np.stack(layers), torch.cat(alone, 1).numpy(), atol=1e-5)
    last = encoder(torch.tensor(sequences[1])[None]).last_hidden_state
    assert np.allclose(layers[-1][2], last[0, 9].detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("family", ["bert", "esm"])
def test_attention_maps_are_those_of_each_sequence_alone(tmp_path, family):
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0)
    generator = np.random.default_rng(0)
    sequences = [np.concatenate([[2], generator.integers(5, 30, n), [3]]) for n in (4, 9, 1)]
    maps = extract.attention_maps(encoder, sequences, 0, torch.device("cpu"))
    with torch.no_grad():
        alone = [torch.cat(encoder(torch.tensor(ids)[None], output_attentions=True).attentions, 1) for ids in sequences]
    expected = np.concatenate([found[0].flatten(1).numpy() for found in alone], 1)
    assert maps.shape == expected.shape == (4, 36 + 121 + 9)
    assert np.allclose(maps, expected, atol=1e-6)
    assert extract.attention_maps(encoder, [], 0, torch.device("cpu")).shape == (4, 0)


def test_a_finetuned_encoder_is_what_its_run_ended_with(tmp_path):
    """Through the compact vocabulary of training to a file, and back into a whole encoder."""
    from safetensors.torch import save_file

    from beyondtext.models.compact_embeddings import keep_rows, whole_weights
    from beyondtext.models.loading import load_finetuned

    model = tiny_model(tmp_path, "bert")
    encoder = load_encoder(*model, "pretrained", 0)
    untouched = encoder.get_input_embeddings()
    table = keep_rows(encoder, [2, 3, 7, 9], 0)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter += 0.1
    ids = torch.tensor([[2, 7, 9, 3]])
    trained = encoder.eval()(table[ids]).last_hidden_state
    run = {"task": "gb1", "seed": 3}
    metadata = {"run": json.dumps({**run, "fraction": 1})}
    save_file(whole_weights(encoder, untouched, table.numpy()), tmp_path / "encoder.safetensors", metadata)
    whole = load_encoder(*model, "pretrained", 0)
    before = whole.get_input_embeddings().weight.detach().clone()
    load_finetuned(whole, tmp_path / "encoder.safetensors", run)
    assert torch.allclose(whole.eval()(ids).last_hidden_state, trained, atol=1e-6)
    changed = (whole.get_input_embeddings().weight != before).any(1)
    assert changed.nonzero().flatten().tolist() == [0, 2, 3, 7, 9]
    with pytest.raises(InputError, match=r"gone\.safetensors is missing; make it with .*--force .*/run\.json"):
        load_finetuned(whole, tmp_path / "gone.safetensors", run)
    with pytest.raises(InputError, match=r"a run with the seed 3, but those with the seed 4 are wanted"):
        load_finetuned(whole, tmp_path / "encoder.safetensors", {**run, "seed": 4})
    save_file({"other": torch.zeros(1)}, tmp_path / "encoder.safetensors")
    with pytest.raises(InputError, match=r"a run with the task None, but those with the task gb1 are wanted"):
        load_finetuned(whole, tmp_path / "encoder.safetensors", run)
    save_file({"other": torch.zeros(1)}, tmp_path / "encoder.safetensors", metadata)
    with pytest.raises(InputError, match=r"encoder\.safetensors does not hold the weights of this model"):
        load_finetuned(whole, tmp_path / "encoder.safetensors", run)

"""Layer outputs and attention maps of tiny encoders."""

import numpy as np
import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.data.examples import read_examples
from beyondtext.data.raw import raw_files
from beyondtext.models.loading import load_encoder
from beyondtext.similarity import extract
from beyondtext.similarity.activations import Activations, draw_sample
from beyondtext.similarity.extract import attention_maps, attention_sequences, extract_activations, layer_outputs
from tiny import tiny_examples, tiny_model, tiny_settings, tiny_source


@pytest.mark.parametrize("family", ["bert", "esm"])
def test_layers_are_those_of_each_sequence_by_itself(tmp_path, family):
    """Padding and batching have no effect, and the special token at the start is left out."""
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0)
    generator = np.random.default_rng(0)
    sequences = [np.concatenate([[2], generator.integers(5, 30, n), [3]]) for n in (4, 9, 1, 6)]
    positions = [np.array([0, 3]), np.array([8]), np.array([0]), np.array([1, 2, 5])]
    layers = layer_outputs(encoder, sequences, positions, 0, torch.device("cpu"))
    assert [layer.shape for layer in layers] == [(7, 16)] * 3
    with torch.no_grad():
        alone = [
            torch.stack(encoder(torch.tensor(ids)[None], output_hidden_states=True).hidden_states)[:, 0, where + 1]
            for ids, where in zip(sequences, positions, strict=True)
        ]
    assert np.allclose(np.stack(layers), torch.cat(alone, 1).numpy(), atol=1e-5)
    last = encoder(torch.tensor(sequences[1])[None]).last_hidden_state
    assert np.allclose(layers[-1][2], last[0, 9].detach().numpy(), atol=1e-5)


def test_the_activations_are_those_of_the_test_split(tmp_path):
    raw, definition = tiny_source(tmp_path)
    path = tiny_examples(tmp_path)
    sample = {"tokens": 30, "sequences": 5, "tokens_per_sequence": 4, "sample_seed": 0, "attention_sequences": 2}
    settings = tiny_settings(definition, stage="initial", mapping="identity", **sample)
    columns = extract_activations(settings, path, raw, None, tmp_path / "a.safetensors", 1)
    examples, _ = read_examples(path, "demo")
    test = examples[examples["split"] == "test"]
    drawn, expected, digest = draw_sample(settings, test, ["A", "C"])
    found = Activations(tmp_path / "a.safetensors")
    assert len(drawn) < len(test) == 16 and found.sample == digest
    for name, values in expected.items():
        assert columns[name].tolist() == found.tokens[name].tolist() == values.tolist()
    encoder = load_encoder(definition, raw_files(raw), "pretrained", 0)
    ids = {"A": 5, "C": 7}  # the vocabulary continues after five special entries
    sequences = [np.array([2, *map(ids.get, test["symbols"].iloc[index]), 3]) for index, _ in drawn]
    layers = layer_outputs(encoder, sequences, [places for _, places in drawn], 0, torch.device("cpu"))
    assert np.allclose(found.layer(2), layers[2], atol=1e-5)
    assert found.lengths.tolist() == [len(sequence) for sequence in sequences[:2]]


@pytest.mark.parametrize("family", ["bert", "esm"])
def test_attention_maps_are_those_of_each_sequence_by_itself(tmp_path, family):
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0)
    generator = np.random.default_rng(0)
    sequences = [np.concatenate([[2], generator.integers(5, 30, n), [3]]) for n in (4, 9, 1)]
    maps = attention_maps(encoder, sequences, 0, torch.device("cpu"))
    with torch.no_grad():
        alone = [torch.cat(encoder(torch.tensor(ids)[None], output_attentions=True).attentions, 1) for ids in sequences]
    expected = np.concatenate([maps[0].flatten(1).numpy() for maps in alone], 1)
    assert maps.shape == expected.shape == (4, 36 + 121 + 9)
    assert np.allclose(maps, expected, atol=1e-6)
    assert attention_maps(encoder, [], 0, torch.device("cpu")).shape == (4, 0)


def test_attention_that_is_not_finite_is_refused(tmp_path):
    """As that of weights that are finite, but whose products are not."""
    encoder = load_encoder(*tiny_model(tmp_path, "bert"), "pretrained", 0)
    with torch.no_grad():
        encoder.encoder.layer[1].attention.self.query.weight.fill_(3e38)
    with pytest.raises(InputError, match=r"layer 2: attention contains NaN or infinity; check the encoder's weights"):
        attention_maps(encoder, [np.array([2, 5, 6, 3])], 0, torch.device("cpu"))


def test_a_finetuned_encoder_has_the_weights_of_the_end_of_its_run(tmp_path):
    """From the compact embeddings of training to a file, and back into a complete encoder."""
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
    save_file(whole_weights(encoder, untouched, table.numpy()), tmp_path / "encoder.safetensors")
    whole = load_encoder(*model, "pretrained", 0)
    before = whole.get_input_embeddings().weight.detach().clone()
    load_finetuned(whole, tmp_path / "encoder.safetensors")
    assert torch.allclose(whole.eval()(ids).last_hidden_state, trained, atol=1e-6)
    changed = (whole.get_input_embeddings().weight != before).any(1)
    assert changed.nonzero().flatten().tolist() == [0, 2, 3, 7, 9]


def test_attention_is_kept_of_as_many_sequences_as_fit(monkeypatch):
    sequences = [np.zeros(length, dtype=np.int64) for length in (3, 4, 2, 5)]
    assert attention_sequences(sequences, 3)[1].tolist() == [3, 4, 2]
    monkeypatch.setattr(extract, "MAX_MAP_ENTRIES", 9 + 16)
    kept, lengths = attention_sequences(sequences, 3)
    assert [len(sequence) for sequence in kept] == lengths.tolist() == [3, 4]
    assert attention_sequences(sequences, 0)[1].tolist() == []

"""Samples of tokens, and the activation file."""

import os

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.similarity.activations import Activations, describe_sample, sample_tokens, write_activations

ALPHABET = ["A", "C", "G"]


@pytest.fixture
def examples():
    symbols = [list("ACGT"), list("GG"), list("CAT"), list("AAAAAA"), list("CCCC")]
    return pd.DataFrame({"id": [f"s{i}" for i in range(5)], "group": list("xyxzz"), "symbols": symbols})


def lengths(examples):
    return [len(symbols) for symbols in examples["symbols"]]


def test_a_sample_has_enough_tokens_and_sequences_if_there_are_enough(examples):
    for tokens, sequences in ((1, 1), (6, 1), (1, 3), (9, 3), (100, 100)):
        sample = sample_tokens(lengths(examples), tokens, sequences, 3, 0)
        drawn = sum(len(positions) for _, positions in sample)
        assert (drawn >= tokens and len(sample) >= sequences) or len(sample) == 5
        assert len({index for index, _ in sample}) == len(sample)
        for index, positions in sample:
            assert len(positions) == min(3, lengths(examples)[index]) == len(set(positions))
            assert (np.diff(positions) > 0).all() and positions.max() < lengths(examples)[index]
    same_length = sample_tokens([9] * 20, 60, 20, 3, 0)
    assert len({tuple(positions) for _, positions in same_length}) == 1
    short = sample_tokens(lengths(examples), 6, 1, 3, 0)
    longer = sample_tokens(lengths(examples), 9, 1, 3, 0)
    assert [index for index, _ in longer][: len(short)] == [index for index, _ in short]


def test_the_seed_draws_the_sequences_and_the_positions():
    samples = [sample_tokens([40] * 20, 30, 6, 5, seed) for seed in (1, 1, 2)]
    drawn = [([index for index, _ in sample], sample[0][1].tolist()) for sample in samples]
    assert drawn[0] == drawn[1]
    for one, other in zip(drawn[0], drawn[2], strict=True):
        assert one != other
    assert max(sample_tokens([40], 5, 1, 5, seed)[0][1].max() for seed in range(5)) > 20  # not the first ones


def test_the_columns_identify_every_token(examples):
    sample = [(2, np.array([0, 2])), (0, np.array([1, 3])), (3, np.array([5]))]
    columns, digest = describe_sample(sample, examples, ALPHABET)
    assert columns["sequence"].tolist() == [0, 0, 1, 1, 2]
    assert columns["position"].tolist() == [0, 2, 1, 3, 5]
    assert columns["symbol"].tolist() == [1, 3, 1, 3, 0]  # T is outside the alphabet
    assert columns["group"].tolist() == [0, 0, 0, 0, 1]
    others = [sample[::-1], [(2, np.array([0, 1])), *sample[1:]], [(4, np.array([0, 2])), *sample[1:]]]
    digests = {describe_sample(other, examples, ALPHABET)[1] for other in others}
    assert len(digests | {digest}) == 4


def test_a_file_is_read_as_it_was_written(tmp_path, examples):
    sample = [(0, np.array([0, 1])), (1, np.array([1]))]
    columns, digest = describe_sample(sample, examples, ALPHABET)
    layers = [np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32) for _ in range(12)]
    maps = np.random.default_rng(1).random((22, 5)).astype(np.float32)
    path = tmp_path / "seed3.safetensors"
    write_activations(path, {"task": "demo", "seed": 3}, layers, columns, digest, maps, [1, 2])
    read = Activations(path)
    assert (read.identity, read.sample, read.layers, read.last_layer) == ({"task": "demo", "seed": 3}, digest, 12, 11)
    assert {name: values.tolist() for name, values in read.tokens.items()} == {
        name: values.tolist() for name, values in columns.items()
    }
    assert read.lengths.tolist() == [1, 2] and (read.attention() == maps).all()
    assert (read.attention(1) == maps[:2]).all() and (read.attention(11) == maps[20:]).all()
    assert read.widths == [4] * 12
    for number, layer in enumerate(layers):
        assert (read.layer(number) == layer).all() and read.layer(number).dtype == np.float32


def test_a_missing_or_corrupt_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.safetensors is missing"):
        Activations(tmp_path / "gone.safetensors")
    os.mkfifo(tmp_path / "pipe")
    for path, what in ((tmp_path, "a folder"), (tmp_path / "pipe", "a pipe or a device")):
        with pytest.raises(InputError, match=f"{path} is {what}, not a file"):
            Activations(path)
    (tmp_path / "corrupt.safetensors").write_bytes(b"corrupt")
    with pytest.raises(InputError, match=r"corrupt\.safetensors is not an activation file"):
        Activations(tmp_path / "corrupt.safetensors")


def test_a_file_that_cannot_be_opened_is_not_called_missing(tmp_path, monkeypatch):
    """As safetensors does."""

    def closed(path, framework):
        raise FileNotFoundError(path)

    (tmp_path / "closed.safetensors").write_bytes(b"any")
    monkeypatch.setattr("safetensors.safe_open", closed)
    with pytest.raises(InputError, match=r"closed\.safetensors cannot be read; change its permissions"):
        Activations(tmp_path / "closed.safetensors")


@pytest.fixture
def written(tmp_path, examples):
    """Two activation files at their places in a project."""
    columns, digest = describe_sample([(0, np.array([0, 1])), (1, np.array([1]))], examples, ALPHABET)
    found = []
    for seed in (3, 4):
        identity = {"task": "demo", "model": "text", "init": "scratch", "stage": "initial", "seed": seed}
        path = tmp_path / paths.ACTIVATIONS.format(**identity)
        layers = [np.full((3, 4), seed, np.float32)] * 2
        write_activations(path, identity, layers, columns, digest, np.zeros((2, 0), np.float32), [])
        found.append(path)
    return found


def test_every_changed_byte_of_a_file_is_found(written):
    path, _ = written
    content = path.read_bytes()
    Activations(path)
    for place in range(0, len(content), 7):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(InputError, match=r"seed3\.safetensors (was changed|is not an activation file)"):
            Activations(path)
    for damaged in (b"", content[:-1], content + b"\0"):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"seed3\.safetensors is not an activation file"):
            Activations(path)


def test_the_file_of_another_encoder_is_refused(written, tmp_path):
    first, second = written
    first.write_bytes(second.read_bytes())
    with pytest.raises(
        InputError, match=r"seed3\.safetensors belongs to another encoder, .*seed4\.safetensors; delete"
    ):
        Activations(first)
    (tmp_path / "mine.safetensors").write_bytes(second.read_bytes())
    assert Activations(tmp_path / "mine.safetensors").identity["seed"] == 4


@pytest.mark.parametrize("identity", ["null", "[1]", "{", "[" * 100_000, None])
def test_metadata_of_another_form_are_refused(written, identity):
    from safetensors.numpy import load_file, save_file

    path, _ = written
    metadata = {"identity": identity, "sample": "one", "checksum": "0" * 64}
    save_file(load_file(path), path, {key: value for key, value in metadata.items() if value is not None})
    with pytest.raises(InputError, match=r"is not an activation file \(its metadata are not those of one\); write it"):
        Activations(path)


def test_layers_of_another_shape_are_refused(written):
    from safetensors.numpy import load_file, save_file

    path, _ = written
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    save_file(
        {name: values.ravel()[:1].reshape(()) for name, values in load_file(path).items() if values.size},
        path,
        metadata,
    )
    with pytest.raises(InputError, match=r"seed3\.safetensors is not an activation file"):
        Activations(path)

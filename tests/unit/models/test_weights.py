"""Weights files that somebody else wrote: read, or refused in a sentence; never executed."""

import io
import json
import os
import pickle
import subprocess
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from beyondtext.core.errors import InputError
from beyondtext.models.loading import load_encoder, load_finetuned
from beyondtext.models.weights import read_tensors
from tiny import tiny_model


@pytest.fixture
def tiny(tmp_path):
    return tiny_model(tmp_path, "bert")


def refusal(tiny, content, name="pytorch_model.bin"):
    """The message with which a weights file is refused: ``content`` is its bytes, or what torch.save writes."""
    definition, files = tiny
    path = files["config.json"].parent / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(InputError) as caught:
        load_encoder({**definition, "weights": name}, {**files, name: path}, "pretrained", 0)
    message = str(caught.value)
    assert "weights_only" not in message and "\n" not in message and len(message) < 500
    assert message.startswith(f"tiny: {path}")
    return message


def stored(tiny):
    return load_file(tiny[1]["model.safetensors"])


class Calls:
    """Pickles to a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def pickles(target):
    """Objects whose pickles create a file or folder when they are loaded without care."""
    return {
        "mkdir": Calls(os.mkdir, target),
        "system": Calls(os.system, f"touch {target}"),
        "open": Calls(io.open, target, "w"),
        "eval": Calls(eval, f"open({target!r}, 'w')"),
        "exec": Calls(exec, f"open({target!r}, 'w')"),
        "popen": Calls(subprocess.Popen, ["touch", target]),
        "getattr": Calls(getattr, Calls(__import__, "os"), "mkdir"),
        "import": Calls(__import__, "antigravity"),
        "numpy": Calls(np.save, f"{target}.npy", np.zeros(3)),
        "torch": Calls(torch.save, {}, target),
        "hub": Calls(torch.hub.load, target, "model", "local"),
        "pickle": Calls(pickle.loads, pickle.dumps(Calls(os.mkdir, target))),
        "nested": OrderedDict(a=[{"b": (Calls(os.mkdir, target),)}]),
        "list": Calls(list),  # harmless, but a call
    }


@pytest.mark.parametrize("name", sorted(pickles("")))
@pytest.mark.parametrize("form", ["zip", "old", "plain"])
def test_no_pickle_is_executed(tiny, tmp_path, name, form):
    target = tmp_path / "ran"
    content = {**stored(tiny), "x": pickles(str(target))[name]}
    path = tmp_path / "made.bin"
    if form == "plain":
        path.write_bytes(pickle.dumps(content["x"], protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form == "zip")
    before = set(tmp_path.iterdir())
    message = refusal(tiny, path.read_bytes())
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "pytorch_model.bin"}
    if form == "zip":
        assert "contains the Python object" in message and "it was not loaded; give the model's weights as" in message


@pytest.mark.parametrize(
    "text", [b"cos\nsystem\n(S'touch %s'\ntR.", b"\x80\x04cposix\nmkdir\nX\x03\x00\x00\x00ran\x85R."]
)
def test_no_handwritten_pickle_is_executed(tiny, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    refusal(tiny, text.replace(b"%s", b"ran"))
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("archive/data.pkl", text.replace(b"%s", b"ran"))
        archive.writestr("archive/version", "3")
        archive.writestr("archive/byteorder", "little")
    assert "contains the Python object" in refusal(tiny, (tmp_path / "archive").read_bytes())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, not weights"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 90\n",
            "is a Git LFS pointer, not weights",
        ),
        (b"\n <!DOCTYPE HTML><title>404</title>", "is a web page, not weights"),
        (b"<html><body>Please log in</body>", "is a web page, not weights"),
        (b'{"error": "Repository not found"}', "is JSON, not weights"),
        (b"PK\x03\x04" + bytes(200), "is not a complete"),
        (b"\x80", "is not a complete"),
        (b"\x80\x02", "is not a complete"),
        (b"\x00" * 5000, "is not a complete"),
        (bytes(range(256)) * 40, "is not a complete"),
        (b"\x1f\x8b\x08" + bytes(300), "is not a complete"),
        (b"\x89HDF\r\n\x1a\n" + bytes(300), "is not a complete"),
    ],
)
@pytest.mark.parametrize("name", ["pytorch_model.bin", "other.safetensors"])
def test_other_files_are_no_weights(tiny, content, message, name):
    assert message in refusal(tiny, content, name)


@pytest.mark.parametrize("form", [True, False])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_bin_file_is_refused(tiny, tmp_path, form, part):
    torch.save(stored(tiny), tmp_path / "whole", _use_new_zipfile_serialization=form)
    content = (tmp_path / "whole").read_bytes()
    assert "is not a complete file that torch.save wrote" in refusal(tiny, content[: int(part * len(content))])


@pytest.mark.parametrize("part", [0.001, 0.02, 0.3, 0.7, 0.99])
def test_a_truncated_safetensors_file_is_refused(tiny, part):
    content = tiny[1]["model.safetensors"].read_bytes()
    message = refusal(tiny, content[: int(part * len(content))], "cut.safetensors")
    assert "is not a complete safetensors file with tensors only; download it again" in message


def safetensors(header, data=bytes(64)):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


TENSOR = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}


@pytest.mark.parametrize(
    "content",
    [
        (2**63).to_bytes(8, "little") + b"{}",
        (10**9).to_bytes(8, "little") + b"{}" + bytes(100),
        safetensors(b"{"),
        safetensors(b"[1]"),
        safetensors(b"\xff\xfe\xff"),
        safetensors({"a": TENSOR}, b""),
        safetensors({"a": TENSOR}),
        safetensors({"a": TENSOR, "b": TENSOR}, bytes(16)),
        safetensors({"a": TENSOR, "b": {**TENSOR, "data_offsets": [8, 24]}}, bytes(24)),
        safetensors({"a": {**TENSOR, "data_offsets": [16, 0]}}, bytes(16)),
        safetensors({"a": {**TENSOR, "data_offsets": [-16, 0]}}, bytes(16)),
        safetensors({"a": {**TENSOR, "data_offsets": [0, 2**64 - 1]}}, bytes(16)),
        safetensors({"a": {**TENSOR, "shape": [2**40, 2**40]}}, bytes(16)),
        safetensors({"a": {**TENSOR, "shape": [-4]}}, bytes(16)),
        safetensors({"a": {**TENSOR, "dtype": "F31"}}, bytes(16)),
        safetensors({"a": {"dtype": "F32"}}, bytes(16)),
        safetensors({"a": 3}, b""),
        safetensors({"__metadata__": {"x": {"y": 1}}, "a": TENSOR}, bytes(16)),
    ],
)
def test_an_impossible_header_is_refused(tiny, content):
    assert "is not a complete safetensors file" in refusal(tiny, content, "made.safetensors")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([torch.zeros(2)], "holds a list, not tensors with names"),
        (torch.zeros(2), "holds a Tensor, not tensors with names"),
        (None, "holds a NoneType, not tensors"),
        (3, "holds a int, not tensors"),
        ("weights", "holds a str, not tensors"),
        ({}, r"tensor embeddings.word_embeddings.weight is missing"),
        ({"state_dict": {"a": torch.zeros(2)}}, "tensor embeddings.word_embeddings.weight is missing"),
        ({3: torch.zeros(2)}, "has the key 3, but every tensor needs a name"),
        ({("a", "b"): torch.zeros(2)}, r"has the key ('a', 'b'), but"),
    ],
)
def test_what_is_not_a_dict_of_tensors_is_refused(tiny, content, message):
    assert message in refusal(tiny, content)


NAME = "encoder.layer.1.output.dense.weight"  # 16 x 32


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("text", "is a str, not a tensor"),
        ([[0.0] * 32] * 16, "is a list, not a tensor"),
        (None, "is a NoneType, not a tensor"),
        (torch.zeros(16, 32, dtype=torch.int8), "holds int8, strided, cpu, not a plain array"),
        (torch.zeros(16, 32, dtype=torch.bool), "holds bool, strided, cpu"),
        (torch.zeros(16, 32, dtype=torch.complex64), "holds complex64, strided, cpu"),
        (torch.zeros(16, 32).to_sparse(), "holds float32, sparse_coo, cpu"),
        (torch.zeros(16, 32, device="meta"), "holds float32, strided, meta"),
        (torch.zeros(32, 16), "has shape (32, 16), but the model's configuration requires (16, 32)"),
        (torch.zeros(16, 32, 1), "has shape (16, 32, 1)"),
        (torch.zeros(()), "has shape ()"),
        (torch.zeros(0), "has shape (0,)"),
        (torch.full((16, 32), torch.nan), "has values that are no finite numbers"),
        (torch.zeros(16, 32).index_fill(1, torch.tensor([31]), torch.inf), "has values that are no finite numbers"),
        (torch.zeros(16, 32).index_fill(0, torch.tensor([3]), -torch.inf), "has values that are no finite numbers"),
        (torch.full((16, 32), 1e300, dtype=torch.float64), "has values that are no finite numbers"),
    ],
)
def test_a_value_that_is_no_parameter_is_refused(tiny, value, message):
    assert f"tensor {NAME} {message}" in refusal(tiny, {**stored(tiny), NAME: value})


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")  # which will go, but not the files that have it
def test_a_quantized_tensor_is_refused(tiny):
    value = torch.quantize_per_tensor(torch.zeros(16, 32), 0.1, 0, torch.qint8)
    assert f"tensor {NAME} holds qint8, strided, cpu" in refusal(tiny, {**stored(tiny), NAME: value})


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floating_point_numbers_are_converted(tiny, tmp_path, dtype):
    definition, files = tiny
    original = stored(tiny)
    path = tmp_path / "other.safetensors"
    save_file({name: value.to(dtype) for name, value in original.items()}, path)
    encoder = load_encoder({**definition, "weights": "w"}, {**files, "w": path}, "pretrained", 0)
    for name, value in encoder.named_parameters():
        assert value.dtype == torch.float32
        assert torch.equal(value, original[name].to(dtype).float())


@pytest.mark.parametrize(
    "name",
    [
        "encoder.layer.2.output.dense.weight",
        "encoder.layer.0.attention.self.distance_embedding.weight",
        "embeddings.embedding_hidden_mapping_in.weight",
        "encoder.layer.0.\x1b[31m\nweight",
        "encoder." + "x" * 5000,
    ],
)
def test_weights_of_a_larger_encoder_are_refused(tiny, name):
    message = refusal(tiny, {**stored(tiny), name: torch.zeros(2)})
    assert "which the model's configuration does not; give the weights and the configuration of the same" in message


@pytest.mark.parametrize(
    "name",
    [
        *("embeddings.position_ids", "embeddings.token_type_ids", "pooler.dense.weight", "classifier.weight"),
        *("cls.predictions.bias", "encoder.layer.0.attention.self.rotary_embeddings.inv_freq"),
    ],
)
def test_heads_and_buffers_in_the_file_do_no_harm(tiny, tmp_path, name):
    definition, files = tiny
    save_file({**stored(tiny), name: torch.zeros(2, dtype=torch.int64)}, files["model.safetensors"])
    load_encoder(definition, files, "pretrained", 0)


def test_a_parameter_under_its_old_and_its_new_name_is_refused(tiny):
    name = "embeddings.LayerNorm.gamma"
    message = refusal(tiny, {**stored(tiny), name: torch.zeros(16)})
    assert "has the tensor 'embeddings.LayerNorm.weight' twice" in message


def test_the_position_embeddings_of_a_rotary_model_are_not_needed(tmp_path):
    definition, files = tiny_model(tmp_path, "esm", position_embedding_type="rotary")
    extra = {"embeddings.position_embeddings.weight": torch.zeros(40, 16)}
    save_file({**load_file(files["model.safetensors"]), **extra}, files["model.safetensors"])
    load_encoder(definition, files, "pretrained", 0)


def test_an_archive_that_unpacks_to_more_than_itself_is_refused(tiny, tmp_path):
    torch.save(stored(tiny), tmp_path / "whole")
    with zipfile.ZipFile(tmp_path / "whole") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(tmp_path / "packed", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**entries, "whole/data/0": bytes(10**6)}.items():
            archive.writestr(name, content)
    assert "unpacks to" in refusal(tiny, (tmp_path / "packed").read_bytes())


@pytest.mark.parametrize("compressed", [{"a": torch.nn.Parameter(torch.ones(2))}, OrderedDict(a=torch.ones(2))])
def test_usual_files_are_read(tmp_path, compressed):
    for zipped in (True, False):
        torch.save(compressed, tmp_path / "w.bin", _use_new_zipfile_serialization=zipped)
        assert read_tensors(tmp_path / "w.bin")["a"].tolist() == [1, 1]


def test_an_unreadable_disk_is_not_blamed_on_the_file(tmp_path, monkeypatch):
    torch.save({"a": torch.ones(2)}, tmp_path / "w.bin")

    def fail(*arguments, **options):
        raise OSError(5, "Input/output error", "w.bin")

    monkeypatch.setattr(torch, "load", fail)
    with pytest.raises(OSError, match="Input/output error"):
        read_tensors(tmp_path / "w.bin")


def test_finetuned_weights_that_are_not_finite_are_refused(tiny, tmp_path):
    encoder = load_encoder(*tiny, "pretrained", 0)
    name = "encoder.layer.0.output.dense.bias"
    weights = {**encoder.state_dict(), name: torch.full((16,), torch.nan)}
    save_file(weights, tmp_path / "encoder.safetensors")
    with pytest.raises(InputError, match=rf"encoder\.safetensors: tensor {name} has values that are no finite"):
        load_finetuned(encoder, tmp_path / "encoder.safetensors")


@pytest.mark.parametrize(
    "name", ["rotary_embeddings.inv_freq", "encoder.layer.{}.attention.self.rotary_embeddings.inv_freq"]
)
def test_stored_rotary_frequencies_are_kept(tmp_path, name):
    """Those of ESM-2 are rounded to float16."""
    definition, files = tiny_model(tmp_path, "esm", position_embedding_type="rotary")
    weights = load_file(files["model.safetensors"])
    weights.pop("rotary_embeddings.inv_freq", None)
    computed = load_encoder(definition, files, "scratch", 0).rotary_embeddings.inv_freq.clone()
    rounded = (computed + 1e-3).half()
    save_file(weights | {name.format(layer): rounded.clone() for layer in range(2)}, files["model.safetensors"])
    for init, expected in (("pretrained", rounded.float()), ("scratch", computed)):
        assert torch.equal(load_encoder(definition, files, init, 0).rotary_embeddings.inv_freq, expected)

"""A model's weights: cut, flipped, of other tensors, or pickles that would run code."""

import os
import struct

import hostile_pickles
from tiny_models import WEIGHTS, Maker, import_what_is_needed, share, write
from trying import REFUSED

__all__ = ["KIND", "inputs", "share"]
KIND = "weights"


def inputs(shared, random):
    import_what_is_needed(shared)
    make = Maker(KIND, shared)
    return [*damaged(make, random), *tensors(make, random), *pickles(make, shared, random)]


def damaged(make, random):
    """Weights that are cut, flipped or another file."""
    size = (make.shared / "bert" / WEIGHTS).stat().st_size
    header = 8 + struct.unpack("<Q", (make.shared / "bert" / WEIGHTS).read_bytes()[:8])[0]

    def cut(place):
        return lambda folder: os.truncate(folder / WEIGHTS, place)

    def flipped(place, bit):
        def change(folder):
            content = bytearray((folder / WEIGHTS).read_bytes())
            content[place] ^= 1 << bit
            (folder / WEIGHTS).write_bytes(content)

        return change

    for place in {0, 1, 7, 8, 9, header - 1, header, size - 1, *(random.randrange(size) for _ in range(4))}:
        yield make(f"weights: cut after {place} bytes", cut(place))
    for place in random.sample(range(header, size), 4):
        yield make(
            f"weights: a bit flipped at {place} after the download", flipped(place, random.randrange(8)), listed=False
        )
    for place in random.sample(range(8), 4):
        yield make(f"weights: a bit flipped in the length, at {place}", flipped(place, random.randrange(8)))
    for place in random.sample(range(8, header), 12):
        one = flipped(place, random.randrange(7))
        yield make(f"weights: a bit flipped in the header, at {place}", one, "same", or_refused=True)
    for words, length in {
        "nothing": 0,
        "a byte": 1,
        "too much": size,
        "2 to the 63rd": 2**63,
        "all ones": 2**64 - 1,
    }.items():

        def change(folder, length=length):
            content = (folder / WEIGHTS).read_bytes()
            (folder / WEIGHTS).write_bytes(struct.pack("<Q", length) + content[8:])

        yield make(f"weights: a header length of {words}", change)
    for words, content in {
        "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
        "a web page": b"<!DOCTYPE html>\n<html><title>Sign in</title></html>",
        "JSON": b'{"error": "not found"}',
        "zeros": bytes(100_000),
        "random bytes": bytes(random.randrange(256) for _ in range(5_000)),
    }.items():
        yield make(f"weights: {words}", write(WEIGHTS, content))
    yield make("weights: a folder", lambda folder: [(folder / WEIGHTS).unlink(), (folder / WEIGHTS).mkdir()])
    yield make("weights: a link to nothing", lambda folder: [
        (folder / WEIGHTS).unlink(), (folder / WEIGHTS).symlink_to("none")], listed=False)  # fmt: skip
    yield make("weights: a byte more at the end", lambda folder: write(
        WEIGHTS, (folder / WEIGHTS).read_bytes() + b"a")(folder))  # fmt: skip


def tensors(make, random):
    """Weights with other tensors than the configuration says; built with torch, in safetensors."""
    import torch

    def changed(edit):
        def change(folder):
            from safetensors.torch import load_file, save_file

            values = load_file(folder / WEIGHTS)
            edit(values)
            save_file({name: value.contiguous() for name, value in values.items()}, folder / WEIGHTS)

        return change

    names = ["embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight",
             "encoder.layer.1.output.dense.bias", "embeddings.LayerNorm.weight"]  # fmt: skip

    def one(edit, name):
        return changed(lambda values: values.update({name: edit(values[name])}))

    edits = {
        "NaN": lambda value: value * float("nan"),
        "infinity": lambda value: value + float("inf"),
        "whole numbers": lambda value: value.to(torch.int64),
        "bytes": lambda value: value.to(torch.uint8),
        "truths": lambda value: value > 0,
        "numbers beyond float32": lambda value: value.double() * 1e300,
        "an axis more": lambda value: value[None],
        "no axis": lambda value: value.sum(),
        "a row less": lambda value: value[:-1],
        "no row": lambda value: value[:0],
        "everything in one row": lambda value: value.reshape(1, -1),
    }
    for words, edit in edits.items():
        name = random.choice(names)
        yield make(f"tensors: {words} in {name}", one(edit, name))
    for name in random.sample(names, 2):
        yield make(f"tensors: without {name}", changed(lambda values, name=name: values.pop(name)))
        yield make(f"tensors: {name} in capitals", changed(lambda values, name=name: values.update(
            {name.upper(): values.pop(name)})))  # fmt: skip
    yield make("tensors: one NaN among many numbers", one(lambda value: value.index_fill(
        0, torch.tensor([3]), float("nan")), names[2]))  # fmt: skip
    yield make("tensors: doubles", one(torch.Tensor.double, names[1]), "same")
    yield make("tensors: a head for classes besides", changed(lambda values: values.update(
        {"classifier.weight": torch.ones(3, 16)})), "same")  # fmt: skip
    yield make("tensors: positions as old versions stored them", changed(lambda values: values.update(
        {"embeddings.position_ids": torch.arange(40)[None]})), "same")  # fmt: skip
    yield make("tensors: a layer more", changed(lambda values: values.update(
        {"encoder.layer.2.output.dense.bias": torch.ones(16)})))  # fmt: skip
    yield make("tensors: an old name besides the new one", changed(lambda values: values.update(
        {"embeddings.LayerNorm.gamma": torch.ones(16)})))  # fmt: skip
    yield make("tensors: old names in place of the new ones", changed(lambda values: [
        values.update({name.replace("LayerNorm.weight", "LayerNorm.gamma"): values.pop(name)}) for name in list(values)
    ]), "same")  # fmt: skip
    yield make("tensors: none", changed(dict.clear))


def pickles(make, shared, random):
    """Weights as .bin files, of which none may run anything."""
    binary = {"weights": "pytorch_model.bin"}
    whole = (shared / "bert.bin").read_bytes()

    def one(words, content, expected=REFUSED):
        return make(f"pickle: {words}", write("pytorch_model.bin", content), expected, definition=binary)

    yield one("torch's own", whole, "same")
    yield one("torch's own of old versions", (shared / "bert.old.bin").read_bytes(), "same")
    yield one("cut", whole[: len(whole) // 2])
    yield one("of old versions, cut", (shared / "bert.old.bin").read_bytes()[:-100])
    yield one("empty", b"")
    yield one("a safetensors file", (shared / "bert" / WEIGHTS).read_bytes())
    for words, opcodes in [*hostile_pickles.calls().items(), *hostile_pickles.broken().items()]:
        pickled = b"\x80\x02" + opcodes + b"."
        if random.random() < 0.5:
            yield one(f"{words}, alone", pickled)
        else:
            yield one(f"{words}, in an archive", hostile_pickles.in_archive(pickled, shared / "bert.bin"))

"""The files of a model: configuration, vocabulary and weights, each broken or hostile, read by `extract_activations.py`."""

import json
import os
import shutil
import struct

import hostile_pickles
from tiny import tiny_examples, tiny_model, tiny_settings
from trying import REFUSED, Input
from wrong_values import drawn_mistakes

KIND = "models"
FAMILIES = ("bert", "roberta", "albert", "esm")
WEIGHTS, CONFIGURATION, VOCABULARY = "model.safetensors", "config.json", "vocab.txt"
SAMPLE = {"tokens": 60, "sequences": 10, "tokens_per_sequence": 8, "attention_sequences": 2, "sample_seed": 0}
READ = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "pad_token_id",
        "max_position_embeddings", "hidden_dropout_prob", "initializer_range", "layer_norm_eps")  # fmt: skip
MAY_BE_NULL = {(key, "null") for key in READ[5:6] + READ[7:]}  # the usual value then applies
OVERRIDING = {  # keys that must change nothing
    "_attn_implementation": "kernels-community/flash-attn",
    "attn_implementation": "flash_attention_2",
    "_attn_implementation_internal": "sdpa",
    "auto_map": {"AutoModel": "evil--modeling.Model"},
    "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True},
    "torch_dtype": "float16",
    "dtype": "bfloat16",
    "architectures": ["EvilModel"],
    "output_hidden_states": False,
    "return_dict": False,
    "pruned_heads": {"0": [0, 1]},
    "chunk_size_feed_forward": 1,
    "gradient_checkpointing": True,
    "transformers_version": "99.0",
    "name_or_path": "../../evil",
    "num_labels": 10**6,
    "use_kernels": True,
    "tie_word_embeddings": "perhaps",
    "classifier_dropout": float("nan"),
    "hub_kernel_config": {"a": "b"},
    "__class__": "evil",
    "task_specific_params": [[[[]]]],
}


def share(folder):
    """A tiny model of each family, its weights also as a .bin file, the examples, and the activations of each model."""
    import extract_activations
    import torch
    from safetensors.torch import load_file

    torch.set_num_threads(1)
    tiny_examples(folder)
    for family in FAMILIES:
        definition, _ = tiny_model(folder / family, family)
        tensors = load_file(folder / family / WEIGHTS)
        torch.save(tensors, folder / f"{family}.bin")
        torch.save(tensors, folder / f"{family}.old.bin", _use_new_zipfile_serialization=False)
        (folder / f"{family}.json").write_text(json.dumps(definition))
        list_files(folder / family)
        extract_activations.main(arguments(definition, folder / family, folder, folder / f"{family}.safetensors"))


def list_files(folder):
    """Write the record of a download."""
    from beyondtext.core import files

    listed = {
        path.name: {"sha256": files.sha256(path), "size": path.stat().st_size}
        for path in folder.iterdir()
        if path.is_file() and path.name != "source.json"
    }
    files.write_json(folder / "source.json", {"source": folder.name, "files": listed})


def arguments(definition, raw, shared, output, **changes):
    """The arguments of `extract_activations.py`; symbols are looked up by name, so that no id may be another."""
    settings = tiny_settings(definition, mapping="identity", stage="initial", **SAMPLE, **changes)
    settings = {key: entry for key, entry in settings.items() if key not in ("training", "fraction", "rate")}
    folders = {"--raw": raw, "--examples": shared / "demo.parquet", "--output": output}
    return ["--settings", json.dumps(settings), *(str(word) for pair in folders.items() for word in pair)]


def inputs(shared, random):
    import extract_activations
    from beyondtext.core.schema import check
    from beyondtext.models import loading
    from beyondtext.training import preparation
    from pyarrow import parquet
    from safetensors import numpy

    for family in FAMILIES:  # imports once what every input needs
        __import__(f"transformers.models.{family}.modeling_{family}")
    assert extract_activations and loading and preparation and numpy and parquet
    definition = json.loads((shared / "bert.json").read_text())
    settings = json.loads(arguments(definition, "", shared, "")[1])
    check(settings, "settings", "--settings", "activations")
    make = Maker(shared)
    return [
        *(make(f"{family}: as it is", lambda folder: None, "same", family=family) for family in FAMILIES),
        *configurations(make, random),
        *vocabularies(make, random),
        *definitions(make),
        *damaged(make, random),
        *tensors(make, random),
        *pickles(make, shared, random),
    ]


class Maker:
    """Makes the inputs of models from what is shared."""

    def __init__(self, shared):
        self.shared = shared

    def __call__(self, words, change, expected=REFUSED, family="bert", definition=(), listed=True, **options):
        """An input with a copy of a model's files, which ``change(folder)`` changes.

        ``definition`` are changes of the model's definition; ``listed`` says whether the record of the download is of
        the changed files. What must come out, if anything, are the ``same`` activations as those of the whole model.
        """
        shared = self.shared

        def prepare(folder):
            import torch

            os.environ["OMP_NUM_THREADS"] = "1"
            torch.set_num_threads(1)
            shutil.copytree(shared / family, folder / "tiny")
            change(folder / "tiny")
            if listed:
                list_files(folder / "tiny")

        def run(folder):
            import extract_activations

            whole = {**json.loads((shared / f"{family}.json").read_text()), **dict(definition)}
            extract_activations.main(arguments(whole, folder / "tiny", shared, folder / "out.safetensors"))
            return compared(folder / "out.safetensors", shared / f"{family}.safetensors")

        return Input(KIND, words, prepare, run, expected, **options)


def compared(path, right):
    """``same``, or which tensors of two activation files differ."""
    import numpy as np
    from safetensors.numpy import load_file

    found, wanted = load_file(path), load_file(right)
    if found.keys() != wanted.keys():
        return f"other tensors: {sorted(found.keys() ^ wanted.keys())}"
    differing = [name for name in wanted if not np.array_equal(found[name], wanted[name])]
    return f"other values in {differing}" if differing else "same"


def write(name, content):
    """A change that replaces a file."""
    return lambda folder: (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def edited(name, edit):
    """A change that replaces a file by ``edit(its text)``."""

    def change(folder):
        text = edit((folder / name).read_text(encoding="utf-8"))
        write(name, text)(folder)

    return change


def with_keys(**changes):
    """A change of the configuration's keys; one that is `...` is removed."""

    def edit(text):
        value = {**json.loads(text), **changes}
        return json.dumps({key: entry for key, entry in value.items() if entry is not ...}, default=str)

    return edited(CONFIGURATION, edit)


def configurations(make, random):
    """Configurations with wrong values, sizes that do not fit, and keys that would override ours."""
    for family in FAMILIES:
        settings = json.loads((make.shared / family / CONFIGURATION).read_text())
        known = {key: settings[key] for key in READ if key in settings}
        mistakes = list(drawn_mistakes(known, random, 2, MAY_BE_NULL))
        for (key,), words, value in random.sample(mistakes, 8):
            yield make(f"{family}: {key} is {words}", with_keys(**{key: value[key]}), family=family)
        key = random.choice(READ[:5])
        yield make(f"{family}: without {key}", with_keys(**{key: ...}), family=family)
    for key, value in OVERRIDING.items():
        yield make(f"the key {key} of its own", with_keys(**{key: value}), "same")
    wrong = {
        "ten million layers": {"num_hidden_layers": 10_000_000},
        "a thousand layers": {"num_hidden_layers": 1_000},
        "layers of a width of 65,536, a thousand": {"num_hidden_layers": 1_000, "hidden_size": 65_536},
        "one layer less": {"num_hidden_layers": 1},
        "one layer more": {"num_hidden_layers": 3},
        "heads that do not divide the width": {"num_attention_heads": 3},
        "an entry more": {"vocab_size": 61},
        "an entry less": {"vocab_size": 59},
        "a position more": {"max_position_embeddings": 41},
        "a position less": {"max_position_embeddings": 39},
        "fewer positions than the sequences have": {"max_position_embeddings": 5},
        "another family": {"model_type": "gpt2"},
        "a family that is a list": {"model_type": ["bert"]},
        "a decoder": {"is_decoder": True},
        "a decoder that is a text": {"is_decoder": "false"},
        "cross attention": {"add_cross_attention": True},
        "an activation that is code": {"hidden_act": "__import__('os').system"},
        "an unknown activation": {"hidden_act": "tanhh"},
        "positions that are relative": {"position_embedding_type": "relative_key"},
        "another pad id": {"pad_token_id": 1},
        "a pad id beyond the vocabulary": {"pad_token_id": 60},
        "token types by the million": {"type_vocab_size": 10**6},
    }
    for words, changes in wrong.items():
        yield make(f"configuration: {words}", with_keys(**changes))
    yield make("configuration: token dropout without a mask", with_keys(mask_token_id=...), family="esm")
    yield make("configuration: more groups than layers", with_keys(num_hidden_groups=5), family="albert")
    deep = random.randrange(2_000, 100_000)
    for words, content in {
        "empty": b"",
        "null": b"null",
        "a list": b"[]",
        "half": b'{"vocab_size": 60,',
        "lists in lists": b'{"a": ' + b"[" * deep + b"]" * deep + b"}",
        "a number of thousands of digits": b'{"vocab_size": ' + b"6" * 5000 + b"}",
        "not UTF-8": b'{"a": "\xff"}',
        "a web page": b"<!DOCTYPE html><html></html>",
    }.items():
        yield make(f"configuration: {words}", write(CONFIGURATION, content))
    twice = edited(CONFIGURATION, lambda text: text.replace("{", '{"vocab_size": 60, ', 1))
    yield make("configuration: a key twice", twice)
    yield make("configuration: a byte order mark", edited(CONFIGURATION, lambda text: "\ufeff" + text), "same")


def vocabularies(make, random):
    """Vocabularies whose lines are not what they seem, and tokenizer.json."""
    place = random.randrange(8, 55)

    def entry(new):
        def edit(text):
            lines = text.split("\n")
            lines[place] = new
            return "\n".join(lines)

        return edited(VOCABULARY, edit)

    for words, new in {
        "a line separator": "\u2028", "a paragraph separator": "\u2029", "a next line": "\x85", "a form feed": "\x0c",
        "a file separator": "\x1c", "a vertical tab": "\x0b", "a NUL": "\0", "a blank": " ", "a million letters": "a" * 10**6,
        "a tab and more": "a\tb", "a surrogate's neighbour": "\ue000", "a zero-width joiner": "\u200d",
    }.items():  # fmt: skip
        yield make(f"vocabulary: an entry that is {words}", entry(new), "same")
    same = {
        "Windows line ends": lambda text: text.replace("\n", "\r\n"),
        "no line feed at the end": lambda text: text.rstrip("\n"),
        "a byte order mark": lambda text: "\ufeff" + text,
        "fewer entries than embeddings": lambda text: "".join(text.splitlines(keepends=True)[:40]),
    }
    for words, edit in same.items():
        yield make(f"vocabulary: {words}", edited(VOCABULARY, edit), "same")
    refused = {
        "an empty line": lambda text: text.replace("\nw3\n", "\n\n"),
        "two line feeds at the end": lambda text: text + "\n",
        "an entry twice": lambda text: text.replace("\nw3\n", "\nw4\n"),
        "a symbol twice": lambda text: text.replace("\nw3\n", "\nA\n"),
        "more entries than embeddings": lambda text: text + "w99\n",
        "a symbol is missing": lambda text: text.replace("\nC\n", "\nc\n"),
        "nothing": lambda text: "",
        "a single line": lambda text: text.replace("\n", " "),
        "old Macintosh line ends": lambda text: text.replace("\n", "\r"),
    }
    for words, edit in refused.items():
        yield make(f"vocabulary: {words}", edited(VOCABULARY, edit))
    yield make(
        "vocabulary: UTF-16",
        lambda folder: write(VOCABULARY, (folder / VOCABULARY).read_text().encode("utf-16"))(folder),
    )
    yield make(
        "vocabulary: more than a hundred million bytes", lambda folder: os.truncate(folder / VOCABULARY, 10**8 + 1)
    )
    yield make("vocabulary: a folder", lambda folder: [(folder / VOCABULARY).unlink(), (folder / VOCABULARY).mkdir()])
    yield from tokenizers(make)


def tokenizers(make):
    """The vocabulary in a tokenizer.json."""
    words = (make.shared / "bert" / VOCABULARY).read_text().split()
    ids = {word: number for number, word in enumerate(words)}
    right = {"model": {"vocab": ids}}
    added = [{"id": 0, "content": "[PAD]"}]
    cases = {
        "as it is": (right, "same"),
        "in another order": ({"model": {"vocab": dict(reversed(ids.items()))}}, "same"),
        "pairs with scores": ({"model": {"vocab": [[word, -1.5] for word in words]}}, "same"),
        "an added token that is there already": ({**right, "added_tokens": added}, "same"),
        "an added token with the id of another": ({**right, "added_tokens": [{"id": 9, "content": "new"}]}, REFUSED),
        "an id twice": ({"model": {"vocab": {**ids, "A": ids["B"]}}}, REFUSED),
        "a gap": ({"model": {"vocab": {**ids, "w28": 99}}}, REFUSED),
        "a negative id": ({"model": {"vocab": {**ids, "A": -1}}}, REFUSED),
        "an id with decimals": ({"model": {"vocab": {**ids, "A": 5.0}}}, REFUSED),
        "an id that is true": ({"model": {"vocab": {**ids, "[UNK]": True}}}, REFUSED),
        "an id that is a text": ({"model": {"vocab": {**ids, "A": "5"}}}, REFUSED),
        "an id of 2 to the 60th": ({"model": {"vocab": {**ids, "A": 2**60}}}, REFUSED),
        "added tokens that are a text": ({**right, "added_tokens": "a"}, REFUSED),
        "no model": ({"vocab": ids}, REFUSED),
        "a model that is a list": ({"model": [ids]}, REFUSED),
        "a list of numbers": ({"model": {"vocab": list(range(60))}}, REFUSED),
        "an entry that is null": ({"model": {"vocab": [[None, 0]] * 60}}, REFUSED),
    }
    for said, (value, expected) in cases.items():
        change = write("tokenizer.json", json.dumps(value))
        yield make(f"tokenizer.json: {said}", change, expected, definition={"vocabulary": "tokenizer.json"})


def definitions(make):
    """Ids and files of a definition that the model's files do not have."""
    ids = {"pad": 0, "start": 2, "end": 3, "unknown": 1}
    cases = {
        "a pad of -5": {"special_ids": {**ids, "pad": -5}},
        "an end of 3,000,000": {"special_ids": {**ids, "end": 3_000_000}},
        "an end just beyond the vocabulary": {"special_ids": {**ids, "end": 60}},
        "a start that is the end": {"special_ids": {**ids, "start": 3}},
        "a start among the free ids": {"special_ids": {**ids, "start": 30}},
        "another pad than the configuration": {"special_ids": {**ids, "pad": 4}},
        "a reserved id beyond the vocabulary": {"reserved_ids": [60]},
        "the family roberta": {"family": "roberta"},
        "the family esm": {"family": "esm"},
        "weights that climb": {"weights": "../bert/model.safetensors"},
        "weights that are absolute": {"weights": "/etc/passwd"},
        "weights that are the vocabulary": {"weights": "vocab.txt"},
        "a vocabulary that is the weights": {"vocabulary": "model.safetensors"},
        "a configuration that is the vocabulary": {"configuration": "vocab.txt"},
        "a prefix that no tensor has": {"prefix": "bert."},
        "a prefix of a million letters": {"prefix": "a" * 1_000_000},
        "pooling that the weights do not have": {"pooling": "cls"},
    }
    for words, changes in cases.items():
        yield make(f"definition: {words}", lambda folder: None, definition=changes)


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

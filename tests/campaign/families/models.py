"""A model's configuration and vocabulary, each broken or hostile, and definitions that do not fit its files."""

import json
import os

from tiny_models import (
    CONFIGURATION,
    FAMILIES,
    VOCABULARY,
    Maker,
    edited,
    import_what_is_needed,
    share,
    with_keys,
    write,
)
from trying import REFUSED
from wrong_values import drawn_mistakes

__all__ = ["KIND", "inputs", "share"]
KIND = "models"
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


def inputs(shared, random):
    import_what_is_needed(shared)
    make = Maker(KIND, shared)
    return [
        *(make(f"{family}: as it is", lambda folder: None, "same", family=family) for family in FAMILIES),
        *configurations(make, random),
        *vocabularies(make, random),
        *definitions(make),
    ]


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
        "a line separator": "\u2028",
        "a paragraph separator": "\u2029",
        "a next line": "\x85",
        "a form feed": "\x0c",
        "a file separator": "\x1c",
        "a vertical tab": "\x0b",
        "a NUL": "\0",
        "a blank": " ",
        "a million letters": "a" * 10**6,
        "a tab and more": "a\tb",
        "for private use": "\ue000",
        "a zero-width joiner": "\u200d",
    }.items():
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

"""Vocabularies, from vocab.txt and tokenizer.json."""

import json

import pytest

from beyondtext.core.errors import InputError
from beyondtext.models.vocabulary import load_vocabulary
from tiny import tiny_model


def test_a_vocabulary_is_in_the_order_of_its_ids(tmp_path):
    vocabulary = load_vocabulary(*tiny_model(tmp_path, "bert"))
    assert (vocabulary[0], vocabulary[2], vocabulary[5], len(vocabulary)) == ("[PAD]", "[CLS]", "A", 60)


@pytest.mark.parametrize("entries", [{"<s>": 0, "a": 2, "b": 1}, [["<s>", 0.0], ["b", -1.0], ["a", -2.0]]])
def test_the_vocabulary_of_a_tokenizer_file_includes_added_tokens(tmp_path, entries):
    path = tmp_path / "tokenizer.json"
    added = [{"id": 0, "content": "<s>"}, {"id": 3, "content": "<mask>"}]
    path.write_text(json.dumps({"model": {"vocab": entries}, "added_tokens": added}))
    assert load_vocabulary({"vocabulary": path.name}, {path.name: path}) == ["<s>", "b", "a", "<mask>"]
    added[1]["id"] = 7
    path.write_text(json.dumps({"model": {"vocab": entries}, "added_tokens": added}))
    with pytest.raises(InputError, match="4 entries, but their ids are not consecutive from 0"):
        load_vocabulary({"vocabulary": path.name}, {path.name: path})

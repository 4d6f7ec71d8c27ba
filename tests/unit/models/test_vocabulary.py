"""Vocabularies, from vocab.txt and tokenizer.json."""

import json

import pytest

from beyondtext.core.errors import InputError
from beyondtext.models.loading import load_encoder
from beyondtext.models.vocabulary import load_vocabulary, refuse_more_entries
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


def written(folder, content, name="vocab.txt"):
    """A model whose vocabulary is a file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {"vocabulary": name}, {name: path}


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\xa0", " "])
def test_only_line_feeds_end_lines(tmp_path, character):
    vocabulary = load_vocabulary(*written(tmp_path, f"[PAD]\n{character}\na{character}b\nlast\n"))
    assert vocabulary == ["[PAD]", character, f"a{character}b", "last"]


@pytest.mark.parametrize("content", ["[PAD]\r\né\r\nb\r\n", "[PAD]\r\né\r\nb", "\ufeff[PAD]\né\nb\n", "[PAD]\né\r\nb"])
def test_ends_of_lines_of_other_systems_are_not_part_of_entries(tmp_path, content):
    assert load_vocabulary(*written(tmp_path, content)) == ["[PAD]", "é", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1 is empty, but every id needs an entry"),
        ("\n[PAD]\na\n", "line 1 is empty"),
        ("[PAD]\n\na\n", "line 2 is empty"),
        ("[PAD]\r\n\r\na\r\n", "line 2 is empty"),
        ("[PAD]\na\n\n", "line 3 is empty"),
        ("[PAD]\na\nb\na\n", "line 4: the entry 'a' is also on line 2, so that its id is not known"),
        ("[PAD]\n[PAD]", r"line 2: the entry '\[PAD\]' is also on line 1"),
    ],
)
def test_a_vocabulary_with_an_empty_or_repeated_entry_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=rf"vocab\.txt, {message}"):
        load_vocabulary(*written(tmp_path, content))


@pytest.mark.parametrize("content", [b"[PAD]\n\xe9\n", b"\xff\xfe[\x00P\x00", b"a\n\xed\xa0\x80\n"])
def test_a_vocabulary_in_another_encoding_is_refused(tmp_path, content):
    with pytest.raises(InputError, match=r"vocab\.txt is not UTF-8 text"):
        load_vocabulary(*written(tmp_path, content))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "has no model.vocab"),
        ({"a": 0, "b": 1}, "has no model.vocab"),
        ({"model": None}, "has no model.vocab"),
        ({"model": ["vocab"]}, "has no model.vocab"),
        ({"model": {"vocab": "a b"}}, "has no model.vocab"),
        ({"model": {"vocab": {"a": "0"}}}, "gives the entry 'a' the id '0', but"),
        ({"model": {"vocab": {"a": 0.0}}}, "gives the entry 'a' the id 0.0, but"),
        ({"model": {"vocab": {"a": False}}}, "gives the entry 'a' the id False, but"),
        ({"model": {"vocab": {"a": None}}}, "gives the entry 'a' the id None, but"),
        ({"model": {"vocab": {"a": [0]}}}, r"gives the entry 'a' the id \[0\], but"),
        ({"model": {"vocab": {"a": -1}}}, "has 1 entries, but their ids are not consecutive"),
        ({"model": {"vocab": {"a": 10**12}}}, "has 1 entries, but their ids are not consecutive"),
        ({"model": {"vocab": {"a": 0, "b": 0, "c": 1}}}, "has 3 entries, but their ids are not consecutive"),
        ({"model": {"vocab": ["a", "b"]}}, "gives the entry None the id None"),
        ({"model": {"vocab": [["a"]]}}, "gives the entry None the id None"),
        ({"model": {"vocab": [[3, 0.5]]}}, "gives the entry 3 the id 0, but"),
        ({"model": {"vocab": [["a", 0.5], ["a", 0.5]]}}, "has 2 entries, but"),
        ({"model": {"vocab": {"a": 0}}, "added_tokens": 3}, "gives the entry None the id None"),
        ({"model": {"vocab": {"a": 0}}, "added_tokens": ["<s>"]}, "gives the entry None the id None"),
        ({"model": {"vocab": {"a": 0}}, "added_tokens": [{"content": "<s>"}]}, "gives the entry '<s>' the id None"),
        ({"model": {"vocab": {"a": 0}}, "added_tokens": [{"content": "<s>", "id": 0}]}, "has 2 entries, but"),
        ({"model": {"vocab": {"a": 0}}, "added_tokens": [{"content": "a", "id": 1}]}, "has 2 entries, but"),
    ],
)
def test_a_tokenizer_file_with_other_content_is_refused(tmp_path, value, message):
    with pytest.raises(InputError, match=rf"tokenizer\.json {message}"):
        load_vocabulary(*written(tmp_path, json.dumps(value), "tokenizer.json"))


def test_a_vocabulary_may_be_shorter_than_the_embeddings_but_not_longer(tmp_path):
    definition, files = tiny_model(tmp_path, "bert")
    encoder, vocabulary = load_encoder(definition, files, "scratch", 0), load_vocabulary(definition, files)
    refuse_more_entries(vocabulary, encoder, definition)
    refuse_more_entries(vocabulary[:-7], encoder, definition)
    with pytest.raises(
        InputError, match=r"^tiny: vocab\.txt has 61 entries, but vocab_size in config\.json is 60; giv"
    ):
        refuse_more_entries([*vocabulary, "more"], encoder, definition)

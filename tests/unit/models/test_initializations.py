"""Initializations: which weights come from the file and which are random."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from beyondtext.core.errors import InputError
from beyondtext.models.initializations import INITIALIZATIONS, Initialization
from beyondtext.models.loading import load_encoder
from tiny import tiny_model


@pytest.fixture(params=["bert", "albert", "roberta", "esm"])
def tiny(request, tmp_path):
    return tiny_model(tmp_path, request.param, prefix="esm." if request.param == "esm" else "")


def weights(encoder):
    return {name: value.detach().clone() for name, value in encoder.named_parameters()}


def test_pretrained_has_the_values_of_the_file(tiny):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    for name, value in weights(load_encoder(definition, files, "pretrained", 0)).items():
        assert torch.equal(value, stored[definition["prefix"] + name]), name


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("family", ["bert", "albert", "roberta", "esm"])
def test_an_encoder_is_the_same_if_its_random_initialization_is_skipped(tmp_path, monkeypatch, family, pooling):
    definition, files = tiny_model(tmp_path, family, pooling=pooling)
    quick = load_encoder(definition, files, "pretrained", 1)
    assert torch.equal(torch.get_rng_state(), torch.Generator().manual_seed(1).get_state())  # it drew nothing
    monkeypatch.setitem(INITIALIZATIONS, "pretrained", replace(INITIALIZATIONS["pretrained"], random=True))
    usual = load_encoder(definition, files, "pretrained", 1)
    assert not torch.equal(torch.get_rng_state(), torch.Generator().manual_seed(1).get_state())
    for one, other in ((quick.parameters, usual.parameters), (quick.buffers, usual.buffers)):
        assert all(
            torch.equal(a, b) and a.requires_grad == b.requires_grad for a, b in zip(one(), other(), strict=True)
        )
    assert quick.training


@pytest.mark.parametrize("init", INITIALIZATIONS)
def test_the_seed_matters_exactly_if_an_initialization_is_random(tiny, init):
    one, other = (weights(load_encoder(*tiny, init, seed)) for seed in (1, 2))
    assert any(not torch.equal(one[name], other[name]) for name in one) == INITIALIZATIONS[init].random


@pytest.mark.parametrize("init", INITIALIZATIONS)
def test_a_published_model_has_every_tensor_of_the_file_and_others_have_not(tiny, init):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    found = weights(load_encoder(definition, files, init, 0))
    is_as_published = all(torch.equal(value, stored[definition["prefix"] + name]) for name, value in found.items())
    assert is_as_published == INITIALIZATIONS[init].published


def test_scratch_depends_on_the_seed_alone(tiny):
    definition, files = tiny
    one, same, other = (weights(load_encoder(definition, files, "scratch", seed)) for seed in (1, 1, 2))
    stored = load_file(files["model.safetensors"])
    assert all(torch.equal(one[name], same[name]) for name in one)
    matrices = [name for name, value in one.items() if value.dim() == 2]
    assert not any(torch.equal(one[name], other[name]) for name in matrices)
    assert not any(torch.equal(one[name], stored[definition["prefix"] + name]) for name in matrices)


def test_rand_embed_randomizes_the_word_embeddings_and_nothing_else(tiny):
    definition, files = tiny
    pretrained = weights(load_encoder(definition, files, "pretrained", 1))
    mixed = weights(load_encoder(definition, files, "rand_embed", 1))
    changed = {name for name in mixed if not torch.equal(mixed[name], pretrained[name])}
    assert changed == {"embeddings.word_embeddings.weight"}
    scratch = weights(load_encoder(definition, files, "scratch", 1))
    assert torch.equal(mixed["embeddings.word_embeddings.weight"], scratch["embeddings.word_embeddings.weight"])


def test_pretrain_embed_loads_only_the_embeddings_of_positions_and_token_types(tiny):
    definition, files = tiny
    pretrained, scratch, mixed = (
        weights(load_encoder(definition, files, init, 1)) for init in ("pretrained", "scratch", "pretrain_embed")
    )
    loaded = {name for name in mixed if torch.equal(mixed[name], pretrained[name]) and mixed[name].dim() == 2}
    expected = {"embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight"}
    assert loaded == expected & mixed.keys()
    assert all(torch.equal(mixed[name], scratch[name]) for name in mixed.keys() - loaded)


def test_pretrain_embed_of_a_model_without_such_embeddings_is_refused(tmp_path):
    definition, files = tiny_model(tmp_path, "esm", position_embedding_type="rotary")
    with pytest.raises(InputError, match=r"^tiny: the model has no embeddings of positions or token types"):
        load_encoder(definition, files, "pretrain_embed", 1)


def test_shuffled_has_the_values_of_each_tensor_in_another_order(tiny):
    definition, files = tiny
    pretrained = weights(load_encoder(definition, files, "pretrained", 1))
    one, same, other = (weights(load_encoder(definition, files, "shuffled", seed)) for seed in (1, 1, 2))
    for name, value in one.items():
        assert torch.equal(value.flatten().sort().values, pretrained[name].flatten().sort().values), name
        assert torch.equal(value, same[name])
        if value.numel() > 8:
            assert not torch.equal(value, pretrained[name]) and not torch.equal(value, other[name]), name


@pytest.mark.parametrize("init", ["domain", "pretrain_ckpt"])
def test_domain_and_pretrain_ckpt_load_every_tensor_too(tiny, init):
    pretrained, same = (weights(load_encoder(*tiny, name, 1)) for name in ("pretrained", init))
    assert all(torch.equal(same[name], pretrained[name]) for name in pretrained)


def test_a_new_entry_is_all_that_a_new_initialization_needs(tiny, monkeypatch):
    def halve(encoder, pretrained):
        stored = pretrained()
        for name, parameter in encoder.named_parameters():
            parameter.data.copy_(stored[name] / 2)

    extra = Initialization("halved", "pre-trained, halved", "halves every tensor", "#999999", "x", halve)
    monkeypatch.setitem(INITIALIZATIONS, extra.name, extra)
    pretrained, halved = (weights(load_encoder(*tiny, name, 1)) for name in ("pretrained", "halved"))
    assert all(torch.equal(halved[name], value / 2) for name, value in pretrained.items())


def test_each_entry_has_its_name_as_key_and_looks_of_its_own():
    entries = INITIALIZATIONS.values()
    assert [entry.name for entry in entries] == list(INITIALIZATIONS)
    for attribute in ("title", "colour", "marker"):
        assert len({getattr(entry, attribute) for entry in entries}) == len(INITIALIZATIONS), attribute


@pytest.mark.parametrize(
    ("init", "model", "mappings", "reason"),
    [
        ("domain", {}, ["identity"], None),
        ("domain", {}, ["permutation"], "reads the task's symbols by name"),
        ("domain", {}, ["identity", "permutation"], "reads the task's symbols by name"),
        ("pretrain_ckpt", {"pretraining_steps": 20000}, ["permutation"], None),
        ("pretrain_ckpt", {}, ["permutation"], "config/models/tiny.yaml has no pretraining_steps"),
        ("scratch", {}, ["permutation"], None),
    ],
)
def test_an_initialization_says_why_a_model_cannot_have_it(init, model, mappings, reason):
    answer = INITIALIZATIONS[init].unsuitable("tiny", model, mappings)
    assert answer is None if reason is None else reason in answer

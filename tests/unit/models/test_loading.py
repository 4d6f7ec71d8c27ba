import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from beyondtext.core.errors import InputError
from beyondtext.models import kernels
from beyondtext.models.batches import collate
from beyondtext.models.classifier import SequenceModel, expanded, token_types
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.models.loading import load_encoder, positions
from beyondtext.models.vocabulary import load_vocabulary
from tiny import tiny_model

FAMILIES = ["bert", "albert", "roberta", "esm"]


@pytest.fixture(params=FAMILIES)
def tiny(request, tmp_path):
    return tiny_model(tmp_path, request.param, prefix="esm." if request.param == "esm" else "")


def weights(encoder):
    return {name: value.detach().clone() for name, value in encoder.named_parameters()}


def test_pretrained_has_the_files_values(tiny):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    for name, value in weights(load_encoder(definition, files, "pretrained", 0)).items():
        assert torch.equal(value, stored[definition["prefix"] + name]), name


def test_scratch_depends_on_the_seed_alone(tiny):
    definition, files = tiny
    one, same, other = (weights(load_encoder(definition, files, "scratch", seed)) for seed in (1, 1, 2))
    stored = load_file(files["model.safetensors"])
    assert all(torch.equal(one[name], same[name]) for name in one)
    matrices = [name for name, value in one.items() if value.dim() == 2]
    assert not any(torch.equal(one[name], other[name]) for name in matrices)
    assert not any(torch.equal(one[name], stored[definition["prefix"] + name]) for name in matrices)


def test_rand_embed_redraws_the_word_embeddings_and_nothing_else(tiny):
    definition, files = tiny
    pretrained = weights(load_encoder(definition, files, "pretrained", 1))
    mixed = weights(load_encoder(definition, files, "rand_embed", 1))
    changed = {name for name in mixed if not torch.equal(mixed[name], pretrained[name])}
    assert changed == {"embeddings.word_embeddings.weight"}
    scratch = weights(load_encoder(definition, files, "scratch", 1))
    assert torch.equal(mixed["embeddings.word_embeddings.weight"], scratch["embeddings.word_embeddings.weight"])


def test_pretrain_embed_keeps_the_embeddings_of_positions_and_token_types_alone(tiny):
    definition, files = tiny
    pretrained, scratch, mixed = (
        weights(load_encoder(definition, files, i, 1)) for i in ("pretrained", "scratch", "pretrain_embed")
    )
    kept = {name for name in mixed if torch.equal(mixed[name], pretrained[name]) and mixed[name].dim() == 2}
    wanted = {"embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight"}
    assert kept == wanted & mixed.keys()
    assert all(torch.equal(mixed[name], scratch[name]) for name in mixed.keys() - kept)


def test_pretrain_embed_of_a_model_without_such_embeddings_is_refused(tmp_path):
    definition, files = tiny_model(tmp_path, "esm", position_embedding_type="rotary")
    with pytest.raises(InputError, match="no embeddings of positions or token types"):
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
def test_other_names_for_the_weights_of_the_file(tiny, init):
    pretrained, same = (weights(load_encoder(*tiny, i, 1)) for i in ("pretrained", init))
    assert all(torch.equal(same[name], pretrained[name]) for name in pretrained)


def test_a_file_of_another_model_is_refused(tiny):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    name = next(name for name in stored if name.endswith("query.weight"))
    save_file({**stored, name: torch.zeros(3, 3)}, files["model.safetensors"])
    with pytest.raises(InputError, match=r"query\.weight has shape \(3, 3\).*\(16, 16\)"):
        load_encoder(definition, files, "pretrained", 0)
    del stored[name]
    save_file(stored, files["model.safetensors"])
    with pytest.raises(InputError, match=r"model\.safetensors: tensor .*query\.weight is missing"):
        load_encoder(definition, files, "pretrained", 0)


def test_a_pickle_that_would_run_code_is_refused(tiny, tmp_path):
    import os

    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "ran"),))

    definition, files = tiny
    torch.save({"x": Bomb()}, tmp_path / "model.bin")
    with pytest.raises(Exception, match=r"[Ww]eights"):
        load_encoder({**definition, "weights": "bin"}, {**files, "bin": tmp_path / "model.bin"}, "pretrained", 0)
    assert not (tmp_path / "ran").exists()


def test_the_vocabulary_is_in_the_order_of_ids(tiny):
    vocabulary = load_vocabulary(*tiny)
    assert (vocabulary[0], vocabulary[2], vocabulary[5], len(vocabulary)) == ("[PAD]", "[CLS]", "A", 60)


def test_fewer_rows_give_the_same_outputs_and_gradients(tiny_bert):
    definition, files = tiny_bert
    full = load_encoder(definition, files, "pretrained", 0).eval()
    compact = load_encoder(definition, files, "pretrained", 0).eval()
    ids = torch.tensor([[2, 40, 7, 40, 3], [2, 9, 3, 0, 0]])
    mask = (ids != 0).long()
    table = keep_rows(compact, {2, 3, 7, 9, 40}, pad=0)
    assert table.unique().tolist() == [-1, 0, 1, 2, 3, 4, 5]

    expected = full(input_ids=ids, attention_mask=mask).last_hidden_state
    got = compact(input_ids=table[ids], attention_mask=mask).last_hidden_state
    assert torch.equal(got, expected)
    expected.square().sum().backward()
    got.square().sum().backward()
    kept = torch.tensor([0, 2, 3, 7, 9, 40])
    all_rows, few_rows = (e.get_input_embeddings().weight.grad for e in (full, compact))
    assert torch.equal(few_rows, all_rows[kept])
    assert all_rows.count_nonzero() == few_rows.count_nonzero()


def test_pooling_ignores_padding(tiny_bert):
    definition, files = tiny_bert
    model = SequenceModel(load_encoder(definition, files, "pretrained", 0), "mean", 3).eval()
    ids, mask = torch.tensor([[2, 9, 3]]), torch.ones(1, 3).long()
    padded, padded_mask = torch.tensor([[2, 9, 3, 0, 0]]), torch.tensor([[1, 1, 1, 0, 0]])
    torch.testing.assert_close(model(ids, mask), model(padded, padded_mask))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["sdpa", kernels.NAME])
def test_the_mask_that_a_gpu_gets_means_the_same(tmp_path, family, kind):
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0, kind).eval()
    ids, mask = collate([np.array([5, 6, 7]), np.array([8, 9, 10, 11, 12])], 0, torch.device("cpu"))
    wanted = encoder(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
    found = encoder(input_ids=ids, attention_mask=expanded(mask, encoder.config)).last_hidden_state[mask.bool()]
    torch.testing.assert_close(found, wanted)


def test_cls_pooling_uses_the_encoders_pooler(tmp_path):
    definition, files = tiny_model(tmp_path, "bert", pooling="cls")
    encoder = load_encoder(definition, files, "pretrained", 0).eval()
    model = SequenceModel(encoder, "cls", 2).eval()
    ids, mask = torch.tensor([[2, 9, 3]]), torch.ones(1, 3).long()
    expected = model.head(encoder(input_ids=ids, attention_mask=mask).pooler_output)
    assert torch.equal(model(ids, mask), expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_gpus_attention_agrees_with_the_plain_one(tmp_path, family):
    made = tiny_model(tmp_path, family)
    ids, mask = collate([np.array([2, 6, 3]), np.array([2, 9, 10, 11, 3])], 0, torch.device("cpu"))
    plain, other = (
        load_encoder(*made, "pretrained", 0, kind).eval()(input_ids=ids, attention_mask=mask).last_hidden_state
        for kind in ("eager", kernels.NAME)
    )
    torch.testing.assert_close(plain[mask.bool()], other[mask.bool()])


def test_fewer_rows_leave_robertas_positions_alone(tmp_path):
    made = tiny_model(tmp_path, "roberta", pad_token_id=1)
    full, compact = (load_encoder(*made, "pretrained", 0).eval() for _ in range(2))
    ids = torch.tensor([[0, 40, 7, 2], [0, 9, 2, 1]])
    table = keep_rows(compact, {0, 2, 7, 9, 40}, pad=1)
    assert table[1] == 1
    mask = (ids != 1).long()
    expected, got = (
        e(input_ids=i, attention_mask=mask).last_hidden_state for e, i in ((full, ids), (compact, table[ids]))
    )
    assert torch.equal(got[mask.bool()], expected[mask.bool()])


@pytest.mark.parametrize(("family", "pad", "room"), [("bert", 0, 40), ("albert", 0, 40), ("roberta", 1, 38)])
def test_as_many_tokens_as_there_are_positions_fit_and_no_more(tmp_path, family, pad, room):
    encoder = load_encoder(*tiny_model(tmp_path, family, pad_token_id=pad), "pretrained", 0).eval()
    assert positions(encoder.config) == room
    assert encoder(input_ids=torch.full((1, room), 7)).last_hidden_state.shape[1] == room
    with pytest.raises((IndexError, RuntimeError)):
        encoder(input_ids=torch.full((1, room + 1), 7))


def test_token_types_change_after_the_first_separator():
    ids = torch.tensor([[2, 9, 3, 8, 7, 3], [2, 3, 8, 3, 0, 0]])
    assert token_types(ids, (ids != 0).long(), 3).tolist() == [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]]


def test_an_encoder_with_token_types_is_told_them(tmp_path):
    encoder = load_encoder(*tiny_model(tmp_path, "bert"), "pretrained", 0)
    model = SequenceModel(encoder, "mean", 2, separator=3).eval()
    ids = torch.tensor([[2, 9, 3, 8, 3]])
    mask = torch.ones_like(ids)
    hidden = encoder(input_ids=ids, attention_mask=mask, token_type_ids=torch.tensor([[0, 0, 0, 1, 1]]))
    torch.testing.assert_close(model(ids, mask), model.head(hidden.last_hidden_state.mean(1)))
    assert not torch.equal(model(ids, mask), SequenceModel(encoder, "mean", 2).eval()(ids, mask))
    assert (
        SequenceModel(load_encoder(*tiny_model(tmp_path / "e", "esm"), "pretrained", 0), "mean", 2, 3).separator is None
    )


def test_layer_norms_of_old_files_are_found(tmp_path):
    definition, files = tiny_model(tmp_path, "bert")
    stored = load_file(files["model.safetensors"])
    old = {n.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): v for n, v in stored.items()}
    assert old.keys() != stored.keys()
    save_file(old, files["model.safetensors"])
    for name, value in weights(load_encoder(definition, files, "pretrained", 0)).items():
        assert torch.equal(value, stored[name]), name


@pytest.mark.parametrize("entries", [{"<s>": 0, "a": 2, "b": 1}, [["<s>", 0.0], ["b", -1.0], ["a", -2.0]]])
def test_the_vocabulary_of_a_tokenizer_file(tmp_path, entries):
    path = tmp_path / "tokenizer.json"
    held = {"model": {"vocab": entries}, "added_tokens": [{"id": 0, "content": "<s>"}, {"id": 3, "content": "<mask>"}]}
    path.write_text(json.dumps(held))
    assert load_vocabulary({"vocabulary": path.name}, {path.name: path}) == ["<s>", "b", "a", "<mask>"]
    held["added_tokens"][1]["id"] = 7
    path.write_text(json.dumps(held))
    with pytest.raises(InputError, match="4 entries, but their ids are not those from 0 on"):
        load_vocabulary({"vocabulary": path.name}, {path.name: path})

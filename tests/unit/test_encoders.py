import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from beyondtext import attention
from beyondtext.batches import collate
from beyondtext.encoders import SequenceModel, expanded, keep_rows, load_encoder, load_vocabulary
from beyondtext.errors import InputError
from tiny import tiny_model


@pytest.fixture(params=["bert", "esm"])
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


def test_a_file_of_another_model_is_refused(tiny):
    definition, files = tiny
    stored = load_file(files["model.safetensors"])
    name = f"{definition['prefix']}encoder.layer.0.attention.self.query.weight"
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


@pytest.mark.parametrize("family", ["bert", "esm"])
@pytest.mark.parametrize("kind", ["sdpa", attention.NAME])
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

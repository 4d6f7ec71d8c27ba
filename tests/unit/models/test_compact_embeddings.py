"""Word embeddings restricted to the ids in use."""

import pytest
import torch

from beyondtext.models.compact_embeddings import keep_rows, whole_weights
from beyondtext.models.loading import load_encoder
from tiny import tiny_model


def test_compact_embeddings_give_the_same_outputs_and_gradients(tiny_bert):
    definition, files = tiny_bert
    full = load_encoder(definition, files, "pretrained", 0).eval()
    compact = load_encoder(definition, files, "pretrained", 0).eval()
    ids = torch.tensor([[2, 40, 7, 40, 3], [2, 9, 3, 0, 0]])
    mask = (ids != 0).long()
    new_ids = keep_rows(compact, {2, 3, 7, 9, 40}, pad=0)
    assert new_ids.unique().tolist() == [-1, 0, 1, 2, 3, 4, 5]

    expected = full(input_ids=ids, attention_mask=mask).last_hidden_state
    actual = compact(input_ids=new_ids[ids], attention_mask=mask).last_hidden_state
    assert torch.equal(actual, expected)
    expected.square().sum().backward()
    actual.square().sum().backward()
    kept = torch.tensor([0, 2, 3, 7, 9, 40])
    all_rows, few_rows = (e.get_input_embeddings().weight.grad for e in (full, compact))
    assert torch.equal(few_rows, all_rows[kept])
    assert all_rows.count_nonzero() == few_rows.count_nonzero()


def test_compact_embeddings_do_not_change_the_positions_of_roberta(tmp_path):
    model = tiny_model(tmp_path, "roberta", pad_token_id=1)
    full, compact = (load_encoder(*model, "pretrained", 0).eval() for _ in range(2))
    ids = torch.tensor([[0, 40, 7, 2], [0, 9, 2, 1]])
    new_ids = keep_rows(compact, {0, 2, 7, 9, 40}, pad=1)
    assert new_ids[1] == 1
    mask = (ids != 1).long()
    expected, actual = (
        e(input_ids=i, attention_mask=mask).last_hidden_state for e, i in ((full, ids), (compact, new_ids[ids]))
    )
    assert torch.equal(actual[mask.bool()], expected[mask.bool()])


def test_esm_keeps_all_rows(tmp_path):
    encoder = load_encoder(*tiny_model(tmp_path, "esm"), "pretrained", 0)
    assert keep_rows(encoder, {2, 3, 7}, pad=0).tolist() == list(range(60))
    assert encoder.get_input_embeddings().num_embeddings == 60


@pytest.mark.parametrize("family", ["bert", "albert", "roberta", "esm"])
def test_whole_weights_have_trained_rows_and_all_others(tmp_path, family):
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    embeddings = encoder.get_input_embeddings()
    new_ids = keep_rows(encoder, {2, 3, 7, 9}, pad=0)
    with torch.no_grad():
        encoder.get_input_embeddings().weight[new_ids[7]] += 1
    after = whole_weights(encoder, embeddings, new_ids)
    words = next(name for name in before if name.endswith("word_embeddings.weight"))
    before[words][7] += 1
    assert before.keys() == after.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)

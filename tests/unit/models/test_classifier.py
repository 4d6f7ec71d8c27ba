"""Pooling, masks and token types of the classifier."""

import numpy as np
import pytest
import torch

from beyondtext.models.batches import collate
from beyondtext.models.classifier import SequenceModel, broadcast_mask, token_type_ids
from beyondtext.models.kernels import BLOCKED_ATTENTION
from beyondtext.models.loading import load_encoder
from tiny import tiny_model

FAMILIES = ["bert", "albert", "roberta", "esm"]
CPU = torch.device("cpu")


def test_pooling_ignores_padding(tiny_bert):
    definition, files = tiny_bert
    model = SequenceModel(load_encoder(definition, files, "pretrained", 0), "mean", 3).eval()
    ids, mask = torch.tensor([[2, 9, 3]]), torch.ones(1, 3).long()
    padded, padded_mask = torch.tensor([[2, 9, 3, 0, 0]]), torch.tensor([[1, 1, 1, 0, 0]])
    torch.testing.assert_close(model(ids, mask), model(padded, padded_mask))


def test_cls_pooling_uses_the_encoders_pooler(tmp_path):
    definition, files = tiny_model(tmp_path, "bert", pooling="cls")
    encoder = load_encoder(definition, files, "pretrained", 0).eval()
    model = SequenceModel(encoder, "cls", 2).eval()
    ids, mask = torch.tensor([[2, 9, 3]]), torch.ones(1, 3).long()
    expected = model.head(encoder(input_ids=ids, attention_mask=mask).pooler_output)
    assert torch.equal(model(ids, mask), expected)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["eager", "sdpa", BLOCKED_ATTENTION])
def test_a_broadcast_mask_gives_the_same_output_as_a_plain_one(tmp_path, family, kind):
    encoder = load_encoder(*tiny_model(tmp_path, family), "pretrained", 0, kind).eval()
    ids, mask = collate([np.array([5, 6, 7]), np.array([8, 9, 10, 11, 12])], 0, CPU)
    expected = encoder(input_ids=ids, attention_mask=mask).last_hidden_state[mask.bool()]
    broadcast = broadcast_mask(mask, encoder.config)
    torch.testing.assert_close(
        encoder(input_ids=ids, attention_mask=broadcast).last_hidden_state[mask.bool()], expected
    )


def test_token_types_change_after_the_first_separator():
    ids = torch.tensor([[2, 9, 3, 8, 7, 3], [2, 3, 8, 3, 0, 0]])
    assert token_type_ids(ids, (ids != 0).long(), 3).tolist() == [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0]]


def test_an_encoder_with_token_types_receives_them(tmp_path):
    encoder = load_encoder(*tiny_model(tmp_path, "bert"), "pretrained", 0)
    model = SequenceModel(encoder, "mean", 2, separator=3).eval()
    ids = torch.tensor([[2, 9, 3, 8, 3]])
    mask = torch.ones_like(ids)
    hidden = encoder(input_ids=ids, attention_mask=mask, token_type_ids=torch.tensor([[0, 0, 0, 1, 1]]))
    torch.testing.assert_close(model(ids, mask), model.head(hidden.last_hidden_state.mean(1)))
    assert not torch.equal(model(ids, mask), SequenceModel(encoder, "mean", 2).eval()(ids, mask))


def test_an_encoder_without_token_types_has_no_separator(tmp_path):
    encoder = load_encoder(*tiny_model(tmp_path, "esm"), "pretrained", 0)
    assert SequenceModel(encoder, "mean", 2, separator=3).separator is None


def test_the_head_works_in_float32_under_autocast(tiny_bert):
    model = SequenceModel(load_encoder(*tiny_bert, "pretrained", 0), "mean", 2)
    ids = torch.tensor([[2, 9, 3]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model(ids, torch.ones_like(ids)).dtype == torch.float32

"""The CPU kernels, compared with their definitions, with autograd and with transformers."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from transformers.activations import NewGELUActivation

from beyondtext.models import kernels
from beyondtext.models.batches import collate
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.loading import load_encoder
from tiny import tiny_model

CPU = torch.device("cpu")
FAMILIES = ["bert", "albert", "roberta", "esm"]


@pytest.mark.parametrize(("device", "attention"), [("cpu", kernels.BLOCKED_ATTENTION), ("cuda", "sdpa")])
def test_the_blocked_attention_is_for_processors(device, attention):
    assert kernels.fastest_attention(torch.device(device)) == attention


def test_dropout_drops_the_given_share_independently_and_keeps_the_mean():
    torch.manual_seed(0)
    drop = kernels.Dropout(0.1)
    out = drop(torch.ones(1000, 1001))
    assert set(out.unique().tolist()) == {0.0, out.max().item()}
    dropped = out == 0
    # Two-sided tests at 1 in 10,000, on a fixed seed.
    assert stats.binomtest(int(dropped.sum()), dropped.numel(), 0.1).pvalue > 1e-4
    assert out.mean().item() == pytest.approx(1, abs=4 * math.sqrt(0.1 / 0.9 / out.numel()))
    # Four neighbours share one 64-bit number; all sixteen patterns must be as frequent as with independent numbers.
    groups = dropped.flatten()[: dropped.numel() // 4 * 4].view(-1, 4).long() @ torch.tensor([1, 2, 4, 8])
    ones = np.array([bin(pattern).count("1") for pattern in range(16)])
    expected = 0.1**ones * 0.9 ** (4 - ones) * len(groups)
    assert stats.chisquare(np.bincount(groups, minlength=16), expected * len(groups) / expected.sum()).pvalue > 1e-4


def test_dropout_passes_gradients_where_it_passes_values():
    torch.manual_seed(0)
    x = torch.randn(7, 9, requires_grad=True)
    out = kernels.Dropout(0.3)(x)
    out.sum().backward()
    torch.testing.assert_close(x.grad, out.detach() / x.detach())
    assert (x.grad == 0).any()
    assert kernels.keep_scale(0.3) == pytest.approx(1 / 0.7, rel=1e-4)


def test_dropout_does_nothing_in_evaluation_mode():
    x = torch.randn(5)
    assert kernels.Dropout(0.5).eval()(x) is x


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 1 / 65_536, 0.9])
def test_as_many_of_all_random_numbers_drop_an_element_as_the_probability_says(p):
    class EveryNumberOnce:
        def draw(self, shape):
            return torch.arange(-(2**15), 2**15, dtype=torch.int16).view(shape)

    keep = kernels.draw_keep(EveryNumberOnce(), (256, 256), p)
    assert set(keep.unique().tolist()) <= {0, 1}
    assert abs((keep == 0).sum().item() / 65_536 - p) <= 1 / 131_072
    assert kernels.keep_scale(p) * keep.double().mean().item() == pytest.approx(1, rel=1e-15)


def test_random_bits_follow_torchs_seed_alone():
    draws = []
    for numpy_seed, seed in ((0, 3), (1, 3), (1, 4)):
        np.random.seed(numpy_seed)
        torch.manual_seed(seed)
        random = kernels.RandomBits()
        draws.append(torch.cat([random.draw((3, 5)), random.draw((3, 5))]))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[1], draws[2])
    assert not torch.equal(draws[0][:3], draws[0][3:])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_masks_leave_kept_numbers_exactly_as_they_are(dtype):
    x = torch.tensor([1.5, -2.0, 1e-38, math.inf, -math.inf, 3.0, -0.0]).to(dtype)
    keep = torch.tensor([1, 0, 1, 1, 0, 0, 1], dtype=torch.int16)
    kept = keep.bool()
    for result in (kernels.masked(x, keep), kernels.mask_(x.clone(), keep)):
        assert result.dtype == dtype
        assert torch.equal(result[kept], x[kept])
        if dtype == torch.bfloat16:  # the products of floating-point numbers would be NaN for infinity
            assert (result[~kept] == 0).all()


def plain(query, key, value, mask, keep, p):
    """The definition, with the dropout mask given."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return (torch.softmax(scores, -1) * keep * kernels.keep_scale(p) @ value).transpose(1, 2)


@pytest.mark.parametrize("block", [1, 600, 10**6])  # bytes: one matrix at a time, two, all of them
@pytest.mark.parametrize("padded", [False, True])
def test_attention_and_its_gradients_equal_the_definition(monkeypatch, block, padded):
    monkeypatch.setattr(kernels, "BLOCK", block)
    generator = torch.Generator().manual_seed(1)
    batch, heads, tokens, width, p = 3, 2, 6, 4, 0.25
    inputs = [torch.randn(batch, heads, tokens, width, generator=generator, dtype=torch.float64) for _ in range(3)]
    mask = (torch.arange(tokens) < torch.tensor([[6], [4], [1]]))[:, None, None] if padded else None

    drawn = []
    draw = kernels.draw_keep
    monkeypatch.setattr(kernels, "draw_keep", lambda *arguments: drawn.append(draw(*arguments)) or drawn[-1])
    results = []
    for implementation in ("blocked", "plain"):
        tensors = [tensor.clone().requires_grad_() for tensor in inputs]
        if implementation == "blocked":
            output, _ = kernels.attention(None, *tensors, mask, dropout=p)
        else:
            keep = torch.cat(drawn).view(batch, heads, tokens, tokens)
            output = plain(*tensors, mask, keep, p)
        output.sin().sum().backward()
        results.append([output.detach(), *(tensor.grad for tensor in tensors)])
    for blocked, reference in zip(*results, strict=True):
        torch.testing.assert_close(blocked, reference, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_private_softmax_backward_of_torch_is_what_autograd_computes(dtype):
    generator = torch.Generator().manual_seed(2)
    scores, gradient = torch.randn(2, 3, 5, 7, generator=generator).to(dtype)
    scores.requires_grad_()
    softmax = torch.softmax(scores, -1)
    softmax.backward(gradient)
    assert torch.equal(kernels._softmax_backward(gradient, softmax.detach()), scores.grad)
    formula = softmax * (gradient - (gradient * softmax).sum(-1, keepdim=True))
    torch.testing.assert_close(scores.grad, formula, rtol=1e-2 if dtype == torch.bfloat16 else 1e-4, atol=1e-2)


def test_transformers_calls_the_attention_with_dropout_in_training_mode_only(tiny_bert, monkeypatch):
    calls = []
    apply = kernels._Attention.apply
    monkeypatch.setattr(kernels._Attention, "apply", lambda *arguments: calls.append(arguments) or apply(*arguments))
    encoder = load_encoder(*tiny_bert, "pretrained", 0, kernels.BLOCKED_ATTENTION)
    ids, mask = collate([np.array([2, 9, 12, 7, 3]), np.array([2, 11, 3])], 0, CPU)
    encoder.eval()(input_ids=ids, attention_mask=mask)
    assert calls == []
    encoder.train()(input_ids=ids, attention_mask=mask)
    assert len(calls) == encoder.config.num_hidden_layers
    *_, bias, _scaling, p = calls[0]
    assert p == encoder.config.attention_probs_dropout_prob > 0
    padding = (mask == 0).repeat_interleave(encoder.config.num_attention_heads, 0)
    assert torch.equal(bias[:, 0] == -math.inf, padding)


def test_attention_agrees_with_finite_differences():
    torch.manual_seed(0)
    inputs = [torch.randn(2, 1, 3, 2, dtype=torch.float64, requires_grad=True) for _ in range(3)]

    def same_mask(*tensors):
        torch.manual_seed(5)
        return kernels.attention(None, *tensors, None, dropout=0.2)[0]

    assert torch.autograd.gradcheck(same_mask, inputs)


@pytest.mark.parametrize("family", ["bert", "esm"])
def test_without_dropout_an_encoder_equals_transformers_own(tmp_path, family):
    definition, files = tiny_model(tmp_path, family)
    ids, mask = collate([np.array([2, 9, 12, 7, 3]), np.array([2, 11, 3])], 0, CPU)
    models = {}
    for name in ("eager", kernels.BLOCKED_ATTENTION):
        torch.manual_seed(1)
        models[name] = SequenceModel(load_encoder(definition, files, "pretrained", 0, name), "mean", 2).eval()
    torch.testing.assert_close(
        models["eager"](ids, mask), models[kernels.BLOCKED_ATTENTION](ids, mask), rtol=1e-5, atol=1e-6
    )


def tiny_sequence_model(folder, family, attention, **settings):
    """A classifier on a tiny encoder, with the weights of seed 1."""
    definition, files = tiny_model(folder, family, **settings)
    torch.manual_seed(1)
    return SequenceModel(load_encoder(definition, files, "pretrained", 0, attention), "mean", 2)


def test_attention_without_dropout_agrees_with_finite_differences():
    torch.manual_seed(0)
    inputs = [torch.randn(2, 1, 3, 2, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    assert torch.autograd.gradcheck(lambda *tensors: kernels._Attention.apply(*tensors, None, 0.7, 0.0), inputs)


def test_without_dropout_gradients_in_bfloat16_are_near_those_of_torchs_attention():
    torch.manual_seed(0)
    inputs, mask = torch.randn(3, 2, 2, 20, 8), (torch.arange(20) < torch.tensor([[20], [13]]))[:, None, None]
    results = []
    for dtype in (torch.bfloat16, torch.float32):
        tensors = [tensor.to(dtype).requires_grad_() for tensor in inputs]
        output, _ = kernels.attention(None, *tensors, mask, dropout=0.0)
        output.sin().sum().backward()
        results.append([output, *(tensor.grad for tensor in tensors)])
    assert type(results[0][0].grad_fn.next_functions[0][0]).__name__ == "_AttentionBackward"
    for rounded, exact in zip(*results, strict=True):
        assert rounded.dtype == torch.bfloat16
        assert (rounded.float() - exact).norm() < 0.02 * exact.norm()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_replaced_modules_compute_what_transformers_modules_compute(tmp_path, family, training):
    """Outputs and gradients of all parameters, in evaluation mode and in training without dropout."""
    ids, mask = collate([np.array([2, 9, 12, 7, 3]), np.array([2, 11, 3])], 0, CPU)
    none = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    expected = tiny_sequence_model(tmp_path, family, "eager", **none).train(training)
    model = tiny_sequence_model(tmp_path, family, kernels.BLOCKED_ATTENTION, **none).train(training)
    kernels.replace_modules(model)
    assert list(model.state_dict()) == list(expected.state_dict())
    results = [network(ids, mask) for network in (model, expected)]
    torch.testing.assert_close(*results, rtol=1e-5, atol=1e-6)
    for result in results:
        result.square().sum().backward()
    for (name, parameter), reference in zip(model.named_parameters(), expected.parameters(), strict=True):
        assert (parameter.grad is None) == (reference.grad is None), name
        if reference.grad is not None:
            torch.testing.assert_close(parameter.grad, reference.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_in_bfloat16_with_dropout_all_parameters_get_the_gradients_of_float32_nearly(tmp_path, family):
    ids, mask = collate([np.array([2, 9, 12, 7, 3]), np.array([2, 11, 3])], 0, CPU)
    model = tiny_sequence_model(tmp_path, family, kernels.BLOCKED_ATTENTION)
    kernels.replace_modules(model)
    gradients = []
    for enabled in (True, False):
        torch.manual_seed(6)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            model(ids, mask).square().sum().backward()
        gradients.append(torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]))
        model.zero_grad()
    rounded, exact = gradients
    assert (rounded - exact).norm() < 0.1 * exact.norm()


def test_replaced_modules_are_those_with_a_cheaper_equivalent(tmp_path):
    model = tiny_sequence_model(tmp_path, "albert", "eager")
    before = {name: type(module) for name, module in model.named_modules()}
    kernels.replace_modules(model)
    after = {name: type(module) for name, module in model.named_modules()}
    equivalents = {nn.Dropout: kernels.Dropout, NewGELUActivation: nn.GELU}
    assert set(equivalents) <= set(before.values())
    assert after == {name: equivalents.get(kind, kind) for name, kind in before.items()}


@pytest.mark.parametrize("tokens", [30, 32])  # the two ways in which softmax is computed
def test_the_softmax_of_bfloat16_scores_is_rounded_once(tokens):
    scores = torch.randn(3, tokens, tokens, generator=torch.Generator().manual_seed(3)).bfloat16()
    softmax = kernels._softmax(scores)
    assert softmax.dtype == torch.bfloat16
    torch.testing.assert_close(softmax.double(), torch.softmax(scores.double(), -1), rtol=2**-8, atol=0)


def test_bfloat16_attention_is_close_to_float32():
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 2, 20, 8)
    torch.manual_seed(4)
    exact, _ = kernels.attention(None, query, key, value, None, dropout=0.1)
    torch.manual_seed(4)
    rounded, _ = kernels.attention(None, *(t.bfloat16() for t in (query, key, value)), None, dropout=0.1)
    assert rounded.dtype == torch.bfloat16
    assert (rounded.float() - exact).abs().max() < 0.05

"""The four measurements on tiny models, compared with direct computations of the same quantities."""

import numpy as np
import pytest
import torch

from beyondtext.models.architecture import FAMILIES
from beyondtext.models.batches import collate
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.loading import load_encoder
from beyondtext.trainability.measures import (
    gradient_cosines,
    jacobian_singular_values,
    layer_arguments,
    layer_norm_input_deviations,
    perturbation_changes,
)
from beyondtext.training.targets import ClassTarget
from tiny import tiny_model

CPU = torch.device("cpu")
TARGET = ClassTarget(("p", "q"))
SEQUENCES = [np.array([2, *ids, 3]) for ids in ([5, 6], [7], [8, 9, 10, 11], [12, 13, 14], [15], [16, 17, 18])]
LABELLED = [(SEQUENCES[k : k + 2], ["p", "q"]) for k in (0, 2, 4)]
BATCHES = [sequences for sequences, _ in LABELLED]


def tiny(folder, family="bert", **settings):
    torch.manual_seed(0)
    return SequenceModel(load_encoder(*tiny_model(folder, family, **settings), "pretrained", 0), "mean", 2)


@pytest.fixture
def model(tmp_path):
    return tiny(tmp_path)


def flat_gradient(model, batch):
    sequences, values = batch
    model.eval().zero_grad()
    TARGET.losses(model(*collate(sequences, 0, CPU)), TARGET.encode(values)).mean().backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).double()


def test_cosines_between_the_gradients_of_batches(model):
    cosines = gradient_cosines(model, LABELLED, TARGET, 0, CPU)
    gradients = [flat_gradient(model, batch) for batch in LABELLED]
    expected = [[float(torch.cosine_similarity(a, b, dim=0)) for b in gradients] for a in gradients]
    np.testing.assert_allclose(cosines, expected, atol=1e-6)


def test_gradients_beyond_the_budget_are_computed_again(model):
    whole = gradient_cosines(model, LABELLED * 2, TARGET, 0, CPU)
    few = gradient_cosines(model, LABELLED * 2, TARGET, 0, CPU, budget=1)
    np.testing.assert_allclose(few, whole, atol=1e-7)
    np.testing.assert_allclose(whole[0, 3], 1, atol=1e-6)  # the same batch again


def test_perturbation_changes_the_first_token_and_restores_the_model(model):
    before = [parameter.clone() for parameter in model.parameters()]
    changes = perturbation_changes(model, BATCHES, 0, CPU, 0.01, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert changes.shape == (6,) and (changes > 0).all()

    generator = torch.Generator().manual_seed(3)
    ids, mask = collate(BATCHES[0], 0, CPU)
    model.eval()
    with torch.no_grad():
        first = model.encode(ids, mask).last_hidden_state[:, 0]
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.01)
        second = model.encode(ids, mask).last_hidden_state[:, 0]
    np.testing.assert_allclose(changes[:2], ((second - first).norm(dim=1) / first.norm(dim=1)).numpy(), rtol=1e-5)


def test_perturbation_does_not_include_dropout(model):
    model.train()
    assert perturbation_changes(model, BATCHES, 0, CPU, 1e-9, seed=3).max() < 1e-5
    small, doubled = (perturbation_changes(model, BATCHES, 0, CPU, noise, seed=3) for noise in (1e-4, 2e-4))
    np.testing.assert_allclose(doubled / small, 2, rtol=0.05)


def test_inputs_of_the_layer_normalizations(model):
    deviations = layer_norm_input_deviations(model, BATCHES, 0, CPU)
    assert list(deviations) == [
        "embeddings.LayerNorm",
        *(f"encoder.layer.{k}.{part}.LayerNorm" for k in (0, 1) for part in ("attention.output", "output")),
    ]
    assert {len(values) for values in deviations.values()} == {sum(map(len, SEQUENCES))}

    embeddings = model.encoder.embeddings
    ids = torch.tensor(SEQUENCES[0])[None]
    summed = (
        embeddings.word_embeddings(ids)
        + embeddings.position_embeddings(torch.arange(ids.shape[1]))[None]
        + embeddings.token_type_embeddings(torch.zeros_like(ids))
    )
    expected = summed[0].std(-1, unbiased=False).detach().numpy()
    np.testing.assert_allclose(deviations["embeddings.LayerNorm"][: ids.shape[1]], expected, rtol=1e-5)


def test_padding_is_excluded(model):
    alone = layer_norm_input_deviations(model, [[sequence] for sequence in SEQUENCES], 0, CPU)
    together = layer_norm_input_deviations(model, [SEQUENCES], 0, CPU)
    for name in alone:
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-4)


def test_a_shared_normalization_has_an_entry_for_each_execution(tmp_path):
    names = list(layer_norm_input_deviations(tiny(tmp_path, "albert"), BATCHES, 0, CPU))
    assert len(names) == 1 + 2 * 2 and len(set(names)) == 5
    assert sum("#2" in name for name in names) == 2


@pytest.mark.parametrize("family", ["bert", "albert", "roberta", "esm"])
def test_singular_values_of_the_jacobian(tmp_path, family):
    model = tiny(tmp_path, family).eval()
    sequence = np.array([2, 9, 8, 7, 3])
    singular_values = jacobian_singular_values(model, sequence, 2, CPU, chunk=5)
    embedded = model.encoder.embeddings(input_ids=torch.tensor(sequence)[None]).detach().requires_grad_()
    output = model.encoder.encoder(embedded).last_hidden_state[0, 2]
    rows = [torch.autograd.grad(value, embedded, retain_graph=True)[0].flatten() for value in output]
    expected = np.linalg.svd(torch.stack(rows).double().numpy(), compute_uv=False)[:-2]
    np.testing.assert_allclose(singular_values, expected, rtol=1e-3, atol=1e-5)


def exact_singular_values(model, sequence, token):
    """All singular values of the Jacobian, computed in float64."""
    model = model.double().eval()
    embedded, others = layer_arguments(model, torch.tensor(sequence)[None])
    jacobian = torch.func.jacrev(lambda values: model.encoder.encoder(values, **others).last_hidden_state[0, token])
    return torch.linalg.svdvals(jacobian(embedded).flatten(1)).detach().numpy()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_normalization_has_two_null_directions_whatever_its_gain_and_bias(tmp_path, family):
    model, sequence = tiny(tmp_path, family, layer_norm_eps=1e-12), np.array([2, 9, 8, 7, 3])
    *_, last = (module for module in model.encoder.encoder.modules() if isinstance(module, torch.nn.LayerNorm))
    for weight, bias in ((1.0, 0.0), (0.01, 5.0), (torch.linspace(-2, 2, 16), torch.randn(16))):
        with torch.no_grad():
            last.weight[:], last.bias[:] = weight, bias
        found = jacobian_singular_values(model.float(), sequence, 2, CPU)
        exact = exact_singular_values(model, sequence, 2)
        assert exact.shape == (16,) and (exact[-2:] < 1e-9 * exact[0]).all() and exact[-3] > 1e-5 * exact[0]
        assert found == pytest.approx(exact[:-2], rel=1e-3)


def test_fewer_embeddings_than_outputs_have_fewer_singular_values(tmp_path):
    """Those that are missing anyway are not left out again: ALBERT's embeddings may be narrower than its layers."""
    model = tiny(tmp_path, "albert")  # 8 numbers for each token, 16 outputs
    for tokens in (1, 2, 3):
        values = jacobian_singular_values(model, np.array([2, 9, 3][:tokens]), 0, CPU)
        assert len(values) == min(8 * tokens, 14) and values[-1] > 1e-5 * values[0]


def test_layers_that_pass_on_their_input_have_isometry(model):
    """Such a network only normalizes what is normalized already, so every singular value is 1."""
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters():
            parameter.fill_(1) if name.endswith("LayerNorm.weight") else None
            parameter.zero_() if name.endswith(("output.dense.weight", "dense.bias", "LayerNorm.bias")) else None
    values = jacobian_singular_values(model, SEQUENCES[2], 1, CPU)
    assert values == pytest.approx(np.ones(14), abs=1e-4)


@pytest.mark.parametrize("kind", ["one", "pair", "rotary"])
def test_the_jacobian_is_of_the_vector_that_the_model_computes(tmp_path, kind):
    model = tiny(tmp_path, "esm", position_embedding_type="rotary") if kind == "rotary" else tiny(tmp_path)
    model.eval()
    model.separator = 3 if kind == "pair" else None
    ids = torch.tensor([[2, 9, 3, 8, 3]])
    embedded, others = layer_arguments(model, ids)
    by_parts = model.encoder.encoder(embedded, **others).last_hidden_state
    torch.testing.assert_close(by_parts, model.encode(ids, torch.ones_like(ids)).last_hidden_state)
    values = jacobian_singular_values(model, ids[0].numpy(), 2, CPU)
    assert np.isfinite(values).all() and values[0] > 0

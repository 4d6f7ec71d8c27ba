"""The numbers of the released code: its definitions written out, and the errors that its docstrings describe."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from beyondtext.similarity.published_code import matched_costs
from representations import attention_costs, pwcca_of_released_code, related_pair


def test_pwcca_as_a_generalized_eigenproblem(generator):
    """Of the uncentred sums, with correlations of centred variates."""
    from scipy.linalg import block_diag, eigh

    x, y = related_pair(generator, n=300, p=6, q=4)
    x, y, ridge = x[:250], y[:250], 0.3
    within = block_diag(x.T @ x + ridge * np.eye(6), y.T @ y + ridge * np.eye(4))
    across = np.block([[np.zeros((6, 6)), x.T @ y], [y.T @ x, np.zeros((4, 4))]])
    directions = eigh(across, within)[1][:, ::-1][:, :4]
    a, b = x @ directions[:6], y @ directions[6:]
    correlations = np.array([np.corrcoef(a[:, k], b[:, k])[0, 1] for k in range(4)])
    weights = np.abs(x.T @ np.linalg.qr(a)[0]).sum(0)
    assert pwcca_of_released_code(x, y, ridge, 250) == pytest.approx(weights @ correlations / weights.sum(), abs=1e-10)
    assert pwcca_of_released_code(x, y, ridge, 100) == pwcca_of_released_code(x[:100], y[:100], ridge)


def test_pwcca_is_saturated(generator):
    """For independent data with as many features as in the paper."""
    x, y = (generator.standard_normal((1500, 768)) for _ in range(2))
    assert 0.8 < pwcca_of_released_code(x, y) < 0.98


def matched_cost(costs):
    """What the paper describes: the total distance of matched heads, each sequence with a matching of its own."""
    return float(np.mean([cost[linear_sum_assignment(cost)].sum() for cost in costs]))


def padded_maps(generator, sequences, count, positions, real=None):
    """Random maps in which padded keys get no attention, while padded queries give it."""
    real = positions if real is None else real
    maps = np.zeros((sequences, count, positions, positions), dtype=np.float32)
    maps[..., :real] = generator.dirichlet(np.full(real, 0.3), size=(sequences, count, positions))
    return maps


def test_attention_cost_by_its_definition(generator):
    a, b = padded_maps(generator, 6, 3, 5), padded_maps(generator, 6, 3, 5)
    cost = np.zeros((6, 3, 3))
    for n, j, i in np.ndindex(cost.shape):
        cost[n, j, i] = sum(abs(float(x) - float(y)) for x, y in zip(a[n, i].flat, b[n, j].flat, strict=True))
    assert attention_costs(a, b) == pytest.approx(cost, abs=1e-9)
    totals, intended = [], []
    for n in range(6):
        matched = linear_sum_assignment(cost[n])[1]
        totals.append(sum(cost[k, matched[k], i] for k in range(3) for i in range(3)))
        intended.append(sum(cost[n, k, matched[k]] for k in range(3)))
    assert len(set(np.round(totals, 6))) > 1
    assert matched_costs(attention_costs(a, b)) == pytest.approx(np.mean(totals), abs=1e-9)
    assert matched_cost(attention_costs(a, b)) == pytest.approx(np.mean(intended), abs=1e-9)


def test_twelve_heads_make_the_cost_twelve_times_too_large():
    """All heads attend to keys of their own, so the distance of every pair is 2 at each of 24 queries."""
    a, b = np.zeros((2, 14, 12, 24, 24))
    for head in range(12):
        a[:, head, :, head] = b[:, head, :, 12 + head] = 1
    assert matched_cost(attention_costs(a, b)) == 12 * 24 * 2
    assert matched_costs(attention_costs(a, b)) == 12 * matched_cost(attention_costs(a, b))


def test_the_matching_has_no_effect_if_all_sequences_are_equal(generator):
    """The cost is then the sum over all pairs of heads, and above 0 even for an encoder and itself."""
    maps = np.repeat(padded_maps(generator, 1, 4, 6), 5, axis=0)
    costs = attention_costs(maps, maps)
    assert matched_cost(costs) == 0
    assert matched_costs(attention_costs(maps, maps)) == pytest.approx(costs[0].sum())
    assert matched_costs(attention_costs(maps, maps[:, ::-1])) == pytest.approx(costs[0].sum())


def test_later_sequences_only_provide_matchings(generator):
    """Distances in all sequences but the first N do not matter, as long as their matching stays the same."""
    a, b = padded_maps(generator, 7, 3, 5), padded_maps(generator, 7, 3, 5)
    closer, costs = b.copy(), attention_costs(a, b)
    for place in range(3, 7):
        matched = linear_sum_assignment(costs[place])[1]
        closer[place] = a[place, matched]  # the same matching, with distance 0
    assert matched_cost(attention_costs(a, closer)) < matched_cost(costs) / 2
    assert matched_costs(attention_costs(a, closer)) == pytest.approx(matched_costs(attention_costs(a, b)), abs=1e-9)


def test_padding_adds_to_the_cost(generator):
    a, b = padded_maps(generator, 4, 3, 20, real=4), padded_maps(generator, 4, 3, 20, real=4)
    real = [side[:, :, :4, :4] for side in (a, b)]
    assert matched_costs(attention_costs(a, b)) > 4 * matched_costs(attention_costs(*real))

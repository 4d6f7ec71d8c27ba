"""Class and number targets."""

import math

import numpy as np
import pytest
import torch

from beyondtext.training.targets import ClassTarget, NumberTarget

TARGET = ClassTarget(("fewer", "more"))


def test_classes_are_encoded_by_index_and_decoded_by_the_largest_logit():
    assert TARGET.outputs == 2
    assert TARGET.encode(["more", "fewer"]).tolist() == [1, 0]
    predicted, log_probabilities = TARGET.decode(torch.tensor([[2.0, 1.0], [0.0, math.log(3)]]))
    assert predicted.tolist() == ["fewer", "more"]
    assert np.exp(log_probabilities[1]) == pytest.approx([0.25, 0.75])


def test_the_loss_of_a_class_is_its_cross_entropy():
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]])
    assert TARGET.losses(logits, torch.tensor([0, 1])).tolist() == pytest.approx([math.log(4), math.log(2)])


def test_log_probabilities_of_very_unlikely_classes_are_finite():
    _, log_probabilities = TARGET.decode(torch.tensor([[0.0, 300.0]]))
    assert math.isfinite(log_probabilities[0, 0])


def test_numbers_are_standardized_and_decoded_in_their_own_unit():
    target = NumberTarget.fit([1.0, 3.0])
    assert (target.mean, target.sd, target.outputs) == (2, 1, 1)
    assert target.encode([4.0]).tolist() == [2]
    predicted, log_probabilities = target.decode(torch.tensor([[2.0]]))
    assert predicted.tolist() == [4] and log_probabilities is None
    assert target.losses(torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])).tolist() == [1, 9]


def test_a_constant_target_is_only_centred():
    target = NumberTarget.fit([3.0, 3.0])
    assert target.encode([3.0, 4.0]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("values", [[0.1] * 3, [0.7] * 5, [-0.3] * 2500, [3.683] * 100, [0.3, 0.1 + 0.2]])
def test_a_target_that_is_constant_up_to_rounding_is_only_centred(values):
    target = NumberTarget.fit(values)
    assert target.encode([values[0], values[0] + 0.5]).tolist() == pytest.approx([0, 0.5], abs=1e-6)

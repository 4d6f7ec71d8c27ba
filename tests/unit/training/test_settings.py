"""The settings of the training loop: epochs, evaluation steps and the schedule."""

import numpy as np
import pytest

from beyondtext.training.settings import TrainingSettings
from tiny import TRAINING

SETTINGS = TrainingSettings(12, 8, 1e-3, 0.25, 0.0, 1.0, 3)


def test_the_learning_rate_rises_and_falls_linearly():
    rates = [SETTINGS.rate(step) for step in range(1, 14)]
    assert rates[:4] == pytest.approx([1e-3 / 4, 2e-3 / 4, 3e-3 / 4, 1e-3])
    assert rates[-1] == 0  # of the step after the last
    assert np.diff(rates[3:]) == pytest.approx(np.full(9, -1e-3 / 9))
    assert TrainingSettings(5, 8, 1e-3, 0, 0.0, None, 1).rate(1) == 1e-3


@pytest.mark.parametrize(
    ("steps", "evaluations", "expected"), [(12, 3, {0, 4, 8, 12}), (5, 2, {0, 2, 5}), (2, 4, {0, 1, 2})]
)
def test_evaluations_are_evenly_spaced_from_step_0_to_the_last(steps, evaluations, expected):
    settings = TrainingSettings(steps, 8, 1e-3, 0.0, 0.0, None, evaluations)
    assert settings.evaluation_steps() == expected


def test_a_job_may_give_steps_or_epochs():
    assert TrainingSettings.of_job(TRAINING, 48).steps == 6
    epochs = {key: value for key, value in TRAINING.items() if key != "steps"} | {"epochs": 2}
    assert TrainingSettings.of_job(epochs, 50).steps == 14  # 50 sequences are 7 batches of at most 8


def test_settings_are_written_out_for_messages():
    assert str(SETTINGS).startswith("steps 12, batch_size 8, learning_rate 0.001, ")

"""Epochs as steps."""

import pytest

from beyondtext.study.epochs import in_steps


@pytest.mark.parametrize(("epochs", "examples", "steps"), [(1, 16, 2), (2, 17, 6), (0.5, 17, 2), (1.1, 800, 110)])
def test_an_epoch_is_as_many_steps_as_there_are_batches(epochs, examples, steps):
    settings = {"epochs": epochs, "batch_size": 8}
    assert in_steps(settings, examples) == {**settings, "steps": steps}


def test_settings_in_steps_stay():
    assert in_steps({"steps": 3, "batch_size": 8}, 100) == {"steps": 3, "batch_size": 8}

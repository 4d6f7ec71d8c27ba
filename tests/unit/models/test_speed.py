"""What is measured about this machine."""

import pytest
import torch

from beyondtext.models import speed
from beyondtext.study import duration


@pytest.fixture
def products(monkeypatch):
    """The precisions that are measured, with made-up speeds."""
    made = []
    speeds = {torch.float32: 1e11, torch.bfloat16: 2e11}
    monkeypatch.setattr(speed, "products_per_second", lambda dtype: made.append(dtype) or speeds[dtype])
    return made


def test_the_precision_of_training_is_measured_besides_float32(products):
    machine = speed.measure("cpu", "bfloat16")
    assert (machine.training, machine.float32, machine.gpus) == (2e11, 1e11, ())
    assert machine.cores >= 1


def test_float32_is_measured_once(products):
    machine = speed.measure("cpu", "float32")
    assert machine.training == machine.float32 == 1e11
    assert products == [torch.float32]


def test_gpus_are_named_where_training_uses_them(products, monkeypatch):
    monkeypatch.setattr(speed, "installed_gpus", lambda: ["NVIDIA L4"])
    monkeypatch.setattr(speed, "why_no_gpu", lambda: None)
    assert speed.measure("auto", "float32").gpus == ("NVIDIA L4",)
    assert speed.measure("cpu", "float32").gpus == ()
    monkeypatch.setattr(speed, "why_no_gpu", lambda: ("no driver", "install it"))
    assert speed.measure("auto", "float32").gpus == ()


def test_a_measurement_uses_one_thread_and_leaves_their_number():
    before = torch.get_num_threads()
    assert speed.products_per_second(torch.float32, seconds=0.01) > 1e8
    assert torch.get_num_threads() == before


def test_another_process_measures_the_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    machine = duration.this_machine("cpu", "float32")
    assert machine.training == machine.float32 > 1e8

"""The rows of each analysis, on a tiny model."""

from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from transformers.models.bert.modeling_bert import BertConfig, BertModel

from beyondtext.models.classifier import SequenceModel
from beyondtext.models.loading import load_encoder
from beyondtext.trainability import measures
from beyondtext.trainability.analyses import (
    Job,
    gradient_rows,
    layer_norm_rows,
    perturbation_rows,
    singular_value_rows,
    summarize,
)
from beyondtext.training.targets import ClassTarget
from tiny import tiny_model

SEQUENCES = [np.array([2, *ids, 3]) for ids in ([5, 6], [7], [8, 9, 10, 11], [12, 13, 14], [15], [16, 17, 18])]
SETTINGS = {"seed": 1, "sample_seed": 0, "noise": [0.01, 0.1], "jacobians": 2, "jacobian_tokens": 3}


@pytest.fixture
def job(tmp_path):
    torch.manual_seed(0)
    model = SequenceModel(load_encoder(*tiny_model(tmp_path, "bert"), "pretrained", 0), "mean", 2)
    train = SimpleNamespace(sequences=SEQUENCES, values=list("pqpqpq"))
    setup = SimpleNamespace(model=model, data={"train": train}, target=ClassTarget(("p", "q")), pad=0)
    return Job(SETTINGS, setup, np.array([[0, 3], [2, 1], [5, 4]]), torch.device("cpu"), Mock())


def test_gradients(job):
    (row,) = gradient_rows(job)
    batches = [(sequences, list(values)) for sequences, values in zip(job.batches, ("pq", "pq", "qp"), strict=True)]
    cosines = measures.gradient_cosines(job.setup.model, batches, job.setup.target, 0, job.device)
    assert row["analysis"] == "gradient_cosine" and row["n"] == 3
    assert row["mean"] == pytest.approx((cosines[0, 1] + cosines[0, 2] + cosines[1, 2]) / 3)


def test_perturbation_has_a_row_for_each_noise(job):
    rows = perturbation_rows(job)
    assert [(row["analysis"], row["noise"], row["n"]) for row in rows] == [
        ("perturbation", 0.01, 6),
        ("perturbation", 0.1, 6),
    ]
    assert 0 < rows[0]["mean"] < rows[1]["mean"]
    assert job.advance.call_count == 2


def test_layer_normalizations_are_numbered(job):
    rows = layer_norm_rows(job)
    assert [row["place"].split()[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[0]["place"] == "1 embeddings.LayerNorm"
    assert {row["n"] for row in rows} == {sum(map(len, SEQUENCES))}


def test_singular_values_of_the_first_sequences(job):
    (row,) = singular_value_rows(job)
    generator = np.random.default_rng(0)
    values = [
        measures.jacobian_singular_values(job.setup.model, sequence, int(generator.integers(3)), job.device)
        for sequence in (SEQUENCES[0][:3], SEQUENCES[3][:3])
    ]
    assert row["analysis"] == "log10_singular_value"
    assert row["n"] == sum(map(len, values))
    assert row["n"] == 2 * (16 - 2)
    assert row["highest"] == pytest.approx(np.log10(np.max(values)))
    assert row["lowest"] == pytest.approx(np.log10(np.min(values)))


def test_the_spread_of_singular_values_is_that_of_the_network(job):
    """Not that of rounding errors in the directions in which the last normalization lets nothing pass."""
    torch.manual_seed(0)
    config = BertConfig(
        **{"vocab_size": 30, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2},
        **{"intermediate_size": 128, "attn_implementation": "eager"},
    )
    job.setup.model = SequenceModel(BertModel(config, add_pooling_layer=False), "mean", 2)
    (row,) = singular_value_rows(job)
    assert row["n"] == 2 * 62
    assert abs(row["mean"]) < 0.05 and row["sd"] < 0.1


@pytest.mark.parametrize("zeros", [5, 16])
def test_singular_values_that_are_only_rounding_errors_count_as_a_bound(job, zeros):
    last = job.setup.model.encoder.encoder.layer[-1].output.LayerNorm
    with torch.no_grad():
        last.weight[:zeros] = 0
    (row,) = singular_value_rows(job)
    if zeros == 16:  # the output never changes
        assert row["lowest"] == row["highest"] < -30 and row["sd"] == 0
    else:  # the output has 11 directions, and 14 are expected
        assert row["lowest"] == pytest.approx(row["highest"] + np.log10(np.finfo(np.float32).eps), abs=0.5)


def test_summary_of_a_distribution():
    expected = {"n": 4, "mean": 4.0, "sd": np.sqrt(38 / 3), "lowest": 1.0, "median": 3.0, "highest": 9.0}
    assert summarize(np.array([1.0, 9.0, 2.0, 4.0])) == pytest.approx(expected)
    assert summarize(np.array([2.0]))["sd"] == 0

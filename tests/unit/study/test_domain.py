"""The models of a task's own domain."""

import pytest

from beyondtext.study import definitions
from beyondtext.study.domain import small_domain_models


@pytest.mark.parametrize(
    ("task", "model", "found"),
    [
        ({"domain": "protein", "max_length": 510}, "minilm-l6", ["esm2-8m"]),
        ({"domain": "protein", "max_length": 1025}, "minilm-l6", []),  # longer than it reads
        ({"domain": "dna", "max_length": 100}, "minilm-l6", []),
        ({"domain": "text", "max_length": 100}, "minilm-l6", []),  # the text model is of the task's domain itself
        ({"domain": "protein", "max_length": 510}, "bert-base-uncased", ["antiberty", "esm2-35m", "esm2-8m"]),
    ],
)
def test_they_are_found_in_the_definitions_that_ship(config_folder, task, model, found):
    assert small_domain_models({**task, "reader": "fasta", "options": {}}, model) == found


def test_none_is_larger_than_the_text_model(config_folder):
    task = {"domain": "protein", "max_length": 100, "reader": "fasta", "options": {}}
    layers = [definitions.model(name)["shape"]["layers"] for name in small_domain_models(task, "bert-base-uncased")]
    assert max(layers) <= 12

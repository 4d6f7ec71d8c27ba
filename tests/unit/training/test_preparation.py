"""Preparing a run: splits, ids, target and model."""

import numpy as np
import pandas as pd
import pytest
import torch

from beyondtext.data.examples import SEPARATOR, read_examples, write_examples
from beyondtext.training.preparation import read_encoder, set_up, split_data
from beyondtext.training.targets import ClassTarget, NumberTarget
from tiny import TASK, tiny_examples, tiny_settings, tiny_source


@pytest.fixture
def source(tmp_path):
    return tiny_source(tmp_path)


def test_a_setup_has_the_tasks_splits_target_and_metric(tmp_path, source):
    raw, definition = source
    setup = set_up(tiny_settings(definition), tiny_examples(tmp_path), raw, "eager")
    assert {name: len(split.values) for name, split in setup.data.items()} == {
        "train": 48,
        "validation": 16,
        "test": 16,
    }
    assert setup.target == ClassTarget(("fewer", "more"))
    assert (setup.metric, setup.pad, setup.model.head.out_features) == ("accuracy", 0, 2)


def test_ids_are_compact_and_lead_back_to_the_symbols(tmp_path, source):
    raw, definition = source
    path = tiny_examples(tmp_path)
    setup = set_up(tiny_settings(definition, mapping="identity"), path, raw, "eager")
    examples, _ = read_examples(path, "demo")
    old_ids = {new: old for old, new in enumerate(setup.new_ids.tolist()) if new >= 0}
    letters = {5: "A", 7: "C"}  # the vocabulary continues after five special entries
    test = examples[examples["split"] == "test"]
    for sequence, symbols in zip(setup.data["test"].sequences, test["symbols"], strict=True):
        first, *middle, last = (old_ids[new] for new in sequence.tolist())
        assert (first, last) == (2, 3)
        assert [letters[old] for old in middle] == list(symbols)
    compact = setup.model.encoder.get_input_embeddings().weight
    assert len(compact) == len(old_ids) < len(setup.embeddings.weight)
    for new, old in old_ids.items():
        assert torch.equal(compact[new], setup.embeddings.weight[old])


def test_every_init_gets_the_same_head_and_every_seed_a_different_one(tmp_path, source):
    raw, definition = source
    path = tiny_examples(tmp_path)
    heads = [
        set_up(tiny_settings(definition, **changes), path, raw, "eager").model.head.weight
        for changes in ({}, {"init": "scratch"}, {"init": "shuffled"}, {"seed": 8})
    ]
    assert torch.equal(heads[0], heads[1]) and torch.equal(heads[0], heads[2])
    assert not torch.equal(heads[0], heads[3])


def test_a_seed_draws_weights_and_what_both_inits_share_a_mapping_and_training_rows(tmp_path, source):
    raw, definition = source
    path = tiny_examples(tmp_path)
    _, info = read_examples(path, "demo")

    def drawn(**changes):
        """The weights and the symbols' ids of a run, and the training rows of half of them."""
        encoder, mapping = read_encoder(tiny_settings(definition, **changes), info, raw)
        half = set_up(tiny_settings(definition, mapping="identity", fraction=0.5, **changes), path, raw, "eager")
        rows = [sequence.tolist() for sequence in half.data["train"].sequences]
        return torch.nn.utils.parameters_to_vector(encoder.parameters()).tolist(), mapping, rows

    pretrained, scratch, other = drawn(), drawn(init="scratch"), drawn(init="scratch", seed=8)
    assert len(scratch[2]) == 24 and scratch[1:] == pretrained[1:]
    assert [mine != its for mine, its in zip(scratch, other, strict=True)] == [True, True, True]


def test_a_number_is_standardized_by_the_training_rows_in_use(tmp_path, source):
    raw, definition = source
    examples, _ = read_examples(tiny_examples(tmp_path), "demo")
    examples["target"] = np.arange(80.0)
    task = {**TASK, "target": {"kind": "number"}, "metric": "spearman"}
    write_examples(tmp_path / "demo.parquet", "demo", task, examples, ["A", "C"], {})
    setup = set_up(tiny_settings(definition, fraction=0.25), tmp_path / "demo.parquet", raw, "eager")
    assert len(setup.data["train"].values) == 12
    assert setup.target == NumberTarget.fit(setup.data["train"].values)
    assert setup.model.head.out_features == 1


def test_a_model_for_pairs_knows_the_id_between_them(tmp_path, source):
    raw, definition = source
    path = tiny_examples(tmp_path)
    assert set_up(tiny_settings(definition), path, raw, "eager").model.separator is None
    examples, _ = read_examples(path, "demo")
    examples["symbols"] = [[*symbols[:3], SEPARATOR, *symbols[3:]] for symbols in examples["symbols"]]
    write_examples(path, "demo", TASK, examples, ["A", "C"], {})
    setup = set_up(tiny_settings(definition), path, raw, "eager")
    assert setup.model.separator == setup.new_ids[3]


def test_a_fraction_is_taken_of_the_training_split_only():
    examples = pd.DataFrame({"split": ["train"] * 20 + ["validation"] * 4 + ["test"] * 4})
    examples["id"] = examples["group"] = [f"r{n}" for n in range(28)]
    examples["target"] = "a"
    examples["ids"] = [np.array([n]) for n in range(28)]
    whole, half = split_data(examples, 1, 0), split_data(examples, 0.5, 0)
    assert [len(half[name].sequences) for name in ("train", "validation", "test")] == [10, 4, 4]
    assert {s[0] for s in half["train"].sequences} < {s[0] for s in whole["train"].sequences}
    assert whole["train"].lengths == [1] * 20

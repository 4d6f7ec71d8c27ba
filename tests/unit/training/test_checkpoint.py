"""Checkpoints: interrupted runs resume, and unusable files are reported.

The program itself is killed at random moments: in the loop, while it saves, while it writes its files. Its processes
are forked from one that has loaded torch, which takes longer than everything else that they do.
"""

import io
import json
import multiprocessing
import os
import re
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import finetune as program
from beyondtext.training import checkpoint as checkpoints
from beyondtext.training.checkpoint import DIGEST_SIZE, Checkpoint
from beyondtext.training.pending import write_pending
from beyondtext.training.run_files import read_run
from tiny import TRAINING, tiny_examples, tiny_settings, tiny_source

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["finetune", "transformers.models.bert.modeling_bert"])
NEVER = 3600  # seconds between checkpoints: longer than any run here
DURATIONS = ("seconds", "peak_memory_mb")


def program_arguments(tmp_path, raw, definition, output, steps, checkpoint_seconds=0, **changes):
    """The program's arguments for a run of ``steps`` steps, which by default saves its state after each."""
    settings = tiny_settings(definition, training={**TRAINING, "steps": steps, "evaluations": 5}, **changes)
    folders = ["--examples", tmp_path / "demo.parquet", "--output", output, "--state", tmp_path / "state"]
    return [
        "--settings",
        json.dumps(settings),
        "--raw",
        str(raw),
        *map(str, folders),
        "--checkpoint-seconds",
        str(checkpoint_seconds),
    ]


def start(*run):
    """Start the program as a process; the parameters are those of `program_arguments`."""
    process = PROCESSES.Process(target=program.main, args=(program_arguments(*run),))
    process.start()
    return process


def last_save(tmp_path):
    """When the only checkpoint was written, in nanoseconds; 0 if there is none."""
    return max((path.stat().st_mtime_ns for path in tmp_path.glob("state/*/checkpoint")), default=0)


def wait_for_a_save(process, tmp_path):
    """Wait until a process that was just started saves its state."""
    before = last_save(tmp_path)
    while process.is_alive() and last_save(tmp_path) == before:
        time.sleep(0.005)


def saved_state(tmp_path):
    """The state that was saved last."""
    (path,) = tmp_path.glob("state/*/checkpoint")
    return torch.load(io.BytesIO(path.read_bytes()[DIGEST_SIZE:]), weights_only=True)["state"]


def record_without_durations(folder):
    record = read_run(folder)
    return {key: value for key, value in record.items() if key not in DURATIONS}


def test_a_killed_run_resumes_and_ends_with_the_same_bytes(tmp_path):
    raw, definition = tiny_source(tmp_path)
    tiny_examples(tmp_path)
    steps = 250
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    program.main(program_arguments(tmp_path, raw, definition, whole, steps, NEVER))
    assert not list((tmp_path / "state").iterdir())

    moments = np.random.default_rng()  # five different moments each time the tests run
    reached = []
    for _ in range(5):
        process = start(tmp_path, raw, definition, killed, steps)
        wait_for_a_save(process, tmp_path)
        time.sleep(moments.uniform(0, 0.15))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL  # it had not finished
        reached.append(saved_state(tmp_path)["next_step"])
    assert reached == sorted(set(reached))  # each process resumed where the one before stopped, and got further
    program.main(program_arguments(tmp_path, raw, definition, killed, steps, NEVER))
    for name in ("curve.csv", "predictions.parquet", "validation.parquet"):
        assert (whole / name).read_bytes() == (killed / name).read_bytes(), name
    assert record_without_durations(whole) == record_without_durations(killed)
    assert not list((tmp_path / "state").iterdir())


def test_a_killed_process_of_several_runs_loses_none(tmp_path, capfd):
    """It is killed during its second run: the first is then only published, the second resumes, the third begins."""
    raw, definition = tiny_source(tmp_path)
    tiny_examples(tmp_path)

    def arguments(name, seed, *more):
        output = tmp_path / f"{name}{seed}"
        return [*program_arguments(tmp_path, raw, definition, output, 30, NEVER, seed=seed), *more]

    def bytes_of(name, seed):
        return [
            (tmp_path / f"{name}{seed}" / file).read_bytes()
            for file in ("curve.csv", "predictions.parquet", "validation.parquet")
        ]

    seeds, listed = (7, 8, 9), []
    for seed in seeds:
        program.main(arguments("alone", seed))
        settings, output = json.loads(arguments("several", seed)[1]), str(tmp_path / f"several{seed}")
        listed.append(
            {"settings": settings, "choice": None, "output": output, "score_test": True, "keep_weights": False}
        )
    write_pending(tmp_path / "pending.json", listed)

    several = ["--pending", str(tmp_path / "pending.json"), "--runs-per-process", "3", "--checkpoint-seconds", "0"]
    process = PROCESSES.Process(target=program.main, args=(arguments("several", 7, *several),))
    process.start()

    def in_its_second_run():
        finished = {path.parent.parent for path in tmp_path.glob("state/*/run/run.json")}
        return finished and {path.parent for path in tmp_path.glob("state/*/checkpoint")} - finished

    while process.is_alive() and not in_its_second_run():
        time.sleep(0.001)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    for seed, begins, trains in ((7, False, False), (8, False, True), (9, True, True)):
        capfd.readouterr()
        program.main(arguments("several", seed))
        printed = capfd.readouterr().err
        assert (("step 0/30" in printed), ("step 30/30" in printed)) == (begins, trains), printed
        assert bytes_of("several", seed) == bytes_of("alone", seed)
    assert not list((tmp_path / "state").iterdir())


def test_an_unusable_checkpoint_is_reported_and_the_run_restarts(tmp_path, capfd):
    raw, definition = tiny_source(tmp_path)
    tiny_examples(tmp_path)
    run = (tmp_path, raw, definition, tmp_path / "killed", 60)
    process = start(*run)
    wait_for_a_save(process, tmp_path)
    process.kill()
    process.join()
    (path,) = tmp_path.glob("state/*/checkpoint")
    other = tmp_path / "other"
    Checkpoint(other, {"seed": 8}, 0).save({"next_step": 3})
    truncated, foreign = path.read_bytes()[:-1000], other.read_bytes()
    for content, reason in ((truncated, "is corrupt"), (foreign, "belongs to a run with other settings")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        capfd.readouterr()
        program.main(program_arguments(*run, NEVER))
        printed = capfd.readouterr().err
        assert re.search(f"warning: .*checkpoint {reason}.*; restarting from step 0", printed)
        assert "step 0/60" in printed


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself", "device"])
def test_what_is_no_file_is_removed_with_a_warning(tmp_path, kind, capfd):
    path = tmp_path / "checkpoint"
    if kind == "folder":
        path.mkdir()
        (path / "part").touch()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"link to nothing": "gone", "link to itself": path.name, "device": "/dev/zero"}[kind])
    assert Checkpoint(path, {}, NEVER).load() is None
    assert "checkpoint is not a file; restarting from step 0" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_is_due_after_its_interval(tmp_path):
    assert Checkpoint(tmp_path / "checkpoint", {}, 0).due()
    assert not Checkpoint(tmp_path / "checkpoint", {}, 3600).due()


def test_a_checkpoint_is_due_again_when_its_interval_has_passed_since_the_last_save(tmp_path, monkeypatch):
    clock = iter([0, 59, 60, 61, 120, 121])
    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    checkpoint = Checkpoint(tmp_path / "checkpoint", {}, 60)
    assert [checkpoint.due(), checkpoint.due()] == [False, True]
    checkpoint.save({"next_step": 1})
    assert [checkpoint.due(), checkpoint.due()] == [False, True]


def test_a_saved_state_is_loaded_and_leftovers_of_a_killed_save_are_deleted(tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint", {"seed": 7}, 0)
    assert checkpoint.load() is None
    checkpoint.save({"next_step": 3, "losses": torch.arange(3)})
    leftover = tmp_path / ".checkpoint.abc"
    leftover.mkdir()
    state = checkpoint.load()
    assert state["next_step"] == 3 and state["losses"].tolist() == [0, 1, 2]
    assert not leftover.exists()

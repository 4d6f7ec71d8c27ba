"""One run from its settings to its files, with a tiny model on sequences made here."""

import io
import json
import multiprocessing
import re
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest
import torch

import finetune as program
from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.examples import write_examples
from beyondtext.training.checkpoint import DIGEST, Checkpoint
from beyondtext.training.run import finetune
from beyondtext.training.run_files import read_curve, read_predictions, read_run
from tiny import tiny_model

TASK = {
    "domain": "dna",
    "title": "Demo",
    "target": {"kind": "class", "classes": ["fewer", "more"]},
    "metric": "accuracy",
    "symbols": {"kind": "characters", "alphabet": "AC"},
    "source": "demo",
}
TRAINING = {
    "steps": 6,
    "batch_size": 8,
    "learning_rate": 1e-3,
    "warmup_fraction": 0.0,
    "weight_decay": 0.0,
    "clip_norm": 1.0,
    "evaluations": 2,
    "precision": "float32",
}


def examples(folder, longest=12):
    """Distinct sequences of A and C; the class is whether A is the more frequent one."""
    generator, drawn = np.random.default_rng(0), {}
    while len(drawn) < 80:
        drawn.setdefault("".join(generator.choice(list("AC"), generator.integers(7, longest + 1))))
    table = pd.DataFrame({"id": [f"r{n}" for n in range(80)], "symbols": [list(word) for word in drawn]})
    table["target"] = ["more" if word.count("A") > word.count("C") else "fewer" for word in drawn]
    table["split"] = ["train"] * 48 + ["validation"] * 16 + ["test"] * 16
    path = folder / "demo.parquet"
    write_examples(path, "demo", TASK, table.assign(group=table["id"]), ["A", "C"], {})
    return path


def source(folder):
    """A downloaded source that holds a tiny BERT; returns its folder and the model's definition."""
    definition, held = tiny_model(folder / "tiny", "bert")
    listed = {name: {"sha256": files.sha256(path), "size": path.stat().st_size} for name, path in held.items()}
    files.write_json(folder / "tiny" / "source.json", {"source": "tiny", "files": listed})
    return folder / "tiny", definition


def settings(definition, **changes):
    run = {"task": "demo", "model": "tiny", "init": "pretrained", "mapping": "permutation", "fraction": 1.0}
    run |= {"rate": "fixed", "seed": 7}
    rest = {"special_ids": "keep", "device": "cpu", "training": TRAINING, "model_definition": definition}
    return {**run, **rest, **changes}


@pytest.fixture
def job(tmp_path):
    """A function that does a run, by default in a folder named by what differs from the default."""
    raw, definition = source(tmp_path)
    path = examples(tmp_path)

    def do(name="run", keep=False, **changes):
        run = settings(definition, **changes)
        finetune(run, path, raw, tmp_path / name, "digest", tmp_path / "state", 60, 1, keep=keep)
        return tmp_path / name

    return do


def test_a_run_leaves_its_record_curve_and_predictions(job):
    folder = job()
    record = read_run(folder)
    assert record["examples"] == {"train": 48, "validation": 16, "test": 16}
    assert list(read_curve(folder)["step"]) == [0, 3, 6]
    assert list(read_curve(folder)["examples"]) == [0, 24, 48]
    best = read_curve(folder).set_index("step")["validation"][record["best_step"]]
    assert record["scores"]["validation"] == pytest.approx(best)
    predictions = read_predictions(folder)
    assert record["scores"]["test"] == (predictions["prediction"] == predictions["target"]).mean()
    logs = predictions[["log_probability_fewer", "log_probability_more"]]
    assert np.exp(logs).sum(axis=1).to_numpy() == pytest.approx(1)
    assert (logs.idxmax(axis=1) == "log_probability_" + predictions["prediction"]).all()


def test_the_same_settings_give_the_same_numbers(job):
    one, two = job("one"), job("two")
    assert (one / "predictions.parquet").read_bytes() == (two / "predictions.parquet").read_bytes()
    assert (one / "curve.csv").read_bytes() == (two / "curve.csv").read_bytes()


def test_weights_are_kept_where_they_are_asked_for_and_change_nothing(job, tmp_path):
    from safetensors.torch import load_file

    one, two = job("one"), job("two", keep=True)
    assert (one / "predictions.parquet").read_bytes() == (two / "predictions.parquet").read_bytes()
    assert not (one / "encoder.safetensors").exists()
    kept, before = load_file(two / "encoder.safetensors"), load_file(tmp_path / "tiny" / "model.safetensors")
    assert set(kept) <= {*before, *(name.removeprefix("bert.") for name in before)}
    words = "embeddings.word_embeddings.weight"
    assert kept[words].shape == before.get(words, before.get(f"bert.{words}")).shape


def test_inits_share_everything_but_the_weights_and_seeds_nothing(job):
    pretrained, scratch, other = job("a"), job("b", init="scratch"), job("c", seed=8)
    assert read_run(pretrained)["seeds"] == read_run(scratch)["seeds"]
    assert not set(read_run(pretrained)["seeds"].values()) & set(read_run(other)["seeds"].values())
    assert read_curve(pretrained)["train_loss"].iloc[-1] != read_curve(scratch)["train_loss"].iloc[-1]


def test_a_fraction_trains_on_fewer_and_is_scored_on_all(job):
    assert read_run(job(fraction=0.25))["examples"] == {"train": 12, "validation": 16, "test": 16}


def test_a_loss_that_is_not_finite_fails_the_run_and_leaves_no_file(job, tmp_path):
    with pytest.raises(InputError, match=r"loss became (nan|inf) at step \d+ with steps 6"):
        job("broken", training={**TRAINING, "learning_rate": 1e30, "clip_norm": 1e30})
    assert not (tmp_path / "broken").exists()


def test_sequences_longer_than_the_model_allows_are_refused(tmp_path):
    raw, definition = source(tmp_path)
    path = examples(tmp_path, longest=60)  # the tiny model has 40 positions
    with pytest.raises(InputError, match=r"a sequence of \d\d symbols is longer than the 38 that tiny allows"):
        finetune(settings(definition), path, raw, tmp_path / "run", "digest", tmp_path / "state", 60, 1)
    assert not (tmp_path / "run").exists()


def test_the_program_says_what_it_did_and_reports_errors_in_one_line(tmp_path, capsys):
    raw, definition = source(tmp_path)
    given = ["--settings", json.dumps(settings(definition)), "--raw", str(raw), "--output", str(tmp_path / "run")]
    with pytest.raises(SystemExit, match=r"^error: .*demo\.parquet is missing"):
        program.main([*given, "--examples", str(tmp_path / "demo.parquet")])
    examples(tmp_path)
    program.main([*given, "--examples", str(tmp_path / "demo.parquet")])
    said = capsys.readouterr()
    assert "demo tiny pretrained seed 7: test accuracy" in said.out
    assert "step 3/6" in said.err


# The program itself, killed at random moments: in the loop, while it saves, while it writes its files. Its processes
# are forked from one that has torch loaded, which takes longer than all that they do.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["finetune", "transformers.models.bert.modeling_bert"])
DURATIONS = ("seconds", "peak_memory_mb")


def arguments(tmp_path, raw, definition, output, steps):
    """The program's arguments for a run of ``steps`` steps that saves its state after each of them."""
    chosen = settings(definition, training={**TRAINING, "steps": steps, "evaluations": 5})
    places = ["--examples", tmp_path / "demo.parquet", "--output", output, "--state", tmp_path / "state"]
    return ["--settings", json.dumps(chosen), "--raw", str(raw), *map(str, places), "--checkpoint-seconds", "0"]


def start(*run):
    """Start the program as a process of its own; for the arguments see `arguments`."""
    process = PROCESSES.Process(target=program.main, args=(arguments(*run),))
    process.start()
    return process


def last_save(tmp_path):
    """When the one state there is was published, in nanoseconds; 0 if there is none."""
    return max((path.stat().st_mtime_ns for path in tmp_path.glob("state/*/checkpoint")), default=0)


def wait_for_a_save(process, tmp_path):
    """Wait until a process that was just started publishes a state of its own."""
    before = last_save(tmp_path)
    while process.is_alive() and last_save(tmp_path) == before:
        time.sleep(0.005)


def saved(tmp_path):
    """The state that was published last."""
    (path,) = tmp_path.glob("state/*/checkpoint")
    return torch.load(io.BytesIO(path.read_bytes()[DIGEST:]), weights_only=True)["state"]


def without_durations(folder):
    record = files.read_json(folder / "run.json")
    return {key: value for key, value in record.items() if key not in DURATIONS}


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path):
    raw, definition = source(tmp_path)
    examples(tmp_path)
    steps = 250
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    program.main(arguments(tmp_path, raw, definition, whole, steps))
    assert not list((tmp_path / "state").iterdir())

    moments = np.random.default_rng()  # a new five in every run of the tests
    reached = []
    for _ in range(5):
        process = start(tmp_path, raw, definition, broken, steps)
        wait_for_a_save(process, tmp_path)
        time.sleep(moments.uniform(0, 0.15))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL  # it was not done yet
        reached.append(saved(tmp_path)["step"])
    assert reached == sorted(set(reached))  # each went on from where the one before it was, and further
    program.main(arguments(tmp_path, raw, definition, broken, steps))
    for name in ("curve.csv", "predictions.parquet"):
        assert (whole / name).read_bytes() == (broken / name).read_bytes(), name
    assert without_durations(whole) == without_durations(broken)
    assert not list((tmp_path / "state").iterdir())


def test_a_checkpoint_that_is_no_good_is_named_and_the_run_starts_anew(tmp_path, capfd):
    raw, definition = source(tmp_path)
    examples(tmp_path)
    run = (tmp_path, raw, definition, tmp_path / "broken", 60)
    process = start(*run)
    wait_for_a_save(process, tmp_path)
    process.kill()
    process.join()
    (path,) = tmp_path.glob("state/*/checkpoint")
    Checkpoint(tmp_path / "other", {"seed": 8}, 0).save({"step": 3})
    (other,) = tmp_path.glob("other/*/checkpoint")
    for content, found in ((path.read_bytes()[:-1000], "is torn"), (other.read_bytes(), "belongs to another run")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        capfd.readouterr()
        program.main(arguments(*run))
        said = capfd.readouterr().err
        assert re.search(f"warning: .*checkpoint {found}.*; the run starts anew", said)
        assert "step 0/60" in said


def test_two_processes_do_not_train_the_same_run(tmp_path, capfd):
    """Where Snakemake alone is killed its jobs live on, and the next Snakemake starts the same ones."""
    first, second = (Checkpoint(tmp_path / "state", {"seed": 7}, 0) for _ in range(2))
    first.take()
    waiting = threading.Thread(target=second.take)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    first.remove()
    waiting.join(30)
    assert not waiting.is_alive()
    assert "another process trains this run already; waiting" in capfd.readouterr().err
    second.remove()
    assert not list((tmp_path / "state").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--choice", "c.json", "--learning-rate", "1e-4"], "give --choice or --learning-rate, not both"),
        (
            ["--choice", "c.json"],
            "the configuration has one learning rate for splice, so there is no choice; omit --choice",
        ),
    ],
)
def test_a_choice_where_there_is_none_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        program.main(["--task", "splice", "--model", "minilm-l6", *arguments])
    assert message in capsys.readouterr().err


def test_a_run_by_hand_with_a_choice_is_filed_as_chosen(tmp_path, monkeypatch):
    """Also where the list of rates stands in an arm."""
    given = []
    monkeypatch.setattr(program, "finetune", lambda settings, *places, **_: given.append((settings, places)) or 1 / 0)
    (tmp_path / "c.json").write_text('{"chosen": 0.0003}')
    (tmp_path / "study.yaml").write_text(
        "arms: [{models: [minilm-l6], inits: [pretrained], learning_rate: [1.0e-4, 3.0e-4]}]\n"
    )
    arguments = ["--choice", tmp_path / "c.json", "--config", tmp_path / "study.yaml", "--seed", 7]
    with pytest.raises(ZeroDivisionError):
        program.main(["--task", "splice", "--model", "minilm-l6", *map(str, arguments)])
    ((settings, places),) = given
    assert settings["training"]["learning_rate"] == 0.0003
    assert places[2].as_posix().endswith("/rate-chosen/seed7")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--seed", "-5", "'-5' is not a whole number, 0 or more"),
        ("--seed", "1.5", "'1.5' is not a whole number, 0 or more"),
        ("--checkpoint-seconds", "-4", "'-4' is not a number of seconds, 0 or more"),
        ("--checkpoint-seconds", "nan", "'nan' is not a number of seconds, 0 or more"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(option, value, message, capsys):
    with pytest.raises(SystemExit):
        program.main(["--task", "splice", "--model", "minilm-l6", f"{option}={value}"])
    assert message in capsys.readouterr().err

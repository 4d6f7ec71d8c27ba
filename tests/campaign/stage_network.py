"""The part of the small finished study for which a network is really trained: a tiny BERT on a tiny task.

There are finished runs of two seeds with their weights; one that was interrupted, with its checkpoint; one that is
finished but not published; activations of three encoders; and a list of pending runs.
"""

import importlib
import json
import os
from functools import cache
from pathlib import Path

from safetensors import safe_open

import finetune
import tiny
from beyondtext.core import paths
from beyondtext.core.digest import code_digest
from beyondtext.core.files import read_json
from beyondtext.models.libraries import LIBRARIES
from beyondtext.similarity.files import write_check
from beyondtext.study.grid import Run
from beyondtext.study.measured_models import Encoder
from beyondtext.training import run, together
from beyondtext.training.pending import write_pending
from beyondtext.training.run import RunJob
from stage_study import made, program, quietly

SEED, OTHER, INTERRUPTED, UNPUBLISHED, PENDING = 7, 8, 9, 10, 11
RAW, EXAMPLES, OTHER_EXAMPLES = "data/raw/tiny", "data/examples/demo.parquet", "data/examples/shorter.parquet"
PENDING_LIST, CHECK = paths.PENDING, paths.similarity_check("demo")
CHOICE = "results/selection/demo/tiny/pretrained/permutation/fraction1.json"
JOB = ("task", "model", "init", "mapping", "seed", "special_ids", "device", "model_definition")
SAMPLE = {"tokens": 200, "sequences": 16, "tokens_per_sequence": 10, "attention_sequences": 4, "sample_seed": 0}
RATES = [1e-3, 1e-2]


def load():
    """Import what takes seconds, before the children are forked; this must not run any operation of torch."""
    for name in (*LIBRARIES, "transformers.models.bert.modeling_bert", "safetensors.torch", "sklearn.linear_model"):
        importlib.import_module(name)


def run_folder(seed, init="pretrained", rate="fixed"):
    return Run("demo", "tiny", init, "permutation", 1.0, rate, seed).directory


def encoder_path(stage, init="pretrained"):
    return Encoder("demo", "tiny", init, stage, SEED).path


@cache
def definition():
    """The tiny model's definition, as `tiny.tiny_source` returns it."""
    return read_json("definition.json")


def settings(seed, **changes):
    return tiny.tiny_settings(definition(), seed=seed, **changes)


def fine_tune(seed, *arguments, output=None, **changes):
    """Make a run of the tiny task with the program, as the workflow does."""
    given = {
        "--settings": json.dumps(settings(seed, **changes)),
        "--raw": RAW,
        "--examples": EXAMPLES,
        "--state": "results/.state",
        "--output": output or run_folder(seed, changes.get("init", "pretrained"), changes.get("rate", "fixed")),
        "--checkpoint-seconds": 0,
    }
    quietly(finetune.main, *(word for pair in given.items() for word in pair), "--keep-weights", *arguments)


def run_made(seed, rate="fixed"):
    """What is in a run's folder, but for the time and the memory that it took."""
    return run_in(run_folder(seed, rate=rate))


def run_in(folder):
    """The checksums of a run's files, and the content of its record but for the time, the memory and the code."""
    record = read_json(Path(folder) / "run.json")
    for key in ("seconds", "peak_memory_mb", "code", "checksum"):
        del record[key]
    return {
        "record": record,
        **{name: digest for name, digest in made(folder).items() if not name.endswith("run.json")},
    }


def write_network(study):
    """Write all of this into the folder of a study, which becomes the current one."""
    study.mkdir(parents=True, exist_ok=True)
    os.chdir(study)
    _, model = tiny.tiny_source(Path("data/raw"))
    Path("definition.json").write_text(json.dumps(model))
    Path("data/examples").mkdir(exist_ok=True)
    tiny.tiny_examples(Path("data/examples"), longest=10)
    for suffix in ("parquet", "json"):
        Path(EXAMPLES).with_suffix(f".{suffix}").rename(Path(OTHER_EXAMPLES).with_suffix(f".{suffix}"))
    tiny.tiny_examples(Path("data/examples"))
    for seed in (SEED, OTHER):
        fine_tune(seed)
    fine_tune(SEED, init="scratch")
    _write_unfinished()
    _write_pending()
    _write_choice()
    for stage, init in (("finetuned", "pretrained"), ("initial", "pretrained"), ("initial", "scratch")):
        extract(stage, init)
    write_check(CHECK, "demo", None)
    write_check(CHECK.replace("demo", "other"), "other", None)


def _write_unfinished():
    """Leave one run with a checkpoint, and another that is finished but not published."""

    def interrupt(seed, step):
        def progress(settings, steps, metric, row):
            if row["step"] == step:
                raise KeyboardInterrupt

        usual, run.print_progress = run.print_progress, progress
        try:
            fine_tune(seed)
        except SystemExit as end:
            assert end.code == 130
        finally:
            run.print_progress = usual

    interrupt(INTERRUPTED, 3)
    publish, together.Workspace.publish = together.Workspace.publish, lambda *_: exit(130)
    try:
        fine_tune(UNPUBLISHED)
    except SystemExit:
        pass
    finally:
        together.Workspace.publish = publish


def _write_pending():
    one = {"choice": None, "score_test": True, "keep_weights": True}
    runs = [{"settings": settings(seed), "output": run_folder(seed), **one} for seed in (INTERRUPTED, PENDING)]
    write_pending(PENDING_LIST, runs)


def _write_choice():
    """Trials at two learning rates, and the choice among them."""
    folders = []
    for rate in RATES:
        training = {**tiny.TRAINING, "learning_rate": rate}
        folders.append(run_folder(1000, rate=f"{rate:g}"))
        fine_tune(1000, "--no-test", rate=f"{rate:g}", training=training)
    quietly(program("choose_rate"), *folders, "--output", CHOICE)


def extract(stage="finetuned", init="pretrained", output=None):
    """Extract the activations of an encoder; return their checksum, since the order of the metadata is not fixed."""
    given = {key: settings(SEED, init=init)[key] for key in JOB} | SAMPLE | {"stage": stage}
    output = output or encoder_path(stage, init)
    weights = ["--weights", f"{run_folder(SEED)}/encoder.safetensors"] if stage == "finetuned" else []
    arguments = ("--settings", json.dumps(given), "--examples", EXAMPLES, "--raw", RAW, "--output", output, *weights)
    quietly(program("extract_activations"), *arguments)
    with safe_open(output, framework="numpy") as file:
        return file.metadata()["checksum"]


def workspace(seed):
    """The folder in which a run is made, relative to the study's."""
    job = RunJob(settings(seed), Path(EXAMPLES), Path(RAW), Path(run_folder(seed)), True, True)
    digest = code_digest("finetune.py", "envs/train.yaml")
    return together.PendingRun(job, digest, Path("results/.state")).workspace.folder.as_posix()

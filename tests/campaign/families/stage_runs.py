"""The files of runs and the choices of learning rates, which the report and later runs read."""

import os
import shutil
from pathlib import Path

import damage
import make_tables  # noqa: F401  (imported before the children are forked)
from beyondtext.core.files import read_json
from beyondtext.report.load import Tables
from damage import HARMLESS, Damage
from small_study import change_record, row_of
from stage_study import (
    CHOOSING,
    Target,
    damaged_inputs,
    inputs_of,
    made,
    program,
    quietly,
    run_folder,
    tables,
    write_expected,
    write_reported,
)

KIND = "files of runs"
RUN, SEED, INIT = (
    run_folder("splice", init, seed) for init, seed in (("scratch", 101), ("scratch", 102), ("pretrained", 101))
)
TASK = run_folder("gb1", "scratch", 101)
BASELINE = run_folder("splice", "baseline", 0, "kmer", "identity", "none")
FROZEN, FROZEN_OTHER = (run_folder("splice", init, 101, rate="frozen") for init in ("scratch", "pretrained"))
CHOICE, CHOICE_OTHER = (
    f"results/selection/gb1/minilm-l6/{init}/permutation/fraction1.json" for init in ("scratch", "pretrained")
)
TRIALS = [run_folder("gb1", "scratch", seed, rate=rate) for rate in ("3e-05", "0.0001") for seed in (1000, 1001)]


def scores(work):
    made_tables = tables("summary", "runs")
    summary = Tables("tables", "small")["summary"]
    for init, right in (("pretrained", 6 + 6 + 8), ("scratch", 4 + 5 + 6)):  # of eight examples with three seeds each
        row = row_of(summary, task="splice", init=init, rate="fixed")
        assert abs(row["mean"] - right / 24) < 1e-6, row
    return made_tables


def curves(work):
    return tables("curves")


def cross_validation(work):
    return tables("cross_validation")


def rates(work):
    return tables("rates", config=CHOOSING)


def choice(work):
    quietly(program("choose_rate"), *TRIALS, "--output", "choice.json")
    return made("choice.json")


PROGRAMS = (scores, curves, cross_validation, rates, choice)


def share(folder):
    write_reported(folder / "study")
    write_expected(folder, PROGRAMS)


def others(name, *folders):
    words = ("that of another seed", "that of another initialization", "that of another task")
    return {word: f"{folder}/{name}" for word, folder in zip(words, folders, strict=False)}


def targets():
    record, curve, predictions = "run.json", "curve.csv", "predictions.parquet"
    folds = "cross_validation.parquet"
    of_trial = {"that of another seed": f"{TRIALS[1]}/{curve}", "that of another rate": f"{TRIALS[2]}/{curve}"}
    return [
        Target("a run's record", f"{RUN}/{record}", scores, damage.JSON, others(record, SEED, INIT, TASK)),
        Target("a run's curve", f"{RUN}/{curve}", curves, damage.TEXT, others(curve, SEED, INIT, TASK), sealed=True),
        Target(
            "a run's predictions",
            f"{RUN}/{predictions}",
            scores,
            others=others(predictions, SEED, INIT, TASK),
            sealed=True,
        ),
        Target("a baseline's predictions", f"{BASELINE}/{predictions}", scores, sealed=True),
        Target(
            "out-of-fold predictions",
            f"{FROZEN}/{folds}",
            cross_validation,
            others={"that of another initialization": f"{FROZEN_OTHER}/{folds}"},
            sealed=True,
        ),
        Target("a choice of a learning rate", CHOICE, rates, damage.JSON, {"that of another arm": CHOICE_OTHER}),
        Target("a trial's record", f"{TRIALS[0]}/{record}", choice, damage.JSON),
        Target("a trial's curve", f"{TRIALS[0]}/{curve}", choice, damage.TEXT, of_trial, sealed=True),
    ]


def inputs(shared, random):
    found = damaged_inputs(KIND, targets(), shared, random, most=8)
    return found + inputs_of(KIND, Target("a run's folder", RUN, scores), folder_damages(), shared)


def folder_damages():
    """What can happen to a run's folder as a whole."""
    return [
        Damage("exchanged with that of another seed", lambda run: exchange(run, SEED)),
        *(
            Damage(f"replaced by that of another {name}", lambda run, other=other: copy(other, run))
            for name, other in (("seed", SEED), ("initialization", INIT), ("task", TASK))
        ),
        *(
            Damage(
                f"of a run with other {key.replace('_', ' ')}", lambda run, key=key, value=value: train(run, key, value)
            )
            for key, value in {"steps": 41, "learning_rate": 1e-3, "clip_norm": None, "epochs": 2, "size": 3}.items()
        ),
        Damage("of a run on another device", lambda run: with_settings(run, device="cuda"), HARMLESS),
        Damage("of a run on several threads", lambda run: with_settings(run, threads=8), HARMLESS),
        Damage("missing", shutil.rmtree),
        Damage("a file", lambda run: (shutil.rmtree(run), run.write_text("run"))),
        Damage("empty", lambda run: (shutil.rmtree(run), run.mkdir())),
        Damage("a link to nothing", lambda run: (shutil.rmtree(run), run.symlink_to("gone"))),
        Damage(
            "with out-of-fold predictions of another run",
            lambda run: os.link(f"{FROZEN}/cross_validation.parquet", run / "cross_validation.parquet"),
        ),
        Damage("with notes", lambda run: (run / "notes.txt").write_text("mine"), HARMLESS),
        Damage("with broken weights", lambda run: (run / "encoder.safetensors").write_text("broken"), HARMLESS),
        Damage("with a scratch folder", lambda run: (run / ".run.json.abcdefgh.here.tmp").mkdir(), HARMLESS),
        Damage("a link to itself elsewhere", link, HARMLESS),
    ]


def with_settings(run, **changes):
    """Give a run's record other settings, as if it had been made with these."""
    record = run / "run.json"
    change_record(record, settings={**read_json(record)["settings"], **changes})


def train(run, key, value):
    with_settings(run, training={**read_json(run / "run.json")["settings"]["training"], key: value})


def exchange(one, other):
    os.rename(one, "aside")
    os.rename(other, one)
    os.rename("aside", other)


def copy(source, path):
    shutil.rmtree(path)
    shutil.copytree(source, path)


def link(path):
    elsewhere = Path("elsewhere").absolute()
    path.rename(elsewhere)
    path.symlink_to(elsewhere)

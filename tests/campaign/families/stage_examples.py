"""A task's examples, which training, baselines and the check before the similarities read."""

import json
from pathlib import Path

import damage
from damage import HARMLESS, MAY, Damage
from stage_network import EXAMPLES, OTHER_EXAMPLES, fine_tune, load, run_made, write_network
from stage_study import Target, damaged_inputs, inputs_of, made, program, quietly, write_expected

KIND = "files of examples"
DESCRIPTION, OTHER_DESCRIPTION = (path.replace(".parquet", ".json") for path in (EXAMPLES, OTHER_EXAMPLES))
BASELINE = {"task": "demo", "model": "trivial", "init": "baseline", "mapping": "identity", "fraction": 1.0}
BASELINE |= {"rate": "none", "seed": 0}
CHECK = {"task": "demo", "models": ["minilm-l6"], "test_cap": None, "measures": ["cka"]}
CHECK |= {"tokens": 200, "sequences": 16, "tokens_per_sequence": 10, "sample_seed": 0}


def baseline(work):
    arguments = ("--settings", json.dumps(BASELINE), "--examples", EXAMPLES, "--output", "baseline")
    quietly(program("fit_baseline"), *arguments)
    return made("baseline/predictions.parquet")


def check(work):
    arguments = ("--settings", json.dumps(CHECK), "--examples", EXAMPLES, "--output", "check.json")
    quietly(program("check_similarity"), *arguments)
    return made("check.json")


def training(work):
    fine_tune(3)
    return run_made(3)


def share(folder):
    write_network(folder / "study")
    write_expected(folder, (baseline, check, training))


def inputs(shared, random):
    load()
    others = {"that of other examples": OTHER_EXAMPLES}
    of_description = {"that of other examples": OTHER_DESCRIPTION}
    targets = [
        Target("examples for a baseline", EXAMPLES, baseline, others=others, sealed=True),
        Target("their description", DESCRIPTION, baseline, damage.JSON, of_description),
        Target("a description for a check", DESCRIPTION, check, damage.JSON, of_description),
    ]
    found = damaged_inputs(KIND, targets, shared, random, most=8)
    trained = [
        Target("examples for training", EXAMPLES, training, sealed=True),
        Target("a description for training", DESCRIPTION, training, damage.JSON),
    ]
    return (
        found
        + damaged_inputs(KIND, trained, shared, random, most=2)
        + inputs_of(KIND, Target("a description", DESCRIPTION, baseline), exchanges(), shared)
    )


def exchanges():
    """Values that decide the numbers, exchanged in the description."""

    def to(**changes):
        def change(path):
            damage.replace(path, json.dumps({**json.loads(path.read_bytes()), **changes}).encode())

        return change

    def rewritten(path):
        damage.replace(Path(EXAMPLES), rewritten_parquet())

    return [
        Damage("its classes exchanged", to(target={"kind": "class", "classes": ["more", "fewer"]})),
        Damage("a number as its target", to(target={"kind": "number"})),
        Damage("another metric", to(metric="macro_f1")),
        Damage("its alphabet in another order", to(alphabet=["C", "A"])),
        Damage("the name of another task", to(task="splice")),
        Damage("the checksum of other examples", to(sha256="0" * 64)),
        Damage("other counts", to(counts={"read": 1})),
        Damage("the same value", to(metric="accuracy"), HARMLESS),
        Damage("with the same rows in a parquet file of another layout", rewritten, MAY),
    ]


def rewritten_parquet():
    import io

    import pandas as pd

    buffer = io.BytesIO()
    pd.read_parquet(EXAMPLES).to_parquet(buffer, index=False, compression="gzip")
    return buffer.getvalue()

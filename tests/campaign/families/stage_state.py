"""What unfinished runs leave for the process that goes on with them, and the lists that say which runs to make."""

import json
from pathlib import Path

import damage
from damage import HARMLESS, MAY, Damage
from stage_network import (
    CHOICE,
    INTERRUPTED,
    PENDING,
    PENDING_LIST,
    RATES,
    UNPUBLISHED,
    fine_tune,
    load,
    run_made,
    tiny,
    workspace,
    write_network,
)
from stage_study import Target, damaged_inputs, inputs_of, write_expected

KIND = "unfinished runs"


def resumed(work):
    fine_tune(INTERRUPTED)
    return run_made(INTERRUPTED)


def published(work):
    fine_tune(UNPUBLISHED)
    return run_made(UNPUBLISHED)


def several(work):
    fine_tune(INTERRUPTED, "--pending", PENDING_LIST, "--runs-per-process", 2)
    fine_tune(PENDING)
    return [run_made(INTERRUPTED), run_made(PENDING)]


def with_choice(work):
    training = {**tiny.TRAINING, "learning_rate": RATES}
    fine_tune(3, "--choice", CHOICE, rate="chosen", training=training)
    return run_made(3, rate="chosen")


def share(folder):
    write_network(folder / "study")
    Path("workspaces.json").write_text(json.dumps([workspace(INTERRUPTED), workspace(UNPUBLISHED)]))
    write_expected(folder, (resumed, published, several, with_choice))


def inputs(shared, random):
    load()
    interrupted, unpublished = json.loads((shared / "study/workspaces.json").read_text())
    checkpoint = Target("a checkpoint", f"{interrupted}/checkpoint", resumed, heals=True)
    pending = Target("the list of pending runs", PENDING_LIST, several, damage.JSON, heals=True)
    finished = [
        Target(f"the {name} of an unpublished run", f"{unpublished}/run/{path}", published, kind, heals=True)
        for name, path, kind in (
            ("record", "run.json", damage.JSON),
            ("curve", "curve.csv", damage.TEXT),
            ("predictions", "predictions.parquet", damage.BINARY),
            ("validation predictions", "validation.parquet", damage.BINARY),
            ("weights", "encoder.safetensors", damage.BINARY),
        )
    ]
    lock = Target("a lock", f"{interrupted}.lock", resumed, says="remove it", heals=True)
    choice = Target("a choice for a run", CHOICE, with_choice, damage.JSON)
    return (
        damaged_inputs(KIND, [checkpoint], shared, random)
        + damaged_inputs(KIND, [*finished, pending, choice], shared, random, most=4)
        + inputs_of(KIND, checkpoint, other_checkpoints(unpublished), shared)
        + inputs_of(KIND, pending, other_lists(shared, random), shared)
        + inputs_of(KIND, lock, locks(), shared)
    )


def other_checkpoints(unpublished):
    """What torch can read, and is no checkpoint of this run."""

    def saved(value):
        def write(path):
            import hashlib
            import io

            import torch

            buffer = io.BytesIO()
            torch.save(value, buffer)
            content = buffer.getvalue()
            damage.replace(path, hashlib.sha256(content).digest() + content)

        return write

    return [
        Damage("of a list", saved([1, 2])),
        Damage("without a state", saved({"identity": "mine"})),
        Damage("of a run with other settings", saved({"identity": "{}", "state": {"next_step": 5}})),
        Damage("with a scratch folder next to it", lambda path: scratch(path), HARMLESS),
    ]


def scratch(path):
    folder = path.with_name(f".{path.name}.abcdefgh.elsewhere.tmp")
    folder.mkdir()
    (folder / path.name).write_bytes(b"half")


def other_lists(shared, random):
    """Lists of pending runs whose entries are damaged."""
    record = json.loads((shared / "study" / PENDING_LIST).read_text())
    runs = record["runs"]
    found = [("twice the same runs", runs + runs), ("the runs in another order", runs[::-1])]
    for key in runs[1]:
        without = {name: value for name, value in runs[1].items() if name != key}
        found.append((f"a run without {key}", [runs[0], without]))
        found.append((f"a run with a list under {key}", [runs[0], {**without, key: [1]}]))
    for key in random.sample(sorted(runs[1]["settings"]), 5):
        kept = {name: value for name, value in runs[1]["settings"].items() if name != key}
        found.append((f"settings without {key}", [runs[0], {**runs[1], "settings": kept}]))
        found.append((f"settings with null under {key}", [runs[0], {**runs[1], "settings": {**kept, key: None}}]))
    training = runs[1]["settings"]["training"]
    for key, value in (("steps", "many"), ("batch_size", -1), ("learning_rate", None), ("evaluations", 10**30)):
        changed = {**runs[1]["settings"], "training": {**training, key: value}}
        found.append((f"a training with {value} as {key}", [runs[0], {**runs[1], "settings": changed}]))
    return [
        Damage(
            name, lambda path, value=value: damage.replace(path, json.dumps({**record, "runs": value}).encode()), MAY
        )
        for name, value in found
    ]


def locks():
    """What may lie where a run's lock is made."""

    def linked(path):
        path.unlink(missing_ok=True)
        path.symlink_to(Path("definition.json").absolute())  # which must not be emptied: the run needs it

    return [
        Damage("a folder", lambda path: (path.unlink(missing_ok=True), path.mkdir())),
        Damage("a link to a file", linked),
        Damage("with content", lambda path: damage.replace(path, b"123"), HARMLESS),
        Damage(
            "that nobody may write",
            lambda path: (damage.replace(path, b""), path.chmod(0o444), damage.obey_permissions()),
        ),
    ]

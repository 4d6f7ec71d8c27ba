"""The files of the similarity and trainability phases: weights, activations, checks, similarities, measurements."""

import json
import shutil

import damage
import make_tables  # noqa: F401  (imported before the children are forked)
from damage import MAY, Damage
from stage_network import (
    CHECK,
    OTHER,
    RAW,
    SEED,
    encoder_path,
    extract,
    load,
    run_folder,
    write_network,
)
from stage_study import (
    Target,
    damaged_inputs,
    inputs_of,
    made,
    program,
    quietly,
    tables,
    write_expected,
    write_reported,
)

KIND = "files of the similarities"
COMPARISON = {"task": "demo", "measures": ["cka"], "permutations": 20, "seed": 0, "confidence": 0.95}
COMPARISON |= {"domain_models": [], "encoders": {}, "tokens": 200, "sequences": 20, "tokens_per_sequence": 8}
COMPARISON |= {"attention_sequences": 0, "sample_seed": 0}
FINETUNED, INITIAL, RANDOM = (
    encoder_path(stage, init)
    for stage, init in (("finetuned", "pretrained"), ("initial", "pretrained"), ("initial", "scratch"))
)
SIMILARITIES = "results/similarity/gb1.parquet"
MEASURED = "results/trainability/splice/minilm-l6/{}/permutation/seed{}.json"


def extraction(work):
    return extract()


def comparison(work):
    arguments = ("--settings", json.dumps(COMPARISON), "--check", CHECK, "--output", "demo.parquet")
    quietly(program("compare_activations"), FINETUNED, INITIAL, RANDOM, *arguments)
    return made("demo.parquet")


def similarities(work):
    return tables("similarity", "similarity_layers")


def trainability(work):
    return tables("trainability")


PROGRAMS = (extraction, comparison, similarities, trainability)


def share(folder):
    write_reported(folder / "study")
    write_network(folder / "study")
    write_expected(folder, PROGRAMS)


def inputs(shared, random):
    load()
    weights, record = f"{run_folder(SEED)}/encoder.safetensors", f"{run_folder(SEED)}/run.json"
    others = {
        "those of another seed": f"{run_folder(OTHER)}/encoder.safetensors",
        "those of another initialization": f"{run_folder(SEED, 'scratch')}/encoder.safetensors",
        "those of the published model": f"{RAW}/model.safetensors",
    }
    measured = {
        "those of another seed": MEASURED.format("scratch", 101),
        "those of another initialization": MEASURED.format("pretrained", 100),
    }
    targets = [
        Target("the weights of an encoder", weights, extraction, others=others, sealed=True),
        Target("the record next to the weights", record, extraction, damage.JSON),
        Target("activations", FINETUNED, comparison, others={"those of another encoder": RANDOM}),
        Target(
            "a check of a task",
            CHECK,
            comparison,
            damage.JSON,
            {"that of another task": CHECK.replace("demo", "other")},
        ),
        Target("similarities", SIMILARITIES, similarities),
        Target("measurements", MEASURED.format("scratch", 100), trainability, damage.JSON, measured),
    ]
    return (
        damaged_inputs(KIND, targets, shared, random, most=7)
        + inputs_of(KIND, Target("similarities", SIMILARITIES, similarities), other_rows(random), shared)
        + inputs_of(KIND, Target("a run with weights", run_folder(SEED), extraction), other_runs(), shared)
        + inputs_of(KIND, Target("activations", FINETUNED, comparison), other_activations(random), shared)
    )


def other_rows(random):
    """Changes to the rows of a similarity table whose checksum stays."""

    def changed(change):
        def write(path):
            import pandas as pd

            table = pd.read_parquet(path)
            path.unlink()
            change(table).to_parquet(path, index=False)  # with the attributes, and so the checksum, of the old one

        return write

    row = random.randrange(3, 20)
    return [
        Damage("its last row lost", changed(lambda table: table.iloc[:-1])),
        Damage("without rows", changed(lambda table: table.iloc[:0])),
        Damage(f"row {row} twice", changed(lambda table: table.iloc[[*range(row + 1), *range(row, len(table))]])),
        Damage("its rows the other way round", changed(lambda table: table.iloc[::-1])),
        Damage("another value", changed(lambda table: table.assign(value=table["value"] + 0.1))),
        Damage("NaN for an interval", changed(lambda table: table.assign(ci_low=float("nan")))),
        Damage("a column renamed", changed(lambda table: table.rename(columns={"ci_low": "low"}))),
        Damage("a column lost", changed(lambda table: table.drop(columns="permuted_q95"))),
        Damage("a column more", changed(lambda table: table.assign(note="mine"))),
        Damage("of another task", changed(lambda table: table.assign(task="splice"))),
        Damage("without its checksum", changed(without_attributes)),
        Damage("in another layout with the same rows", changed(lambda table: table.copy()), MAY),
    ]


def without_attributes(table):
    table.attrs = {}
    return table


def other_runs():
    """Runs in the place of the one whose weights are wanted, as a whole."""

    def replaced(other):
        def copy(path):
            shutil.rmtree(path)
            shutil.copytree(other, path)

        return copy

    return [
        Damage("that of another seed", replaced(run_folder(OTHER))),
        Damage("that of another initialization", replaced(run_folder(SEED, "scratch"))),
        Damage("missing", shutil.rmtree),
        Damage("without its record", lambda path: (path / "run.json").unlink()),
    ]


def other_activations(random):
    """Activation files that safetensors can read, and in which something was changed or left out."""

    def changed(change):
        def write(path):
            from safetensors import safe_open
            from safetensors.numpy import save_file

            with safe_open(path, framework="numpy") as file:
                tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
            path.unlink()
            tensors, metadata = change(tensors, metadata)
            save_file(tensors, path, metadata)

        return write

    def without(name):
        return lambda tensors, metadata: ({key: tensors[key] for key in tensors if key != name}, metadata)

    def stated(**texts):
        return lambda tensors, metadata: (tensors, {**metadata, **texts})

    name = random.choice(["layer_00", "layer_01", "sequence", "position", "symbol", "group", "attention_lengths"])
    return [
        Damage(f"without {name}", changed(without(name))),
        Damage(
            "half as large",
            changed(lambda tensors, metadata: ({k: v[: len(v) // 2] for k, v in tensors.items()}, metadata)),
        ),
        Damage("doubled", changed(lambda tensors, metadata: ({k: v * 2 for k, v in tensors.items()}, metadata))),
        Damage(
            "in float64",
            changed(lambda tensors, metadata: ({k: v.astype(float) for k, v in tensors.items()}, metadata)),
        ),
        Damage(
            "as scalars",
            changed(lambda tensors, metadata: ({k: v.ravel()[:1].reshape(()) for k, v in tensors.items()}, metadata)),
        ),
        Damage("without metadata", changed(lambda tensors, metadata: (tensors, None))),
        Damage("of another sample", changed(stated(sample="0" * 64))),
        Damage("with another seed", changed(stated(identity=json.dumps({"task": "demo", "seed": 9})))),
        Damage("with null for an identity", changed(stated(identity="null"))),
        Damage("with an identity nested too deeply", changed(stated(identity="[" * 100_000))),
        Damage("written again with the same content", changed(lambda tensors, metadata: (tensors, metadata)), MAY),
    ]

"""Programs that write a file or a folder, each into the folder ``disk`` of a study; all return what they made."""

import json
from pathlib import Path

import make_tables  # noqa: F401  (imported before the children are forked)
import small_study
import stage_network
from beyondtext.core.errors import command_line
from beyondtext.report import plots, sections
from beyondtext.report.figure_files import files
from beyondtext.report.load import Tables
from stage_network import (
    EXAMPLES,
    JOB,
    RATES,
    RAW,
    SEED,
    encoder_path,
    extract,
    fine_tune,
    run_folder,
    run_in,
    settings,
    tiny,
    write_network,
)
from stage_study import made, program, quietly, tables, write_reported

DISK = "disk"
BASELINE = {"task": "demo", "model": "trivial", "init": "baseline", "mapping": "identity", "fraction": 1.0}
BASELINE |= {"rate": "none", "seed": 0}
COMPARISON = {"task": "demo", "measures": ["cka"], "permutations": 20, "seed": 0, "confidence": 0.95}
COMPARISON |= {"domain_models": [], "encoders": {}, "tokens": 200, "sequences": 20, "tokens_per_sequence": 8}
COMPARISON |= {"attention_sequences": 0, "sample_seed": 0}
MEASURED = {"fraction": 1, "batches": 2, "batch_size": 2, "noise": [0.01], "jacobians": 1, "jacobian_tokens": 4}
FIGURES = small_study.config(experiments=["main"])


def baseline(work, output=f"{DISK}/baseline"):
    quietly(program("fit_baseline"), "--settings", json.dumps(BASELINE), "--examples", EXAMPLES, "--output", output)
    return run_in(output)


def training(work, output=f"{DISK}/run"):
    fine_tune(3, "--state", f"{DISK}/state", output=output)
    return run_in(output)


def choice(work):
    folders = [run_folder(1000, rate=f"{rate:g}") for rate in RATES]
    quietly(program("choose_rate"), *folders, "--output", f"{DISK}/choice.json")
    return made(f"{DISK}/choice.json")


def examples(work):
    Path(DISK).mkdir(exist_ok=True)
    command_line(lambda given: tiny.tiny_examples(Path(DISK)))([])
    return made(f"{DISK}/demo.parquet", f"{DISK}/demo.json")


def extraction(work):
    return extract(output=f"{DISK}/activations.safetensors")


def comparison(work):
    encoders = (encoder_path(*one) for one in (("finetuned",), ("initial",), ("initial", "scratch")))
    output = f"{DISK}/similarities.parquet"
    quietly(program("compare_activations"), *encoders, "--settings", json.dumps(COMPARISON), "--output", output)
    return made(output)


def measurement(work):
    given = {key: settings(SEED)[key] for key in JOB} | MEASURED | {"sample_seed": 0}
    arguments = ("--settings", json.dumps(given), "--examples", EXAMPLES, "--raw", RAW)
    quietly(program("measure_trainability"), *arguments, "--output", f"{DISK}/measurements.json")
    return made(f"{DISK}/measurements.json")


def two_tables(work):
    return tables("runs", "summary", output=DISK)


def figure(work):
    draw = command_line(lambda given: plots.save(sections.figures(FIGURES)["losses"], Tables("tables"), FIGURES, DISK))
    draw([])
    return made(*(f"{DISK}/{file}" for file in files("losses")))


def load():
    """Import what takes seconds, before the children are forked; Matplotlib also keeps a cache in the home folder."""
    stage_network.load()
    plots.pyplot()


WRITERS = (baseline, training, choice, examples, extraction, comparison, measurement, two_tables, figure)


def write_results(study):
    """Write what these programs read into the folder of a study."""
    write_reported(study)
    write_network(study)
    tables("curves", "runs", config=FIGURES)

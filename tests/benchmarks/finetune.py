"""The speed of the fine-tuning program compared with that of transformers' Trainer, on this machine.

Both train MiniLM-L6 on the same sequences with the same batch size. The program uses bfloat16 if the CPU has
instructions for it; Trainer uses its default, float32, and then also bfloat16, which its users would switch on
(``bf16=True``). Both use the whole machine: the program runs as in the workflow, one process with one thread per core;
Trainer is one process with all threads. Trainer's sequences are padded to the longest of the task and, if that is
shorter, also to run_glue's default length. Each process trains one epoch, and all take turns. A rate is the number of
sequences of all processes, divided by the time of the slowest training loop.

    python tests/benchmarks/finetune.py
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

BATCH = 8
GLUE_LENGTH = 128  # the default max_seq_length of transformers' run_glue.py
TASKS = {"splice": 24, "solubility": 16}  # steps per process
SHAPES = [(8, 62), (16, 128), (4, 512)]  # batch, tokens
FASTER = {"splice": 2.5, "solubility": 5.0}  # the targets: times Trainer's speed
SHARE, LONG = 0.60, 128  # share of the peak speed at this many tokens and more
SHARE_BFLOAT16, SHAPE_BFLOAT16 = 0.45, (16, 128)  # products in bfloat16 are faster, so the rest takes a larger share
START = 4.0  # CPU seconds of a run of one step
MODEL = "minilm-l6"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, in each of which all run (default: 3)")
    parser.add_argument("--worker", choices=["trainer", "peak"], help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        {"trainer": trainer, "peak": share_of_peak}[given.worker](*given.arguments)
        return

    os.chdir(ROOT)
    configuration = "tests/benchmarks/config.yaml"
    wanted = [f"data/examples/{task}.parquet" for task in TASKS]
    wanted.append(f"data/raw/{definition()['source']}/source.json")
    command = [sys.executable, "-m", "snakemake", "--cores", str(os.cpu_count())]
    command += ["--configfile", configuration, "--quiet", "all", "--", *wanted]
    subprocess.run(command, check=True)

    print(f"{platform.machine()}, {os.cpu_count()} cores, {processor()}; medians of {given.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        targets = shares_of_peak()
        targets += start_up(Path(folder))
        for task, steps in TASKS.items():
            targets += compare(task, steps, given.rounds, Path(folder))
    print("\ntargets")
    for text, met in targets:
        print(f"  {'met   ' if met else 'missed'} {text}")


def definition():
    """The definition of the model."""
    from beyondtext.study import definitions

    return definitions.model(MODEL)


def processor():
    """The processor's name and the precision that suits it."""
    import torch

    from beyondtext.models.device import device_name

    return f"{device_name(torch.device('cpu')).removeprefix('cpu: ')}, precision {precision()}"


def precision():
    """The precision that suits the processor."""
    import torch

    from beyondtext.models.device import choose_precision

    return choose_precision("auto", torch.device("cpu"))


def shares_of_peak():
    """Print the speed of training steps as a share of the peak speed; return the targets as pairs (text, met)."""
    targets = []
    print("\nshare of the peak speed (that of 2048 x 2048 products; one thread per process, every core busy)")
    for batch, tokens in SHAPES:
        lines = run_in_parallel([worker("peak", batch, tokens) for _ in range(os.cpu_count())], threads=1)
        measured = [json.loads(line) for line in lines]
        share, peak, seconds = (statistics.median(m[key] for m in measured) for key in ("share", "peak", "seconds"))
        shape = f"{batch:3} x {tokens:3} tokens, {precision()}"
        print(f"  {shape}: {share:4.0%} of {peak:.0f} GFLOP/s; {1000 * seconds:.0f} ms a step")
        if (batch, tokens) == SHAPE_BFLOAT16 and precision() == "bfloat16":
            targets.append((f"{shape}: at least {SHARE_BFLOAT16:.0%} of the peak", share >= SHARE_BFLOAT16))
        if tokens >= LONG:
            targets.append((f"{shape}: at least {SHARE:.0%} of the peak", share >= SHARE))
    return targets


def compare(task, steps, rounds, folder):
    """Print the rates on one task, and their ratios; return the targets as pairs (text, met)."""
    longest = write_subset(task, steps, folder)
    lengths = [longest] + ([GLUE_LENGTH] if longest < GLUE_LENGTH else [])
    trainers = [(kind, length) for kind in dict.fromkeys(["float32", precision()]) for length in lengths]
    cores = os.cpu_count()
    rates = {"program": [], **{one: [] for one in trainers}}
    for _ in range(rounds):
        outputs = [folder / f"run{n}" for n in range(cores)]
        run_in_parallel([program(task, steps, folder, 100 + n, output) for n, output in enumerate(outputs)], threads=1)
        seconds = [json.loads((output / "run.json").read_text())["seconds"]["train"] for output in outputs]
        rates["program"].append(cores * steps * BATCH / max(seconds))
        for kind, length in trainers:
            command = worker("trainer", folder / f"{task}.parquet", length, steps, kind)
            rates[kind, length].append(json.loads(run_in_parallel([command], threads=cores)[0])["rate"])
    print(f"\n{task}: batches of {BATCH}, up to {longest} tokens; sequences per second")
    print(f"  {'this program, ' + precision():36}{statistics.median(rates['program']):6.1f}")
    targets = []
    for kind, length in trainers:
        name, theirs = f"Trainer, {kind}, padded to {length}", rates[kind, length]
        ratio = statistics.median(a / b for a, b in zip(rates["program"], theirs, strict=True))
        print(f"  {name:36}{statistics.median(theirs):6.1f}    ratio {ratio:.2f}")
        targets.append((f"{task}: at least {FASTER[task]} times {name}", ratio >= FASTER[task]))
    return targets


def start_up(folder):
    """Print the CPU time of a run of one step, most of which is start-up, and of each further run in its process."""
    from beyondtext.training.pending import write_pending

    write_subset("splice", 1, folder)
    one = program("splice", 1, folder, 100, folder / "run")
    settings = json.loads(one[one.index("--settings") + 1])
    rest = {"choice": None, "score_test": True, "keep_weights": False}
    runs = [{"settings": {**settings, "seed": seed}, "output": str(folder / f"{seed}"), **rest} for seed in range(9)]
    write_pending(folder / "pending.json", runs)
    several = [*one, "--pending", str(folder / "pending.json"), "--runs-per-process", str(1 + len(runs))]
    costs = {"one": [], "several": []}
    for _ in range(3):
        for name, command in (("one", one), ("several", several)):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run_in_parallel([command], threads=1)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            costs[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            shutil.rmtree(folder / "state")
    alone, together = statistics.median(costs["one"]), statistics.median(costs["several"])
    print(f"\na run of one step, with its start-up: {alone:.1f} CPU seconds")
    print(f"each further run of one step in the same process: {(together - alone) / len(runs):.1f} CPU seconds")
    return [(f"a run of one step: at most {START:g} CPU seconds", alone <= START)]


def write_subset(task, steps, folder):
    """Write examples for some training steps and only a few to score; return the tokens of the longest sequence."""
    import pandas as pd

    from beyondtext.data.examples import read_examples, write_examples

    table, info = read_examples(ROOT / f"data/examples/{task}.parquet", task)
    parts = [table[table["split"] == "train"].sample(steps * BATCH, random_state=0)]
    parts += [table[table["split"] == split].head(2) for split in ("validation", "test")]
    subset = pd.concat(parts, ignore_index=True)
    write_examples(folder / f"{task}.parquet", task, info, subset, info["alphabet"], info["counts"])
    return int(subset["symbols"].map(len).max()) + 2


def program(task, steps, folder, seed, output):
    """The command for one run of the fine-tuning program."""
    from beyondtext.study.configuration import load_config
    from beyondtext.study.grid import FIXED, Run
    from beyondtext.study.job_settings import run_settings

    settings = run_settings(
        load_config(ROOT / "tests/benchmarks/config.yaml"),
        Run(task, MODEL, "pretrained", "permutation", 1.0, FIXED, seed),
    )
    settings["training"] |= {"steps": steps, "batch_size": BATCH, "evaluations": 1}
    command = [sys.executable, "scripts/finetune.py", "--settings", json.dumps(settings)]
    command += ["--examples", folder / f"{task}.parquet", "--output", output, "--state", folder / "state"]
    return [str(word) for word in command]


def worker(name, *arguments):
    """The command that runs one of this file's workers."""
    return [sys.executable, __file__, "--worker", name, "--", *map(str, arguments)]


def run_in_parallel(commands, threads):
    """Run commands in parallel, each with the given number of threads; return the last line that each printed."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for command in commands
    ]
    lines = []
    for process in started:
        out, errors = process.communicate()
        if process.returncode:
            sys.exit(errors[-3000:])
        lines.append(out.splitlines()[-1])
    return lines


def trainer(path, length, steps, kind):
    """Train with transformers' Trainer, and its defaults except for the precision, on an examples file, once."""
    import torch
    from transformers import BertForSequenceClassification, Trainer, TrainingArguments

    from beyondtext.data.examples import read_examples
    from beyondtext.data.raw import raw_files, require_file
    from beyondtext.models.token_ids import encode, map_symbols
    from beyondtext.models.vocabulary import load_vocabulary

    length, steps = int(length), int(steps)
    table, info = read_examples(path, Path(path).stem)
    table = table[table["split"] == "train"]
    model = definition()
    files = raw_files(ROOT / "data/raw" / model["source"])
    vocabulary = load_vocabulary(model, files)
    mapping = map_symbols(info["alphabet"], info["symbols"]["kind"], vocabulary, model, "permutation", 0, "keep")
    classes = info["target"]["classes"]
    rows = []
    for ids, target in zip(encode(table["symbols"], mapping), table["target"], strict=True):
        padding = length - len(ids)
        rows.append(
            {
                "input_ids": torch.tensor([*ids, *[mapping.pad] * padding]),
                "attention_mask": torch.tensor([1] * len(ids) + [0] * padding),
                "labels": classes.index(target),
            }
        )
    network = BertForSequenceClassification.from_pretrained(
        require_file(files, model["configuration"]).parent, num_labels=len(classes)
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            max_steps=steps,
            learning_rate=1e-4,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            bf16=kind == "bfloat16",
        )
        result = Trainer(network, settings, train_dataset=rows).train()
    print(json.dumps({"rate": steps * BATCH / result.metrics["train_runtime"]}))


def share_of_peak(batch, tokens):
    """Time the training loop on sequences of one length, and large matrix products; print the ratio of their speeds."""
    import numpy as np
    import torch

    from beyondtext.data.raw import raw_files
    from beyondtext.models import kernels
    from beyondtext.models.classifier import SequenceModel
    from beyondtext.models.compact_embeddings import keep_rows
    from beyondtext.models.device import Compute
    from beyondtext.models.loading import load_encoder
    from beyondtext.training.loop import train
    from beyondtext.training.memory import keep_freed_memory
    from beyondtext.training.settings import TrainingSettings
    from beyondtext.training.setup import Setup, Split
    from beyondtext.training.targets import ClassTarget

    batch, tokens, steps = int(batch), int(tokens), 10
    keep_freed_memory()
    torch.set_num_threads(1)
    cpu = torch.device("cpu")
    compute = Compute(cpu, precision())
    model = definition()
    encoder = load_encoder(
        model, raw_files(ROOT / "data/raw" / model["source"]), "pretrained", 0, kernels.BLOCKED_ATTENTION
    )
    keep_rows(encoder, range(1, 30), 0)
    network = SequenceModel(encoder, "mean", 2)
    kernels.replace_modules(network)
    generator = np.random.default_rng(0)
    sequences = [generator.integers(1, 30, tokens) for _ in range(batch * steps)]
    data = {"train": Split(sequences, ["a", "b"] * (len(sequences) // 2)), "validation": Split(sequences[:1], ["a"])}
    settings = TrainingSettings(
        steps, batch, learning_rate=1e-5, warmup_fraction=0.0, weight_decay=0.0, clip_norm=1.0, evaluations=1
    )
    setup = Setup(network, data, ClassTarget(("a", "b")), "accuracy", pad=0)
    curve, _ = train(setup, settings, compute, seed=0)
    seconds = (curve[-1]["seconds"] - curve[0]["seconds"]) / steps

    c = encoder.config
    weights = c.num_hidden_layers * (4 * c.hidden_size**2 + 2 * c.hidden_size * c.intermediate_size)
    attention = 2 * c.num_hidden_layers * tokens * c.hidden_size  # of a token with all tokens: scores and values
    operations = 3 * 2 * batch * tokens * (weights + attention)  # forward, and backward to inputs and to weights
    peak = peak_flops(getattr(torch, compute.precision))
    print(json.dumps({"share": operations / seconds / peak, "peak": peak / 1e9, "seconds": seconds}))


def peak_flops(dtype, size=2048, repeats=8):
    """Floating-point operations per second in large matrix products, by their median time."""
    import torch

    a, b = torch.randn(2, size, size).to(dtype)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2 * size**3 / statistics.median(times[1:])


if __name__ == "__main__":
    main()

"""How much faster the fine-tuning program is than transformers' Trainer, on this machine.

Both train MiniLM-L6 on the same sequences with the same batch size, in float32 unless the processor
multiplies bfloat16 (Trainer always in float32, its default), and both have the whole machine: ours as
the workflow does it, one process of one thread for each core; Trainer as one process with all threads,
its sequences padded to the task's longest, and to run_glue's default length as well where that is more.
Each process trains one epoch. The two take turns; a rate is the sequences of all processes by the time that
the slowest took in its training loop.

    python tests/benchmarks/finetune.py
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

BATCH = 8
GLUE_LENGTH = 128  # run_glue's max_seq_length
TASKS = {"splice": 24, "solubility": 24}  # steps of each process
SHAPES = [(8, 62), (16, 128), (4, 512)]  # batch, tokens
MODEL = "minilm-l6"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
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
        print("\nshare of the peak (2048 x 2048 products, one thread, every core busy)")
        for batch, tokens in SHAPES:
            found = at_once([worker("peak", batch, tokens) for _ in range(os.cpu_count())], threads=1)
            shares = [json.loads(line) for line in found]
            share, peak = (statistics.median(s[key] for s in shares) for key in ("share", "peak"))
            print(f"  {batch:3} x {tokens:3} tokens, {shares[0]['precision']}: {share:4.0%} of {peak:.0f} GFLOP/s")
        start_up(Path(folder))
        for task, steps in TASKS.items():
            compare(task, steps, given.rounds, Path(folder))


def definition():
    """The model's definition."""
    from beyondtext.study import definitions

    return definitions.model(MODEL)


def processor():
    """The processor's name."""
    import torch

    from beyondtext.models.device import choose_precision, describe

    cpu = torch.device("cpu")
    return f"{describe(cpu).removeprefix('cpu: ')}, precision {choose_precision('auto', cpu)}"


def compare(task, steps, rounds, folder):
    """Print the rates of both on one task, and their ratio."""
    longest = write_subset(task, steps, folder)
    lengths = [longest] + ([GLUE_LENGTH] if longest < GLUE_LENGTH else [])
    cores = os.cpu_count()
    rates = {"ours": [], **{length: [] for length in lengths}}
    for _ in range(rounds):
        outputs = [folder / f"run{n}" for n in range(cores)]
        at_once([ours(task, steps, folder, 100 + n, output) for n, output in enumerate(outputs)], threads=1)
        seconds = [json.loads((output / "run.json").read_text())["seconds"]["train"] for output in outputs]
        rates["ours"].append(cores * steps * BATCH / max(seconds))
        for length in lengths:
            said = at_once([worker("trainer", folder / f"{task}.parquet", length, steps)], threads=cores)
            rates[length].append(json.loads(said[0])["rate"])
    print(f"\n{task}: batches of {BATCH}, up to {longest} tokens; sequences a second")
    print(f"  ours                       {statistics.median(rates['ours']):6.1f}")
    for length in lengths:
        ratio = statistics.median(mine / theirs for mine, theirs in zip(rates["ours"], rates[length], strict=True))
        print(f"  Trainer, padded to {length:3}     {statistics.median(rates[length]):6.1f}    ratio {ratio:.2f}")


def start_up(folder):
    """Print the processor time of a run of one small step: nearly all of it is start-up."""
    write_subset("splice", 1, folder)
    costs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        at_once([ours("splice", 1, folder, 100, folder / "run")], threads=1)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"\na run of one step and its start: {statistics.median(costs):.1f} CPU seconds")


def write_subset(task, steps, folder):
    """Examples for some steps, with hardly any to score; return the tokens of the longest."""
    import pandas as pd

    from beyondtext.data.examples import read_examples, write_examples

    table, info = read_examples(ROOT / f"data/examples/{task}.parquet")
    parts = [table[table["split"] == "train"].sample(steps * BATCH, random_state=0)]
    parts += [table[table["split"] == split].head(2) for split in ("validation", "test")]
    subset = pd.concat(parts, ignore_index=True)
    write_examples(folder / f"{task}.parquet", task, info, subset, info["alphabet"], info["counts"])
    return int(subset["symbols"].map(len).max()) + 2


def ours(task, steps, folder, seed, output):
    """The command of one run of the fine-tuning program."""
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
    """The command of this program as a part of itself."""
    return [sys.executable, __file__, "--worker", name, "--", *map(str, arguments)]


def at_once(commands, threads):
    """Run commands side by side, each with so many threads; return their last lines on stdout."""
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


def trainer(path, length, steps):
    """Train with transformers' Trainer and its defaults on all sequences of an examples file, once."""
    import torch
    from transformers import BertForSequenceClassification, Trainer, TrainingArguments

    from beyondtext.data.examples import read_examples
    from beyondtext.data.raw import raw_files, require_file
    from beyondtext.models.token_ids import encode, map_symbols
    from beyondtext.models.vocabulary import load_vocabulary

    length, steps = int(length), int(steps)
    table, info = read_examples(path)
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
        )
        result = Trainer(network, settings, train_dataset=rows).train()
    print(json.dumps({"rate": steps * BATCH / result.metrics["train_runtime"]}))


def share_of_peak(batch, tokens):
    """Time the training loop on sequences of one length, and large matrix products; print their quotient."""
    import numpy as np
    import torch

    from beyondtext.data.raw import raw_files
    from beyondtext.models import kernels
    from beyondtext.models.classifier import SequenceModel
    from beyondtext.models.compact_embeddings import keep_rows
    from beyondtext.models.device import choose_precision
    from beyondtext.models.loading import load_encoder
    from beyondtext.training.loop import train
    from beyondtext.training.memory import keep_freed_memory
    from beyondtext.training.setup import Split
    from beyondtext.training.targets import ClassTarget

    batch, tokens, steps = int(batch), int(tokens), 10
    keep_freed_memory()
    torch.set_num_threads(1)
    cpu = torch.device("cpu")
    precision = choose_precision("auto", cpu)
    model = definition()
    encoder = load_encoder(model, raw_files(ROOT / "data/raw" / model["source"]), "pretrained", 0, kernels.NAME)
    keep_rows(encoder, range(1, 30), 0)
    network = SequenceModel(encoder, "mean", 2)
    kernels.replace_dropout(network)
    generator = np.random.default_rng(0)
    sequences = [generator.integers(1, 30, tokens) for _ in range(batch * steps)]
    data = {"train": Split(sequences, ["a", "b"] * (len(sequences) // 2)), "validation": Split(sequences[:1], ["a"])}
    settings = {"steps": steps, "batch_size": batch, "learning_rate": 1e-5, "warmup_fraction": 0.0}
    settings |= {"weight_decay": 0.0, "clip_norm": 1.0, "evaluations": 1}
    curve, _ = train(network, data, ClassTarget(("a", "b")), "accuracy", 0, settings, precision, 0, cpu)
    seconds = (curve[-1]["seconds"] - curve[0]["seconds"]) / steps

    c = encoder.config
    weights = c.num_hidden_layers * (4 * c.hidden_size**2 + 2 * c.hidden_size * c.intermediate_size)
    attended = 2 * c.num_hidden_layers * tokens * c.hidden_size  # products of a token with all tokens: scores, values
    done = 3 * 2 * batch * tokens * (weights + attended)  # forward, and backward to inputs and weights
    peak = peak_flops(getattr(torch, precision))
    print(json.dumps({"share": done / seconds / peak, "peak": peak / 1e9, "precision": precision}))


def peak_flops(dtype, size=2048, repeats=8):
    """Floating-point operations a second of the median large matrix product."""
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

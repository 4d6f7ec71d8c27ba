"""Fit and score one baseline that needs no network: the majority (or mean), or n-gram counts."""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.baselines import fit_baseline
from beyondtext.digest import code_digest
from beyondtext.errors import command_line
from beyondtext.grid import BASELINE, Run
from beyondtext.runs import IDENTITY
from beyondtext.settings import baseline_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=cli.settings, help="all settings of the run as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--model", choices=["trivial", "kmer"], default="kmer")
    parser.add_argument("--fraction", type=cli.share, default=1, help="share of the training split (default: 1)")
    parser.add_argument("--examples", type=Path, help="default: data/examples/<task>.parquet")
    parser.add_argument("--output", type=Path, help="the run's folder; default: its place under results/runs")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not given.task:
            parser.error("give --task (or --settings)")
        if given.examples is None:
            config.task(given.task)
        settings = baseline_settings(Run(given.task, given.model, BASELINE, "identity", given.fraction, "none", 0))
    run = Run(*(settings[key] for key in IDENTITY))
    examples = given.examples or Path(f"data/examples/{run.task}.parquet")
    record = fit_baseline(
        settings, examples, given.output or Path(run.directory), code_digest("fit_baseline.py", "envs/train.yaml")
    )
    print(f"{run.task} {run.model}: test {record['metric']} {record['scores']['test']:.3f}")


if __name__ == "__main__":
    main()

"""Fine-tune one model on one task from one initialization, and score it.

By hand:

    python scripts/finetune.py --task splice --model minilm-l6 --init scratch --seed 103

This needs the task's examples and the model's source, both of which `snakemake download tokenize --cores 2` makes.
"""

import argparse
from pathlib import Path

from beyondtext.core import cli, paths
from beyondtext.core.digest import code_digest
from beyondtext.core.errors import command_line
from beyondtext.study.configuration import load_config
from beyondtext.study.grid import CHOSEN, FIXED, Run
from beyondtext.study.job_arguments import Setting, add_job_arguments, given_or_made_settings, job_inputs
from beyondtext.study.job_settings import run_settings
from beyondtext.training.learning_rate import read_choice
from beyondtext.training.pending import read_pending
from beyondtext.training.run import RunJob, RunOptions
from beyondtext.training.run_files import IDENTITY
from beyondtext.training.together import finetune


@command_line
def main(arguments=None):
    parser = make_parser()
    given = parser.parse_args(arguments)
    settings = read_settings(parser, given)
    run = Run(*(settings[key] for key in IDENTITY))
    output = given.output or paths.in_project(run.directory)
    job = RunJob(settings, *job_inputs(given, settings), output, not given.no_test, given.keep_weights)
    options = RunOptions(given.state, given.checkpoint_seconds, given.gpu_jobs, given.runs_per_process, given.workflow)
    several = given.pending and given.runs_per_process > 1
    others = read_pending(given.pending, job, given.choice) if several else []
    record = finetune(job, code_digest("finetune.py", "envs/train.yaml"), options, others)
    split = "validation" if given.no_test else "test"
    print(
        f"{run.task} {run.model} {run.init} seed {run.seed}: {split} {record['metric']} {record['scores'][split]:z.3f} "
        f"with the weights of step {record['best_step']}, {record['seconds']['total']:.0f} s"
    )


def make_parser():
    """The program's arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_job_arguments(
        parser, "task", "model", "init", "mapping", "fraction", "seed", "config", "examples", "raw", "gpu-jobs"
    )
    parser.add_argument("--learning-rate", action=Setting, type=cli.positive, help="default: that of the configuration")
    parser.add_argument("--choice", type=Path, help="a file of choose_rate.py that contains the learning rate")
    parser.add_argument(
        "--no-test", action="store_true", help="do not score the test split: for runs from which settings are chosen"
    )
    parser.add_argument("--keep-weights", action="store_true", help="also write encoder.safetensors")
    parser.add_argument(
        "--state",
        type=Path,
        default=paths.in_project(paths.STATE),
        help="folder of unfinished runs (default: results/.state)",
    )
    parser.add_argument(
        "--pending", type=Path, help="a list of runs to be made, from which this process may take some as well"
    )
    parser.add_argument(
        "--runs-per-process", type=cli.count, default=1, help="number of runs to make, including this one (default: 1)"
    )
    parser.add_argument(
        "--workflow",
        type=cli.count,
        metavar="PROCESS",
        help="the id of the workflow's process: if it has ended, leave the run in --state, for the next one to publish",
    )
    parser.add_argument(
        "--checkpoint-seconds", type=cli.seconds, default=60, help="seconds between checkpoints (default: 60)"
    )
    return parser


def read_settings(parser, given):
    """The job's settings, with one learning rate; the parser exits if the arguments do not determine it."""
    if given.choice and given.learning_rate is not None:
        parser.error("give --choice or --learning-rate, not both")

    def from_arguments():
        rate = CHOSEN if given.choice else FIXED if given.learning_rate is None else f"{given.learning_rate:.12g}"
        run = Run(given.task, given.model, given.init, given.mapping, given.fraction, rate, given.seed)
        return run_settings(load_config(given.config), run)

    settings = given_or_made_settings(parser, given, "run", ["task", "model"], from_arguments)
    task, rates = settings["task"], settings["training"]["learning_rate"]
    if isinstance(rates, list):
        if not given.choice:
            parser.error(f"the configuration has several learning rates for {task}; give one with --learning-rate")
        settings["training"]["learning_rate"] = read_choice(given.choice, rates)
    elif given.choice:
        parser.error(
            f"the configuration has one learning rate for {task}, so there is nothing to choose; omit --choice"
        )
    return settings


if __name__ == "__main__":
    main()

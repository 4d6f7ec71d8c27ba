"""Fine-tune one model on one task from one start, and score it.

By hand:

    python scripts/finetune.py --task splice --model minilm-l6 --init scratch --seed 100

The examples and the model's source must be there: `snakemake --cores 2 tokenize` makes them.
"""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.digest import code_digest
from beyondtext.errors import command_line
from beyondtext.finetuning import finetune
from beyondtext.grid import CHOSEN, FIXED, INITS, Run
from beyondtext.runs import IDENTITY
from beyondtext.selection import read_choice
from beyondtext.settings import run_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=cli.settings, help="all settings of the run as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--model", help="a file in config/models, without .yaml")
    parser.add_argument("--init", choices=INITS, default="pretrained")
    parser.add_argument("--mapping", type=cli.mapping, default="permutation", help="permutation, identity or shift-<c>")
    parser.add_argument("--fraction", type=cli.share, default=1, help="share of the training split (default: 1)")
    parser.add_argument("--learning-rate", type=cli.positive, help="default: that of the configuration")
    parser.add_argument("--choice", type=Path, help="a file of choose_rate.py with the learning rate to use")
    parser.add_argument("--no-test", action="store_true", help="leave the test split alone: for choosing settings")
    parser.add_argument(
        "--keep-weights", type=int, choices=[0, 1], nargs="?", const=1, default=0, help="write encoder.safetensors, too"
    )
    parser.add_argument("--seed", type=cli.seed, default=100, help="default: 100")
    parser.add_argument("--config", default="config/config.yaml", help="where the training settings are read")
    parser.add_argument("--examples", type=Path, help="default: data/examples/<task>.parquet")
    parser.add_argument("--raw", type=Path, help="default: data/raw/<the model's source>")
    parser.add_argument("--output", type=Path, help="the run's folder; default: its place under results/runs")
    parser.add_argument(
        "--state", type=Path, default=Path("results/.state"), help="where a run's state is kept meanwhile"
    )
    parser.add_argument(
        "--checkpoint-seconds", type=cli.seconds, default=60, help="how often it is saved (default: 60)"
    )
    parser.add_argument("--gpu-jobs", type=cli.count, default=1, help="processes that may share a GPU (default: 1)")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not (given.task and given.model):
            parser.error("give --task and --model (or --settings)")
        if given.choice and given.learning_rate is not None:
            parser.error("give --choice or --learning-rate, not both")
        rate = CHOSEN if given.choice else FIXED if given.learning_rate is None else f"{given.learning_rate:.12g}"
        run = Run(given.task, given.model, given.init, given.mapping, given.fraction, rate, given.seed)
        settings = run_settings(config.load_config(given.config), run)
    run = Run(*(settings[key] for key in IDENTITY))
    rates = settings["training"]["learning_rate"]
    if isinstance(rates, list):
        if not given.choice:
            parser.error(f"the configuration has several learning rates for {run.task}: give one with --learning-rate")
        settings["training"]["learning_rate"] = read_choice(given.choice, rates)
    elif given.choice:
        parser.error(f"the configuration has one learning rate for {run.task}, so there is no choice; omit --choice")
    source = settings["model_definition"]["source"]

    record = finetune(
        settings,
        given.examples or Path(f"data/examples/{run.task}.parquet"),
        given.raw or Path(f"data/raw/{source}"),
        given.output or Path(run.directory),
        code_digest("finetune.py", "envs/train.yaml"),
        given.state,
        given.checkpoint_seconds,
        given.gpu_jobs,
        test=not given.no_test,
        keep=bool(given.keep_weights),
    )
    split = "validation" if given.no_test else "test"
    print(
        f"{run.task} {run.model} {run.init} seed {run.seed}: {split} {record['metric']} {record['scores'][split]:.3f} "
        f"with the weights of step {record['best_step']}, {record['seconds']['total']:.0f} s"
    )


if __name__ == "__main__":
    main()

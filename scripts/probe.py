"""Measure how easily a model can be trained from one start: four quantities before its first step.

By hand:

    python scripts/probe.py --task splice --model minilm-l6 --init scratch --seed 103

The examples and the model's source must be there: `snakemake --cores 2 tokenize` makes them.
"""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.errors import command_line
from beyondtext.grid import INITS, Probe
from beyondtext.probing import probe
from beyondtext.settings import probe_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=cli.settings, help="all settings as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--model", help="a file in config/models, without .yaml")
    parser.add_argument("--init", choices=INITS, default="pretrained")
    parser.add_argument("--mapping", type=cli.mapping, default="permutation", help="permutation, identity or shift-<c>")
    parser.add_argument("--seed", type=cli.seed, default=100, help="default: 100")
    parser.add_argument("--config", default="config/config.yaml", help="where the optimisation section is read")
    parser.add_argument("--examples", type=Path, help="default: data/examples/<task>.parquet")
    parser.add_argument("--raw", type=Path, help="default: data/raw/<the model's source>")
    parser.add_argument("--output", type=Path, help="default: its place under results/optimisation")
    parser.add_argument("--gpu-jobs", type=cli.count, default=1, help="processes that may share a GPU (default: 1)")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not (given.task and given.model):
            parser.error("give --task and --model (or --settings)")
        wanted = Probe(given.task, given.model, given.init, given.mapping, given.seed)
        settings = probe_settings(config.load_config(given.config), wanted)
    wanted = Probe(*(settings[key] for key in ("task", "model", "init", "mapping", "seed")))
    output = given.output or Path(wanted.path)
    table = probe(
        settings,
        given.examples or Path(f"data/examples/{wanted.task}.parquet"),
        given.raw or Path(f"data/raw/{settings['model_definition']['source']}"),
        output,
        given.gpu_jobs,
    )
    cosine = table.loc[table["analysis"] == "gradient_cosine", "mean"].iloc[0]
    print(
        f"{wanted.task} {wanted.model} {wanted.init} seed {wanted.seed}: mean cosine of gradients {cosine:.3f}, in "
        f"{output}"
    )


if __name__ == "__main__":
    main()

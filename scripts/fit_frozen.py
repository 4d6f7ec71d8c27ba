"""Fit and score a linear model on the features of a frozen encoder.

By hand:

    python scripts/fit_frozen.py --task splice --model minilm-l6 --init scratch --seed 103

This needs the task's examples and the model's source, both of which `snakemake download tokenize --cores 2` makes.
"""

import argparse

from beyondtext.core import paths
from beyondtext.core.digest import code_digest
from beyondtext.core.errors import command_line
from beyondtext.study.configuration import load_config
from beyondtext.study.grid import FROZEN, Run
from beyondtext.study.job_arguments import add_job_arguments, given_or_made_settings, job_inputs
from beyondtext.study.job_settings import frozen_settings
from beyondtext.training.frozen import fit_frozen
from beyondtext.training.run_files import IDENTITY


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_job_arguments(
        parser, "task", "model", "init", "mapping", "fraction", "seed", "config", "examples", "raw", "gpu-jobs"
    )
    given = parser.parse_args(arguments)

    def from_arguments():
        run = Run(given.task, given.model, given.init, given.mapping, given.fraction, FROZEN, given.seed)
        return frozen_settings(load_config(given.config), run)

    settings = given_or_made_settings(parser, given, "frozen", ["task", "model"], from_arguments)
    run = Run(*(settings[key] for key in IDENTITY))
    record = fit_frozen(
        settings,
        *job_inputs(given, settings),
        given.output or paths.in_project(run.directory),
        code_digest("fit_frozen.py", "envs/train.yaml"),
        given.gpu_jobs,
    )
    print(
        f"{run.task} {run.model} {run.init} seed {run.seed}, frozen features: test {record['metric']} "
        f"{record['scores']['test']:z.3f}, {record['seconds']['total']:.0f} s"
    )


if __name__ == "__main__":
    main()

"""Fit and score one baseline without a network: the largest class (or the mean), or a linear model on n-grams."""

import argparse

from beyondtext.core import paths
from beyondtext.core.digest import code_digest
from beyondtext.core.errors import command_line
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config
from beyondtext.study.grid import BASELINE, Run
from beyondtext.study.job_arguments import Setting, add_job_arguments, given_or_made_settings, job_examples
from beyondtext.study.job_settings import baseline_settings
from beyondtext.training.baselines import BASELINES, fit_baseline
from beyondtext.training.run_files import IDENTITY


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    add_job_arguments(parser, "task", "fraction", "config", "examples")
    parser.add_argument("--model", action=Setting, choices=list(BASELINES), default="kmer", help="default: kmer")
    given = parser.parse_args(arguments)

    def from_arguments():
        if given.examples is None:
            definitions.task(given.task)  # so that an unknown task is reported as such, not as a missing file
        run = Run(given.task, given.model, BASELINE, "identity", given.fraction, "none", 0)
        return baseline_settings(load_config(given.config), run)

    settings = given_or_made_settings(parser, given, "baseline", ["task"], from_arguments)
    run = Run(*(settings[key] for key in IDENTITY))
    record = fit_baseline(
        settings,
        job_examples(given, run.task),
        given.output or paths.in_project(run.directory),
        code_digest("fit_baseline.py", "envs/train.yaml"),
    )
    print(f"{run.task} {run.model}: test {record['metric']} {record['scores']['test']:z.3f}")


if __name__ == "__main__":
    main()

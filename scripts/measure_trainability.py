"""Measure the trainability of a model: four quantities before its first training step.

For example:

    python scripts/measure_trainability.py --task splice --model minilm-l6 --init scratch --seed 103

This requires the task's examples and the model's source; `snakemake download tokenize --cores 2` provides both.
"""

import argparse

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.study.configuration import load_config
from beyondtext.study.job_arguments import add_job_arguments, given_or_made_settings, job_inputs
from beyondtext.study.job_settings import trainability_settings
from beyondtext.study.measured_models import InitialModel
from beyondtext.trainability.files import IDENTITY
from beyondtext.trainability.run import measure_trainability


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_job_arguments(parser, "task", "model", "init", "mapping", "seed", "config", "examples", "raw", "gpu-jobs")
    given = parser.parse_args(arguments)

    def from_arguments():
        model = InitialModel(given.task, given.model, given.init, given.mapping, given.seed)
        return trainability_settings(load_config(given.config), model)

    settings = given_or_made_settings(parser, given, "trainability", ["task", "model"], from_arguments)
    model = InitialModel(*(settings[key] for key in IDENTITY))
    output = given.output or paths.in_project(model.path)
    table = measure_trainability(settings, *job_inputs(given, settings), output, given.gpu_jobs)
    cosine = table.loc[table["analysis"] == "gradient_cosine", "mean"].iloc[0]
    name = f"{model.task} {model.model} {model.init} seed {model.seed}"
    print(f"{name}: mean gradient cosine {cosine:z.3f}; all measurements written to {output}")


if __name__ == "__main__":
    main()

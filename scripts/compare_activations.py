"""Compare the activations of several encoders on the same tokens of a task."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.similarity.compare import compare
from beyondtext.study.configuration import load_config
from beyondtext.study.job_arguments import add_job_arguments, job_settings
from beyondtext.study.job_settings import similarity_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("activations", nargs="+", type=Path, help="files from extract_activations.py, one per encoder")
    add_job_arguments(parser, "task", "config")
    given = parser.parse_args(arguments)

    settings = job_settings(parser, given, ["task"], lambda: similarity_settings(load_config(given.config), given.task))
    output = given.output or paths.in_project(paths.similarity(settings["task"]))
    table = compare(settings, given.activations, output)
    print(f"{settings['task']}: {len(table)} similarities of {len(given.activations)} encoders written to {output}")


if __name__ == "__main__":
    main()

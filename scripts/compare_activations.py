"""Compare the activations of several encoders on the same tokens of a task."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.similarity.compare import compare
from beyondtext.similarity.files import problem_in, write_problem
from beyondtext.study.configuration import load_config
from beyondtext.study.job_arguments import add_job_arguments, given_or_made_settings
from beyondtext.study.job_settings import similarity_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("activations", nargs="+", type=Path, help="files from extract_activations.py, one per encoder")
    add_job_arguments(parser, "task", "config")
    parser.add_argument(
        "--check", type=Path, help="the file of check_similarity.py; if it has a problem, only that is written"
    )
    given = parser.parse_args(arguments)

    settings = given_or_made_settings(
        parser, given, "similarities", ["task"], lambda: similarity_settings(load_config(given.config), given.task)
    )
    output = given.output or paths.in_project(paths.similarity(settings["task"]))
    problem = problem_in(given.check, settings["task"]) if given.check else None
    if problem:
        write_problem(output, settings["task"], problem)
        print(f"{settings['task']}: no similarities: {problem}")
        return
    table = compare(settings, given.activations, output)
    print(f"{settings['task']}: {len(table)} similarities of {len(given.activations)} encoders written to {output}")


if __name__ == "__main__":
    main()

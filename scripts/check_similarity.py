"""Check, before anything is trained, whether a task has enough test sequences for its similarities."""

import argparse
import sys

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.data.examples import read_examples
from beyondtext.similarity.feasibility import find_problem
from beyondtext.similarity.files import write_check
from beyondtext.study.configuration import load_config
from beyondtext.study.job_arguments import add_job_arguments, given_or_made_settings, job_examples
from beyondtext.study.job_settings import check_settings
from beyondtext.study.shape import shape_of


@command_line
def main(arguments=None):
    """Write what was found; a problem is also a warning, since the rest of the study can go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_job_arguments(parser, "task", "config", "examples")
    given = parser.parse_args(arguments)

    settings = given_or_made_settings(
        parser, given, "similarity_check", ["task"], lambda: check_settings(load_config(given.config), given.task)
    )
    task = settings["task"]
    examples, info = read_examples(job_examples(given, task), task)
    widths = {name: shape_of(name).width for name in settings["models"]}
    problem = find_problem(settings, examples[examples["split"] == "test"], info["alphabet"], widths)
    write_check(given.output or paths.in_project(paths.similarity_check(task)), task, problem)
    if problem:
        print(
            f"warning: no similarities will be computed for {task}; everything else continues: {problem}",
            file=sys.stderr,
        )
    else:
        print(f"{task}: enough test sequences to compute similarities")


if __name__ == "__main__":
    main()

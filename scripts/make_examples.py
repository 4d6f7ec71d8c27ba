"""Make one task's examples from its raw files: python scripts/make_examples.py splice"""

import argparse
from pathlib import Path

from beyondtext.core import cli, paths
from beyondtext.core.errors import command_line
from beyondtext.data.prepare import make_examples
from beyondtext.data.tally import describe
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config


@command_line
def main(arguments=None):
    """Make the examples and print how many there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", help="the name of a file in config/tasks/, without .yaml")
    parser.add_argument("--definition", type=cli.json_object, help="the task's definition as JSON, instead of its file")
    parser.add_argument("--config", default=paths.default_config(), help="the configuration with the task's caps")
    parser.add_argument(
        "--raw", type=Path, default=paths.in_project(Path(paths.RAW).parent), help="the folder of the sources"
    )
    parser.add_argument(
        "--cache", type=Path, default=paths.in_project(paths.CACHE), help="a folder for intermediate files"
    )
    parser.add_argument("--output", type=Path, help="default: data/examples/<task>.parquet")
    given = parser.parse_args(arguments)
    if given.definition is None:
        task = definitions.task(given.task, load_config(given.config)["caps"].get(given.task))
    else:
        task = definitions.given_task(given.task, given.definition)
    output = given.output or paths.in_project(paths.examples(given.task))
    counts = make_examples(given.task, task, given.raw, given.cache, output)
    sizes = ", ".join(f"{count:,} {split}" for split, count in counts["splits"].items())
    changes = ", ".join(describe(**change) for change in counts["changes"]) or "none left out or changed"
    print(f"{given.task}: {sizes} sequences of {counts['read']:,} read, in {output}; {changes}")


if __name__ == "__main__":
    main()

"""Compare what several encoders make of one task's sequences, token by token."""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.comparison import compare
from beyondtext.errors import command_line
from beyondtext.settings import comparison_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=cli.settings, help="all settings as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--config", default="config/config.yaml", help="where the similarity section is read")
    parser.add_argument("--examples", type=Path, help="default: data/examples/<task>.parquet")
    parser.add_argument("--raw", type=Path, default=Path("data/raw"), help="the folder of the sources")
    parser.add_argument("--output", type=Path, help="default: results/similarity/<task>.csv")
    parser.add_argument("--gpu-jobs", type=cli.count, default=1, help="processes that may share a GPU (default: 1)")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not given.task:
            parser.error("give --task (or --settings)")
        settings = comparison_settings(config.load_config(given.config), given.task)
    task = settings["task"]
    output = given.output or Path(f"results/similarity/{task}.csv")
    examples = given.examples or Path(f"data/examples/{task}.parquet")
    table = compare(settings, examples, given.raw, output, given.gpu_jobs)
    print(f"{task}: {len(table)} similarities of {len(settings['encoders'])} encoders in {output}")


if __name__ == "__main__":
    main()

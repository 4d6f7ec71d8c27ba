"""Compare what several encoders make of one task's tokens."""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.comparison import compare
from beyondtext.errors import command_line
from beyondtext.settings import comparison_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("representations", nargs="+", type=Path, help="files of represent.py, of the same tokens")
    parser.add_argument("--settings", type=cli.settings, help="all settings as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--config", default="config/config.yaml", help="where the similarity section is read")
    parser.add_argument("--output", type=Path, help="default: results/similarity/<task>.parquet")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not given.task:
            parser.error("give --task (or --settings)")
        settings = comparison_settings(config.load_config(given.config), given.task)
    output = given.output or Path(f"results/similarity/{settings['task']}.parquet")
    table = compare(settings, given.representations, output)
    print(f"{settings['task']}: {len(table)} similarities of {len(given.representations)} encoders in {output}")


if __name__ == "__main__":
    main()

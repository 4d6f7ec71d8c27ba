"""Copy a finished study to docs/record/<study>/, to be kept with the project: its tables, figures and configuration,
and all that its tables are computed from. Then print what it found, in Markdown."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.report.finding import finding
from beyondtext.report.load import Tables
from beyondtext.report.record import write_record
from beyondtext.study.configuration import load_config
from beyondtext.study.selection import selected


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default=paths.default_config(), help="default: config/config.yaml")
    parser.add_argument("--output", type=Path, help="the folder to write (default: docs/record/<study>)")
    given = parser.parse_args(arguments)

    config = load_config(given.config)
    name = config["name"]
    output = given.output or paths.in_project(Path("docs", "record", name))
    tables, figures = paths.in_project(paths.tables(name)), paths.in_project(paths.figures(name))
    write_record(config, paths.in_project(""), tables, figures, output)
    print(f"record written to {output}")
    print(*finding(Tables(tables, name), selected(config)), sep="\n")


if __name__ == "__main__":
    main()

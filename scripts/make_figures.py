"""Draw the report's figures from its tables, as SVG for wide and for narrow screens, and as PNG."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.report import plots, sections
from beyondtext.report.load import Tables
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default=paths.default_config(), help="a file, or JSON")
    parser.add_argument("--tables", type=Path, help="default: results/<study>/tables")
    parser.add_argument("--output", type=Path, help="default: results/<study>/figures")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    tables = Tables(given.tables or paths.in_project(paths.tables(config["name"])), config["name"])
    output = given.output or paths.in_project(paths.figures(config["name"]))
    figures = sections.figures(config)
    for figure in figures.values():
        plots.save(figure, tables, config, output)
    print(f"{len(figures)} figures in {output}")


if __name__ == "__main__":
    main()

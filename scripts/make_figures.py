"""Draw the report's figures from its tables, as SVG and PNG."""

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
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--tables", type=Path, default=Path(paths.TABLES), help="what make_tables.py wrote")
    parser.add_argument("--output", type=Path, default=Path(paths.FIGURES), help="the folder to write")
    given = parser.parse_args(arguments)

    config, tables = configuration(given.config), Tables(given.tables)
    figures = sections.figures(config)
    for figure in figures.values():
        plots.save(figure, tables, config, given.output)
    print(f"{len(figures)} figures in {given.output}")


if __name__ == "__main__":
    main()

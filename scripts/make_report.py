"""Write the report page from its tables and figures."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import replacing
from beyondtext.report.load import Tables
from beyondtext.report.page import render
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--tables", type=Path, default=Path(paths.TABLES), help="what make_tables.py wrote")
    parser.add_argument("--figures", type=Path, default=Path(paths.FIGURES), help="what make_figures.py wrote")
    parser.add_argument("--output", type=Path, default=Path(paths.REPORT), help="the page to write")
    given = parser.parse_args(arguments)

    page = render(configuration(given.config), Tables(given.tables), given.figures)
    with replacing(given.output) as part:
        part.write_text(page, encoding="utf-8")
    print(f"report written to {given.output}")


if __name__ == "__main__":
    main()

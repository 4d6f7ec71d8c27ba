"""Write the report page from its tables and figures."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import command_line
from beyondtext.report.load import Tables
from beyondtext.report.page import render
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default=paths.default_config(), help="a file, or JSON")
    parser.add_argument("--tables", type=Path, help="default: results/<study>/tables")
    parser.add_argument("--figures", type=Path, help="default: results/<study>/figures")
    parser.add_argument("--output", type=Path, help="default: results/<study>/report.html")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    study = config["name"]
    tables = given.tables or paths.in_project(paths.tables(study))
    figures = given.figures or paths.in_project(paths.figures(study))
    page = render(config, Tables(tables, study), figures)
    output = given.output or paths.in_project(paths.report(study))
    with replacing(output) as part:
        part.write_text(page, encoding="utf-8")
    print(f"report written to {output}")


if __name__ == "__main__":
    main()

"""Write the report's tables from the results, as CSV and LaTeX: those of every section, or only those named."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import write_json
from beyondtext.report import sections
from beyondtext.report.dvc_metrics import dvc_metrics
from beyondtext.report.load import Results, write_table
from beyondtext.report.sections import learning_rates
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", help="their names (default: all)")
    parser.add_argument("--config", default=paths.default_config(), help="a file, or JSON")
    parser.add_argument(
        "--choices", nargs="*", type=Path, help="files of choose_rate.py (default: those of the configuration)"
    )
    parser.add_argument("--root", type=Path, default=paths.ROOT, help="the folder that data and results are in")
    parser.add_argument("--output", type=Path, help="default: results/<study>/tables")
    parser.add_argument("--study", help="study name to write into the tables (default: that of the configuration)")
    given = parser.parse_args(arguments)

    config, every = configuration(given.config), sections.tables()
    results, output = (
        Results(config, given.root, given.choices),
        given.output or paths.in_project(paths.tables(config["name"])),
    )
    for name in given.tables:
        if name not in every:
            parser.error(f"there is no table {name!r}; known: {', '.join(every)}")
    tables = {name: results.table(every[name].make) for name in given.tables or every}
    for name, table in tables.items():
        write_table(table, output, name, given.study or config["name"])
    if {"summary", "effects"} <= tables.keys():
        write_json(output / "metrics.json", dvc_metrics(tables["summary"], tables["effects"]))
    if "rates" in tables:
        print(learning_rates.for_terminal(tables["rates"]), end="")
    print(f"tables written to {output}: {len(tables)}")


if __name__ == "__main__":
    main()

"""All results to the report's tables: every section's, as CSV and LaTeX."""

import argparse
import json
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import replacing
from beyondtext.report import sections
from beyondtext.report.dvc_metrics import dvc_metrics
from beyondtext.report.load import Results, write_table
from beyondtext.report.sections import learning_rates
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--root", type=Path, default=paths.ROOT, help="the folder that data and results are in")
    parser.add_argument("--output", type=Path, default=Path(paths.TABLES), help="the folder to write")
    given = parser.parse_args(arguments)

    results = Results(configuration(given.config), given.root)
    tables = {name: table.make(results) for name, table in sections.tables().items()}
    for name, table in tables.items():
        write_table(table, given.output, name)
    with replacing(given.output / "metrics.json") as part:
        part.write_text(json.dumps(dvc_metrics(tables["summary"], tables["effects"]), indent=2) + "\n")
    for task, part in tables["rates"].groupby("task", sort=False):
        print(f"\n{task}: mean validation {part['metric'].iloc[0]} by step, and of the best step")
        print(learning_rates.by_step(part).to_string(float_format="{:.3f}".format))
    print(f"{len(results.runs)} runs in {len(tables)} tables in {given.output}")


if __name__ == "__main__":
    main()

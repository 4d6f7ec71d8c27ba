"""Tables, figures and the runs' records to one self-contained page."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import replacing
from beyondtext.report import trainability
from beyondtext.report.load import load_similarity, read_runs, read_table
from beyondtext.report.page import render
from beyondtext.study.job_arguments import configuration

TABLES = ("summary", "summary_groups", "effects", "effects_groups", "convergence", "amounts", "published")
TABLES += ("rates", "tasks")


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument(
        "--tables", type=Path, default=Path(paths.TABLES), help="what make_tables.py and make_rates.py wrote"
    )
    parser.add_argument("--figures", type=Path, default=Path(paths.FIGURES), help="what make_figures.py wrote")
    parser.add_argument("--output", type=Path, default=Path(paths.REPORT), help="the page to write")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    tables = {name: read_table(given.tables / f"{name}.csv") for name in TABLES}
    similarity = load_similarity(config) if config["similarity"]["tasks"] else None
    probed = None
    if config["trainability"]["tasks"]:
        probed = trainability.summary(trainability.load(config), config["report"]["confidence"])
    runs = read_runs(given.tables / "runs.json")
    page = render(config, runs, tables, similarity, probed, given.figures)
    with replacing(given.output) as part:
        part.write_text(page, encoding="utf-8")
    print(f"the report is {given.output}")


if __name__ == "__main__":
    main()

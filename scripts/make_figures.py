"""Tables to figures."""

import argparse
from pathlib import Path

from beyondtext import config as definitions
from beyondtext import figures, likeness, trainability
from beyondtext.cli import configuration
from beyondtext.errors import command_line
from beyondtext.tables import load_runs, load_similarity, read_table


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--tables", type=Path, default=Path("results/tables"), help="what make_tables.py wrote")
    parser.add_argument("--output", type=Path, default=Path("results/figures"), help="the folder to write")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    runs = load_runs(config)
    if len(runs):
        figures.curves(read_table(given.tables / "curves.csv"), runs, given.output)
        figures.effects(read_table(given.tables / "effects.csv"), given.output)
    if config["similarity"]["tasks"]:
        table = load_similarity(config, definitions.ROOT)
        figures.similarity(likeness.summary(table), given.output)
        figures.layers(table, given.output)
    if config["optimisation"]["tasks"]:
        probed = trainability.summary(trainability.load(config), config["report"]["confidence"])
        figures.optimisation(probed, given.output)
    print(f"figures in {given.output}")


if __name__ == "__main__":
    main()

"""Tables to figures."""

import argparse
from pathlib import Path

from beyondtext import config as definitions
from beyondtext import experiments, figures, grid, likeness, trainability
from beyondtext.cli import configuration
from beyondtext.errors import command_line
from beyondtext.tables import load_similarity, read_runs, read_table


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--tables", type=Path, default=Path("results/tables"), help="what make_tables.py wrote")
    parser.add_argument("--output", type=Path, default=Path("results/figures"), help="the folder to write")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    curves, effects, amounts = (read_table(given.tables / f"{name}.csv") for name in ("curves", "effects", "amounts"))
    main_runs = grid.experiments(config).get(definitions.MAIN, [])
    if main_runs:
        mine = experiments.rows_of(curves, main_runs)
        figures.curves(mine, read_runs(given.tables / "runs.json"), given.output)
        figures.losses(mine, given.output)
        figures.effects(experiments.rows_of(effects, main_runs), given.output)
    for name, runs in grid.beside_main(config).items():
        if grid.factor(runs):
            figures.amounts(amounts[amounts["experiment"] == name], given.output, grid.section_figure(name))
        else:
            figures.effects(experiments.rows_of(effects, runs), given.output, grid.section_figure(name))
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

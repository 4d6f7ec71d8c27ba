"""Tables to figures."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.report import experiments, figures, likeness, trainability
from beyondtext.report.load import load_similarity, read_runs, read_table
from beyondtext.study import grid
from beyondtext.study.configuration import MAIN
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--tables", type=Path, default=Path(paths.TABLES), help="what make_tables.py wrote")
    parser.add_argument("--output", type=Path, default=Path(paths.FIGURES), help="the folder to write")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    curves, effects, amounts = (read_table(given.tables / f"{name}.csv") for name in ("curves", "effects", "amounts"))
    main_runs = grid.runs_by_experiment(config).get(MAIN, [])
    if main_runs:
        mine = experiments.rows_of(curves, main_runs)
        figures.curves(mine, read_runs(given.tables / "runs.json"), given.output)
        figures.losses(mine, given.output)
        figures.effects(experiments.rows_of(effects, main_runs), given.output)
    for name, runs in grid.experiments_with_sections(config).items():
        if grid.varied_factor(runs):
            figures.amounts(amounts[amounts["experiment"] == name], given.output, grid.experiment_figure(name))
        else:
            figures.effects(experiments.rows_of(effects, runs), given.output, grid.experiment_figure(name))
    if config["similarity"]["tasks"]:
        table = load_similarity(config, paths.ROOT)
        figures.similarity(likeness.summary(table), given.output)
        figures.layers(table, given.output)
    if config["trainability"]["tasks"]:
        probed = trainability.summary(trainability.load(config), config["report"]["confidence"])
        figures.trainability(probed, given.output)
    print(f"figures in {given.output}")


if __name__ == "__main__":
    main()

"""All runs to tables: means, paired effects, speeds of convergence and what became of the data."""

import argparse
import json
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import replacing
from beyondtext.report import convergence, experiments, load, tables
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/config.yaml", help="a file, or JSON")
    parser.add_argument("--output", type=Path, default=Path(paths.TABLES), help="the folder to write")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    runs = load.load_runs(config)
    scores = load.load_scores(runs, config)
    grouped = load.load_scores(runs, config, whole_groups=True)
    per_run = convergence.per_run(runs)
    summary = tables.summary(scores, config)
    made = {
        "summary": summary,
        "summary_groups": tables.summary(grouped, config),
        "effects": tables.effects(scores, config),
        "effects_groups": tables.effects(grouped, config),
        "amounts": experiments.amounts(scores, summary, config),
        "published": tables.published(summary),
        "convergence": convergence.convergence(per_run, config),
        "convergence_runs": per_run,
        "curves": convergence.mean_curves(runs),
        "tasks": tables.tasks(config),
    }
    for name, table in made.items():
        with replacing(given.output / f"{name}.csv") as part:
            table.to_csv(part, index=False, float_format="%.6g")
        with replacing(given.output / f"{name}.tex") as part:
            table.to_latex(part, index=False, float_format="%.3f", na_rep="", escape=True)
    load.write_runs(scores, given.output / "runs.json")
    with replacing(given.output / "metrics.json") as part:
        part.write_text(json.dumps(tables.metrics(made["summary"], made["effects"]), indent=2) + "\n")
    print(f"{len(runs)} runs in {len(made)} tables in {given.output}")
    print(made["effects"].to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()

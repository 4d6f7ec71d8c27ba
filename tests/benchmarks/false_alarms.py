"""How often the report's 95 % intervals exclude a difference of zero that is true, or a planted one.

Three kinds of studies are made from the runs of a record:

- simulated test scores of two arms, with the variances of the record's pre-trained and randomly initialized arms
  (`simulated_runs.py`), for 3, 5 and 8 seeds;
- splits of the seeds of one arm into two arms, paired at random, as far as an arm has six runs or more;
- pairs of runs and groups of validation sequences drawn from the record's, for the area under the curve
  (`drawn_areas.py`), and ratios of steps to a level drawn from the record's.

The intervals are those of the report's functions. The table is Markdown, as in docs/method.md.

    python tests/benchmarks/false_alarms.py --runs results/runs
"""

import argparse
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.core.errors import InputError  # noqa: E402
from beyondtext.core.seeds import derive  # noqa: E402
from beyondtext.report.areas import area  # noqa: E402
from beyondtext.report.arms import REFERENCE  # noqa: E402
from beyondtext.report.intervals import holm, interval, ratio_interval, t_interval  # noqa: E402
from beyondtext.report.load import score_runs  # noqa: E402
from beyondtext.report.sections.convergence import first_step, level_of  # noqa: E402
from beyondtext.report.sections.effects import paired_interval  # noqa: E402
from beyondtext.study.grid import BASELINE, FIXED  # noqa: E402
from beyondtext.study.selection import DEFAULT_MAPPINGS  # noqa: E402
from beyondtext.training.run_files import read_curve, read_predictions, read_run  # noqa: E402
from drawn_areas import Curves, drawn_studies, resamples  # noqa: E402
from fast_scores import ACCURACY, BALANCED, SPEARMAN, ReportScorer  # noqa: E402
from simulated_runs import ClassModel, NumberModel, shift_of  # noqa: E402

CONFIDENCE, SEED = 0.95, 0
SEEDS = (3, 5, 8)
ARM = "pretrained"  # the arm that is compared with the reference
EFFECT = 0.05  # planted


@dataclass
class Tally:
    """Of some studies, how many intervals include a value."""

    included: int = 0
    total: int = 0

    def add(self, found, value):
        if not math.isnan(found.low):
            self.included += found.low <= value <= found.high
            self.total += 1

    @property
    def inside(self):
        return f"{100 * self.included / self.total:.1f} %" if self.total else "–"

    @property
    def outside(self):
        return f"{100 * (1 - self.included / self.total):.1f} %" if self.total else "–"


@dataclass
class Record:
    """Runs of the main experiment at the shared learning rate, by task and init, and the trivial baseline's scores."""

    runs: dict = field(default_factory=dict)  # of (task, init): list of run.json with their directory, by seed
    floor: dict = field(default_factory=dict)  # of task: validation score of the trivial baseline

    @property
    def tasks(self):
        return list(dict.fromkeys(task for task, _ in self.runs))

    def pair(self, task):
        """The runs of the arm and of the reference with the same seeds."""
        arm, reference = ({run["seed"]: run for run in self.runs.get((task, init), [])} for init in (ARM, REFERENCE))
        common = [seed for seed in arm if seed in reference]
        return [arm[seed] for seed in common], [reference[seed] for seed in common]


def read_record(folder):
    """The `Record` in a folder of runs."""
    record = Record()
    for path in sorted(Path(folder).rglob("run.json")):
        run = {**read_run(path.parent), "directory": path.parent}
        if run["fraction"] != 1 or run["scores"]["test"] is None:
            continue
        if run["init"] != BASELINE and [run["mapping"]] != DEFAULT_MAPPINGS:
            continue  # a control of its own
        if run["init"] == BASELINE:
            if run["model"] == "trivial":
                record.floor[run["task"]] = run["scores"]["validation"]
        elif run["rate"] == FIXED:
            record.runs.setdefault((run["task"], run["init"]), []).append(run)
    if not record.runs:
        raise InputError(f"{folder} has no fine-tuning runs with all training sequences and a fixed learning rate")
    for (task, init), runs in record.runs.items():
        if len({run["model"] for run in runs}) > 1:
            raise InputError(f"{folder} has several models for {init} on {task}; one was expected")
        runs.sort(key=lambda run: run["seed"])
    return record


def model_of(record, task):
    """The simulation model of a task, and its metric."""
    pairs = record.pair(task)
    tables = [[read_predictions(run["directory"]) for run in arm] for arm in pairs]
    first, metric = tables[0][0], pairs[0][0]["metric"]
    predictions = np.array([[table["prediction"].to_numpy() for table in arm] for arm in tables])
    target = first["target"].to_numpy()
    _, groups = np.unique(first["group"], return_inverse=True)
    if metric == SPEARMAN:
        return NumberModel(predictions, target, groups), metric
    _, classes = np.unique(target, return_inverse=True)
    return ClassModel(predictions == target, classes, groups, metric == BALANCED), metric


def simulated_scores(record, given):
    """Rows of the table of simulated test scores, and the smallest adjusted p-values of studies without effects."""
    rows, without_effect = [], {seeds: [] for seeds in given.seeds}
    for task in record.tasks:
        if len(record.pair(task)[0]) < 2:
            say(f"{task}: no two seeds with {ARM} and {REFERENCE}, so no simulation")
            continue
        model, metric = model_of(record, task)
        if metric not in (ACCURACY, BALANCED, SPEARMAN):
            say(f"{task}: {metric} is not simulated")
            continue
        scorer = ReportScorer(metric, len(model.members), given.draws, SEED)
        for seeds in given.seeds:
            say(f"{task}, {seeds} seeds")
            null, planted, score = Tally(), Tally(), Tally()
            p_values = []
            for difference, reference in studies(model, scorer, seeds, 0.0, given.studies):
                null.add(difference, 0.0)
                score.add(reference, model.expected())
                p_values.append(difference.p)
            for difference, _ in studies(model, scorer, seeds, EFFECT, given.studies):
                planted.add(difference, EFFECT)
            without_effect[seeds].append(p_values)
            rows.append(f"| {task} | {seeds} | {null.outside} | {planted.inside} | {score.inside} |")
    return rows, without_effect


def studies(model, scorer, seeds, effect, count):
    """The `Interval` of the difference and of the reference's score in each of ``count`` simulated studies."""
    shift = shift_of(model, effect)
    generator = np.random.default_rng([SEED, seeds, int(1000 * effect)])
    for study in range(count):
        target, groups, predictions = model.draw(generator, seeds, shift)
        flat = predictions.reshape(2 * seeds, -1)
        if study == 0:
            scorer.check(target, groups, flat)
        arm, reference = scorer(target, groups, flat).reshape(2, seeds, -1)
        found = [
            interval(scores[:, 0], scores[:, 1:], len(model.members), CONFIDENCE)
            for scores in (arm - reference, reference)
        ]
        yield found


def any_false_alarm(p_values, adjusted):
    """In how many studies at least one task has p < 0.05; ``p_values`` has shape (tasks, studies)."""
    p_values = np.array(p_values).T
    smallest = [np.nanmin(holm(one) if adjusted else one, initial=1) for one in p_values]
    return f"{100 * np.mean(np.array(smallest) < 1 - CONFIDENCE):.1f} %"


def splits(record, given):
    """Rows of the table of arms that are split by seed."""
    config = {"report": {"confidence": CONFIDENCE, "bootstrap_draws": 2000, "seed": SEED}}
    tallies, arms = {}, {}
    for (task, init), runs in record.runs.items():
        sizes = range(3, len(runs) // 2 + 1)
        if not sizes:
            say(f"{task}, {init}: {len(runs)} runs cannot be split into two arms of three")
            continue
        say(f"{task}, {init}: splits")
        scores = score_runs(pd.DataFrame(runs), config)
        curves = [read_curve(run["directory"]) for run in runs]
        references = [read_curve(run["directory"]) for run in record.runs.get((task, REFERENCE), [])]
        level = level_of(references, record.floor.get(task, math.nan))
        areas, groups = areas_of(runs, curves, given)
        steps = np.array([first_step(curve, level) for curve in curves])
        generator = np.random.default_rng(derive(SEED, f"splits of {task} {init}"))
        for size in sizes:
            arms[task, size] = arms.get((task, size), 0) + 1
            score, speed, ratio = tallies.setdefault((task, size), (Tally(), Tally(), Tally()))
            for _ in range(given.splits):
                order = generator.permutation(len(runs))
                mine, theirs = order[:size], order[size : 2 * size]
                arm, reference = (scores.iloc[part].reset_index(drop=True) for part in (mine, theirs))
                score.add(paired_interval(arm, reference, config), 0.0)
                speed.add(area_interval(areas[mine] - areas[theirs], groups), 0.0)
                if (steps[order[: 2 * size]] > 0).all():
                    ratio.add(ratio_interval(steps[mine] / steps[theirs], CONFIDENCE), 1.0)
    return [
        f"| {task} | {size} and {size} | {arms[task, size]} | {score.outside} | {speed.outside} | {ratio.outside} |"
        for (task, size), (score, speed, ratio) in tallies.items()
    ]


def areas_of(runs, curves, given):
    """The areas of runs on the validation split and on resamples of it, shape (runs, 1 + draws), and its groups.

    Without validation predictions, as in runs of older versions, there are no resamples and 0 groups.
    """
    read = Curves.read(runs)
    if read is None:
        return np.array([[area(curve, "validation")] for curve in curves]), 0
    counts = resamples(np.ones(read.count, dtype=int), given.draws, np.random.default_rng(SEED))
    return read.areas(counts), read.count


def area_interval(differences, groups):
    """The report's interval of differences in area, from `areas_of`."""
    if not groups:
        return t_interval(differences[:, 0], CONFIDENCE)
    return interval(differences[:, 0], differences[:, 1:], groups, CONFIDENCE)


def area_rows(record, given):
    """Rows on the area under the curve, of studies drawn from the record."""
    rows = []
    for task in record.tasks:
        arm, reference = (Curves.read(runs) for runs in record.pair(task))
        if arm is None or reference is None or len(arm.predictions) < 2:
            say(f"{task}: no two seeds with {ARM} and {REFERENCE} that have validation predictions")
            continue
        whole = np.ones((1, arm.count))
        truth = float((arm.areas(whole) - reference.areas(whole)).mean())
        for seeds in given.seeds:
            say(f"{task}, area under the curve, {seeds} seeds")
            over_both, over_seeds = Tally(), Tally()
            generator = np.random.default_rng(derive(SEED, f"areas of {task} with {seeds} seeds"))
            for both, alone in drawn_studies(arm, reference, seeds, given, CONFIDENCE, generator):
                over_both.add(both, truth)
                over_seeds.add(alone, truth)
            rows.append(f"| {task} | {len(arm.predictions)} | {seeds} | {over_both.inside} | {over_seeds.inside} |")
    return rows


def ratio_rows(record, given):
    """Rows on the ratio of steps, with ratios whose logarithms deviate as the record's do.

    All arms and tasks are one population. A deviation is divided by the standard deviation of the other seeds and
    transformed so that it is exactly normal if the record's differences are normal, however few seeds there are.
    """
    found = []
    for (task, init), runs in record.runs.items():
        theirs = {run["seed"]: run for run in record.runs.get((task, REFERENCE), [])}
        both = [(run, theirs[run["seed"]]) for run in runs if run["seed"] in theirs]
        if init == REFERENCE or len(both) < 3:
            continue
        curves = [[read_curve(run["directory"]) for run in pair] for pair in both]
        level = level_of([reference for _, reference in curves], record.floor.get(task, math.nan))
        steps = np.array([[first_step(curve, level) for curve in pair] for pair in curves])
        if (steps > 0).all():
            found.append(normal_deviations(np.log(steps[:, 0] / steps[:, 1])))
    population = np.concatenate(found) if found else np.array([])
    if len(population) < 10:
        say("ratio of steps: too few in the record")
        return []
    rows = []
    for seeds in given.seeds:
        generator, tally = np.random.default_rng([SEED, seeds]), Tally()
        for values in generator.choice(population, size=(given.studies, seeds)):
            tally.add(t_interval(values, CONFIDENCE), population.mean())
        rows.append(f"| {seeds} | {len(population)} | {tally.inside} |")
    return rows


def normal_deviations(values):
    """Externally studentized deviations from the mean as normal quantiles; empty if there is no spread."""
    n = len(values)
    if n < 3 or values.std() == 0:
        return np.array([])
    square = ((values - values.mean()) / values.std(ddof=1)) ** 2 * n / (n - 1)
    t = np.sign(values - values.mean()) * np.sqrt(square * (n - 2) / np.maximum(n - 1 - square, 1e-9))
    return stats.norm.ppf(stats.t.cdf(t, n - 2))


def say(words):
    print(words, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", default=ROOT / "results/runs", help="the record's (default: results/runs)")
    parser.add_argument("--studies", type=int, default=1000, help="of each kind (default: 1000)")
    parser.add_argument("--splits", type=int, default=200, help="of each arm (default: 200)")
    parser.add_argument("--draws", type=int, default=500, help="resamples of the test split (default: 500)")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of a study (default: 3 5 8)")
    given = parser.parse_args()
    try:
        record = read_record(given.runs)
    except InputError as error:
        sys.exit(str(error))

    rows, without_effect = simulated_scores(record, given)
    counts = sorted({len(runs) for runs in record.runs.values()})
    print(f"Runs of an arm in the record: {' to '.join(map(str, dict.fromkeys((counts[0], counts[-1]))))}; ", end="")
    print(f"{given.studies} simulated studies for each cell, {given.splits} splits of each arm.\n")
    if rows:
        print(f"| task | seeds | no effect: excludes 0 | effect of {EFFECT}: included | score of `scratch`: included |")
        print("|---|---|---|---|---|", *rows, "", sep="\n")
        print("| all tasks, no effects | any p < 0.05 | any adjusted p < 0.05 |\n|---|---|---|")
        for seeds, p_values in without_effect.items():
            print(f"| {seeds} seeds | {any_false_alarm(p_values, False)} | {any_false_alarm(p_values, True)} |")
    rows = area_rows(record, given)
    if rows:
        print("\n| area under the curve | pairs in the record | seeds | included | over seeds alone |")
        print("|---|---|---|---|---|", *rows, sep="\n")
    rows = ratio_rows(record, given)
    if rows:
        print("\n| ratio of steps: seeds | ratios in the record | included |\n|---|---|---|", *rows, sep="\n")
    rows = splits(record, given)
    if rows:
        print("\n| task | seeds | arms | score: excludes 0 | area: excludes 0 | steps: exclude 1 |")
        print("|---|---|---|---|---|---|", *rows, sep="\n")
    else:
        print("\nNo arm has six runs, so none could be split.")


if __name__ == "__main__":
    main()

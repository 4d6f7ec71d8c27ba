"""Arms in the report's tables: their columns, and which rows belong to which runs."""

import numpy as np

from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, CHOSEN, FIXED, FROZEN
from beyondtext.study.selection import MAIN

ARM = ["task", "model", "init", "mapping", "fraction", "rate"]
MATCHED = ["task", "model", "mapping", "fraction", "rate"]  # what two arms that are compared have in common
REFERENCE = "scratch"  # the initialization that every other one is compared with


def main_runs(config):
    """The runs of the main experiment; none if the study leaves it out."""
    return grid.runs_by_experiment(config).get(MAIN, [])


def fine_tuned(table):
    """The rows of a table of runs or arms whose encoder was trained: neither baselines nor frozen features."""
    return table[(table["init"] != BASELINE) & (table["rate"] != FROZEN)]


def rows_of(table, runs):
    """The rows of a table of arms, or of their comparisons, that belong to some runs or to their baselines."""
    inits = table["init"] if "init" in table else [compared_init(words) for words in table["comparison"]]
    fractions = table["fraction"].map("{:.6g}".format)  # as the CSV files have it
    arms = {(run.task, run.model, run.init, run.mapping, f"{run.fraction:.6g}", run.rate) for run in runs}
    shares = {(run.task, f"{run.fraction:.6g}") for run in runs}
    mine = [
        (task, fraction) in shares if init == BASELINE else (task, model, init, mapping, fraction, rate) in arms
        for task, model, init, mapping, fraction, rate in zip(
            table["task"], table["model"], inits, table["mapping"], fractions, table["rate"], strict=True
        )
    ]
    return table[np.array(mine, dtype=bool)]


def on_all_data(table):
    """The rows of a table of arms with the largest fraction of the training data that it has for their task."""
    return table[table["fraction"] == table.groupby("task")["fraction"].transform("max")]


def primary(table):
    """The rows of a table of arms that the verdict on each task is about.

    On tasks that have arms with a fixed learning rate, those whose rate was chosen are left out.
    """
    has_fixed = table["task"].isin(table.loc[table["rate"] == FIXED, "task"])
    return table[~has_fixed | (table["rate"] != CHOSEN)]


def matching(table, row, keys):
    """The rows of a table that agree with a row, a mapping, in some columns."""
    kept = np.ones(len(table), dtype=bool)
    for key in keys:
        kept &= (table[key] == row[key]).to_numpy()
    return table[kept]


def compared_init(comparison):
    """The initialization that a comparison, such as ``pretrained - scratch``, is about."""
    return comparison.partition(" - ")[0]

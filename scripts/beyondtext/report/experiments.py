"""The experiments beside the main one, and those in which an amount varies: of data, or of pre-training."""

import numpy as np
import pandas as pd

from beyondtext.report.tables import ARM, REFERENCE, paired
from beyondtext.report.text import apart, between, init_title, score, signed, task_title, verdict
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE
from beyondtext.training.baselines import BASELINES

TITLES = {
    "main": "How much data",  # where it has a section of its own
    "domain": "A model of the task's own domain",
    "data_efficiency": "How much data",
    "pretraining_steps": "How much pre-training",
    "model_families": "Other models",
    "shift": "English whose words were exchanged",
}
AMOUNTS = ["experiment", "factor", "amount", "domain", *ARM, "metric", "sequences", "n", "mean", "ci_low", "ci_high"]
AMOUNTS += ["difference", "difference_ci_low", "difference_ci_high", "p"]
KEYS = ("model", "mapping", "rate")  # what may tell rows of one task, start and amount apart


def title(name):
    """An experiment in words."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def rows_of(table, runs):
    """The rows of a table of arms, or of their comparisons, that are about some runs or about their baselines."""
    inits = table["init"] if "init" in table else [words.partition(" - ")[0] for words in table["comparison"]]
    fractions = table["fraction"].map("{:.6g}".format)  # as tables on disk have it
    arms = {(run.task, run.model, run.init, run.mapping, f"{run.fraction:.6g}", run.rate) for run in runs}
    shares = {(run.task, f"{run.fraction:.6g}") for run in runs}
    mine = [
        (task, fraction) in shares if init == BASELINE else (task, model, init, mapping, fraction, rate) in arms
        for task, model, init, mapping, fraction, rate in zip(
            table["task"], table["model"], inits, table["mapping"], fractions, table["rate"], strict=True
        )
    ]
    return table[np.array(mine, dtype=bool)]


def amounts(scores, summary, config):
    """Test scores by the amount that an experiment varies.

    Parameters
    ----------
    scores, summary : pandas.DataFrame
        From `beyondtext.report.tables`.
    config : dict

    Returns
    -------
    pandas.DataFrame
        A row for each arm of each experiment with a `beyondtext.study.grid.varied_factor`, and for the baselines where
        data varies: ``amount`` is the share of the training split or the steps of pre-training. ``difference``, with
        its interval and ``p``, is paired by seed and by test example. Where data varies it is to the random
        initialization on the same data; where pre-training varies, to the arm with the least of it.
    """
    by_seed = {arm: part.set_index("seed") for arm, part in scores.groupby(ARM, sort=False)}
    rows = []
    for name, runs in grid.experiments_with_sections(config).items():
        varied = grid.varied_factor(runs)
        if varied is None:
            continue
        mine = rows_of(summary, runs)
        if varied == "pretraining_steps":
            mine = mine[mine["init"] != BASELINE]
            steps = mine["model"].map(grid.pretraining_steps)
            mine = mine.assign(amount=steps)[steps.notna()]
            least = mine.loc[mine["amount"].idxmin(), "model"]
        else:
            mine = mine.assign(amount=mine["fraction"])
        for row in mine.to_dict("records"):
            other = {**row, "model": least} if varied == "pretraining_steps" else {**row, "init": REFERENCE}
            rows.append({**row, "experiment": name, "factor": varied, **_difference(row, other, by_seed, config)})
    return pd.DataFrame(rows, columns=AMOUNTS)


def _difference(row, other, by_seed, config):
    """One arm's difference from another, or nothing where it is a baseline or there is no such other arm."""
    own, reference = (tuple(arm[key] for key in ARM) for arm in (row, other))
    if row["init"] == BASELINE or own == reference or reference not in by_seed:
        return {}
    found = paired(by_seed[own], by_seed[reference], config) or {"mean": np.nan}
    names = {"mean": "difference", "ci_low": "difference_ci_low", "ci_high": "difference_ci_high", "p": "p"}
    return {name: found.get(key) for key, name in names.items()}


def sentences(table):
    """What an experiment's `amounts` say: a sentence or two for each task and start."""
    said = []
    trained = table[table["init"] != BASELINE]
    keys = ["task", "init", *(key for key in KEYS if not _is_amount(key, table))]
    for _, part in trained.groupby(keys, sort=False):
        part = part.sort_values("amount")
        words = [task_title(part["task"].iloc[0]), *apart(part.iloc[0], trained, keys[2:])]
        where = f"On {', '.join(words)}"
        if table["factor"].iloc[0] == "pretraining_steps":
            said.append(_of_pretraining(where, part))
        elif part["init"].iloc[0] != REFERENCE and part["difference"].notna().any():
            said.append(_of_data(where, part))
    return said


def _is_amount(key, table):
    return key == "model" and table["factor"].iloc[0] == "pretraining_steps"


def _of_data(where, part):
    """One start beside a random one, by the share of the data."""
    words = {"higher": "higher", "lower": "lower", "open": "no difference is shown", "none": "too few seeds to tell"}
    clauses = []
    for row in part[part["difference"].notna()].to_dict("records"):
        found = words[verdict({end: row[f"difference_{end}"] for end in ("ci_low", "ci_high")})]
        clauses.append(f"with {amount_title(row)} of the training data {found} ({_in_words(row)})")
    return f"{where}, “{init_title(part['init'].iloc[0])}” against a random initialization: {'; '.join(clauses)}."


def _of_pretraining(where, part):
    """One task's scores from the least pre-training to the most."""
    first, last = part.iloc[0], part.iloc[-1]
    said = (
        f"{where}, the score is {score(first['mean'])} after {first['amount']:,.0f} steps of pre-training and "
        f"{score(last['mean'])} after {last['amount']:,.0f} (difference {_in_words(last)})."
    )
    clear = part[(part["difference_ci_low"] > 0) | (part["difference_ci_high"] < 0)]
    if clear.empty:
        return f"{said} No difference is shown." if part["difference_ci_low"].notna().any() else said
    return f"{said} The interval of the difference first leaves out zero at {clear.iloc[0]['amount']:,.0f} steps."


def _in_words(row):
    """A difference with its interval, where it has one."""
    interval = between(row["difference_ci_low"], row["difference_ci_high"], signed)
    return f"{signed(row['difference'])}; {interval}" if interval else signed(row["difference"])


def rows(table):
    """An experiment's `amounts` as text."""
    keys = [key for key in KEYS if not _is_amount(key, table)]
    trained = table[table["init"] != BASELINE]
    order = ["task", "init", *(() if _is_amount("model", table) else ("model",)), "amount"]
    return [
        {
            "task": task_title(row["task"]),
            "start": BASELINES[row["model"]].title if row["init"] == BASELINE else init_title(row["init"]),
            "apart": ", ".join(apart(row, trained, keys)) if row["init"] != BASELINE else "",
            "amount": amount_title(row),
            "n": row["n"] if row["init"] != BASELINE else "–",
            "mean": score(row["mean"]),
            "interval": between(row["ci_low"], row["ci_high"]),
            "difference": signed(row["difference"]) or "–",
            "difference_interval": between(row["difference_ci_low"], row["difference_ci_high"], signed),
        }
        for row in table.sort_values(order, key=_in_order).to_dict("records")
    ]


def _in_order(column):
    """A sort key that keeps names in the order in which they first occur."""
    return column if column.name == "amount" else column.map({v: k for k, v in enumerate(column.unique())})


def amount_title(row):
    """An amount in words."""
    if row["factor"] == "pretraining_steps":
        return f"{row['amount']:,.0f} steps"
    return f"{100 * row['amount']:.3g} % ({row['sequences']:,} sequences)"

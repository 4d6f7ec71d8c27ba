"""What the report says of similarity: the last layers of trained encoders beside their nulls."""

from collections import Counter

import pandas as pd

from beyondtext.report.text import between, encoder_title, listed, model_title, score, task_title
from beyondtext.similarity.measures import MEASURES
from beyondtext.study import grid

VARIANTS = {"raw": "as they are", "deconfounded": "symbol and position taken out"}
OPENINGS = {"raw": "As they are", "deconfounded": "With symbol and position taken out"}
SMALLER = {"half": "half of the sequences", "quarter": "a quarter of them", "truncated": "99 % of the variance"}
PAPER = "paper_pwcca"
COST = "paper_attention"  # no similarity: the less, the more alike
OTHER_TITLES = {
    "attention": "attention overlap",
    PAPER: "PWCCA, the paper's code",
    COST: "attention cost, the paper's code (less is more alike)",
}  # of what is no registered measure
SIDE = ("model", "init", "stage", "seed")


def measure_title(name):
    """A measure in words."""
    return MEASURES[name].title if name in MEASURES else OTHER_TITLES[name]


def is_random(row, side):
    """Whether one side of a row of the similarity table has learned nothing."""
    return grid.is_random(row[f"init_{side}"], row[f"stage_{side}"])


def encoder(row, side):
    """One side of a row, as ``(model, init, stage, seed)``."""
    return tuple(row[f"{key}_{side}"] for key in SIDE)


def summary(table):
    """The last layers of every two trained encoders, and the same with random initializations in their place.

    Parameters
    ----------
    table : pandas.DataFrame
        From `beyondtext.report.load.load_similarity`.

    Returns
    -------
    pandas.DataFrame
        The rows in question, with ``random_low``, ``random_high`` and ``randoms``: the lowest and the highest value,
        and how many values there are, where each encoder whose architecture has random initializations is replaced by
        them; and with ``title_a`` and ``title_b``.
    """
    last = table[table["last"]].to_dict("records")
    values, starts = {}, {}
    for row in last:
        key = (row["task"], row["variant"], row["measure"])
        values[key, encoder(row, "a"), encoder(row, "b")] = row["value"]
        values.setdefault((key, encoder(row, "b"), encoder(row, "a")), row["value"])  # of a symmetric measure
        for side in "ab":
            if is_random(row, side):
                starts.setdefault((row["task"], row[f"model_{side}"]), set()).add(encoder(row, side))
    rows = []
    for row in last:
        if is_random(row, "a") or is_random(row, "b"):
            continue
        key = (row["task"], row["variant"], row["measure"])
        first, second = (starts.get((row["task"], row[f"model_{side}"]), {encoder(row, side)}) for side in "ab")
        random = [
            values[key, a, b]
            for a in first
            for b in second
            if a != b and any(grid.is_random(*one[1:3]) for one in (a, b)) and (key, a, b) in values
        ]
        low, high = (min(random), max(random)) if random else (float("nan"), float("nan"))
        rows.append({**row, "random_low": low, "random_high": high, "randoms": len(random)})
    return titled(pd.DataFrame(rows))


def random_starts(table):
    """How many random initializations of which models a table has, in words."""
    found = {
        (row[f"model_{side}"], row[f"seed_{side}"])
        for row in table.to_dict("records")
        for side in "ab"
        if is_random(row, side)
    }
    counts = Counter(model for model, _ in found)
    return listed(f"{count} of {model_title(model)}" for model, count in counts.items()) if counts else "none"


def titled(table):
    """A table with ``title_a`` and ``title_b``: its encoders in words, with the seed where a task has several."""
    found = {(row["task"], *encoder(row, side)) for row in table.to_dict("records") for side in "ab"}
    seeds = Counter(one[:-1] for one in found)
    titles = {one: encoder_title(*one[1:4], seed=one[4] if seeds[one[:4]] > 1 else None) for one in found}
    columns = {
        f"title_{side}": [titles[row["task"], *encoder(row, side)] for row in table.to_dict("records")] for side in "ab"
    }
    return table.assign(**columns)


def relation(row):
    """Where a value lies beside those of random initializations: ``above``, ``below``, ``level``, or None without any.

    The whole interval has to, where there is one.
    """
    if not row["randoms"]:
        return None
    low, high = (row["value"], row["value"]) if pd.isna(row["ci_low"]) else (row["ci_low"], row["ci_high"])
    return "above" if low > row["random_high"] else "below" if high < row["random_low"] else "level"


def pair_title(row):
    """Both encoders of a row in words."""
    return f"{row['title_a']} with {row['title_b']}"


def forward(table):
    """The rows of each pair in its first order; a measure with a direction has the pair in both."""
    seen, kept = {}, []
    for row in table.to_dict("records"):
        pair = (row["task"], frozenset((encoder(row, "a"), encoder(row, "b"))))
        kept.append(seen.setdefault(pair, encoder(row, "a")) == encoder(row, "a"))
    return table[kept]


def sentences(table):
    """Which similarities exceed their nulls: sentences on the pairs of different models that have random "
    "initializations."""
    shown = table[(table["model_a"] != table["model_b"]) & (table["randoms"] > 0) & (table["measure"] != COST)]
    if shown.empty:
        return []
    said = []
    paper = shown[shown["measure"] == PAPER]
    if len(paper):
        said.append(
            f"By the method of the paper's code the pairs of different models score {span(paper['value'])}, and random "
            f"initializations in their place {between(paper['random_low'].min(), paper['random_high'].max())}; "
            f"{counted(paper)} are above theirs."
        )
    for variant, words in OPENINGS.items():
        part = shown[(shown["variant"] == variant) & (shown["measure"] != PAPER)]
        if len(part):
            clauses = [
                f"{counted(rows)} in {measure_title(name)}"
                + ("" if rows["null_q95"].notna().any() else " (random initializations alone)")
                for name, rows in part.groupby("measure", sort=False)
            ]
            said.append(f"{words}, these are above random initializations and exchanged sequences: {listed(clauses)}.")
    part = shown[shown["variant"] == "deconfounded"]
    if len(part):
        both_ways = {}
        for row in part.to_dict("records"):
            both_ways.setdefault((row["task"], frozenset((encoder(row, "a"), encoder(row, "b")))), []).append(row)
        names = [
            f"{pair_title(rows[0])} on {task_title(rows[0]['task'])}"
            for rows in both_ways.values()
            if all(survives(row) for row in rows)
        ]
        said.append(
            f"Above both in every measure then: {listed(names)}."
            if names
            else "No pair is above both in every measure then."
        )
    return said


def survives(row):
    """Whether a value is above its random initializations, and above exchanged sequences where there are any."""
    return relation(row) == "above" and not row["ci_low"] <= row["null_q95"]


def counted(rows):
    """How many rows survive, in words; of a measure with a direction each pair counts in both."""
    both = " (each pair both ways)" if len(forward(rows)) < len(rows) else ""
    return f"{sum(survives(row) for row in rows.to_dict('records'))} of {len(rows)}{both}"


def trained_sentences(table, runs):
    """Which weights the fine-tuned encoders of a `summary` have; ``runs`` from `beyondtext.report.load.read_runs`."""
    found = dict.fromkeys((row["task"], *encoder(row, side)) for row in table.to_dict("records") for side in "ab")
    said = []
    for task, model, init, stage, seed in found:
        mine = runs[(runs["task"] == task) & (runs["model"] == model) & (runs["init"] == init) & (runs["seed"] == seed)]
        if stage != grid.FINETUNED or mine.empty:
            continue
        run = mine.loc[mine["fraction"].idxmax()]
        title = f"“{encoder_title(model, init, stage)}” on {task_title(task)} is the run with seed {seed}"
        if run["best_step"] == 0:
            said.append(
                f"{title}, which scored highest on the validation split before its first step: it is the encoder as it "
                "started."
            )
        else:
            said.append(
                f"{title}, with the weights of step {run['best_step']:.0f} of {run['steps']:.0f} (test score "
                f"{score(run['scores']['test'])}{', with one prediction for all' if run['constant'] else ''})."
            )
    return said


def tokens_compared(table):
    """How much of each task's test split a similarity table is about, in words."""
    whole = table[table["last"] & (table["variant"] == "raw") & table["measure"].isin(list(MEASURES))]
    sizes = whole.groupby("task", sort=False)[["n_tokens", "n_sequences"]].max()
    return listed(
        f"{row.n_tokens:,} tokens of {row.n_sequences:,} test sequences on {task_title(row.Index)}"
        for row in sizes.itertuples()
    )


def span(values):
    """The lowest and the highest of some values, in words."""
    return between(values.min(), values.max())


def rows(table):
    """A `summary` as text."""
    kept = table[table["variant"].isin({*VARIANTS, "paper"})]
    return [
        {
            "task": task_title(row["task"]),
            "first": row["title_a"],
            "second": row["title_b"],
            "variant": VARIANTS.get(row["variant"], "as the paper's code takes them"),
            "measure": measure_title(row["measure"]),
            "value": f"{row['value']:,.0f}" if row["measure"] == COST else score(row["value"]),
            "interval": between(row["ci_low"], row["ci_high"]),
            "random": between(
                row["random_low"], row["random_high"], "{:,.0f}".format if row["measure"] == COST else score
            )
            or "–",
            "exchanged": score(row["null_q95"]) or "–",
            "gaussian": score(row["gaussian"]) or "–",
        }
        for row in kept.to_dict("records")
    ]


def sensitivity(table):
    """How far the numbers of a `summary` hang on the number of tokens and on the small components: a row a pair.

    Each cell is the value, and what independent Gaussian data of the same size give.
    """
    kept = forward(table)
    kept = kept[kept["variant"].isin({"raw", *SMALLER}) & kept["measure"].isin(list(MEASURES))]
    keys = ["task", *(f"{key}_{side}" for side in "ab" for key in SIDE), "measure"]
    found = []
    for _, part in kept.groupby(keys, sort=False):
        by_variant = part.set_index("variant").to_dict("index")
        row = part.iloc[0]
        cells = [by_variant.get(name) for name in ("raw", *SMALLER)]
        found.append(
            {
                "task": task_title(row["task"]),
                "pair": pair_title(row),
                "measure": measure_title(row["measure"]),
                "cells": [{"value": score(c["value"]), "gaussian": score(c["gaussian"])} if c else None for c in cells],
            }
        )
    return found


def layer_maps(table):
    """The maps of all layers with all layers, as ``(task, title of a, title of b, {map's title: rows})``."""
    inside = table[(table["variant"] == "raw") & table["measure"].isin(["cka", "attention"])]
    keys = ["task", *(f"{key}_{side}" for side in "ab" for key in SIDE)]
    whole = inside.groupby([*keys, "measure"]).filter(lambda rows: rows["layer_a"].nunique() > 1)
    for _, part in titled(whole).groupby(keys, sort=False):
        row = part.iloc[0]
        maps = {measure_title(name): rows for name, rows in part.groupby("measure", sort=False)}
        yield row["task"], row["title_a"], row["title_b"], maps

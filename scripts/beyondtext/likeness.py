"""What the report says of similarity: the last layers of trained encoders beside their nulls."""

import pandas as pd

from beyondtext.similarity import MEASURES
from beyondtext.wording import between, encoder_title, listed, model_title, score, task_title

VARIANTS = {"raw": "as they are", "deconfounded": "symbol and position taken out"}
SIDE = ("model", "init", "seed")


def is_random(row, side):
    """Whether one side of a row of the similarity table has learned nothing."""
    return row[f"init_{side}"] == "scratch"


def encoder(row, side):
    """One side of a row, as ``(model, init, seed)``."""
    return tuple(row[f"{key}_{side}"] for key in SIDE)


def summary(table):
    """The last layers of every two trained encoders, and the same with random starts in their place.

    Parameters
    ----------
    table : pandas.DataFrame
        From `beyondtext.tables.load_similarity`.

    Returns
    -------
    pandas.DataFrame
        The rows in question, with ``random_low``, ``random_high`` and ``randoms``: the lowest and the highest value,
        and how many there are, where each encoder whose architecture has random starts is replaced by them.
    """
    last = table[table["last"]].to_dict("records")
    values, starts = {}, {}
    for row in last:
        key = (row["task"], row["variant"], row["measure"])
        values[key, encoder(row, "a"), encoder(row, "b")] = row["value"]
        if MEASURES[row["measure"]].symmetric:
            values[key, encoder(row, "b"), encoder(row, "a")] = row["value"]
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
            if (a[1] == "scratch" or b[1] == "scratch") and (key, a, b) in values
        ]
        low, high = (min(random), max(random)) if random else (float("nan"), float("nan"))
        rows.append({**row, "random_low": low, "random_high": high, "randoms": len(random)})
    return pd.DataFrame(rows)


def relation(row):
    """Where a value lies beside those of random starts: ``above``, ``below``, ``level``, or None without any."""
    if not row["randoms"]:
        return None
    return "above" if row["ci_low"] > row["random_high"] else "below" if row["ci_high"] < row["random_low"] else "level"


def pair_title(row):
    """Both encoders of a row in words."""
    return f"{encoder_title(*encoder(row, 'a'))} with {encoder_title(*encoder(row, 'b'))}"


def forward(table):
    """The rows of each pair in its first order; a measure with a direction has the pair in both."""
    seen, kept = {}, []
    for row in table.to_dict("records"):
        pair = (row["task"], frozenset((encoder(row, "a"), encoder(row, "b"))))
        kept.append(seen.setdefault(pair, encoder(row, "a")) == encoder(row, "a"))
    return table[kept]


def sentences(table):
    """A sentence for each pair and variant of a `summary`, and one on what is left in the end."""
    words = {"above": "above", "below": "below", "level": "level with"}
    said, surviving, asked = [], [], False
    shown = forward(table)
    for (task, _, _, variant), part in shown.groupby(["task", "model_a", "model_b", "variant"], sort=False):
        rows = part.to_dict("records")
        if not all(row["randoms"] for row in rows):
            continue
        clauses = [
            f"{MEASURES[row['measure']].title} {score(row['value'])} is {words[relation(row)]} theirs "
            f"({between(row['random_low'], row['random_high'])})"
            for row in rows
        ]
        said.append(
            f"On {task_title(task)}, {pair_title(rows[0])}, {VARIANTS[variant]}, beside {rows[0]['randoms']} random "
            f"starts: {listed(clauses)}."
        )
        if variant == "deconfounded":
            asked = True
            if all(relation(row) == "above" and not row["ci_low"] <= row["null_q95"] for row in rows):
                surviving.append(f"{pair_title(rows[0])} on {task_title(task)}")
    if surviving:
        said.append(
            "Above random starts and above exchanged sequences in every measure, once symbol and position are taken "
            f"out: {listed(surviving)}."
        )
    elif asked:
        said.append(
            "Once symbol and position are taken out, no pair is above random starts and above exchanged sequences in "
            "every measure."
        )
    return said


def rows(table):
    """A `summary` as text."""
    return [
        {
            "task": task_title(row["task"]),
            "first": encoder_title(*encoder(row, "a")),
            "second": encoder_title(*encoder(row, "b")),
            "variant": VARIANTS[row["variant"]],
            "measure": MEASURES[row["measure"]].title,
            "value": score(row["value"]),
            "interval": between(row["ci_low"], row["ci_high"]),
            "random": between(row["random_low"], row["random_high"]),
            "exchanged": score(row["null_q95"]),
            "tokens": f"{row['n_tokens']:,}",
        }
        for row in table.to_dict("records")
    ]


def layer_pairs(table):
    """The pairs of encoders whose layers are all compared, as ``(task, title of a, title of b, rows)``."""
    every = table[table["measure"] == "cka"]
    keys = ["task", *(f"{key}_{side}" for side in "ab" for key in SIDE)]
    for values, part in every.groupby(keys, sort=False):
        if part["layer_a"].nunique() > 1:
            row = dict(zip(keys, values, strict=True))
            yield row["task"], short_title(row, "a"), short_title(row, "b"), part


def short_title(row, side):
    """An encoder on the axis of a heat map."""
    return model_title(row[f"model_{side}"]) + (", random start" if is_random(row, side) else "")

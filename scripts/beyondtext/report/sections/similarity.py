"""Similarity: the last layers of every pair of trained encoders, with their nulls."""

import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.encoders import (
    PAIR,
    PUBLISHED_COST,
    PUBLISHED_PWCCA,
    encoder,
    is_random,
    measure_title,
    one_direction,
    pair_label,
    pair_of,
    pair_title,
    random_initializations,
    with_titles,
)
from beyondtext.report.section import Figure, Section, Table
from beyondtext.similarity.measures import MEASURES
from beyondtext.study import grid

VARIANTS = {
    "raw": "unmodified",
    "deconfounded": "symbol and position regressed out",
    "paper": "as in the released code",
}
COLUMNS = [*PAIR, "title_a", "title_b", "variant", "measure", "value", "ci_low", "ci_high"]
COLUMNS += ["random_low", "random_high", "n_random", "null_mean", "null_q95", "gaussian", "n_tokens", "n_sequences"]
COUNT_COLUMNS = ["variant", "measure", "above_random", "above_both", "comparisons", "pairs"]
RANDOM, PERMUTED = "random initializations, lowest to highest", "permuted sequences, 95 % of them below"


def last_layers(results):
    """The last layers of every pair of trained encoders; see `with_nulls`."""
    if results.similarity is None:
        return pd.DataFrame(columns=COLUMNS)
    return with_nulls(results.similarity)


def with_nulls(table):
    """The last layers of every pair of trained encoders, and the same with random initializations in their place.

    Parameters
    ----------
    table : pandas.DataFrame
        As `beyondtext.similarity.compare` writes it.

    Returns
    -------
    pandas.DataFrame
        ``random_low``, ``random_high`` and ``n_random`` are the lowest and the highest value, and how many values there
        are, if each encoder whose architecture has random initializations is replaced by them; ``null_mean`` and
        ``null_q95`` describe permuted sequences.
    """
    last = table[table["last"]].to_dict("records")
    values, initializations = {}, {}
    for row in last:
        key = (row["task"], row["variant"], row["measure"])
        values[key, encoder(row, "a"), encoder(row, "b")] = row["value"]
        values.setdefault((key, encoder(row, "b"), encoder(row, "a")), row["value"])  # of a symmetric measure
        for side in "ab":
            if is_random(row, side):
                initializations.setdefault((row["task"], row[f"model_{side}"]), set()).add(encoder(row, side))
    rows = []
    for row in last:
        if not (is_random(row, "a") or is_random(row, "b")):
            random = _random_values(row, values, initializations)
            ends = (min(random), max(random)) if random else (float("nan"), float("nan"))
            rows.append({**row, "random_low": ends[0], "random_high": ends[1], "n_random": len(random)})
    return with_titles(pd.DataFrame(rows))[COLUMNS]


def _random_values(row, values, initializations):
    """A row's value for each choice of random initializations in the place of its encoders."""
    key = (row["task"], row["variant"], row["measure"])
    first, second = (initializations.get((row["task"], row[f"model_{side}"]), {encoder(row, side)}) for side in "ab")
    return [
        values[key, a, b]
        for a in first
        for b in second
        if a != b and any(grid.is_random(*one[1:3]) for one in (a, b)) and (key, a, b) in values
    ]


def counts(results):
    """How many comparisons of different models exceed their nulls; see `count_above`."""
    return count_above(last_layers(results))


def count_above(table):
    """How many comparisons of different models exceed their nulls, by variant and measure.

    Parameters
    ----------
    table : pandas.DataFrame
        From `with_nulls`; only pairs of different models that have random initializations count.

    Returns
    -------
    pandas.DataFrame
        ``above_random`` is the number of comparisons whose interval exceeds every random initialization, and
        ``above_both`` of those whose interval also exceeds 95 % of the permuted sequences (empty if there is no such
        null). A measure that is not symmetric has two ``comparisons`` for each of its ``pairs``.
    """
    mine = comparable(table)
    rows = []
    for (variant, measure), part in mine.groupby(["variant", "measure"], sort=False):
        records = part.to_dict("records")
        permuted = part["null_q95"].notna().any()
        rows.append(
            {
                "variant": variant,
                "measure": measure,
                "above_random": sum(relation(row) == "above" for row in records),
                "above_both": sum(exceeds_nulls(row) for row in records) if permuted else None,
                "comparisons": len(records),
                "pairs": len({pair_of(row) for row in records}),
            }
        )
    return pd.DataFrame(rows, columns=COUNT_COLUMNS)


def comparable(table):
    """The rows that compare different models and have random initializations as a null."""
    different = (table["model_a"] != table["model_b"]) & (table["n_random"] > 0)
    return table[different & table["variant"].isin(list(VARIANTS)) & (table["measure"] != PUBLISHED_COST)]


def relation(row):
    """Where a value is relative to those of random initializations: ``above``, ``below``, ``level``, or None.

    The whole interval has to be above or below, if there is one. None if there are no random initializations.
    """
    if not row["n_random"]:
        return None
    low, high = (row["value"], row["value"]) if pd.isna(row["ci_low"]) else (row["ci_low"], row["ci_high"])
    return "above" if low > row["random_high"] else "below" if high < row["random_low"] else "level"


def exceeds_nulls(row):
    """Whether a value is above its random initializations, and above permuted sequences if there are any."""
    return relation(row) == "above" and not row["ci_low"] <= row["null_q95"]


def sentences(table):
    """Which pairs of different models exceed both nulls in every measure once symbol and position are regressed out."""
    mine = comparable(table)
    mine = mine[mine["variant"] == "deconfounded"]
    if mine.empty:
        return []
    by_pair = {}
    for row in mine.to_dict("records"):
        by_pair.setdefault(pair_of(row), []).append(row)
    names = [
        f"{pair_title(rows[0])} on {text.task_title(rows[0]['task'])}"
        for rows in by_pair.values()
        if all(exceeds_nulls(row) for row in rows)
    ]
    opening = "With symbol and position regressed out,"
    if not names:
        return [f"{opening} no pair of different models exceeds both nulls in every measure."]
    return [f"{opening} these pairs of different models exceed both nulls in every measure: {text.listed(names)}."]


def finetuned_sentences(table, runs):
    """Which weights the fine-tuned encoders have; ``runs`` is the table of that name."""
    encoders = dict.fromkeys((row["task"], *encoder(row, side)) for row in table.to_dict("records") for side in "ab")
    statements = []
    for task, model, init, stage, seed in encoders:
        mine = runs[(runs["task"] == task) & (runs["model"] == model) & (runs["init"] == init) & (runs["seed"] == seed)]
        if stage != grid.FINETUNED or mine.empty:
            continue
        run = mine.loc[mine["fraction"].idxmax()]
        title = f"“{text.encoder_title(model, init, stage)}” on {text.task_title(task)} is the run with seed {seed}"
        if run["best_step"] == 0:
            statements.append(
                f"{title}, which scored highest on the validation split before its first step: it is the encoder "
                "without fine-tuning."
            )
        else:
            constant = "; it predicts the same value for every example" if run["constant"] else ""
            statements.append(
                f"{title}, with the weights of step {run['best_step']:.0f} of {run['steps']:.0f} (test score "
                f"{text.score(run['test'])}{constant})."
            )
    return statements


def sample_sizes(table):
    """How many tokens and sequences of each task's test split are compared, in words."""
    whole = table[(table["variant"] == "raw") & table["measure"].isin(list(MEASURES))]
    sizes = whole.groupby("task", sort=False)[["n_tokens", "n_sequences"]].max()
    return text.listed(
        f"{row.n_tokens:,} tokens of {row.n_sequences:,} test sequences on {text.task_title(row.Index)}"
        for row in sizes.itertuples()
    )


def draw_similarity(tables, config):
    """Each pair of trained encoders with its nulls, a panel for each measure."""
    table = one_direction(tables["similarity"])
    table = table[table["variant"].isin(list(VARIANTS)) & (table["measure"] != PUBLISHED_COST)]
    measures = list(dict.fromkeys(table["measure"]))
    pairs = list(dict.fromkeys(pair_label(row) for row in table.to_dict("records")))
    figure, axes = plots.grid_of_axes(len(measures), (2.9, 0.8 + 1.5 * plots.ROW * len(pairs)), sharey=True)
    for axis, name in zip(axes.flat, measures, strict=False):
        for row in table[table["measure"] == name].to_dict("records"):
            _draw_pair(axis, pairs.index(pair_label(row)), row)
        axis.set_title(measure_title(name))
        axis.set_xlim(min(-0.03, axis.get_xlim()[0]), 1.03)
        plots.forest_labels(axis, pairs)
    labels = plots.labels_of(axes)
    figure.supxlabel("similarity of the last layers", fontsize=9)
    figure.legend(labels.values(), labels.keys(), loc="upper center", bbox_to_anchor=(0.5, -0.01), ncol=2)
    figure.tight_layout()
    return figure


def _draw_pair(axis, place, row):
    """One pair in one measure and variant: its value and interval, in front of its nulls."""
    deconfounded = row["variant"] == "deconfounded"
    if row["measure"] in MEASURES:  # the other measures have one variant
        place += 0.2 if deconfounded else -0.2
    if row["n_random"]:
        width = max(row["random_high"] - row["random_low"], 0.008)
        axis.barh(place, width, 0.36, row["random_low"], color="0.65", zorder=1, label=RANDOM)
    if pd.notna(row["null_q95"]):
        axis.plot(row["null_q95"], place, "|", color="black", ms=13, mew=1.4, zorder=4, label=PERMUTED)
    style = plots.style_of("rand_embed" if deconfounded else "pretrained")
    label = VARIANTS["deconfounded" if deconfounded else "raw"]
    marker = "D" if deconfounded else "o"
    numbers = (row["value"], row["ci_low"], row["ci_high"])
    plots.interval_point(axis, place, numbers, style["color"], marker, label=label, size=4)


def rows(table):
    """The last layers as text."""
    return [
        {
            "task": text.task_title(row["task"]),
            "first": row["title_a"],
            "second": row["title_b"],
            "variant": VARIANTS[row["variant"]],
            "measure": measure_title(row["measure"]),
            "value": _form(row)(row["value"]),
            "interval": text.between(row["ci_low"], row["ci_high"]),
            "random": text.between(row["random_low"], row["random_high"], _form(row)) or text.DASH,
            "permuted": text.score(row["null_q95"]) or text.DASH,
            "gaussian": text.score(row["gaussian"]) or text.DASH,
        }
        for row in table[table["variant"].isin(list(VARIANTS))].to_dict("records")
    ]


def _form(row):
    """How a row's numbers are written: the released code's cost has no scale."""
    return "{:,.0f}".format if row["measure"] == PUBLISHED_COST else text.score


def count_rows(table):
    """The counts as text."""
    return [
        {
            "variant": VARIANTS[row["variant"]],
            "measure": measure_title(row["measure"]),
            "above_random": row["above_random"],
            "above_both": text.DASH if pd.isna(row["above_both"]) else f"{row['above_both']:.0f}",
            "comparisons": row["comparisons"],
            "pairs": row["pairs"],
        }
        for row in table.to_dict("records")
    ]


def content(tables, config):
    """The pairs of trained encoders."""
    table = tables["similarity"]
    if table.empty:
        return None
    return {
        "sentences": [*sentences(table), *finetuned_sentences(table, tables["runs"])],
        "random_initializations": random_initializations(tables["similarity_layers"]),
        "sample_sizes": sample_sizes(table),
        "counts": count_rows(tables["similarity_counts"]),
        "rows": rows(table),
        "has_published": PUBLISHED_PWCCA in set(table["measure"]),
    }


def figures(config):
    return [Figure("similarity", draw_similarity, ("similarity",))] if config["similarity"]["tasks"] else []


SECTION = Section(
    "similarity",
    "Similarity of representations",
    content,
    (Table("similarity", last_layers), Table("similarity_counts", counts)),
    figures,
)

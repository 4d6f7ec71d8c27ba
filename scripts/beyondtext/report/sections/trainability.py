"""Trainability: four measurements of each initialization before its first step."""

import itertools
import math

import numpy as np
import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.arms import REFERENCE
from beyondtext.report.intervals import t_interval
from beyondtext.report.section import Figure, Section, Table

TITLES = {
    "gradient_cosine": "Gradient agreement, the opposite of gradient confusion: cosine of the gradients of two batches",
    "perturbation": "Perturbation sensitivity: relative change of the first token's vector",
    "layer_norm_input": "LayerNorm statistic: standard deviation before normalization",
    "log10_singular_value": "Dynamical isometry: mean log10 singular value of the Jacobian",
    "log10_singular_value_spread": "Dynamical isometry: standard deviation of log10 singular values",
}
PANELS = {
    "gradient_cosine": "cosine of batch gradients",
    "perturbation": "relative change under noise",
    "layer_norm_input": "sd before normalization",
    "log10_singular_value": "log10 singular values",
}
CLAUSES = {
    "higher": "higher for {cases}",
    "lower": "lower for {cases}",
    "open": "no difference shown for {cases}",
    "none": "no interval (too few seeds, or the same value for every seed) for {cases}",
}
INITIAL_MODEL = ["task", "model", "mapping", "init"]
QUANTITY = ["analysis", "noise", "place"]
KEYS = ("model", "mapping")  # in which rows of one task and initialization may differ
NO_PLACE = "-"  # of a quantity that does not belong to a layer normalization
ALL_PLACES = "all"  # the mean over all layer normalizations
COLUMNS = [*INITIAL_MODEL, *QUANTITY, "n", "mean", "ci_low", "ci_high"]
COLUMNS += ["difference", "difference_ci_low", "difference_ci_high"]


def quantities(table):
    """The measurements, with two more quantities.

    These are the standard deviation of the log singular values, and the mean over all layer normalizations. The columns
    are those of `beyondtext.trainability.files`.
    """
    table = table.assign(place=table["place"].replace("", NO_PLACE))
    singular = table[table["analysis"] == "log10_singular_value"]
    norms = table[table["analysis"] == "layer_norm_input"]
    over_places = norms.groupby([*INITIAL_MODEL, "seed"], sort=False)["mean"].mean().reset_index()
    return pd.concat(
        [
            table,
            singular.assign(analysis="log10_singular_value_spread", mean=singular["sd"]),
            over_places.assign(analysis="layer_norm_input", place=ALL_PLACES),
        ],
        ignore_index=True,
    )


def trainability(results):
    """Each quantity's mean over seeds, and its difference from random initialization with the same seeds.

    Parameters
    ----------
    results : beyondtext.report.load.Results

    Returns
    -------
    pandas.DataFrame
        ``task model mapping init analysis noise place``; ``n`` seeds, ``mean``, ``ci_low``, ``ci_high``; and
        ``difference``, ``difference_ci_low``, ``difference_ci_high``, NaN for random initialization itself and if there
        is none. Intervals are Student's t over seeds, NaN with fewer than three or without any spread.
    """
    if results.measurements is None:
        return pd.DataFrame(columns=COLUMNS)
    confidence = results.config["report"]["confidence"]
    table = quantities(results.measurements)
    table = table.assign(noise=table["noise"].fillna(0))  # so that keys of rows without noise are equal
    by_key = {
        key: part.set_index("seed")["mean"] for key, part in table.groupby([*INITIAL_MODEL, *QUANTITY], sort=False)
    }
    rows = []
    for key, values in by_key.items():
        row = dict(zip([*INITIAL_MODEL, *QUANTITY], key, strict=True))
        reference = by_key.get(tuple({**row, "init": REFERENCE}.values()))
        paired = np.array([])
        if row["init"] != REFERENCE and reference is not None:
            paired = (values - reference).dropna().to_numpy()
        mean, difference = t_interval(values.to_numpy(), confidence), t_interval(paired, confidence)
        rows.append(
            {
                **row,
                "noise": row["noise"] or np.nan,
                "n": len(values),
                "mean": mean.mean,
                "ci_low": mean.low,
                "ci_high": mean.high,
                "difference": difference.mean,
                "difference_ci_low": difference.low,
                "difference_ci_high": difference.high,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)


def sentences(table):
    """One sentence for each quantity: where an initialization differs from a random one."""
    shown = _without_single_places(table)
    shown = shown[(shown["init"] != REFERENCE) & shown["difference"].notna()]
    statements = []
    for (analysis, noise), part in shown.groupby(["analysis", "noise"], sort=False, dropna=False):
        named = {}
        for row in part.to_dict("records"):
            where = f"{text.init_title(row['init'])} on {text.subject(row, part, KEYS)}"
            named.setdefault(text.side_of_zero(row["difference_ci_low"], row["difference_ci_high"]), []).append(where)
        clauses = text.by_outcome(CLAUSES, named)
        with_noise = "" if math.isnan(noise) else f" (noise {noise:g})"
        statements.append(f"{TITLES[analysis]}{with_noise}, compared with random initialization: {'; '.join(clauses)}.")
    return statements


def draw_trainability(tables, config, width):
    """The four measurements: a row for each task, a column for each quantity."""
    table = tables["trainability"]
    tasks = list(dict.fromkeys(table["task"]))
    panels = list(itertools.product(tasks, PANELS))
    figure, axes = plots.grid_of_axes(len(panels), (2.4, 2.6), width)
    for axis, (task, analysis) in zip(axes.flat, panels, strict=True):
        mine = table[table["task"] == task]
        _draw_quantity(axis, mine[mine["analysis"] == analysis], mine)
        axis.set_title(f"{text.task_title(task)}\n{PANELS[analysis]}", fontsize=8)
    plots.legend_below(figure, axes, 3 if width == plots.WIDTH else 1)
    return figure


def _draw_quantity(axis, part, mine):
    """One quantity of one task; ``mine`` are all rows of the task, from which arms get their names."""
    arms = list(part.groupby(["init", "model", "mapping"], sort=False))
    for place, ((init, *_), rows) in enumerate(arms):
        label = ", ".join([text.init_title(init), *text.qualifiers(rows.iloc[0], mine, KEYS)])
        style = {**plots.style_of(init), "markersize": 4, "label": label}
        single = rows[~rows["place"].isin([NO_PLACE, ALL_PLACES])]
        if len(single):
            axis.plot(range(1, len(single) + 1), single["mean"], **style)
            axis.set_xlabel("layer normalization, in execution order")
        elif rows["noise"].notna().all():
            axis.errorbar(rows["noise"], rows["mean"], plots.interval_bars(rows), capsize=2, **style)
            axis.set_xscale("log")
            ticks = sorted(set(rows["noise"]))
            axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])  # Matplotlib's own labels are mathematics
            axis.minorticks_off()
            axis.set_xlim(rows["noise"].min() / 2, rows["noise"].max() * 2)
            axis.set_xlabel("standard deviation of the noise")
        else:
            axis.errorbar([place], rows["mean"], plots.interval_bars(rows), capsize=2, linestyle="none", **style)
            axis.set_xticks([])
            axis.set_xlim(-0.7, len(arms) - 0.3)


def _without_single_places(table):
    return table[table["place"].isin([NO_PLACE, ALL_PLACES])]


def rows(table):
    """The quantities as text, without the single layer normalizations."""
    kept = _without_single_places(table)
    return [
        {
            "task": text.task_title(row["task"]),
            "init": text.init_title(row["init"]),
            "qualifiers": ", ".join(text.qualifiers(row, kept, KEYS)),
            "quantity": TITLES[row["analysis"]],
            "noise": "" if math.isnan(row["noise"]) else f"noise {row['noise']:g}",
            "n": row["n"],
            "mean": text.score(row["mean"]),
            "interval": text.between(row["ci_low"], row["ci_high"]) or text.DASH,
            "difference": text.signed(row["difference"]) or text.DASH,
            "difference_interval": text.between(row["difference_ci_low"], row["difference_ci_high"], text.signed)
            or text.DASH,
        }
        for row in kept.to_dict("records")
    ]


def content(tables, config):
    """The measurements of this study."""
    table = tables["trainability"]
    return None if table.empty else {"sentences": sentences(table), "rows": rows(table)}


def figures(config):
    if not config["trainability"]["tasks"]:
        return []
    return [Figure("trainability", draw_trainability, ("trainability",))]


SECTION = Section(
    "trainability",
    "Trainability before the first step",
    content,
    (Table("trainability", trainability),),
    figures,
)

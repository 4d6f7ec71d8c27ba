"""The figures of the report, drawn from its tables.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; markers differ as well.
"""

from contextlib import contextmanager

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

from beyondtext.files import replacing
from beyondtext.grid import BASELINE
from beyondtext.metrics import TITLES
from beyondtext.similarity import MEASURES
from beyondtext.wording import BASELINE_TITLES, apart, encoder_title, init_title, is_null, task_title

COLOURS = {
    "pretrained": "#0072B2",
    "scratch": "#D55E00",
    "rand_embed": "#009E73",
}
MARKERS = {"pretrained": "o", "scratch": "s", "rand_embed": "^"}
LINES = ("-", "--", "-.", ":")  # for the models, mappings and rates of a task, in turn
DASHES = {"trivial": (0, (1, 2)), "kmer": (0, (5, 2))}
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "beyondtext",  # the same bytes at every run
    "figure.dpi": 150,
}
ROW = 0.34  # inches a row of a forest plot


@contextmanager
def saved(folder, name):
    """Yield a function that keeps a figure; it is written as SVG and PNG, without a date."""
    with plt.rc_context(STYLE):
        kept = []
        yield kept.append
        for suffix, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            with replacing(folder / f"{name}.{suffix}") as part:
                kept[0].savefig(part, format=suffix, metadata=metadata, bbox_inches="tight")
        plt.close(kept[0])


def curves(table, runs, folder):
    """Validation score by step: a panel a task, the mean over seeds in a band from lowest to highest.

    ``table`` is that of the curves; of ``runs`` the baselines are drawn. Only the largest training fraction is.
    """
    largest = table["fraction"].max()
    table, runs = table[table["fraction"] == largest], runs[runs["fraction"] == largest]
    tasks = list(dict.fromkeys(table["task"]))
    columns = min(3, len(tasks))
    rows = -(-len(tasks) // columns)
    with saved(folder, "curves") as keep:
        figure, axes = plt.subplots(rows, columns, figsize=(3.1 * columns, 2.5 * rows), squeeze=False)
        for axis, task in zip(axes.flat, tasks, strict=False):
            draw_curves(axis, table[table["task"] == task])
            draw_baselines(axis, runs[(runs["task"] == task) & (runs["init"] == BASELINE)])
            axis.set_title(task_title(task))
        for axis in list(axes.flat)[len(tasks) :]:
            axis.set_axis_off()
        handles = {}
        for axis in axes.flat:
            for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        figure.tight_layout()
        figure.legend(
            handles.values(), handles.keys(), loc="upper center", ncols=min(len(handles), 5), bbox_to_anchor=(0.5, 0)
        )
        keep(figure)


def draw_curves(axis, table):
    """One task's arms."""
    keys = ["model", "mapping", "rate"]
    kinds = list(dict.fromkeys(table[keys].itertuples(index=False, name=None)))
    for (init, *kind), part in table.groupby(["init", *keys], sort=False):
        line = LINES[kinds.index(tuple(kind)) % len(LINES)]
        label = ", ".join([init_title(init), *apart(part.iloc[0], table, keys)])
        style = {"color": COLOURS[init], "marker": MARKERS[init], "markersize": 3, "linestyle": line}
        axis.plot(part["step"], part["mean"], label=label, **style)
        axis.fill_between(part["step"], part["lowest"], part["highest"], color=COLOURS[init], alpha=0.15, lw=0)
    axis.set_xlabel("training step")
    axis.set_ylabel(TITLES[table["metric"].iloc[0]])


def draw_baselines(axis, runs):
    """One task's baselines as horizontal lines."""
    for row in runs.itertuples():
        label = BASELINE_TITLES[row.model]
        axis.axhline(row.scores["validation"], color="0.4", lw=1, linestyle=DASHES[row.model], label=label)


def effects(table, folder):
    """Forest plot: each init minus the scratch start on the test split, with its interval."""
    with saved(folder, "effects") as keep:
        figure, axis = plt.subplots(figsize=(6.4, 1.0 + ROW * len(table)))
        labels = []
        for place, row in enumerate(table.to_dict("records")):
            init = row["comparison"].split(" - ")[0]
            interval_point(axis, place, row["mean"], row, COLOURS[init], MARKERS[init])
            words = [init_title(init), *apart(row, table)]
            labels.append(f"{task_title(row['task'])}: {', '.join(words)}")
        axis.axvline(0, color="0.3", lw=1)
        forest_labels(axis, labels)
        axis.set_xlabel("test score minus that of the random start\n(the score is named in the table)")
        keep(figure)


def similarity(table, folder):
    """Each pair of encoders with its interval, a panel a measure."""
    shown = [name for name in MEASURES if name in set(table["measure"])]
    # One row a pair, whatever the direction; PWCCA's other direction is a hollow point on the same row.
    order = list(dict.fromkeys(pair(row) for row in table[table["measure"] == shown[0]].to_dict("records")))
    several = len({task for task, _, _ in order}) > 1
    labels = [f"{task}: {a} – {b}" if several else f"{a} – {b}" for task, a, b in order]
    with saved(folder, "similarity") as keep:
        figure, axes = plt.subplots(
            1, len(shown), figsize=(3.6 * len(shown), 0.9 + ROW * len(order)), sharey=True, squeeze=False
        )
        nulls = [order.index(pair(row)) for row in table.to_dict("records") if is_null(row) and pair(row) in order]
        for axis, name in zip(axes[0], shown, strict=True):
            for place in nulls:
                axis.axhspan(place - 0.45, place + 0.45, color="0.94", lw=0)
            for row in table[table["measure"] == name].to_dict("records"):
                task, a, b = pair(row)
                forward = (task, a, b) in order
                place = order.index((task, a, b)) if forward else order.index((task, b, a)) + 0.25
                interval_point(axis, place, row["value"], row, "#0072B2", "o", hollow=not forward)
            axis.set_title(MEASURES[name].title)
            axis.set_xlim(min(0, axis.get_xlim()[0]), 1.03)
            axis.set_xlabel("similarity of last-layer representations", fontsize=8)
            forest_labels(axis, labels)
        keep(figure)


def pair(row):
    """The task and the two encoders of a row of the similarity table, in words."""
    a, b = (encoder_title(row[f"model_{side}"], row[f"init_{side}"], row[f"seed_{side}"]) for side in "ab")
    return task_title(row["task"]), a, b


def interval_point(axis, place, value, row, colour, marker, hollow=False):
    """A value and its row's interval; the value alone where there is no interval."""
    if pd.notna(row["ci_low"]):
        axis.plot([row["ci_low"], row["ci_high"]], [place, place], color=colour, lw=1.6)
    axis.plot(value, place, marker, color=colour, markersize=6, markerfacecolor="white" if hollow else colour)


def forest_labels(axis, labels):
    """Row labels from top to bottom."""
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)

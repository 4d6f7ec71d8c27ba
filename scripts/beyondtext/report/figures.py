"""The figures of the report, drawn from its tables.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; markers differ as well.
"""

from contextlib import contextmanager

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from beyondtext.core.files import replacing
from beyondtext.core.metrics import METRICS
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report import likeness
from beyondtext.report.text import apart, init_title, task_title
from beyondtext.report.trainability import WHOLE
from beyondtext.similarity.measures import MEASURES
from beyondtext.study.grid import BASELINE
from beyondtext.training.baselines import BASELINES

matplotlib.use("Agg")
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
RANDOM, EXCHANGED = "random initializations, lowest to highest", "exchanged sequences, 95 % of them below"
PROBED = {
    "gradient_cosine": "cosine of batches' gradients",
    "perturbation": "relative move under noise",
    "layer_norm_input": "spread before normalisation",
    "log10_singular_value": "log10 of singular values",
}
ROW = 0.34  # inches a row of a forest plot
PANELS = 3  # of it side by side, where there are more


def look(init):
    """The colour and the marker of an init, for Matplotlib."""
    return {"color": INITIALIZATIONS[init].colour, "marker": INITIALIZATIONS[init].marker}


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


@contextmanager
def task_panels(folder, name, tasks, height):
    """Yield tasks with an axis each, three abreast; what the axes' lines are called stands below them all, once."""
    columns = min(3, len(tasks))
    lines = -(-len(tasks) // columns)
    with saved(folder, name) as keep:
        figure, axes = plt.subplots(lines, columns, figsize=(3.1 * columns, height * lines), squeeze=False)
        for axis in axes.flat[len(tasks) :]:
            axis.set_axis_off()
        yield list(zip(tasks, axes.flat, strict=False))
        for task, axis in zip(tasks, axes.flat, strict=False):
            axis.set_title(task_title(task))
        legend_below(figure, axes, 5)
        keep(figure)


def legend_below(figure, axes, columns):
    """Every label of some axes once, below the figure."""
    handles = {}
    for axis in axes.flat:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.tight_layout()
    columns = min(len(handles), columns)
    figure.legend(handles.values(), handles.keys(), loc="upper center", ncols=columns, bbox_to_anchor=(0.5, 0))


def curves(table, runs, folder):
    """Validation score by step: a panel a task, the mean over seeds in a band from lowest to highest.

    ``table`` is that of the curves; of ``runs`` the baselines are drawn. Only the largest training fraction is.
    """
    largest = table["fraction"].max()
    table, runs = table[table["fraction"] == largest], runs[runs["fraction"] == largest]
    with task_panels(folder, "curves", list(dict.fromkeys(table["task"])), 2.8) as panels:
        for task, axis in panels:
            draw_curves(axis, table[table["task"] == task], ("mean", "lowest", "highest"))
            axis.set_ylabel(METRICS[table.loc[table["task"] == task, "metric"].iloc[0]].title)
            draw_baselines(axis, runs[(runs["task"] == task) & (runs["init"] == BASELINE)])


def losses(table, folder):
    """Training loss by step, like `curves`."""
    table = table[table["fraction"] == table["fraction"].max()].dropna(subset="loss")
    with task_panels(folder, "losses", list(dict.fromkeys(table["task"])), 2.8) as panels:
        for task, axis in panels:
            draw_curves(axis, table[table["task"] == task], ("loss", "loss_lowest", "loss_highest"))
            axis.set_ylabel("training loss")


def draw_curves(axis, table, columns):
    """One task's arms: a mean in a band between two more columns, by step and by sequences seen."""
    mean, lowest, highest = columns
    keys = ["model", "mapping", "rate"]
    kinds = list(dict.fromkeys(table[keys].itertuples(index=False, name=None)))
    for (init, *kind), part in table.groupby(["init", *keys], sort=False):
        line = LINES[kinds.index(tuple(kind)) % len(LINES)]
        label = ", ".join([init_title(init), *apart(part.iloc[0], table, keys)])
        style = {
            "color": INITIALIZATIONS[init].colour,
            "marker": INITIALIZATIONS[init].marker,
            "markersize": 3,
            "linestyle": line,
        }
        axis.plot(part["step"], part[mean], label=label, **style)
        axis.fill_between(
            part["step"], part[lowest], part[highest], color=INITIALIZATIONS[init].colour, alpha=0.15, lw=0
        )
    axis.set_xlabel("training step")
    axis.set_xlim(left=-0.03 * table["step"].max())
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    last = table.loc[table["step"].idxmax()]
    batch = last["examples"] / last["step"]  # its mean size: the last of an epoch may be smaller
    seen = axis.secondary_xaxis("top", functions=(lambda step: step * batch, lambda examples: examples / batch))
    seen.set_xlabel("training sequences seen", fontsize=8)
    seen.tick_params(labelsize=8)


def draw_baselines(axis, runs):
    """One task's baselines as horizontal lines."""
    for row in runs.itertuples():
        label = BASELINES[row.model].title
        axis.axhline(row.scores["validation"], color="0.4", lw=1, linestyle=DASHES[row.model], label=label)


def amounts(table, folder, name):
    """Test score by the amount of data or of pre-training, a panel a task; ``table`` of `experiments.amounts`."""
    by_steps = table["factor"].iloc[0] == "pretraining_steps"
    column = "amount" if by_steps else "sequences"
    with task_panels(folder, name, list(dict.fromkeys(table["task"])), 2.5) as panels:
        for task, axis in panels:
            mine = table[table["task"] == task].sort_values(column)
            trained, baselines = mine[mine["init"] != BASELINE], mine[mine["init"] == BASELINE]
            keys = ["mapping", "rate"] if by_steps else ["model", "mapping", "rate"]
            kinds = list(dict.fromkeys(trained[keys].itertuples(index=False, name=None)))
            for place, ((init, *kind), part) in enumerate(trained.groupby(["init", *keys], sort=False)):
                label = ", ".join([init_title(init), *apart(part.iloc[0], trained, keys)])
                style = {
                    "color": INITIALIZATIONS[init].colour,
                    "marker": INITIALIZATIONS[init].marker,
                    "markersize": 4,
                    "capsize": 2,
                }
                line = LINES[kinds.index(tuple(kind)) % len(LINES)]
                beside = part[column] * 1.02**place  # so that bars do not hide each other
                axis.errorbar(beside, part["mean"], interval_bars(part), label=label, linestyle=line, **style)
            for model, part in baselines.groupby("model", sort=False):
                style = {"color": "0.4", "lw": 1, "linestyle": DASHES[model]}
                axis.plot(part[column], part["mean"], label=BASELINES[model].title, **style)
            ticks = sorted(set(trained[column]))
            axis.set_xscale("symlog", linthresh=min(tick for tick in ticks if tick > 0))
            axis.set_xticks(ticks, [thousands(tick) for tick in ticks], fontsize=7)
            axis.minorticks_off()
            axis.set_xlabel("steps of pre-training" if by_steps else "training sequences")
            axis.set_ylabel(METRICS[mine["metric"].iloc[0]].title)


def thousands(number):
    """A whole number, short enough for an axis: 1,610, 20k, 1.5M."""
    if number >= 1e6:
        return f"{number / 1e6:.3g}M"
    return f"{number / 1e3:.3g}k" if number >= 1e4 else f"{number:,.0f}"


def effects(table, folder, name="effects"):
    """Forest plot: each init minus the scratch start on the test split, with its interval."""
    with saved(folder, name) as keep:
        figure, axis = plt.subplots(figsize=(6.4, 1.0 + ROW * len(table)))
        labels = []
        for place, row in enumerate(table.to_dict("records")):
            init = row["comparison"].split(" - ")[0]
            interval_point(axis, place, row["mean"], row, INITIALIZATIONS[init].colour, INITIALIZATIONS[init].marker)
            words = [init_title(init), *apart(row, table)]
            labels.append(f"{task_title(row['task'])}: {', '.join(words)}")
        axis.axvline(0, color="0.3", lw=1)
        forest_labels(axis, labels)
        axis.set_xlabel("test score minus that of the random initialization\n(the score is named in the table)")
        keep(figure)


def similarity(table, folder):
    """Each pair of trained encoders beside its nulls, a panel a measure; ``table`` from `likeness.summary`."""
    table = likeness.forward(table)
    table = table[table["variant"].isin({*likeness.VARIANTS, "paper"}) & (table["measure"] != "paper_attention")]
    shown = list(dict.fromkeys(table["measure"]))
    pairs = list(dict.fromkeys(pair_label(row) for row in table.to_dict("records")))
    lines = -(-len(shown) // PANELS)
    with saved(folder, "similarity") as keep:
        figure, axes = plt.subplots(
            lines,
            min(PANELS, len(shown)),
            figsize=(2.9 * min(PANELS, len(shown)), lines * (0.8 + 1.5 * ROW * len(pairs))),
            sharey=True,
            squeeze=False,
        )
        for axis in axes.flat[len(shown) :]:
            axis.set_axis_off()
        for axis, name in zip(axes.flat, shown, strict=False):
            for row in table[table["measure"] == name].to_dict("records"):
                taken_out = row["variant"] == "deconfounded"
                alone = name not in MEASURES
                place = pairs.index(pair_label(row)) + (0 if alone else 0.2 if taken_out else -0.2)
                if row["randoms"]:
                    width = max(row["random_high"] - row["random_low"], 0.008)
                    axis.barh(place, width, 0.36, row["random_low"], color="0.65", zorder=1, label=RANDOM)
                if pd.notna(row["null_q95"]):
                    axis.plot(row["null_q95"], place, "|", color="black", ms=13, mew=1.4, zorder=4, label=EXCHANGED)
                colour = INITIALIZATIONS["rand_embed" if taken_out else "pretrained"].colour
                label = likeness.VARIANTS["deconfounded" if taken_out else "raw"]
                marker = "D" if taken_out else "o"
                interval_point(axis, place, row["value"], row, colour, marker, label=label, size=4)
            axis.set_title(likeness.measure_title(name))
            axis.set_xlim(min(-0.03, axis.get_xlim()[0]), 1.03)
            forest_labels(axis, pairs)
        named = {
            label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
        }
        figure.supxlabel("similarity of the last layers", fontsize=9)
        figure.legend(named.values(), named.keys(), loc="upper center", bbox_to_anchor=(0.5, -0.01), ncol=2)
        figure.tight_layout()
        keep(figure)


def trainability(table, folder):
    """The four measurements before the first step: a row a task, a column each; ``table`` of `trainability.summary`."""
    tasks = list(dict.fromkeys(table["task"]))
    with saved(folder, "trainability") as keep:
        figure, axes = plt.subplots(len(tasks), 4, figsize=(10.5, 2.6 * len(tasks)), squeeze=False)
        for line, task in zip(axes, tasks, strict=True):
            mine = table[table["task"] == task]
            for axis, analysis in zip(line, PROBED, strict=True):
                draw_probe(axis, mine[mine["analysis"] == analysis], mine)
                axis.set_title(f"{task_title(task)}\n{PROBED[analysis]}", fontsize=8)
        legend_below(figure, axes, 3)
        keep(figure)


def draw_probe(axis, part, mine):
    """One measurement of one task; ``mine`` are all rows of the task, from which arms get their names."""
    arms = list(part.groupby(["init", "model", "mapping"], sort=False))
    for place, ((init, *_), rows) in enumerate(arms):
        label = ", ".join([init_title(init), *apart(rows.iloc[0], mine, ("model", "mapping"))])
        style = {
            "color": INITIALIZATIONS[init].colour,
            "marker": INITIALIZATIONS[init].marker,
            "markersize": 4,
            "label": label,
        }
        single = rows[rows["place"] != WHOLE]
        if single["place"].ne("").any():
            axis.plot(range(1, len(single) + 1), single["mean"], **style)
            axis.set_xlabel("layer normalisation, from the first")
        elif rows["noise"].notna().all():
            axis.errorbar(rows["noise"], rows["mean"], interval_bars(rows), capsize=2, **style)
            axis.set_xscale("log")
            axis.set_xlim(rows["noise"].min() / 2, rows["noise"].max() * 2)
            axis.set_xlabel("standard deviation of the noise")
        else:
            axis.errorbar([place], rows["mean"], interval_bars(rows), capsize=2, linestyle="none", **style)
            axis.set_xticks([])
            axis.set_xlim(-0.7, len(arms) - 0.3)


def interval_bars(rows):
    """Lengths of error bars below and above the means; none where there is no interval."""
    return [(rows["mean"] - rows["ci_low"]).fillna(0), (rows["ci_high"] - rows["mean"]).fillna(0)]


def layers(table, folder):
    """All layers with all layers, in maps of one colour scale: those of a pair of encoders side by side."""
    pairs = list(likeness.layer_maps(table))
    widest = max(len(maps) for *_, maps in pairs)
    abreast = min(2, len(pairs))
    lines = -(-len(pairs) // abreast)
    with saved(folder, "layers") as keep:
        figure, axes = plt.subplots(
            lines,
            abreast * widest,
            figsize=(2.1 * abreast * widest + 0.8, 2.1 * lines),
            squeeze=False,
            layout="constrained",
        )
        for axis in axes.flat:
            axis.set_axis_off()
        for number, (task, a, b, maps) in enumerate(pairs):
            line, first = number // abreast, number % abreast * widest
            for place, (title, rows) in enumerate(maps.items()):
                axis = axes[line, first + place]
                axis.set_axis_on()
                axis.set_title(f"{task_title(task)}\n{title}", fontsize=7)
                image = layer_map(axis, rows, a, b)
        figure.colorbar(image, ax=axes, label="similarity", shrink=0.3, aspect=25)
        keep(figure)


def layer_map(axis, rows, a, b):
    """One map; ``a`` and ``b`` are what the axes are called."""
    grid = rows.pivot(index="layer_a", columns="layer_b", values="value")
    (bottom, *_, top), (left, *_, right) = grid.index, grid.columns
    extent = (left - 0.5, right + 0.5, bottom - 0.5, top + 0.5)
    image = axis.imshow(grid, cmap="viridis", vmin=0, vmax=1, origin="lower", extent=extent)
    axis.set_xticks(range(0 if left == 0 else 2, right + 1, 2))
    axis.set_yticks(range(0 if bottom == 0 else 2, top + 1, 2))
    axis.tick_params(labelsize=7, pad=1, length=2)
    axis.set_xlabel(f"layer of {b}", fontsize=7, labelpad=1)
    axis.set_ylabel(f"layer of\n{a}", fontsize=7, labelpad=1)
    return image


def pair_label(row):
    """The task and the two encoders of a row, on two lines."""
    return f"{task_title(row['task'])}\n{row['title_a']} – {row['title_b']}"


def interval_point(axis, place, value, row, colour, marker, label=None, size=6):
    """A value and its row's interval; the value alone where there is no interval."""
    if pd.notna(row["ci_low"]):
        axis.plot([row["ci_low"], row["ci_high"]], [place, place], color=colour, lw=1.6)
    axis.plot(value, place, marker, color=colour, markersize=size, label=label)


def forest_labels(axis, labels):
    """Row labels from top to bottom."""
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)

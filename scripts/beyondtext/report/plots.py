"""What the figures have in common: style, files, panels, legends, points with intervals."""

from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from beyondtext.core.files import replacing
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report import text
from beyondtext.training.baselines import BASELINES

LINES = ("-", "--", "-.", ":")  # for the models, mappings and rates of a task, in turn
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "beyondtext",  # the same bytes in every run
    "figure.dpi": 150,
}
ROW = 0.34  # height of a row of a forest plot, in inches
PANELS = 3  # next to each other


def pyplot():
    """Matplotlib's pyplot without a display; imported late, since tables and the workflow's plan need no figures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    return plt


def save(figure, tables, config, folder):
    """Draw a `beyondtext.report.section.Figure` and write it as SVG and PNG, without a date."""
    plt = pyplot()
    with plt.rc_context(STYLE):
        drawn = figure.draw(tables, config)
        for suffix, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            with replacing(Path(folder) / f"{figure.name}.{suffix}") as part:
                drawn.savefig(part, format=suffix, metadata=metadata, bbox_inches="tight")
        plt.close(drawn)


def style_of(init):
    """The colour and the marker of an initialization, for Matplotlib."""
    initialization = INITIALIZATIONS[init]
    return {"color": initialization.colour, "marker": initialization.marker}


def baseline_style(model):
    """The grey line of a baseline."""
    return {"color": "0.4", "lw": 1, "linestyle": BASELINES[model].line}


@contextmanager
def task_panels(tasks, height):
    """Yield a figure and a list of tasks with an axis each; one legend for all is put below them."""
    figure, axes = grid_of_axes(len(tasks), (3.1, height))
    panels = list(zip(tasks, axes.flat, strict=False))
    yield figure, panels
    for task, axis in panels:
        axis.set_title(text.task_title(task))
    legend_below(figure, axes, 5)


def grid_of_axes(count, size, **options):
    """A figure with a grid of axes, at most three in a row; those that are not needed are switched off."""
    columns = min(PANELS, count)
    lines = -(-count // columns)
    figure, axes = pyplot().subplots(
        lines, columns, figsize=(size[0] * columns, size[1] * lines), squeeze=False, **options
    )
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, axes


def labels_of(axes):
    """Every label of some axes once, with its handle: a dict."""
    handles = {}
    for axis in axes.flat:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    return handles


def legend_below(figure, axes, columns):
    """A legend of all axes below the figure."""
    handles = labels_of(axes)
    figure.tight_layout()
    columns = min(len(handles), columns)
    figure.legend(handles.values(), handles.keys(), loc="upper center", ncols=columns, bbox_to_anchor=(0.5, 0))


def line_styles(table, keys):
    """A function from a row to the line style of its kind: rows of one kind agree in ``keys``."""
    kinds = list(dict.fromkeys(table[list(keys)].itertuples(index=False, name=None)))
    return lambda row: LINES[kinds.index(tuple(row[key] for key in keys)) % len(LINES)]


def forest_axes(rows):
    """A figure with the axis of a forest plot."""
    return pyplot().subplots(figsize=(6.4, 1.0 + ROW * rows))


def interval_point(axis, place, numbers, color, marker, label=None, size=6):
    """A value with its interval; ``numbers`` are the value, low and high, the last two NaN if there is no interval."""
    value, *interval = numbers
    if pd.notna(interval).all():
        axis.plot(interval, [place, place], color=color, lw=1.6)
    axis.plot(value, place, marker, color=color, markersize=size, label=label)


def interval_bars(rows):
    """Lengths of error bars below and above the means; zero if there is no interval."""
    return [(rows["mean"] - rows["ci_low"]).fillna(0), (rows["ci_high"] - rows["mean"]).fillna(0)]


def forest_labels(axis, labels):
    """Row labels from top to bottom."""
    axis.set_yticks(range(len(labels)), labels)
    axis.set_ylim(len(labels) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)

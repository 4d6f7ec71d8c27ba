"""What the figures have in common: style, files, panels, legends, points with intervals."""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from beyondtext.core.atomic import replacing
from beyondtext.models.initializations import INITIALIZATIONS
from beyondtext.report import text
from beyondtext.report.figure_files import NARROW, PIXELS, WIDE, seal_figure
from beyondtext.training.baselines import BASELINES

LINES = ("-", "--", "-.", ":")  # for the models, mappings and rates of a task, in turn
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,  # a dollar sign in a title is one
    "svg.hashsalt": "beyondtext",  # the same bytes in every run
    "figure.dpi": 150,
}
WITHOUT_DATE = {"svg": {"Date": None}, "png": {"Software": None}}  # nor the version of Matplotlib
ROW = 0.34  # height of a row of a forest plot, in inches
WIDTH, NARROW_WIDTH = 10.5, 4.9  # the room for panels on a wide and on a narrow screen, in inches


def pyplot():
    """Matplotlib's pyplot without a display; imported late, since tables and the workflow's plan need no figures."""
    os.environ["MPLBACKEND"] = "Agg"  # a notebook's terminal names one that may not be installed here
    from matplotlib import pyplot as plt

    return plt


def save(figure, tables, config, folder):
    """Draw a `beyondtext.report.section.Figure` and write its files (`figure_files.files`), without a date."""
    plt = pyplot()
    for width, forms in ((WIDTH, (WIDE, PIXELS)), (NARROW_WIDTH, (NARROW,))):
        with plt.rc_context(STYLE):
            drawn = figure.draw(tables, config, width)
            for form in forms:
                _write(drawn, Path(folder) / form.format(figure.name), config.get("name", ""))
            plt.close(drawn)


def _write(drawn, path, study):
    """Write a matplotlib Figure as SVG or PNG, by the file's suffix."""
    suffix = path.suffix.removeprefix(".")
    with replacing(path) as part:
        drawn.savefig(part, format=suffix, metadata=WITHOUT_DATE[suffix], bbox_inches="tight")
        if suffix == "svg":
            seal_figure(part, study)


def style_of(init):
    """The colour and the marker of an initialization, for Matplotlib."""
    initialization = INITIALIZATIONS[init]
    return {"color": initialization.colour, "marker": initialization.marker}


def baseline_style(model):
    """The grey line of a baseline."""
    return {"color": "0.4", "lw": 1, "linestyle": BASELINES[model].line}


@contextmanager
def task_panels(tasks, height, width):
    """Yield a figure and a list of tasks with an axis each; one legend for all is put below them."""
    with labelled_panels(tasks, (3.1, height), width) as (figure, panels):
        yield figure, panels
    legend_below(figure, figure.axes, 5 if width == WIDTH else 2)


@contextmanager
def labelled_panels(tasks, size, width, pad=6):
    """Yield a figure and a list of tasks with an axis each, whose lines and points are labelled where they are.

    ``pad`` is the distance of the titles from the axes, in points.
    """
    figure, axes = grid_of_axes(len(tasks), size, width)
    panels = list(zip(tasks, axes.flat, strict=False))
    yield figure, panels
    for task, axis in panels:
        axis.set_title(text.task_title(task), loc="left", fontweight="bold", pad=pad)
    figure.tight_layout()


def grid_of_axes(count, size, width, **options):
    """A figure with a grid of axes, as many next to each other as there is room for; unneeded ones are switched off.

    ``size`` is that of one axis, and ``width`` the room for them, in inches.
    """
    columns = min(max(int(width // size[0]), 1), count)
    lines = -(-count // columns)
    figure, axes = pyplot().subplots(
        lines, columns, figsize=(size[0] * columns, size[1] * lines), squeeze=False, **options
    )
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, axes


def labels_of(axes):
    """Every label of some axes (an array or a list) once, with its handle: a dict."""
    handles = {}
    for axis in np.ravel(axes):
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    return handles


def legend_below(figure, axes, columns):
    """A legend of some axes below the figure."""
    handles = labels_of(axes)
    figure.tight_layout()
    columns = min(len(handles), columns)
    figure.legend(handles.values(), handles.keys(), loc="upper center", ncols=columns, bbox_to_anchor=(0.5, 0))


def label_ends(axis, ends):
    """Label lines at their right ends, in their colours, without labels on top of each other.

    Parameters
    ----------
    axis : matplotlib Axes
        With the limits that it will have.
    ends : list of (float, str, colour)
        The height of each line's end, its label and its colour.
    """
    low, high = axis.get_ylim()
    ends = sorted(ends, key=lambda end: end[0])
    heights = spread([end[0] for end in ends], 0.085 * (high - low), high)
    for height, (_, label, colour) in zip(heights, ends, strict=True):
        axis.annotate(
            label,
            (1.02, height),
            xycoords=("axes fraction", "data"),
            color=colour,
            fontsize=7.5,
            va="center",
            annotation_clip=False,
        )


def spread(heights, apart, highest):
    """Heights in ascending order, moved as little as needed: ``apart`` from each other, none above ``highest``."""
    heights = list(heights)
    for k in range(1, len(heights)):
        heights[k] = max(heights[k], heights[k - 1] + apart)
    for k in reversed(range(len(heights))):
        heights[k] = min(heights[k], highest)
        highest = heights[k] - apart
    return heights


def named_verticals(axis, scores, models):
    """The baselines' scores as vertical lines, with their short names above the axis, side by side if they are near."""
    for score, model in zip(scores, models, strict=True):
        axis.axvline(score, zorder=0, **baseline_style(model))
    low, high = axis.get_xlim()
    for score, model in zip(scores, models, strict=True):
        sides = {
            "right" if score < other else "left" for other in scores if 0 < abs(score - other) < 0.2 * (high - low)
        }
        axis.annotate(
            BASELINES[model].short or BASELINES[model].title,
            (score, 1.01),
            xycoords=("data", "axes fraction"),
            fontsize=7.5,
            color="0.4",
            ha=sides.pop() if len(sides) == 1 else "center",
            va="bottom",
        )


def line_styles(table, keys):
    """A function from a row to the line style of its kind: rows of one kind agree in ``keys``."""
    kinds = list(dict.fromkeys(table[list(keys)].itertuples(index=False, name=None)))
    return lambda row: LINES[kinds.index(tuple(row[key] for key in keys)) % len(LINES)]


def forest_axes(rows, width):
    """A figure with the axis of a forest plot."""
    return pyplot().subplots(figsize=(min(6.4, width), 1.0 + ROW * rows))


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

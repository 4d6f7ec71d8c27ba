"""Learning curves: validation score and losses by step."""

import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.arms import ARM, fine_tuned, main_runs, on_all_data, rows_of
from beyondtext.report.section import Figure, Section, Table
from beyondtext.study.grid import BASELINE
from beyondtext.training.run_files import read_curve

COLUMNS = ["domain", *ARM, "metric", "step", "examples", "n", "mean", "lowest", "highest"]
COLUMNS += ["loss", "loss_lowest", "loss_highest"]
COLUMNS += ["validation_loss", "validation_loss_lowest", "validation_loss_highest"]
LINE_KEYS = ["model", "mapping", "rate"]  # distinguished by the line's style
SIZE = (4.9, 2.6)  # of a panel, in inches, with room for the labels of its lines


def mean_curves(results):
    """Each arm's learning curve over its seeds, at each scored step.

    ``mean``, ``lowest`` and ``highest`` are of validation scores; ``loss``, ``loss_lowest`` and ``loss_highest`` are of
    mean training losses since the previous scored step, NaN at step 0; those named ``validation_loss`` are of mean
    losses on the validation split. ``examples`` are the sequences seen so far.
    """
    parts = []
    runs = results.runs
    for arm, part in fine_tuned(runs).groupby(ARM, sort=False):
        rows = pd.concat([read_curve(directory) for directory in part["directory"]]).groupby("step")
        curve = rows.agg(
            examples=("examples", "mean"),
            n=("validation", "count"),
            mean=("validation", "mean"),
            lowest=("validation", "min"),
            highest=("validation", "max"),
            loss=("train_loss", "mean"),
            loss_lowest=("train_loss", "min"),
            loss_highest=("train_loss", "max"),
            validation_loss=("validation_loss", "mean"),
            validation_loss_lowest=("validation_loss", "min"),
            validation_loss_highest=("validation_loss", "max"),
        ).reset_index()
        parts.append(curve.assign(**dict(zip(ARM, arm, strict=True)), **part[["domain", "metric"]].iloc[0]))
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def passes(curve, sequences):
    """How often training saw the training split: the sequences that it read, divided by those that there are.

    ``curve`` are an arm's rows of `mean_curves`, and ``sequences`` the number of sequences that it was trained on.
    """
    return curve["examples"].max() / sequences


def draw_scores(tables, config, width):
    """Validation score by step: a panel for each task, the largest training fraction."""
    table, runs = (on_all_data(rows_of(tables[name], main_runs(config))) for name in ("curves", "runs"))
    with plots.labelled_panels(list(dict.fromkeys(table["task"])), SIZE, width) as (figure, panels):
        for task, axis in panels:
            mine = table[table["task"] == task]
            ends = _draw_bands(axis, mine, ("mean", "lowest", "highest"))
            axis.set_ylabel(text.metric_title(mine["metric"].iloc[0]))
            for row in runs[(runs["task"] == task) & (runs["init"] == BASELINE)].itertuples():
                axis.axhline(row.validation, **plots.baseline_style(row.model))
                ends.append((row.validation, text.arm_title(row.model, BASELINE), "0.4"))
            plots.label_ends(axis, ends)
    return figure


def draw_losses(tables, config, width):
    """Validation loss (lines) and training loss (dotted) by step, like `draw_scores`."""
    table = on_all_data(rows_of(tables["curves"], main_runs(config)))
    with plots.labelled_panels(list(dict.fromkeys(table["task"])), SIZE, width) as (figure, panels):
        for task, axis in panels:
            mine = table[table["task"] == task]
            ends = _draw_bands(axis, mine, ("validation_loss", "validation_loss_lowest", "validation_loss_highest"))
            for (init, *_), part in mine.dropna(subset="loss").groupby(["init", *LINE_KEYS], sort=False):
                axis.plot(part["step"], part["loss"], ":", lw=1.2, color=plots.style_of(init)["color"])
            axis.set_ylabel("loss")
            plots.label_ends(axis, ends)
    return figure


def _draw_bands(axis, table, columns):
    """One task's arms, each a mean in a band between two more columns, by step; returns what `label_ends` needs."""
    from matplotlib.ticker import MaxNLocator

    mean, lowest, highest = columns
    line_style, ends = plots.line_styles(table, LINE_KEYS), []
    for (init, *_), part in table.groupby(["init", *LINE_KEYS], sort=False):
        label = ", ".join([text.init_title(init), *text.qualifiers(part.iloc[0], table, LINE_KEYS)])
        style = {**plots.style_of(init), "markersize": 3, "linestyle": line_style(part.iloc[0])}
        axis.plot(part["step"], part[mean], **style)
        axis.fill_between(part["step"], part[lowest], part[highest], color=style["color"], alpha=0.15, lw=0)
        ends.append((part[mean].iloc[-1], label, style["color"]))
    last = table.loc[table["step"].idxmax()]
    axis.set_xlabel(f"training step (of {last['examples'] / last['step']:.0f} sequences)")
    axis.set_xlim(-0.03 * last["step"], 1.02 * last["step"])
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=True))
    return ends


def content(tables, config):
    """Nothing but the figures."""
    return {} if main_runs(config) else None


def figures(config):
    if not main_runs(config):
        return []
    return [Figure("curves", draw_scores, ("curves", "runs")), Figure("losses", draw_losses, ("curves",))]


SECTION = Section("curves", "Learning curves", content, (Table("curves", mean_curves),), figures, open=True)

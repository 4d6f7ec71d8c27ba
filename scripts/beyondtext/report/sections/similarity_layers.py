"""Similarity layer by layer, and how that of the last layers depends on the sample size and on small components."""

import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.encoders import ARM_PAIR, PAIR, measure_title, one_direction, pair_title, with_titles
from beyondtext.report.section import Figure, Section, Table
from beyondtext.report.sections.similarity import VARIANTS
from beyondtext.similarity.measures import MEASURES

COLUMNS = [*PAIR, "measure", "layer_a", "layer_b", "value", "ci_low", "ci_high"]
SAMPLES = {  # variants of the last layers, from the whole sample on
    "raw": VARIANTS["raw"],
    "half": "about half of the tokens",
    "quarter": "about a quarter of the tokens",
    "truncated": "99 % of the variance",
}


def layers(results):
    """Debiased CKA and attention overlap, in the raw variant: all layers with all layers, or the last ones."""
    table = results.similarity
    if table is None:
        return pd.DataFrame(columns=COLUMNS)
    return table.loc[(table["variant"] == "raw") & table["measure"].isin(["cka", "attention"]), COLUMNS]


def layer_maps(table):
    """The pairs whose layers are all compared, as ``(task, title of a, title of b, {map's title: rows})``."""
    whole = table.groupby([*PAIR, "measure"]).filter(lambda rows: rows["layer_a"].nunique() > 1)
    for _, part in with_titles(whole).groupby(PAIR, sort=False):
        row = part.iloc[0]
        maps = {measure_title(name): rows for name, rows in part.groupby("measure", sort=False)}
        yield row["task"], row["title_a"], row["title_b"], maps


def draw_layers(tables, config, width):
    """All layers compared with all layers, as maps with one colour scale; those of a pair next to each other."""
    pairs = list(layer_maps(tables["similarity_layers"]))
    if not pairs:  # the file is expected, but the page does not show it
        return plots.pyplot().figure()
    widest = max(len(maps) for *_, maps in pairs)
    columns = min(2 if width == plots.WIDTH else 1, len(pairs))
    lines = -(-len(pairs) // columns)
    figure, axes = plots.pyplot().subplots(
        lines,
        columns * widest,
        figsize=(2.1 * columns * widest + 0.8, 2.1 * lines),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for number, (task, a, b, maps) in enumerate(pairs):
        line, first = number // columns, number % columns * widest
        for place, (title, rows) in enumerate(maps.items()):
            axis = axes[line, first + place]
            axis.set_axis_on()
            axis.set_title(f"{text.task_title(task)}\n{title}", fontsize=7)
            image = _draw_map(axis, rows, a, b)
    figure.colorbar(image, ax=axes, label="similarity", shrink=0.3, aspect=25)
    return figure


def _draw_map(axis, rows, a, b):
    """One map; ``a`` and ``b`` are the encoders' titles."""
    grid = rows.pivot(index="layer_a", columns="layer_b", values="value")
    (bottom, *_, top), (left, *_, right) = grid.index, grid.columns
    extent = (left - 0.5, right + 0.5, bottom - 0.5, top + 0.5)
    image = axis.imshow(grid, cmap="viridis", vmin=0, vmax=1, origin="lower", extent=extent)
    axis.set_xticks(range(0 if left == 0 else 2, right + 1, 2))
    axis.set_yticks(range(0 if bottom == 0 else 2, top + 1, 2))
    axis.tick_params(labelsize=7, pad=1, length=2)
    a, b = (title.replace(", ", ",\n") for title in (a, b))
    axis.set_xlabel(f"layer of {b}", fontsize=7, labelpad=1)
    axis.set_ylabel(f"layer of\n{a}", fontsize=7, labelpad=1)
    return image


def sensitivity(table):
    """How the similarity of the last layers depends on token count and small components: a row for each pair of arms.

    ``table`` is the report's ``similarity``. Each cell has the value, that of independent Gaussian data of the same
    size, and the number of tokens if these are not all.
    """
    kept = one_direction(table)
    kept = kept[kept["variant"].isin(list(SAMPLES)) & kept["measure"].isin(list(MEASURES))]
    rows = []
    for _, part in kept.groupby([*ARM_PAIR, "measure"], sort=False):
        by_variant = part.set_index("variant").to_dict("index")
        row = part.iloc[0]
        cells = [by_variant.get(name) for name in SAMPLES]
        rows.append(
            {
                "task": text.task_title(row["task"]),
                "pair": pair_title(row),
                "measure": measure_title(row["measure"]),
                "cells": [_cell(cell, cells[0]) if cell else None for cell in cells],
            }
        )
    return rows


def _cell(row, whole):
    """A cell of `sensitivity`; ``whole`` is the row with all tokens."""
    return {
        "value": text.score(row["value"]),
        "gaussian": text.score(row["gaussian"]),
        "tokens": f"{row['n_tokens']:,.0f} tokens" if row["n_tokens"] < whole["n_tokens"] else "",
    }


def content(tables, config):
    """The maps of layers, and the sensitivity of the last layers."""
    if tables["similarity"].empty:
        return None
    return {"samples": list(SAMPLES.values()), "sensitivity": sensitivity(tables["similarity"])}


def figures(config):
    return [Figure("layers", draw_layers, ("similarity_layers",))] if config["similarity"]["tasks"] else []


SECTION = Section("similarity_layers", "Similarity in detail", content, (Table("similarity_layers", layers),), figures)

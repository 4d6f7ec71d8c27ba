"""The further experiments: amounts of data and of pre-training, other models, other mappings."""

from functools import partial
from itertools import groupby

import pandas as pd

from beyondtext.report import plots, text
from beyondtext.report.arms import ARM, REFERENCE, rows_of
from beyondtext.report.section import Figure, Section, Table
from beyondtext.report.sections import effects, scores
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE
from beyondtext.study.selection import MAIN

TITLES = {
    "domain": "A model of the task's own domain",
    "data_efficiency": "Amount of training data",
    "pretraining_steps": "Amount of pre-training",
    "model_families": "Other models",
    "shift": "English with shifted words",
    "unpermuted": "English with its words unchanged",
}
COLUMNS = ["experiment", "factor", "amount", "domain", *ARM, "metric", "sequences", "n", "mean", "ci_low", "ci_high"]
COLUMNS += ["difference", "difference_ci_low", "difference_ci_high", "p"]
KEYS = ("model", "mapping", "rate")  # in which rows of one task, initialization and amount may differ
SAME = [key for key in ARM if key != "model"]  # in arms that differ in their pre-training
STEPS = "pretraining_steps"
VERDICTS = {
    "higher": "higher",
    "lower": "lower",
    "open": "not significantly different",
    "none": f"not testable {effects.NO_INTERVAL}",
}


def title(name, factor=None):
    """The title of an experiment; the main one has a section of its own if it varies a ``factor``."""
    if name == MAIN:
        name = STEPS if factor == STEPS else "data_efficiency"
    return TITLES.get(name, name.replace("_", " ").capitalize())


def amounts(results):
    """Test scores by the amount that an experiment varies.

    Returns
    -------
    pandas.DataFrame
        A row for each arm of each experiment that varies an amount, and for the baselines where the data varies:
        ``amount`` is the share of the training split or the steps of pre-training. ``difference``, with its interval
        and ``p``, is paired by seed and by test example. Where the data varies, it is relative to random initialization
        on the same data; where pre-training varies, to the arm with the least pre-training that is otherwise the same.
    """
    by_seed = {arm: part.set_index("seed") for arm, part in results.scores.groupby(ARM, sort=False)}
    summary = results.table(scores.summary)
    rows = []
    for name, runs in grid.experiments_with_sections(results.config).items():
        varied = grid.varied_factor(runs)
        if varied is None:
            continue
        mine = rows_of(summary, runs)
        if varied == STEPS:
            mine = mine[mine["init"] != BASELINE]
            steps = mine["model"].map(grid.pretraining_steps)
            mine = mine.assign(amount=steps)[steps.notna()]
            least = mine.groupby(SAME)["amount"].transform("idxmin")
            others = [{"model": model} for model in mine.loc[least, "model"]]
        else:
            mine = mine.assign(amount=mine["fraction"])
            others = [{"init": REFERENCE}] * len(mine)
        for row, other in zip(mine.to_dict("records"), others, strict=True):
            difference = _difference(row, {**row, **other}, by_seed, results.config)
            rows.append({**row, "experiment": name, "factor": varied, **difference})
    return pd.DataFrame(rows, columns=COLUMNS)


def _difference(row, other, by_seed, config):
    """One arm's difference from another; empty for a baseline, or if there is no other arm with the same seeds."""
    own, reference = (tuple(arm[key] for key in ARM) for arm in (row, other))
    if row["init"] == BASELINE or own == reference or reference not in by_seed:
        return {}
    arm, matched = effects.with_common_seeds(by_seed[own], by_seed[reference])
    if arm.empty:
        return {}
    found = effects.paired_difference(arm, matched, config)
    names = {"mean": "difference", "ci_low": "difference_ci_low", "ci_high": "difference_ci_high", "p": "p"}
    return {name: found[key] for key, name in names.items()}


def draw_amounts(tables, config, width, experiment):
    """Test score by the amount of data or of pre-training, a panel for each task."""
    table = _amounts_of(tables, experiment)
    by_steps = table["factor"].iloc[0] == STEPS
    column = "amount" if by_steps else "sequences"
    keys = _row_keys(table)
    with plots.task_panels(list(dict.fromkeys(table["task"])), 2.5, width) as (figure, panels):
        for task, axis in panels:
            mine = table[table["task"] == task].sort_values(column)
            trained, baselines = mine[mine["init"] != BASELINE], mine[mine["init"] == BASELINE]
            line_style = plots.line_styles(trained, keys)
            for place, ((init, *_), part) in enumerate(trained.groupby(["init", *keys], sort=False)):
                label = ", ".join([text.init_title(init), *text.qualifiers(part.iloc[0], trained, keys)])
                style = {**plots.style_of(init), "linestyle": line_style(part.iloc[0]), "markersize": 4, "capsize": 2}
                shifted = part[column] * 1.02**place  # so that bars do not hide each other
                axis.errorbar(shifted, part["mean"], plots.interval_bars(part), label=label, **style)
            for model, part in baselines.groupby("model", sort=False):
                axis.plot(
                    part[column], part["mean"], label=text.arm_title(model, BASELINE), **plots.baseline_style(model)
                )
            _scale(axis, sorted(set(trained[column])))
            axis.set_xlabel("steps of pre-training" if by_steps else "training sequences")
            axis.set_ylabel(text.metric_title(mine["metric"].iloc[0]))
    return figure


def _scale(axis, ticks):
    """A logarithmic axis that includes zero, with a tick at each amount."""
    axis.set_xscale("symlog", linthresh=min(tick for tick in ticks if tick > 0))
    axis.set_xticks(ticks, [short(tick) for tick in ticks], fontsize=7)
    axis.minorticks_off()


def short(number):
    """A whole number, short enough for an axis: 1,610, 20k, 1.5M."""
    if number >= 1e6:
        return f"{number / 1e6:.3g}M"
    return f"{number / 1e3:.3g}k" if number >= 1e4 else f"{number:,.0f}"


def draw_effects(tables, config, width, experiment):
    """Forest plot of one experiment's effects."""
    mine = rows_of(tables["effects"], grid.runs_by_experiment(config)[experiment])
    return effects.forest(mine, tables["effects_by_seed"], width)


def sentences(table):
    """What an experiment's amounts show: a sentence or two for each task and initialization."""
    statements = []
    trained = table[table["init"] != BASELINE]
    keys = _row_keys(table)
    for _, part in trained.groupby(["task", "init", *keys], sort=False):
        part = part.sort_values("amount")
        where = ", ".join([text.task_title(part["task"].iloc[0]), *text.qualifiers(part.iloc[0], trained, keys)])
        if table["factor"].iloc[0] == STEPS:
            statements += [_pretraining_sentence(where, part)] if part["amount"].nunique() > 1 else []
        elif part["init"].iloc[0] != REFERENCE and part["difference"].notna().any():
            statements.append(_data_sentence(where, part))
    return statements


def _data_sentence(where, part):
    """One initialization compared with a random one, by the share of the data; neighbouring shares in one clause."""
    clauses = []
    known = part[part["difference"].notna()].to_dict("records")
    for outcome, alike in groupby(
        known, lambda row: text.side_of_zero(row["difference_ci_low"], row["difference_ci_high"])
    ):
        shares = [text.percent(row["amount"]) for row in alike]
        span = shares[0] if len(shares) == 1 else f"{shares[0]} to {shares[-1]}"
        clauses.append(f"{VERDICTS[outcome]} with {span} of the training data")
    init = text.init_title(part["init"].iloc[0])
    return f"{where}: compared with random initialization, the score of {init} is {text.listed(clauses)}."


def _pretraining_sentence(where, part):
    """From which amount of pre-training on one task's score differs from that with the least."""
    compared = f"{where}: compared with {part['amount'].iloc[0]:,.0f} steps of pre-training, the score"
    more = part[1:]
    unknown = more[more["difference_ci_low"].isna()]
    if len(unknown) == len(more):
        return f"{compared} is {VERDICTS['none']} after more."
    clear = more[(more["difference_ci_low"] > 0) | (more["difference_ci_high"] < 0)]
    if clear.empty:
        said = f"{compared} is {VERDICTS['open']} after more"
    else:
        first = clear.iloc[0]
        outcome = VERDICTS[text.side_of_zero(first["difference_ci_low"], first["difference_ci_high"])]
        said = f"{compared} is first significantly {outcome} after {first['amount']:,.0f}"
    exceptions = text.listed([f"{amount:,.0f}" for amount in unknown["amount"]])
    return f"{said}; after {exceptions} it is {VERDICTS['none']}." if exceptions else f"{said}."


def rows(table):
    """An experiment's amounts as text."""
    keys = _row_keys(table)
    trained = table[table["init"] != BASELINE]
    order = ["task", "init", *(() if table["factor"].iloc[0] == STEPS else ("model",)), "amount"]
    return [
        {
            "task": text.task_title(row["task"]),
            "init": text.arm_title(row["model"], row["init"]),
            "qualifiers": "" if row["init"] == BASELINE else ", ".join(text.qualifiers(row, trained, keys)),
            "amount": amount_title(row),
            "n": text.DASH if row["init"] == BASELINE else row["n"],
            "mean": text.score(row["mean"]),
            "interval": text.between(row["ci_low"], row["ci_high"]),
            "difference": text.signed(row["difference"]) or text.DASH,
            "difference_interval": text.between(row["difference_ci_low"], row["difference_ci_high"], text.signed),
        }
        for row in table.sort_values(order, key=_in_order).to_dict("records")
    ]


def _row_keys(table):
    """The columns in which an experiment's rows may differ, without the one that is the amount."""
    return [key for key in KEYS if not (key == "model" and table["factor"].iloc[0] == STEPS)]


def _in_order(column):
    """A sort key that keeps names in the order in which they first occur."""
    return column if column.name == "amount" else column.map({v: k for k, v in enumerate(column.unique())})


def amount_title(row):
    """The title of an amount."""
    if row["factor"] == STEPS:
        return f"{row['amount']:,.0f} steps"
    return f"{text.percent(row['amount'])} ({row['sequences']:,} sequences)"


def _amounts_of(tables, experiment):
    return tables["amounts"][tables["amounts"]["experiment"] == experiment]


def _experiment(name, runs, tables, config):
    """What the page shows of one experiment."""
    factor = grid.varied_factor(runs)
    shown = {"title": title(name, factor), "figure": grid.experiment_figure(name), "factor": factor}
    if factor:
        table = _amounts_of(tables, name)
        return shown | {"sentences": sentences(table), "amounts": rows(table)}
    mine = rows_of(tables["effects"], runs)
    return shown | {
        "sentences": effects.sentences(mine, config["report"]["confidence"]),
        "effects": effects.rows(mine),
        "how_to_read": effects.how_to_read(mine),
        "scores": scores.grid_of_scores(rows_of(tables["summary"], runs)),
    }


def content(tables, config):
    """A part for each experiment."""
    parts = [_experiment(name, runs, tables, config) for name, runs in grid.experiments_with_sections(config).items()]
    return {"experiments": parts} if parts else None


def figures(config):
    """One figure for each experiment: amounts if one varies, else effects."""
    found = []
    for name, runs in grid.experiments_with_sections(config).items():
        varied = grid.varied_factor(runs)
        draw, tables = (draw_amounts, ("amounts",)) if varied else (draw_effects, ("effects", "effects_by_seed"))
        found.append(Figure(grid.experiment_figure(name), partial(draw, experiment=name), tables))
    return found


SECTION = Section("experiments", "Further experiments", content, (Table("amounts", amounts),), figures)

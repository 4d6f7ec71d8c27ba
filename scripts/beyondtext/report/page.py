"""The report as one self-contained HTML page, made from the tables, figures and records of the runs."""

import base64
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from beyondtext import __version__
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.report import experiments, likeness, text, trainability
from beyondtext.report.convergence import GAIN_SHARE
from beyondtext.report.tables import REFERENCE
from beyondtext.report.text import apart, between, score, signed, task_title
from beyondtext.study import definitions, grid, needs
from beyondtext.study.configuration import MAIN
from beyondtext.study.grid import BASELINE
from beyondtext.training.baselines import BASELINES

TEMPLATES = Path(__file__).parent / "templates"


def render(config, runs, tables, similarity, probed, figures):
    """The page as a string of HTML.

    Parameters
    ----------
    config : dict
        A checked configuration.
    runs : pandas.DataFrame
        From `beyondtext.report.load.read_runs`.
    tables : dict of str to pandas.DataFrame
        ``summary summary_groups effects effects_groups convergence amounts published rates tasks``, as
        `make_tables.py` and `make_rates.py` wrote them.
    similarity : pandas.DataFrame or None
        From `beyondtext.report.load.load_similarity`.
    probed : pandas.DataFrame or None
        From `beyondtext.report.trainability.summary`.
    figures : path
        The folder with the figures as SVG.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    trained = runs[runs["init"] != BASELINE]
    main_runs = grid.runs_by_experiment(config).get(MAIN, [])
    arms = ("summary", "summary_groups", "effects", "effects_groups", "convergence")
    main = {name: experiments.rows_of(tables[name], main_runs) for name in arms}
    beside = grid.experiments_with_sections(config)
    names = ["effects", "curves", "losses"] if main_runs else []
    names += [grid.experiment_figure(name) for name in beside]
    names += ["similarity", "layers"] if similarity is not None else []
    names += ["trainability"] if probed is not None else []
    compared = likeness.summary(similarity) if similarity is not None else None
    confidence = config["report"]["confidence"]
    return environment.get_template("report.html.j2").render(
        version=__version__,
        confidence=f"{100 * confidence:g} %",
        share=f"{100 * GAIN_SHARE:g} %",
        seeds="seed" if len(config["seeds"]) == 1 else f"{len(config['seeds'])} seeds",
        answer=answer(main_runs, beside, main["effects"], confidence),
        cautions=[
            *text.multiplicity_sentences(tables["effects"], confidence),
            *text.baseline_sentences(tables["summary"]),
            *text.constant_sentences(runs),
            *text.untrained_sentences(runs),
        ],
        speed=[
            *(text.convergence_sentences(main["convergence"]) if "trivial" in config["baselines"] else []),
            *text.area_sentences(main["convergence"], confidence),
        ],
        sections=[section(name, mine, tables, confidence) for name, mine in beside.items()],
        likeness=likeness.sentences(compared) if similarity is not None else [],
        finetuned=likeness.trained_sentences(compared, runs) if similarity is not None else [],
        starts_compared=likeness.random_starts(similarity) if similarity is not None else "",
        tokens_compared=likeness.tokens_compared(similarity) if similarity is not None else "",
        figures={name: embedded(Path(figures) / f"{name}.svg") for name in names},
        starts=text.listed(f"“{text.init_title(init)}”" for init in trained["init"].unique()),
        mapped="permutation" in set(trained["mapping"]),
        constants=constants(tables["summary"]),
        effects=effect_rows(main["effects"]),
        scores=score_table(main["summary"]),
        group_scores=score_table(main["summary_groups"]),
        group_effects=effect_rows(main["effects_groups"]),
        convergence=convergence_rows(main["convergence"]),
        published=published_rows(tables["published"]),
        rates=rate_rows(tables["rates"]),
        selection_seeds=text.listed(str(seed) for seed in config["selection_seeds"]),
        similarity=likeness.rows(compared) if similarity is not None else [],
        smaller=[likeness.VARIANTS["raw"], *likeness.SMALLER.values()],
        sensitivity=likeness.sensitivity(compared) if similarity is not None else [],
        trainability=trainability.sentences(probed) if probed is not None else [],
        probed=trainability.rows(probed) if probed is not None else [],
        data=data_rows(tables["tasks"]),
        sources=[definitions.source(name) for name in needs.sources_needed(config)],
        models=[definitions.model(name) for name in needs.networks(config)],
        settings=setting_rows(config),
        made=made(config, runs),
    )


def embedded(path):
    """An SVG file as a data URI: in an image it can neither run nor restyle anything."""
    try:
        return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run scripts/make_figures.py first") from None


def answer(main_runs, beside, effects, confidence):
    """What the main experiment says of each start."""
    if main_runs:
        return text.effect_sentences(effects, confidence)
    if beside:
        return ["The main experiment is not part of this study; what its other experiments say stands below."]
    return ["Nothing was fine-tuned in this study."]


def section(name, runs, tables, confidence):
    """What the page says of one experiment beside the main one."""
    found = {
        "title": experiments.title(name),
        "figure": grid.experiment_figure(name),
        "factor": grid.varied_factor(runs),
    }
    if found["factor"]:
        table = tables["amounts"][tables["amounts"]["experiment"] == name]
        return found | {"sentences": experiments.sentences(table), "amounts": experiments.rows(table)}
    effects = experiments.rows_of(tables["effects"], runs)
    return found | {
        "sentences": text.effect_sentences(effects, confidence),
        "effects": effect_rows(effects),
        "scores": score_table(experiments.rows_of(tables["summary"], runs)),
    }


RATE_RULES = {
    "fixed": "the learning rate is the same for every start",
    "chosen": "the learning rate is the one that did best, for that start and task, on the validation split with other "
    "seeds",
}


def constants(summary):
    """What all fine-tuning runs share, and the tables therefore leave out, in words."""
    trained = summary[summary["init"] != BASELINE]
    forms = {
        "model": lambda name: f"the model is {text.model_title(name)}",
        "mapping": lambda name: f"the mapping is {name}",
        "fraction": lambda share: f"{100 * share:g} % of the training data is used",
        "rate": lambda rate: RATE_RULES[rate],
    }
    shared = [form(trained[key].iloc[0]) for key, form in forms.items() if trained[key].nunique() == 1]
    return text.listed(shared) if shared else ""


def effect_rows(effects):
    """The table of effects as text."""
    return [
        {
            "task": task_title(row["task"]),
            "init": text.init_title(row["comparison"].split(" - ")[0]),
            "apart": ", ".join(apart(row, effects)),
            "metric": METRICS[row["metric"]].title,
            "n": row["n"],
            "mean": signed(row["mean"]),
            "interval": between(row["ci_low"], row["ci_high"], signed),
            "p": "<0.001" if row["p"] < 0.001 else score(row["p"]) or "–",
        }
        for row in effects.to_dict("records")
    ]


def score_table(summary):
    """Test scores: a row a task (and mapping and fraction), a column a start or baseline."""
    columns = list(dict.fromkeys(zip(summary["model"], summary["init"], strict=True)))
    columns.sort(key=lambda column: column[1] == BASELINE)
    titles = [column_title(*column, several=len({m for m, i in columns if i != BASELINE}) > 1) for column in columns]
    trained = summary[summary["init"] != BASELINE]
    rows = []
    keys = ["mapping", "fraction", "rate"]
    for (task, _, fraction, _), part in trained.groupby(["task", *keys], sort=False):
        baselines = summary[
            (summary["init"] == BASELINE) & (summary["task"] == task) & (summary["fraction"] == fraction)
        ]
        cells = {(row["model"], row["init"]): row for row in [*part.to_dict("records"), *baselines.to_dict("records")]}
        rows.append(
            {
                "task": task_title(task),
                "apart": ", ".join(apart(part.iloc[0], trained, keys)),
                "metric": METRICS[part["metric"].iloc[0]].title,
                "cells": [
                    {"mean": score(cells[c]["mean"]), "interval": between(cells[c]["ci_low"], cells[c]["ci_high"])}
                    if c in cells
                    else {"mean": "–", "interval": ""}
                    for c in columns
                ],
            }
        )
    return {"columns": titles, "rows": rows}


def column_title(model, init, several):
    """A start or a baseline in words, with its model where there are several."""
    if init == BASELINE:
        return BASELINES[model].title
    return f"{text.model_title(model)}, {text.init_title(init)}" if several else text.init_title(init)


def convergence_rows(convergence):
    """The table of convergence as text; the reference has no ratio to itself."""
    return [
        {
            "task": task_title(row["task"]),
            "init": text.init_title(row["init"]),
            "apart": ", ".join(apart(row, convergence)),
            "level": f"{METRICS[row['metric']].title} {score(row['level'])}" if row["level"] == row["level"] else "–",
            "reached": f"{row['n_reached']} of {row['n']}",
            "steps": f"{row['steps_mean']:.0f}" if row["steps_mean"] == row["steps_mean"] else "–",
            "ratio": "1" if row["init"] == REFERENCE and row["n_reached"] == row["n"] else score(row["ratio"]) or "–",
            "interval": between(row["ratio_ci_low"], row["ratio_ci_high"]),
            "area": score(row["area"]),
            "area_difference": signed(row["area_difference"]) or "–",
            "area_interval": between(row["area_ci_low"], row["area_ci_high"], signed),
        }
        for row in convergence.to_dict("records")
    ]


def published_rows(table):
    """Scores beside those that the paper printed, as text."""
    return [
        {
            "task": task_title(row["task"]),
            "model": text.model_title(row["model"]),
            "init": text.init_title(row["init"]),
            "metric": METRICS[row["metric"]].title,
            "ours": score(row["ours"]),
            "interval": between(row["ci_low"], row["ci_high"]),
            "theirs": score(row["value"]) or "not checked",
            "difference": signed(row["difference"]),
            "inside": {True: "yes", False: "no"}.get(row["inside"], ""),
        }
        for row in table.to_dict("records")
    ]


def rate_rows(rates):
    """The validation scores behind each chosen learning rate as text: a row an arm, the chosen rate marked."""
    keys = ["task", "model", "init", "mapping", "fraction"]
    return [
        {
            "task": task_title(part["task"].iloc[0]),
            "init": text.init_title(part["init"].iloc[0]),
            "apart": ", ".join(apart(part.iloc[0], rates, ["model", "mapping", "fraction"])),
            "metric": METRICS[part["metric"].iloc[0]].title,
            "trials": [
                {"rate": f"{row.learning_rate:g}", "score": score(row.best), "chosen": row.chosen}
                for row in part.drop_duplicates("learning_rate").itertuples()
            ],
        }
        for _, part in rates.groupby(keys, sort=False)
    ]


def data_rows(tasks):
    """What became of each task's data, with what was left out in words."""
    reasons = {
        "dropped_empty": "with an empty cell",
        "outside_bins": "outside the target's bins",
        "duplicates": "duplicates",
        "conflicting": "with conflicting targets",
        "dropped_unknown": "with unknown symbols",
        "dropped_long": "too long",
        "capped": "over the split's cap",
    }
    return [
        {
            **{key: f"{row[key]:,}" for key in ("read", "train", "validation", "test", "test_groups", "length_max")},
            "task": task_title(row["task"]),
            "question": definitions.task(row["task"])["description"],
            "domain": text.DOMAINS[row["domain"]],
            "length_median": f"{row['length_median']:g}",
            "left_out": ", ".join(f"{row[key]:,} {words}" for key, words in reasons.items() if row[key]) or "none",
        }
        for row in tasks.to_dict("records")
    ]


def setting_rows(config):
    """The training settings: the common ones, and each task's own."""
    shared = {key: value for key, value in config["training"].items() if (key, value) != ("epochs", None)}
    if "epochs" in shared:
        shared.pop("steps")
    common = [(key.replace("_", " "), "off" if value is None else value) for key, value in shared.items()]
    own = {task_title(name): values for name, values in config["training_per_task"].items() if name in config["tasks"]}
    return {"common": common, "own": own}


def made(config, runs):
    """Where, with what and for how long the runs were made; None where there are none."""
    trained = runs[runs["init"] != BASELINE]
    if trained.empty:
        return None
    seconds = pd.DataFrame(trained["seconds"].tolist(), index=trained.index)
    versions = {}
    for found in runs["versions"]:
        for package, version in found.items():
            versions.setdefault(package, set()).add(version)
    return {
        "seeds": text.listed(str(seed) for seed in config["seeds"]),
        "runs": len(trained),
        "minutes": f"{seconds['total'].sum() / 60:.0f}",
        "longest": f"{seconds['total'].max() / 60:.1f}",
        "memory": f"{trained['peak_memory_mb'].max() / 1000:.1f}",
        "devices": text.listed(sorted(set(trained["device"]))),
        "precisions": text.listed(sorted(set(trained["precision"]))),
        "code": text.listed(sorted(set(trained["code"]))),
        "versions": [(package, ", ".join(sorted(found))) for package, found in sorted(versions.items())],
    }

"""Provenance: the runs, the machines, the versions and the settings that the numbers come from."""

import pandas as pd

from beyondtext import __version__
from beyondtext.report import text
from beyondtext.report.arms import ARM, fine_tuned
from beyondtext.report.section import Section, Table
from beyondtext.study import grid
from beyondtext.study.grid import BASELINE, FROZEN

RUN_COLUMNS = [*ARM, "seed", "domain", "metric", "validation", "test", "best_step", "steps", "constant"]
RUN_COLUMNS += ["train_examples", "parameters", "device", "precision", "seconds", "peak_memory_mb", "code"]
COMPUTATION_COLUMNS = ["item", "value"]
VERSION_COLUMNS = ["package", "version"]
SETTING_COLUMNS = ["task", "setting", "value"]
EVERY_TASK, RATE = "every task", "learning_rate"


def runs(results):
    """Every run of the report: its scores, its best step, and where and how long it ran."""
    table = results.scores
    scores, examples, seconds = (pd.DataFrame(table[key].tolist()) for key in ("scores", "examples", "seconds"))
    if table.empty:
        return pd.DataFrame(columns=RUN_COLUMNS)
    return table.assign(
        parameters=table["parameters"].astype("Int64"),
        validation=scores["validation"],
        test=scores["test"],
        train_examples=examples["train"],
        seconds=seconds["total"],
    )[RUN_COLUMNS]


def computation(results):
    """What the fine-tuning runs took in all, where they ran, and with which code; and how long the other runs took.

    In a study that fine-tunes nothing, the first are the runs on frozen features.
    """
    table = results.table(runs)
    trained = fine_tuned(table)
    shown = trained if len(trained) else table[table["rate"] == FROZEN]
    if shown.empty:
        return pd.DataFrame(columns=COMPUTATION_COLUMNS)
    on_gpu = shown["device"].str.startswith("cuda").any()
    shared = " (each run takes longer while it shares a GPU with others)" if on_gpu else ""
    return pd.DataFrame(
        [
            ("runs", str(len(shown))),
            ("seeds", text.listed(str(seed) for seed in dict.fromkeys(shown["seed"]))),
            ("total time", f"{shown['seconds'].sum() / 60:.0f} minutes{shared}"),
            ("longest run", f"{shown['seconds'].max() / 60:.1f} minutes{shared}"),
            ("peak memory of a run", f"{shown['peak_memory_mb'].max() / 1000:.1f} GB"),
            ("devices", text.listed(sorted(set(shown["device"])))),
            ("precision", text.listed(sorted(set(shown["precision"])))),
            ("version of beyondtext", __version__),
            (
                f"digest of the {'training ' if len(trained) else ''}code",
                text.listed(sorted(set(shown["code"].astype(str)))),
            ),
            *_others(table, shown),
        ],
        columns=COMPUTATION_COLUMNS,
    )


def _others(table, shown):
    """The runs of other kinds than those that are shown: how many, and their total time."""
    kinds = {"runs on frozen features": table["rate"] == FROZEN, "baselines": table["init"] == BASELINE}
    parts = {name: table[is_kind & ~table.index.isin(shown.index)] for name, is_kind in kinds.items()}
    return [
        (name, f"{len(part)} runs, {text.duration(part['seconds'].sum())}") for name, part in parts.items() if len(part)
    ]


def versions(results):
    """The versions of every package that a run used; several if runs differ."""
    found = {}
    for used in results.runs["versions"]:
        for package, version in used.items():
            found.setdefault(package, set()).add(version)
    rows = [(package, ", ".join(sorted(used))) for package, used in sorted(found.items())]
    return pd.DataFrame(rows, columns=VERSION_COLUMNS)


def settings(results):
    """The training settings: those of every task, and what individual tasks and arms change.

    Runs on frozen features use the precision alone, so in a study that fine-tunes nothing there is no other setting.
    """
    config = results.config
    used = {*config["training"]} if grid.trained_runs(config) else {"precision"}
    shared = {key: value for key, value in config["training"].items() if (key, value) != ("epochs", None)}
    if "epochs" in shared:
        shared.pop("steps")
    used.discard(RATE)
    rows = [(EVERY_TASK, key, _setting(value)) for key, value in shared.items() if key in used]
    for task, own in config["training_per_task"].items():
        if task in config["tasks"]:
            rows += [
                (task, key, _setting(value)) for key, value in own.items() if value != shared.get(key) and key in used
            ]
    return pd.DataFrame([*rows, *_learning_rates(config)], columns=SETTING_COLUMNS)


def _learning_rates(config):
    """The rows for the learning rate, which arms may have of their own: one for every task, or one for each."""
    rates = {}  # by task and what is said of a rate: the arms
    for run in grid.trained_runs(config):
        arms = rates.setdefault(run.task, {}).setdefault(_rate(grid.learning_rate_of(config, run)), {})
        arms[text.model_title(run.model), text.init_title(run.init)] = None
    said = {task: _with_arms(of_task) for task, of_task in rates.items()}
    if len(set(said.values())) == 1:
        said = {EVERY_TASK: next(iter(said.values()))}
    return [(task, RATE, words) for task, words in said.items()]


def _with_arms(rates):
    """The learning rates of one task, each with its arms unless all arms have it."""
    every = {arm for arms in rates.values() for arm in arms}
    return "; ".join(
        rate if set(arms) == every else f"{rate} ({text.listed(' '.join(arm) for arm in arms)})"
        for rate, arms in rates.items()
    )


def _rate(value):
    return f"the best of {text.listed(f'{one:g}' for one in value)}" if isinstance(value, list) else f"{value:g}"


def _setting(value):
    return "off" if value is None else str(value)


def content(tables, config):
    """How the numbers were produced."""
    if tables["computation"].empty:
        return None
    by_task = tables["settings"].groupby("task", sort=False)
    return {
        "kind": "fine-tuning runs" if grid.trained_runs(config) else "runs on frozen features",
        "computation": list(tables["computation"].itertuples(index=False, name=None)),
        "versions": list(tables["versions"].itertuples(index=False, name=None)),
        "settings": [
            {
                "task": task if task == EVERY_TASK else text.task_title(task),
                "values": [(row.setting.replace("_", " "), row.value) for row in part.itertuples()],
            }
            for task, part in by_task
        ],
    }


SECTION = Section(
    "provenance",
    "Provenance",
    content,
    (
        Table("runs", runs),
        Table("computation", computation),
        Table("versions", versions),
        Table("settings", settings),
    ),
)

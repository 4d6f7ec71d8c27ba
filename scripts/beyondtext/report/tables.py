"""The tables of the report, from the files of the runs and nothing else."""

import numpy as np
import pandas as pd

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import derive
from beyondtext.report.intervals import interval, interval_of_one, sign_flip_p
from beyondtext.study import definitions
from beyondtext.study.grid import BASELINE

ARM = ["task", "model", "init", "mapping", "fraction", "rate"]
ALIKE = ["task", "model", "mapping", "fraction", "rate"]  # what two arms that are compared have in common
REFERENCE = "scratch"  # what every other init is compared with
SUMMARY = ["domain", *ARM, "metric", "sequences", "n", "mean", "sd", "ci_low", "ci_high"]
EFFECTS = ["domain", *ALIKE, "metric", "comparison"]
EFFECTS += ["n", "mean", "sd", "ci_low", "ci_high", "p"]
PRINTED = ["table", "task", "model", "init", "metric", "value", "where"]
RATES = ["domain", *ARM[:-1], "metric", "learning_rate", "chosen", "n", "best", "step", "mean", "lowest", "highest"]


def summary(scores, config):
    """Each arm's mean test score: n seeds, sd over them, and the interval over seeds and test groups.

    ``sequences`` are those that it was trained on.
    """
    rows = []
    for arm, part in scores.groupby(ARM, sort=False):
        values, draws, groups = part["score"].to_numpy(), np.stack(part["draws"]), part["groups"].iloc[0]
        if part["init"].iloc[0] == BASELINE:
            low, high = interval_of_one(values[0], draws[0], groups, config["report"]["confidence"])
        else:
            low, high = interval(values, draws, groups, *_interval_settings(config, "seeds"))
        rows.append(
            {
                **dict(zip(ARM, arm, strict=True)),
                **part[["domain", "metric"]].iloc[0],
                "sequences": part["examples"].iloc[0]["train"],
                "n": len(part),
                "mean": values.mean(),
                "sd": values.std(ddof=1) if len(part) > 1 else np.nan,
                # A t interval can pass the ends of the scale; no score can.
                "ci_low": np.maximum(low, METRICS[part["metric"].iloc[0]].lowest),
                "ci_high": np.minimum(high, 1.0),
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY)


def published(summary_table, path=paths.CONFIG / "published.csv"):
    """Mean scores beside those that the paper printed.

    Parameters
    ----------
    summary_table : pandas.DataFrame
        From `summary`.
    path : path
        A table with the columns ``table task model init metric value where``; the value is empty where nobody has
        looked it up yet.

    Returns
    -------
    pandas.DataFrame
        A row for each line of the file that the study has an arm for, trained on all of the data: ``ours``, its
        interval, ``value``, ``difference`` and whether the value is ``inside`` the interval (empty where unknown).
    """
    theirs = pd.read_csv(path, dtype={"where": str})
    if list(theirs.columns) != PRINTED:
        raise InputError(f"{path} has the columns {', '.join(theirs.columns)}, not {', '.join(PRINTED)}")
    ours = summary_table[(summary_table["fraction"] == 1) & (summary_table["rate"] == "fixed")]
    ours = ours[ours["mapping"] == "permutation"].rename(columns={"mean": "ours"})
    keys = ["task", "model", "init", "metric"]
    found = theirs.merge(ours[[*keys, "ours", "ci_low", "ci_high"]], on=keys)
    known = found["value"].notna() & found["ci_low"].notna()
    inside = (found["ci_low"] <= found["value"]) & (found["value"] <= found["ci_high"])
    return found.assign(difference=found["ours"] - found["value"], inside=inside.where(known))


def effects(scores, config):
    """Every init minus the reference, paired by seed and by test example."""
    rows = []
    trained = scores[scores["init"] != BASELINE]
    for _, part in trained.groupby(ALIKE, sort=False):
        arms = {init: arm.set_index("seed") for init, arm in part.groupby("init", sort=False)}
        for init, arm in arms.items():
            if init == REFERENCE or REFERENCE not in arms:
                continue
            difference = paired(arm, arms[REFERENCE], config)
            if difference is not None:
                comparison = {"comparison": f"{init} - {REFERENCE}"}
                rows.append({**part[["domain", *ALIKE, "metric"]].iloc[0], **comparison, **difference})
    return pd.DataFrame(rows, columns=EFFECTS)


def paired(arm, reference, config):
    """The mean difference of two arms' test scores over the seeds that both have.

    ``arm`` and ``reference`` are their rows of `load_scores`, by seed. Returns a dict with ``n mean sd ci_low ci_high
    p``, or None where they have no seed in common.
    """
    seeds = [seed for seed in arm.index if seed in reference.index]
    if not seeds:
        return None
    values = (arm["score"] - reference["score"])[seeds].to_numpy()
    draws = np.stack([arm["draws"][seed] - reference["draws"][seed] for seed in seeds])
    low, high = interval(values, draws, arm["groups"].iloc[0], *_interval_settings(config, "seeds"))
    return {
        "n": len(seeds),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if len(seeds) > 1 else np.nan,
        "ci_low": low,
        "ci_high": high,
        "p": sign_flip_p(values),
    }


def tasks(config, root=paths.ROOT):
    """What became of each task's data."""
    rows = []
    for name in config["tasks"]:
        info = read_json(root / paths.example_counts(name))
        counts = info["counts"]
        rows.append(
            {
                **{key: info[key] for key in ("domain", "task", "metric", "source")},
                "read": counts["read"],
                "dropped_empty": counts.get("dropped_empty", 0),
                "outside_bins": counts["outside_bins"],
                "duplicates": counts["duplicates"],
                "conflicting": counts["conflicting"],
                "dropped_unknown": counts["dropped_unknown"],
                "dropped_long": counts["dropped_long"],
                "capped": counts["capped"],
                **counts["splits"],
                "test_groups": counts["groups"]["test"],
                "length_median": counts["length"]["median"],
                "length_max": counts["length"]["max"],
                "unknown_symbols": counts["unknown_symbols"],
                "truncated": counts["truncated"],
            }
        )
    return pd.DataFrame(rows)


def rates(choices):
    """What each arm's choice of a learning rate rests on: validation scores of its trials, step by step.

    ``choices`` are the paths of files that `beyondtext.training.loop.learning_rate.choose_rate` wrote.
    ``chosen`` is whether the arm took that rate, ``best`` the mean over seeds of the best step's score, which
    decided; ``mean``, ``lowest`` and ``highest`` are those of the seeds at ``step``.
    """
    rows = []
    for path in choices:
        choice = read_json(path)
        if "trials" not in choice:
            raise InputError(f"{path} holds no trials; give files of choose_rate.py")
        trials = pd.DataFrame(choice["trials"])
        for learning_rate, part in trials.groupby("learning_rate"):
            scores = np.array(part["curve"].tolist())  # trials x steps x (step, score)
            for place, step in enumerate(scores[0, :, 0]):
                at_step = scores[:, place, 1]
                rows.append(
                    {
                        "domain": definitions.task(choice["task"])["domain"],
                        **{key: choice[key] for key in ARM[:-1]},
                        "metric": part["metric"].iloc[0],
                        "learning_rate": learning_rate,
                        "chosen": learning_rate == choice["chosen"],
                        "n": len(part),
                        "best": part["validation"].mean(),
                        "step": int(step),
                        "mean": at_step.mean(),
                        "lowest": at_step.min(),
                        "highest": at_step.max(),
                    }
                )
    return pd.DataFrame(rows, columns=RATES)


def rates_by_step(table):
    """`rates` of one task with a column a step, for people."""
    keys = [key for key in ("model", "mapping") if table[key].nunique() > 1]
    keys += ["fraction", "init", "learning_rate"]
    wide = table.pivot_table(index=keys, columns="step", values="mean", sort=False)
    rest = table.groupby(keys, sort=False)[["best", "chosen"]].first()
    return wide.assign(best=rest["best"], chosen=rest["chosen"].map({True: "*", False: ""}))


def arm_name(arm):
    """An arm in one word."""
    parts = [arm["model"], arm["init"], arm["mapping"], f"{arm['fraction']:g}", arm["rate"]]
    return "/".join(parts)


def metrics(summary_table, effects_table):
    """The means as nested dicts of plain numbers, for ``dvc metrics show``."""
    found = {}
    for row in summary_table.to_dict("records"):
        found.setdefault(row["task"], {})[arm_name(row)] = round(row["mean"], 4)
    for row in effects_table.to_dict("records"):
        found.setdefault("effects", {}).setdefault(row["task"], {})[
            f"{row['model']}/{row['comparison']}/{row['mapping']}/{row['fraction']:g}/{row['rate']}"
        ] = round(row["mean"], 4)
    return found


def _interval_settings(config, stream):
    return config["report"]["confidence"], derive(config["report"]["seed"], stream)

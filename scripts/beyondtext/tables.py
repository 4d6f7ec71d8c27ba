"""The tables of the report, from the files of the runs and nothing else."""

import numpy as np
import pandas as pd

from beyondtext import config as definitions
from beyondtext.errors import InputError
from beyondtext.files import read_json, write_json
from beyondtext.grid import BASELINE, all_runs
from beyondtext.metrics import METRICS
from beyondtext.runs import LOG_PROBABILITY, RECORD_KEYS, read_predictions, read_run
from beyondtext.seeds import derive
from beyondtext.statistics import interval, interval_of_one, resampled_scores, sign_flip_p

ARM = ["task", "model", "init", "mapping", "fraction", "rate"]
ALIKE = ["task", "model", "mapping", "fraction", "rate"]  # what two arms that are compared have in common
REFERENCE = "scratch"  # what every other init is compared with
LOWEST = {"accuracy": 0.0, "balanced_accuracy": 0.0, "matthews": -1.0, "spearman": -1.0}  # a score can be; 1 is best
SUMMARY = ["domain", *ARM, "metric", "sequences", "n", "mean", "sd", "ci_low", "ci_high"]
EFFECTS = ["domain", *ALIKE, "metric", "comparison"]
EFFECTS += ["n", "mean", "sd", "ci_low", "ci_high", "p"]
PRINTED = ["table", "task", "model", "init", "metric", "value", "where"]
RATES = ["domain", *ARM[:-1], "metric", "learning_rate", "chosen", "n", "best", "step", "mean", "lowest", "highest"]


def load_runs(config, root=definitions.ROOT):
    """All runs of a configuration.

    Returns
    -------
    pandas.DataFrame
        One row a run: the keys of ``run.json`` and ``directory``.
    """
    rows = []
    for run in all_runs(config):
        directory = root / run.directory
        rows.append({**read_run(directory), "directory": directory})
    return pd.DataFrame(rows, columns=None if rows else [*sorted(RECORD_KEYS), "directory"])


def write_runs(scores, path):
    """Keep the records of the runs of `load_scores`, and which are ``constant``, as one file for later programs."""
    kept = scores.drop(columns=["directory", "score", "draws", "groups"]).astype(object)
    write_json(path, kept.where(kept.notna(), None).to_dict("records"))


def read_runs(path):
    """What `write_runs` kept: a row a run."""
    rows = read_json(path)
    return pd.DataFrame(rows, columns=None if rows else [*sorted(RECORD_KEYS), "constant"])


def load_similarity(config, root=definitions.ROOT):
    """The similarity tables of all tasks that have one, in one; `InputError` if one is not there."""
    parts = []
    for task in config["similarity"]["tasks"]:
        path = root / "results" / "similarity" / f"{task}.parquet"
        if not path.is_file():
            raise InputError(f"{path} is missing; `snakemake --cores 2 similarity` makes it")
        parts.append(pd.read_parquet(path))
    return pd.concat(parts, ignore_index=True)


def read_table(path):
    """A table that an earlier program wrote; `InputError` if it is not there."""
    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `snakemake --cores 2`, which makes it") from None


def by_group(predictions):
    """Predictions of whole groups, such as pieces of music, from those of their windows.

    A group's class is the one with the largest mean log-probability over all of its windows.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `beyondtext.runs.read_predictions`.

    Returns
    -------
    pandas.DataFrame or None
        ``id group target prediction``; None where classes are not predicted, where every example is a group of its
        own, or where a group has several targets.
    """
    columns = [name for name in predictions if name.startswith(LOG_PROBABILITY)]
    groups = predictions.groupby("group", sort=False)
    if not columns or len(groups) == len(predictions) or (groups["target"].nunique() > 1).any():
        return None
    classes = np.array([name.removeprefix(LOG_PROBABILITY) for name in columns], dtype=object)
    chosen = classes[groups[columns].mean().to_numpy().argmax(1)]
    found = groups["target"].first().reset_index()
    return found.assign(id=found["group"], prediction=chosen)


def load_scores(runs, config, whole_groups=False):
    """Test scores of all runs, on the whole test split and on resamples of its groups.

    With ``whole_groups`` they are scores of `by_group`, for the tasks that have such.

    Returns
    -------
    pandas.DataFrame
        ``runs`` with the columns ``score`` (float), ``constant`` (whether all predictions are the same), ``draws``
        (array of the scores on resamples) and ``groups`` (in the test split).
    """
    parts = []
    for task, part in runs.groupby("task", sort=False):
        tables = [read_predictions(directory) for directory in part["directory"]]
        if whole_groups:
            tables = [by_group(table) for table in tables]
            if any(table is None for table in tables):
                continue
        for directory, table in zip(part["directory"], tables, strict=True):
            if not table[["id", "group", "target"]].equals(tables[0][["id", "group", "target"]]):
                raise InputError(
                    f"the predictions in {directory} and {part['directory'].iloc[0]} are not of the same test split; "
                    "run `snakemake --cores 2 finetune` to make both again"
                )
        target, groups = tables[0]["target"].to_numpy(), tables[0]["group"].to_numpy()
        predictions = np.stack([table["prediction"].to_numpy() for table in tables])
        metric = part["metric"].iloc[0]
        draws = resampled_scores(
            metric,
            target,
            predictions,
            groups,
            config["report"]["bootstrap_draws"],
            derive(config["report"]["seed"], f"groups of {task}"),
        )
        parts.append(
            part.assign(
                score=[METRICS[metric](target, prediction) for prediction in predictions],
                constant=[len(set(prediction)) == 1 for prediction in predictions],
                draws=list(draws),
                groups=len(set(groups)),
            )
        )
    columns = [*runs, "score", "constant", "draws", "groups"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


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
                "ci_low": np.maximum(low, LOWEST[part["metric"].iloc[0]]),
                "ci_high": np.minimum(high, 1.0),
            }
        )
    return pd.DataFrame(rows, columns=SUMMARY)


def published(summary_table, path=definitions.CONFIG / "published.csv"):
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


def tasks(config, root=definitions.ROOT):
    """What became of each task's data."""
    rows = []
    for name in config["tasks"]:
        info = read_json(root / "data" / "examples" / f"{name}.json")
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

    ``choices`` are the paths of files that `beyondtext.selection.choose_rate` wrote.
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

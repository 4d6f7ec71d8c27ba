"""The tables of the report, from the files of the runs and nothing else."""

import numpy as np
import pandas as pd

from beyondtext import config as definitions
from beyondtext.errors import InputError
from beyondtext.files import read_json
from beyondtext.grid import BASELINE, all_runs
from beyondtext.metrics import METRICS
from beyondtext.runs import LOG_PROBABILITY, RECORD_KEYS, read_curve, read_predictions, read_run
from beyondtext.seeds import derive
from beyondtext.statistics import interval, interval_of_one, ratio_interval, resampled_scores, sign_flip_p

ARM = ["task", "model", "init", "mapping", "fraction", "rate"]
ALIKE = ["task", "model", "mapping", "fraction", "rate"]  # what two arms that are compared have in common
REFERENCE = "scratch"  # what every other init is compared with
GAIN_SHARE = 0.9  # of the reference arm's final gain: the level whose first step `convergence` gives
LOWEST = {"accuracy": 0.0, "balanced_accuracy": 0.0, "matthews": -1.0, "spearman": -1.0}  # a score can be; 1 is best
SUMMARY = ["domain", *ARM, "metric", "n", "mean", "sd", "ci_low", "ci_high"]
EFFECTS = ["domain", *ALIKE, "metric", "comparison"]
EFFECTS += ["n", "mean", "sd", "ci_low", "ci_high", "p"]
PRINTED = ["table", "task", "model", "init", "metric", "value", "where"]
CURVES = ["domain", *ARM, "metric", "step", "n", "mean", "lowest", "highest"]
CONVERGENCE = ["domain", *ARM, "metric", "level", "n", "n_reached", "steps_mean", "steps_sd"]
CONVERGENCE += ["ratio", "ratio_ci_low", "ratio_ci_high"]
RATES = ["domain", *ARM[:-1], "metric", "learning_rate", "chosen", "n", "best", "step", "mean", "lowest", "highest"]
CONVERGENCE_RUNS = ["domain", *ARM, "seed", "metric", "level", "steps", "ratio"]


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
        ``runs`` with the columns ``score`` (float), ``draws`` (array of the scores on resamples) and
        ``groups`` (in the test split).
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
                draws=list(draws),
                groups=len(set(groups)),
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*runs, "score", "draws", "groups"])


def summary(scores, config):
    """Each arm's mean test score: n seeds, sd over them, and the interval over seeds and test groups."""
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
            reference = arms[REFERENCE]
            seeds = [seed for seed in arm.index if seed in reference.index]
            if not seeds:
                continue
            values = (arm["score"] - reference["score"])[seeds].to_numpy()
            draws = np.stack([arm["draws"][seed] - reference["draws"][seed] for seed in seeds])
            low, high = interval(values, draws, part["groups"].iloc[0], *_interval_settings(config, "seeds"))
            rows.append(
                {
                    **part[["domain", *ALIKE, "metric"]].iloc[0],
                    "comparison": f"{init} - {REFERENCE}",
                    "n": len(seeds),
                    "mean": values.mean(),
                    "sd": values.std(ddof=1) if len(seeds) > 1 else np.nan,
                    "ci_low": low,
                    "ci_high": high,
                    "p": sign_flip_p(values),
                }
            )
    return pd.DataFrame(rows, columns=EFFECTS)


def convergence_runs(runs):
    """The first step at which each run reaches the reference arm's level, on the validation split.

    The level lies `GAIN_SHARE` of the way from the trivial baseline to the reference arm's mean score at
    its last step. ``steps`` is NaN for a run that never reaches it, and all is NaN where the reference arm
    gains nothing or there is no trivial baseline. ``ratio`` is to the reference run of the same seed.
    """
    rows = []
    trained = runs[runs["init"] != BASELINE]
    trivial = runs[(runs["model"] == "trivial") & (runs["init"] == BASELINE)].set_index(["task", "fraction"])["scores"]
    for (task, _, _, fraction, _), part in trained.groupby(ALIKE, sort=False):
        curves = {(row.init, row.seed): read_curve(row.directory) for row in part.itertuples()}
        finals = [curve["validation"].iloc[-1] for (init, _), curve in curves.items() if init == REFERENCE]
        floor = trivial[task, fraction]["validation"] if (task, fraction) in trivial.index else np.nan
        gain = np.mean(finals) - floor if finals else np.nan
        level = floor + GAIN_SHARE * gain if gain > 0 else np.nan
        steps = {key: first_step(curve, level) for key, curve in curves.items()}
        for row in part.itertuples():
            mine, theirs = steps[row.init, row.seed], steps.get((REFERENCE, row.seed), np.nan)
            rows.append(
                {
                    **{key: getattr(row, key) for key in ("domain", *ARM, "seed", "metric")},
                    "level": level,
                    "steps": mine,
                    "ratio": mine / theirs if mine > 0 and theirs > 0 else np.nan,
                }
            )
    return pd.DataFrame(rows, columns=CONVERGENCE_RUNS)


def first_step(curve, level):
    """The first scored step at or above a level; NaN if there is none."""
    reached = curve.loc[curve["validation"] >= level, "step"]
    return float(reached.iloc[0]) if len(reached) else np.nan


def convergence(per_run, config):
    """`convergence_runs` by arm; the ratio has an interval where every pair of runs reached the level."""
    rows = []
    for arm, part in per_run.groupby(ARM, sort=False):
        steps, ratios = part["steps"].dropna(), part["ratio"]
        mean = low = high = np.nan
        if ratios.notna().all() and part["init"].iloc[0] != REFERENCE:
            mean, low, high = ratio_interval(ratios.to_numpy(), config["report"]["confidence"])
        rows.append(
            {
                **dict(zip(ARM, arm, strict=True)),
                **part[["domain", "metric", "level"]].iloc[0],
                "n": len(part),
                "n_reached": len(steps),
                "steps_mean": steps.mean() if len(steps) else np.nan,
                "steps_sd": steps.std(ddof=1) if len(steps) > 1 else np.nan,
                "ratio": mean,
                "ratio_ci_low": low,
                "ratio_ci_high": high,
            }
        )
    return pd.DataFrame(rows, columns=CONVERGENCE)


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


def mean_curves(runs):
    """Each arm's learning curve: mean, lowest and highest validation score of its seeds at each scored step."""
    parts = []
    for arm, part in runs[runs["init"] != BASELINE].groupby(ARM, sort=False):
        scores = pd.concat([read_curve(directory) for directory in part["directory"]]).groupby("step")["validation"]
        curve = scores.agg(n="count", mean="mean", lowest="min", highest="max").reset_index()
        parts.append(curve.assign(**dict(zip(ARM, arm, strict=True)), **part[["domain", "metric"]].iloc[0]))
    return pd.concat(parts, ignore_index=True)[CURVES] if parts else pd.DataFrame(columns=CURVES)


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

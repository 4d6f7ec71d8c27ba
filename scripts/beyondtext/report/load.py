"""Reading the results of the earlier stages."""

import numpy as np
import pandas as pd

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.core.files import read_json, write_json
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import derive
from beyondtext.report.intervals import resampled_scores
from beyondtext.study.grid import all_runs
from beyondtext.training.run_files import LOG_PROBABILITY, RECORD_KEYS, read_predictions, read_run


def load_runs(config, root=paths.ROOT):
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


def load_similarity(config, root=paths.ROOT):
    """The similarity tables of all tasks that have one, in one; `InputError` if one is not there."""
    parts = []
    for task in config["similarity"]["tasks"]:
        path = root / paths.similarity(task)
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
        From `beyondtext.training.run_files.read_predictions`.

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

"""Reading the results of the earlier stages, and the report's own tables."""

import hashlib
import io
import math
import re
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from beyondtext.core import paths
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.core.seeds import derive
from beyondtext.data.examples import read_description
from beyondtext.report.cells import as_csv, as_latex, from_csv
from beyondtext.report.intervals import resampled_scores
from beyondtext.report.run_settings import (
    check_settings,
    check_similarity_settings,
    check_trainability_settings,
)
from beyondtext.similarity.files import PROBLEM, read_similarities
from beyondtext.study import grid
from beyondtext.study.measured_models import initial_models
from beyondtext.trainability.files import read_measurements
from beyondtext.training.learning_rate import read_choice_record
from beyondtext.training.run_files import (
    FOLDS,
    LOG_PROBABILITY,
    OUT_OF_FOLD,
    PREDICTIONS,
    RECORD_KEYS,
    REMEDY,
    read_predictions,
    read_run,
)

FOLD_COLUMNS = {"folds": "number", "reason": "reason"}  # from a run's folds
SCORED = {PREDICTIONS: "test", OUT_OF_FOLD: "cross_validation"}  # the key of the score of some predictions
TEXT_TABLES = ("sources", "models", "computation", "versions", "settings")  # which have no column of numbers


class Results:
    """The results of a study, each read on first access.

    Parameters
    ----------
    config : dict
        A configuration, narrowed to the experiments that it requests.
    root : path
        The folder that ``data`` and ``results`` are in.
    choice_files : list of path, optional
        The files with the learning rates that arms chose; by default those of the configuration's arms.
    """

    def __init__(self, config, root=None, choice_files=None):
        self.config = config
        self.root = Path(root or paths.ROOT)
        self._choice_files = choice_files
        self._tables = {}

    def table(self, make):
        """What a function such as `beyondtext.report.sections.effects.effects` makes of these results, made once.

        Tables that are computed from other tables ask for them here. What is returned is shared: do not change it.
        """
        if make not in self._tables:
            self._tables[make] = make(self)
        return self._tables[make]

    @cached_property
    def runs(self):
        """A row for each run that the report is about: the keys of ``run.json``, and its ``directory``."""
        rows, examples = [], {info["task"]: info["sha256"] for info in self.example_counts}
        for run in grid.all_runs(self.config):
            directory = self.root / run.directory
            record = read_run(directory)
            if record["data_sha256"] != examples[run.task]:
                raise InputError(f"{directory} is a run on other examples than {paths.examples(run.task)}; {REMEDY}")
            check_settings(self.config, run, record, self.root)
            rows.append({**record, "directory": directory})
        return pd.DataFrame(rows, columns=None if rows else [*sorted(RECORD_KEYS), "directory"])

    @cached_property
    def scores(self):
        """`runs` with their test scores by example; see `score_runs`."""
        return score_runs(self.runs, self.config)

    @cached_property
    def group_scores(self):
        """`runs` with their test scores by whole group, for the tasks that have groups; see `score_runs`."""
        return score_runs(self.runs, self.config, whole_groups=True)

    @cached_property
    def cross_validated(self):
        """The `runs` that were to be cross-validated, with the number of ``folds``, 0 for none, and the ``reason``."""
        found = self.runs[self.runs[FOLDS].notna()] if FOLDS in self.runs else self.runs.iloc[:0].assign(folds=None)
        return found.assign(**{to: [folds[key] for folds in found[FOLDS]] for to, key in FOLD_COLUMNS.items()})

    @cached_property
    def out_of_fold_scores(self):
        """`cross_validated` with the scores of out-of-fold predictions, where there are any; see `score_runs`."""
        runs = self.cross_validated
        return score_runs(runs[runs[FOLDS] > 0], self.config, file=OUT_OF_FOLD)

    @cached_property
    def example_counts(self):
        """What is recorded with each task's examples: the JSON of every task, as a list of dict."""
        return [read_description(self.root / paths.example_counts(task), task) for task in self.config["tasks"]]

    @cached_property
    def choices(self):
        """What each arm's choice of a learning rate is based on, as a list of dict."""
        files = self._choice_files
        if files is None:
            files = [self.root / path for path in grid.choices(self.config)]
        return [read_choice_record(path) for path in files]

    @cached_property
    def similarity(self):
        """The similarity tables of all tasks that could be compared, concatenated; None if there are none."""
        parts = [part for part in self._similarity_tables if PROBLEM not in part]
        return pd.concat(parts, ignore_index=True) if parts else None

    @cached_property
    def similarity_problems(self):
        """The tasks that could not be compared, a DataFrame with the columns ``task problem``."""
        parts = [part for part in self._similarity_tables if PROBLEM in part]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["task", PROBLEM])

    @cached_property
    def _similarity_tables(self):
        tables = []
        for task in self.config["similarity"]["tasks"]:
            table, settings = read_similarities(self.root / paths.similarity(task), task)
            if PROBLEM not in table:
                check_similarity_settings(self.config, task, settings, self.root)
            tables.append(table)
        return tables

    @cached_property
    def measurements(self):
        """The measurements of all initial models, concatenated; None if nothing is measured."""
        parts = []
        for model in initial_models(self.config):
            table, settings = read_measurements(self.root / model.path, vars(model))
            check_trainability_settings(self.config, model, settings, self.root)
            parts.append(table)
        return pd.concat(parts, ignore_index=True) if parts else None


def score_runs(runs, config, whole_groups=False, file=PREDICTIONS):
    """Test scores of all runs, on the whole test split and on resamples of its groups.

    Parameters
    ----------
    runs : pandas.DataFrame
        As `Results.runs`.
    config : dict
    whole_groups : bool
        Whether to score whole groups (see `by_group`), for the tasks that have groups, in place of single examples.
    file : str
        Which predictions of a run: those of the test split, or `OUT_OF_FOLD` ones of all splits.

    Returns
    -------
    pandas.DataFrame
        ``runs`` with the columns ``score`` (float), ``constant`` (whether all predictions are the same), ``draws``
        (array of the scores on resamples) and ``groups`` (in the test split).

    Raises
    ------
    InputError
        If two runs of one task were scored on different test splits, or a score is not that in ``run.json``.
    """
    parts = []
    for task, part in runs.groupby("task", sort=False):
        predictions = [read_predictions(directory, file) for directory in part["directory"]]
        if whole_groups:
            predictions = [by_group(table) for table in predictions]
            if any(table is None for table in predictions):
                continue
        scored = _score_task(task, part, predictions, config["report"])
        if not whole_groups:
            _check_scores(scored, SCORED[file])
        parts.append(scored)
    columns = [*runs, "score", "constant", "draws", "groups"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _score_task(task, runs, predictions, settings):
    check_same_examples(runs["directory"], [table[["id", "group", "target"]] for table in predictions], "test")
    target, groups = predictions[0]["target"].to_numpy(), predictions[0]["group"].to_numpy()
    predicted = np.stack([table["prediction"].to_numpy() for table in predictions])
    metric = runs["metric"].iloc[0]
    seed = derive(settings["seed"], f"groups of {task}")
    draws = resampled_scores(metric, target, predicted, groups, settings["bootstrap_draws"], seed)
    return runs.assign(
        score=[METRICS[metric](target, values) for values in predicted],
        constant=[len(set(values)) == 1 for values in predicted],
        draws=list(draws),
        groups=len(set(groups)),
    )


def check_same_examples(directories, examples, split):
    """Raise `InputError` unless the examples that the runs in some directories predicted are all the same."""
    first, *others = zip(directories, examples, strict=True)
    for directory, table in others:
        if not table.equals(first[1]):
            raise InputError(
                f"the predictions in {directory} and {first[0]} do not belong to the same {split} split; run "
                "`snakemake --cores 2 finetune` to make both again"
            )


def _check_scores(scored, name):
    """Compare the scores of predictions with those in ``run.json``, but for what another processor may round."""
    for run in scored.to_dict("records"):
        recorded = run["scores"].get(name)
        if recorded is None or not math.isclose(run["score"], recorded, rel_tol=1e-9, abs_tol=1e-9):
            raise InputError(
                f"the predictions in {run['directory']} have the score {run['score']:.9g}, but run.json says "
                f"{recorded}; {REMEDY}"
            )


def by_group(predictions):
    """Predictions for whole groups, such as pieces of music, from those for their windows.

    A group's class is the one with the largest mean log-probability over all of its windows.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `beyondtext.training.run_files.read_predictions`.

    Returns
    -------
    pandas.DataFrame or None
        ``id group target prediction``; None if the target is a number, if every example is its own group, or if a group
        has several targets.
    """
    columns = [name for name in predictions if name.startswith(LOG_PROBABILITY)]
    groups = predictions.groupby("group", sort=False)
    if not columns or len(groups) == len(predictions) or (groups["target"].nunique() > 1).any():
        return None
    classes = np.array([name.removeprefix(LOG_PROBABILITY) for name in columns], dtype=object)
    chosen = classes[groups[columns].mean().to_numpy().argmax(1)]
    first = groups["target"].first().reset_index()
    return first.assign(id=first["group"], prediction=chosen)


class Tables:
    """The report's tables in a folder, each read on first access.

    ``tables["effects"]`` is the pandas.DataFrame of ``effects.csv``; an `InputError` if the file is missing or was
    changed, or is that of another study than the one expected.
    """

    def __init__(self, folder, study=None):
        self.folder = Path(folder)
        self.study = study
        self._read = {}

    def __getitem__(self, name):
        if name not in self._read:
            content = io.BytesIO(content_of_table(self.folder, name, self.study))
            self._read[name] = from_csv(content, only_texts=name in TEXT_TABLES)
        return self._read[name]


def content_of_table(folder, name, study=None):
    """The bytes of a table's CSV file.

    Raises
    ------
    InputError
        If it is missing, is not the one whose SHA-256 the LaTeX file next to it begins with, or is that of another
        study than the one expected.
    """
    path, twin = (Path(folder) / f"{name}.{suffix}" for suffix in ("csv", "tex"))
    for file in (path, twin):
        if not file.is_file():
            raise InputError(f"{file} is missing; `snakemake --cores 2 report` makes it")
    content, first = path.read_bytes(), twin.read_bytes().partition(b"\n")[0]
    seal = SEAL.fullmatch(first.decode(errors="replace"))
    again = "delete both and run `snakemake --cores 2 report` again"
    if seal is None or first != _seal(path, content, seal["study"]):
        raise InputError(
            f"{path} was changed, or is not the table of {twin.name}: its SHA-256 is not the one there; {again}"
        )
    if study not in (None, seal["study"]):
        raise InputError(f"{path} is a table of the study {seal['study']}, not of {study}; {again}")
    return content


SEAL = re.compile("% The table of .*, of the study (?P<study>.*), whose SHA-256 is .*")


def _seal(path, content, study):
    """The first line of a table's LaTeX file: a comment with its study and the checksum of its CSV file."""
    digest = hashlib.sha256(content).hexdigest()
    return f"% The table of {path.name}, of the study {study}, whose SHA-256 is {digest}".encode()


def write_table(table, folder, name, study=""):
    """Write a table as CSV, with six significant digits, and as LaTeX, with three decimals.

    The LaTeX file has the name of the study and the checksum of the CSV file; see `content_of_table`.
    """
    path = Path(folder) / f"{name}.csv"
    content = as_csv(table).encode()
    with replacing(path) as part:
        part.write_bytes(content)
    with replacing(path.with_suffix(".tex")) as part:
        part.write_bytes(_seal(path, content, study) + b"\n" + as_latex(table).encode())

"""Frozen features: what a linear model makes of an encoder that is not trained, compared with fine-tuning."""

import pandas as pd

from beyondtext.report import text
from beyondtext.report.arms import ARM, MATCHED, REFERENCE, compared_init, main_runs, rows_of
from beyondtext.report.section import Section, Table
from beyondtext.report.sections import cautions, effects, scores
from beyondtext.study import grid

DIFFERENCE = {"mean": "difference", "ci_low": "difference_low", "ci_high": "difference_high", "p": "p"}
COLUMNS = ["domain", *ARM, "metric", "groups", "folds", "n", "mean", "sd", "ci_low", "ci_high", *DIFFERENCE.values()]
COLUMNS += ["reason"]


def cross_validation(results):
    """Scores of out-of-fold predictions, and their differences from random initialization, for tasks with few groups.

    ``folds`` is 0, and the ``reason`` is given, where there are too few groups for a cross-validation. The intervals
    are those of the test scores: over seeds, and over whole groups, here those of all splits.
    """
    scored = results.out_of_fold_scores
    table = results.cross_validated.drop_duplicates(ARM)
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    if not scored.empty:
        means = scores.summarize(scored, results.config).drop(columns=["domain", "metric", "sequences"])
        differences = effects.compare_with_reference(scored, results.config).rename(columns=DIFFERENCE)
        differences["init"] = differences["comparison"].map(compared_init)
        table = table.merge(scored.drop_duplicates(ARM)[[*ARM, "groups"]], on=ARM, how="left")
        table = table.merge(means, on=ARM, how="left")
        table = table.merge(differences[[*MATCHED, "init", *DIFFERENCE.values()]], on=[*MATCHED, "init"], how="left")
    return table.reindex(columns=COLUMNS)


def cross_validation_sentences(table, below):
    """What the cross-validation is, with its tasks; and where it has fewer folds than usual, or is left out."""
    first = table.drop_duplicates("task")
    statements = []
    for folds, part in first[first["folds"] > 0].groupby("folds"):
        tasks = text.listed(text.task_title(task) for task in part["task"])
        statements.append(
            f"The test split has fewer than {below} groups on {tasks}, so baselines and frozen features are also "
            f"scored by {folds}-fold cross-validation over all sequences: each is predicted by a model that was fitted "
            "without its fold, and no group is in two folds."
        )
    for row in first[first["reason"].fillna("") != ""].to_dict("records"):
        effect = f"has only {row['folds']} folds" if row["folds"] else "is left out"
        statements.append(f"The cross-validation on {text.task_title(row['task'])} {effect}: {row['reason']}.")
    return statements


def cross_validated(table, config):
    """The cross-validation as text: sentences, scores, and differences from random initialization."""
    scored = table[table["folds"] > 0]
    named = scored[scored["difference"].notna()].drop(columns=["mean", "ci_low", "ci_high"])
    named = named.rename(columns={column: name for name, column in DIFFERENCE.items()}).astype({"n": int})
    return {
        "sentences": cross_validation_sentences(table, config["cross_validation"]["below"]),
        "scores": scores.grid_of_scores(scored),
        "rows": effects.rows(named.assign(comparison=named["init"] + f" - {REFERENCE}")),
    }


def gain_sentences(summary):
    """Where a linear model on frozen features scores at least as high as the best fine-tuned network."""
    unbeaten = cautions.as_good_as_fine_tuned(summary, "rate", grid.FROZEN)
    if not unbeaten:
        return []
    return [
        "A linear model on frozen features scores at least as high as the best fine-tuned network on "
        f"{text.listed(unbeaten)} (the difference is not tested)."
    ]


def content(tables, config):
    """Frozen features of pre-trained and random encoders, and both compared with fine-tuning on the same data."""
    frozen = grid.frozen_runs(config)
    if not frozen:
        return None
    shares = {(run.task, run.fraction) for run in frozen}
    compared = [*frozen, *(run for run in main_runs(config) if (run.task, run.fraction) in shares)]
    summary, mine = rows_of(tables["summary"], compared), rows_of(tables["effects"], frozen)
    return {
        "sentences": [*effects.sentences(mine, config["report"]["confidence"]), *gain_sentences(summary)],
        "rows": effects.rows(mine),
        "scores": scores.grid_of_scores(summary),
        "fine_tuned": bool(main_runs(config)),
        "group_scores": scores.grid_of_scores(rows_of(tables["summary_groups"], compared)),
        "cross_validation": cross_validated(rows_of(tables["cross_validation"], frozen), config),
    }


SECTION = Section("frozen", "Frozen features", content, (Table("cross_validation", cross_validation),))
